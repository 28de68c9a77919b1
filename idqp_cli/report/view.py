"""What is known beside a report, and how it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from idqp_cli.core.trend import History


@frozen
class View:
    """How a report is looked at.

    `verbose` shows also what passed; `options` is what the next command needs
    to find the store; `root` is the folder that the report's paths are relative
    to, seen from the root of the repository; `histories` are the datasets' pasts.
    `advised` says what to type next; `set_apart` tells that failing rows have files.
    """

    verbose: bool = False
    options: str = ""
    root: str = ""
    histories: Mapping[str, History] = field(default_factory=dict)
    advised: bool = True
    set_apart: bool = False
