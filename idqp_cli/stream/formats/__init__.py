"""What messages say: one module for each format, which turns a message into one line of a file."""

from __future__ import annotations

from typing import Protocol

from idqp_cli.core.dataset import ReadOptions
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

    def line(self, message: Message) -> bytes | None:
        """Return a message as a line without its end, whatever it says; None for one that is no row."""
