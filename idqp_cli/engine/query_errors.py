"""What DuckDB says of a statement that failed, in words that hold no data; pure."""

from __future__ import annotations

from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.ingest.query_errors import SHARE, STOPPED, QueryError, StoppedError, Unread


@frozen
class Unmeasured:
    """A rule whose need could not be met, and why, in words that hold no data; `skipped` if that is no error.

    `unread` says that no rule's can be met, because the text file was not read to its end in this way.
    """

    reason: str
    skipped: bool = False
    unread: Unread | None = None

    @property
    def late(self) -> bool:
        """Whether more of the deadline might help."""
        return self.reason.startswith(f"{STOPPED} {SHARE}")


# Of these errors the text is about the SQL; that of others may quote a cell.
ABOUT_THE_SQL = frozenset({"BinderException", "CatalogException", "ParserException"})
MIXED_LINES = "its lines end in more than one way (LF, CRLF, or a lone CR); write it anew with one"
FAILURES = {
    "ConversionException": "a value cannot be converted to the type that the SQL asks for",
    "InvalidInputException": "it meets a value, or a damaged piece of the file, that it cannot work with",
    "OutOfRangeException": "a number is out of the range of its type",
    "OutOfMemoryException": "there is too little memory; see --memory-limit",
}


def told(error: QueryError) -> str:
    """Tell what DuckDB objected to, without what it quotes of data."""
    if isinstance(error, StoppedError):
        return str(error)
    if error.kind in ABOUT_THE_SQL:
        return clean(error.reason, 500)
    if error.unread is Unread.LINE_ENDS:
        return MIXED_LINES
    return FAILURES.get(error.kind, f"it fails on the data ({clean(error.kind, 60)})")
