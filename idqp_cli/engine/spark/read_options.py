"""How Spark reads files whose cells have types; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import LONGEST_LINE, Notation, ReadOptions

UNSAID = ReadOptions()
# A malformed line ends the read, since Spark would leave its cells out in silence.
OPTIONS: Mapping[str, Mapping[str, str]] = {"json": {"mode": "FAILFAST"}}


def options(form: str, read: ReadOptions, shown: str) -> Mapping[str, str]:
    """Return the options that read files of a format whose cells have types.

    Raises:
        UnreadableError: a rules file says how their text is read.

    """
    found = OPTIONS.get(form)
    if found is not None and (key := next(_said(read), None)) is not None:
        raise UnreadableError(
            f"{shown}: read.{key} has no equal with engine: spark; use DuckDB for this text, or check it as Parquet"
        )
    return found or {}


def _said(read: ReadOptions) -> Iterator[str]:
    """Yield the keys under `read` that say how text is read, as a rules file has them."""
    for key in ("missing_values", "delimiter", "quote", "encoding", "header", "skip", "types", "escape", "comment"):
        if getattr(read, key) != getattr(UNSAID, key):
            yield key
    if read.max_line != LONGEST_LINE:
        yield "max_line"
    yield from (one.name for one in fields(Notation) if getattr(read.notation, one.name) not in {None, ()})
    if read.columns:
        yield "columns"
