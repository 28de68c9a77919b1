"""Why DuckDB does not execute a statement, or does not end it."""

from __future__ import annotations

from enum import StrEnum

from idqp_cli.core.errors import UnreadableError

# Of its line ends DuckDB says no more than this.
MIXED_LINE_ENDS = "The CSV Parser state machine reached an invalid state"
# How DuckDB's messages begin that are about a line of a text file, or about the places where its threads meet.
UNREAD_LINES = ("Invalid Input Error: CSV Error on Line", "Not implemented Error: The Parallel CSV Reader")


class Unread(StrEnum):
    """Why DuckDB stops in the middle of a text file that another way of reading may read."""

    LINES = "a line is not a row of the table"
    LINE_ENDS = "the lines end in more than one way"


class QueryError(Exception):
    """DuckDB refused a statement.

    `kind` is the name of DuckDB's exception. The text may hold data: it is for
    `reason`, never for a person as it is.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind

    def __reduce__(self) -> tuple[type[QueryError], tuple[str, ...]]:
        """Come out of a pickle as it went in."""
        return QueryError, (self.kind, str(self))

    @property
    def reason(self) -> str:
        """The first line, without the name of the exception, up to where DuckDB begins to quote its input."""
        line = str(self).split("\n", 1)[0].split("LINE ")[0]
        return line.removeprefix(line.split("Error: ", 1)[0] + "Error: ").strip()

    @property
    def unread(self) -> Unread | None:
        """Why a text file was not read to its end, where reading it in another way may help."""
        if MIXED_LINE_ENDS in str(self):
            return Unread.LINE_ENDS
        return Unread.LINES if str(self).startswith(UNREAD_LINES) else None


# How the text of what was stopped begins; a limit follows.
STOPPED, SHARE = "stopped: it took more than", "its share of the deadline of"


class StoppedError(QueryError, UnreadableError):
    """A statement took more of a limit than it may; the text says of which, in words that hold no data."""

    def __init__(self, message: str) -> None:
        super().__init__("Stopped", message)

    def __reduce__(self) -> tuple[type[StoppedError], tuple[str]]:
        """Come out of a pickle as it went in."""
        return StoppedError, (str(self),)
