"""What a source of messages offers, whatever it is, and what it asks of the store; one module of `sources` for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from idqp_cli.core.frozen import frozen
from idqp_cli.core.topics import Position


class End(StrEnum):
    """An end of a topic."""

    EARLIEST = "earliest"
    LATEST = "latest"


# Where the reading of a partition begins that was never read: at an end, or at the first message since a time.
Begin = End | datetime


class Message(Protocol):
    """A message, as confluent-kafka has it; another source brings its own into this form."""

    def partition(self) -> int:
        """Return its partition, from 0."""

    def offset(self) -> int:
        """Return its place in the partition."""

    def key(self) -> bytes | None:
        """Return its key."""

    def value(self) -> bytes | None:
        """Return what it says; None for a message that deletes those of its key before."""

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        """Return its headers."""

    def timestamp(self) -> tuple[int, int]:
        """Return of what kind its time is (0: it has none), and milliseconds since 1970."""


@frozen
class Polled:
    """What a source gave: messages, and whether every partition has been read to its end since reading began.

    With `moved` the source begins anew where the store says: what was gathered before is to be let go of.
    `notes` are lines for people, and `trouble` is why nothing comes, None while all is well. Of the partitions
    `at_end` there is no more now.
    """

    messages: Sequence[Message] = ()
    ended: bool = False
    moved: bool = False
    notes: tuple[str, ...] = ()
    trouble: str | None = None
    at_end: frozenset[int] = frozenset()


class Offsets(Protocol):
    """How far a dataset's topic was read, as the store has it."""

    def recorded(self) -> Mapping[int, int]:
        """Return the next offset of each partition that has one."""

    def begin(self, offsets: Mapping[int, int]) -> None:
        """Keep where the reading of partitions begins that have none."""

    def moved(self, offsets: Mapping[int, int]) -> None:
        """Hear how far a recorded batch reaches."""


class Feed(Protocol):
    """A topic that is being read. What it raises are UnreadableErrors."""

    def poll(self, most: int, seconds: float) -> Polled:
        """Wait so long for at most so many messages."""

    def starts(self) -> Mapping[int, int]:
        """Return where the partitions that this process reads were when the last recorded batch ended."""

    def recorded(self, positions: Sequence[Position]) -> None:
        """Go on behind a batch that was recorded, and tell the broker, for those who ask it how far that is."""

    def rewind(self) -> None:
        """Begin anew where the store says."""

    def lag(self) -> Mapping[int, int]:
        """Return how many messages of each partition are behind the last recorded batch, as far as that is known."""

    def close(self) -> None:
        """Leave the topic to others."""
