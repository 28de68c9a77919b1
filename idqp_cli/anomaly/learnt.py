"""What is known of usual rows from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from idqp_cli.frozen import frozen

if TYPE_CHECKING:
    from idqp_cli.anomaly.summary import Summary


@frozen
class Learnt:
    """A trained model as it is kept: its settings as JSON text, its numbers as the bytes of arrays (NumPy's npz)."""

    settings: str
    arrays: bytes


@frozen
class Reference:
    """What of a run or a snapshot others are compared with: summaries of columns, and models of rows.

    Both are by what they are kept under. `state` tells the data from others; None
    where nothing does.
    """

    summaries: Mapping[str, Summary] = field(default_factory=dict)
    models: Mapping[str, Learnt] = field(default_factory=dict)
    state: str | None = None
