"""Topics: how they are reached and read, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from idqp_cli.core.frozen import frozen


@frozen
class BrokerSettings:
    """How a broker is reached; secrets are in the environment.

    With `tls` the connection is encrypted; `ca` is a file of the authorities that are trusted, None those of the
    system. `certificate` and `key` are files that say who idqp is. `sasl` is the mechanism of a login.
    """

    tls: bool = False
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    sasl: str | None = None


@frozen
class StreamSettings:
    """How the messages of a topic are read.

    `format` is what they are: json, csv, avro or protobuf; the schemas of the latter two are in the `registry`.
    `fields` are the names of the cells of CSV. `columns` are
    what is known of a message beside what it says, as columns. Messages that fail go to the topic `dead_letter`.
    With a `window` (seconds) the time of events divides messages: that in the column `event_time`, or of the message.
    A window is open for `late` seconds more.
    """

    format: str = "json"
    registry: str | None = None
    fields: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    dead_letter: str | None = None
    window: float | None = None
    event_time: str | None = None
    late: float = 0.0
    broker: BrokerSettings = field(default_factory=BrokerSettings)


@frozen
class MessagePlaces:
    """Which message each line of a file of messages is: its partition and its offset, from the line `first` on."""

    partitions: Sequence[int]
    offsets: Sequence[int]
    first: int = 1

    def of(self, line: int) -> tuple[int, int]:
        """Return the partition and the offset of the message on a line."""
        return self.partitions[line - self.first], self.offsets[line - self.first]


@frozen
class Position:
    """How far a dataset's topic was read in a partition: the next offset, and from which on a run read.

    `start` is None where nothing is recorded yet, and a first run is to begin at `next`.
    """

    topic: str
    partition: int
    start: int | None
    next: int
