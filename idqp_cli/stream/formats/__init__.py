"""What messages say: one module for each format, which turns a message into one line of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self

from idqp_cli.core.reading import ReadOptions
from idqp_cli.ingest.files import TableColumn
from idqp_cli.stream.feed import Message


class Form(Protocol):
    """A format of messages, and the file that a batch of them becomes."""

    @property
    def ending(self) -> str:
        """The ending of the file's name, by which its format is known."""

    @property
    def header(self) -> bytes:
        """What stands in the file before the lines of the messages."""

    def reads(self, read: ReadOptions) -> ReadOptions:
        """Return how the file is read, by what the rules file says of the dataset."""

    def prepare(self, messages: Sequence[Message]) -> None:
        """Learn what is needed to read messages. Raises WaitError: that takes a server that does not answer now."""

    def line(self, message: Message) -> bytes | None:
        """Return a message as a line without its end, whatever it says; None for one that is no row."""

    def at_once(self, values: Sequence[bytes | None]) -> bytes | None:
        """Return what messages say as lines, if that is plain for every one of them; None asks for each by itself."""

    def value(self, message: Message, column: str) -> object:
        """Return what a message has in a column; None where it has nothing there, or is no row."""

    def fresh(self) -> Form:
        """Return the format for another batch that is in the making at the same time."""

    def begin(self) -> None:
        """Begin a batch: forget what its columns were."""

    def columns(self) -> tuple[TableColumn, ...] | None:
        """Return the columns of the messages since `begin`; None of a format in which the lines say what they are."""


class Lines:
    """What formats have in common whose lines say what their columns are."""

    def prepare(self, messages: Sequence[Message]) -> None:
        """Learn nothing."""

    def at_once(self, values: Sequence[bytes | None]) -> bytes | None:
        """Ask for each message by itself."""
        del values
        return None

    def fresh(self) -> Self:
        """Return itself: it keeps nothing of a batch."""
        return self

    def begin(self) -> None:
        """Begin a batch."""

    def columns(self) -> tuple[TableColumn, ...] | None:
        """Return nothing: the lines say what they are."""
        return None


class WaitError(Exception):
    """A server that is needed does not answer; the text is for people."""
