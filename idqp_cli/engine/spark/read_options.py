"""What a rules file says of how text is read, as options of Spark's readers; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import LONGEST_LINE, Notation, ReadOptions

UNSAID = ReadOptions()
# A malformed line ends the read, since Spark would leave its cells out in silence.
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "csv": {"header": "true", "inferSchema": "true", "mode": "FAILFAST", "escape": '"', "multiLine": "true"},
    "json": {"mode": "FAILFAST"},
}
UTF_8 = frozenset({"utf-8", "utf8"})


def options(form: str, read: ReadOptions, shown: str) -> Mapping[str, str]:
    """Return the options that read files of a format as a rules file says.

    Raises:
        UnreadableError: Spark has no equal for one of its keys.

    """
    if form not in OPTIONS:
        return {}
    found = dict(OPTIONS[form])
    for key in _said(read):
        said = _of_csv(key, read) if form == "csv" else None
        if said is None:
            raise UnreadableError(
                f"{shown}: read.{key} has no equal with engine: spark; use DuckDB for this text, or check it as Parquet"
            )
        found |= said
    return found


def _of_csv(key: str, read: ReadOptions) -> Mapping[str, str] | None:
    """Return what a key is for Spark's reader of CSV; None where it has no equal."""
    match key:
        case "delimiter" if read.delimiter:
            return {"sep": read.delimiter}
        case "quote" if read.quote:
            return {"quote": read.quote}
        case "escape" if read.escape:
            return {"escape": read.escape}
        case "comment" if read.comment is not None and len(read.comment) == 1:
            return {"comment": read.comment}
        case "header" if read.header:
            return {}
        case "encoding" if read.encoding is not None and read.encoding.casefold() in UTF_8:
            return {}
    return None


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
