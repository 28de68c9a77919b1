"""What is known of usual rows from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from idqp_cli.anomaly.summary import Summary


@frozen
class Learnt:
    """A trained model as it is kept: its settings as JSON text, its numbers as the bytes of arrays (NumPy's npz)."""

    settings: str
    arrays: bytes


@frozen
class Lesson:
    """What a model was taught: by which rule, and a digest of the keys of the rule that say what is learnt."""

    rule: str
    digest: str


@frozen
class Reference:
    """What a run or a snapshot leaves for comparison: summaries of columns by name, and models of rows by lesson.

    `state` tells the data from other data; None where nothing does.
    """

    summaries: Mapping[str, Summary] = field(default_factory=dict)
    models: Mapping[Lesson, Learnt] = field(default_factory=dict)
    state: str | None = None
