"""What a check would do, in words and in SQL."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.core.frozen import frozen


@frozen
class Step:
    """What a check would fetch in one statement: for which rules, how, why so, and the SQL."""

    rules: tuple[str, ...]
    how: str
    why: str
    statement: str


@frozen
class Explained:
    """How a dataset would be checked; `refused` says by rule why one cannot be, `message` why none can.

    `reading` says how its files are read: what is said of, what was decided, and why.
    """

    dataset: str
    source: str
    steps: tuple[Step, ...]
    refused: Mapping[str, str]
    message: str | None = None
    reading: tuple[tuple[str, str, str], ...] = ()
