"""Kafka, by librdkafka. The store says where to read on; what the broker is told is for those who watch the lag."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import cast

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.text import clean
from idqp_cli.core.topics import Position
from idqp_cli.stream.address import Address
from idqp_cli.stream.feed import Begin, End, Message, Offsets, Polled
from idqp_cli.stream.sources import properties

PATIENCE_SECONDS = 10.0
# A partition that a topic grows is found within this time.
GROWN_SECONDS = 30.0
# Judging a batch may take so long before the broker gives the partitions to others.
LONGEST_BATCH = 1_800_000
SETTINGS: Mapping[str, str | int | bool] = {
    "client.id": "idqp",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",
    "enable.partition.eof": True,
    "max.poll.interval.ms": LONGEST_BATCH,
    "session.timeout.ms": 10_000,
    # Of one consumer, whatever the number of its partitions.
    "queued.max.messages.kbytes": 65_536,
    "topic.metadata.refresh.interval.ms": round(GROWN_SECONDS * 1000),
}
# librdkafka tries again by itself, and says so more than once.
PASSING = frozenset({
    KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._RESOLVE, KafkaError._TIMED_OUT,  # noqa: SLF001
    KafkaError._SSL,  # noqa: SLF001
})  # fmt: skip
SILENT = logging.getLogger("idqp.kafka")
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False


class KafkaFeed:
    """A topic of Kafka, read as one of a group or alone."""

    def __init__(self, address: Address, group: str, offsets: Offsets, begin: Begin, *, alone: bool) -> None:
        """Connect. Raises UnreadableError: there is no such topic, or nobody answers."""
        self._address, self._offsets, self._begin = address, offsets, begin
        self._next: dict[int, int] = {}
        # Partitions whose end was met, and those of which nothing has come since then.
        self._ends: set[int] = set()
        self._at_end: set[int] = set()
        # Where a time led, by partition; those from which nothing has come since then.
        self._begun: dict[int, int] = {}
        self._early: set[int] = set()
        self._moved = False
        self._trouble: str | None = None
        self._notes: list[str] = []
        self._alone, self._look_again = alone, time.monotonic() + GROWN_SECONDS
        self._consumer = self._connected(group)
        try:
            partitions = self._partitions()
            if alone:
                self._assigned(self._consumer, [TopicPartition(address.topic, number) for number in partitions])
            else:
                self._consumer.subscribe([address.topic], on_assign=self._assigned, on_revoke=self._revoked)
        except BaseException:
            self._consumer.close()
            raise

    def poll(self, most: int, seconds: float) -> Polled:
        """Wait so long for at most so many messages."""
        if self._alone and time.monotonic() > self._look_again:
            self._grow()
        try:
            found = self._consumer.consume(most, seconds)
        except KafkaException as error:
            raise self._unreadable(error.args[0]) from None
        wrongs = [one for one in found if one.error() is not None]
        came = [one for one in found if one.error() is None] if wrongs else found
        messages = self._since(cast("list[Message]", came))
        if messages and self._at_end:
            self._at_end -= {one.partition() for one in messages}
        for one in wrongs:
            if (wrong := one.error()) is not None:
                self._heard(wrong, one.partition() or 0)
        notes, self._notes = tuple(self._notes), []
        if self._moved:
            # What came before the partitions were given anew is not told from what came behind.
            self.rewind()
            self._moved = False
            return Polled(moved=True, notes=notes)
        if found:
            self._trouble = None
        return Polled(
            messages,
            self._ends >= self._next.keys(),
            notes=notes,
            trouble=self._trouble,
            at_end=frozenset(self._at_end),
        )

    def starts(self) -> Mapping[int, int]:
        """Return where the partitions were when the last recorded batch ended."""
        return self._next

    def recorded(self, positions: Sequence[Position]) -> None:
        """Go on behind a batch that was recorded."""
        positions = [one for one in positions if one.topic == self._address.topic]
        moved = {one.partition: one.next for one in positions}
        self._next |= moved
        self._offsets.moved(moved)
        with suppress(KafkaException):
            self._consumer.commit(
                offsets=[self._place(one.partition, one.next) for one in positions], asynchronous=True
            )

    def rewind(self) -> None:
        """Begin anew where the store says."""
        self._assign(self._consumer, self._starts(list(self._next)))

    def lag(self) -> Mapping[int, int]:
        """Return how many messages of each partition are behind the last recorded batch."""
        found = {}
        for partition, following in self._next.items():
            with suppress(KafkaException):
                low, high = self._consumer.get_watermark_offsets(self._place(partition), cached=True)
                if high >= 0:
                    # Of messages that were deleted unread nobody waits for one.
                    found[partition] = max(0, high - max(low, following))
        return found

    def close(self) -> None:
        """Leave the topic to others."""
        with suppress(KafkaException, RuntimeError):
            self._consumer.close()

    def _connected(self, group: str) -> Consumer:
        given = properties.of(self._address.broker)
        settings = {**SETTINGS, **given, "bootstrap.servers": ",".join(self._address.brokers), "group.id": group}
        try:
            return Consumer({**settings, "error_cb": self._failed, "logger": SILENT})
        except KafkaException as error:
            # It names the property and holds no value.
            raise UnreadableError(f"{self._address.shown}: {clean(error.args[0].str(), 200)}") from None

    def _partitions(self) -> list[int]:
        try:
            found = self._consumer.list_topics(self._address.topic, timeout=PATIENCE_SECONDS).topics[
                self._address.topic
            ]
        except KafkaException as error:
            # Why nobody answers is known to who hears the client's errors.
            self._consumer.poll(0)
            told = self._trouble or self._told(error.args[0])
            raise UnreadableError(f"{self._address.shown}: {told}") from None
        if found.error is not None:
            raise self._unreadable(found.error)
        return sorted(found.partitions)

    def _grow(self) -> None:
        """Begin anew where the store says, if the topic has more partitions by now; a group is told by its broker."""
        self._look_again = time.monotonic() + GROWN_SECONDS
        with suppress(UnreadableError):
            partitions = self._partitions()
            if len(partitions) > len(self._next):
                self._assigned(self._consumer, [TopicPartition(self._address.topic, number) for number in partitions])

    def _assigned(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._assign(consumer, self._starts([one.partition for one in partitions]))
        self._moved = True

    def _revoked(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        del partitions
        consumer.unassign()
        self._next, self._ends, self._at_end, self._moved = {}, set(), set(), True

    def _assign(self, consumer: Consumer, starts: dict[int, int]) -> None:
        self._next, self._ends, self._at_end = starts, set(), set()
        self._early = {number for number, offset in starts.items() if self._begun.get(number) == offset}
        consumer.assign([self._place(number, offset) for number, offset in starts.items()])

    def _starts(self, partitions: Sequence[int]) -> dict[int, int]:
        """Return where to read on; where nothing is recorded, that is recorded first."""
        known = self._offsets.recorded()
        new = [number for number in partitions if number not in known]
        if new:
            # What came into a partition before it was found is not to be missed.
            begin = End.EARLIEST if known else self._begin
            self._offsets.begin(self._resolved(new, begin))
            known = self._offsets.recorded()
        return {number: known[number] for number in partitions}

    def _resolved(self, partitions: Sequence[int], begin: Begin) -> dict[int, int]:
        try:
            if isinstance(begin, datetime):
                at = max(0, int(begin.timestamp() * 1000))
                asked = [self._place(number, at) for number in partitions]
                found = {one.partition: one.offset for one in self._consumer.offsets_for_times(asked, PATIENCE_SECONDS)}
                self._begun = {number: offset for number, offset in found.items() if offset >= 0}
                return {number: self._begun.get(number, self._bounds(number)[1]) for number in found}
            return {number: self._bounds(number)[begin is End.LATEST] for number in partitions}
        except KafkaException as error:
            raise self._unreadable(error.args[0]) from None

    def _since(self, messages: list[Message]) -> list[Message]:
        """Return the messages without those before the time at which reading begins: brokers find it roughly."""
        if not self._early or not isinstance(self._begin, datetime):
            return messages
        at, kept = self._begin.timestamp() * 1000, []
        for one in messages:
            if one.timestamp()[1] >= at:
                self._early.discard(one.partition())
            if one.partition() not in self._early:
                kept.append(one)
        return kept

    def _bounds(self, partition: int) -> tuple[int, int]:
        """Return the first offset that is there, and the next that there will be."""
        low, high = self._consumer.get_watermark_offsets(self._place(partition), timeout=PATIENCE_SECONDS)
        return int(low), int(high)

    def _heard(self, error: KafkaError, partition: int) -> None:
        """Take in what came in the place of a message."""
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
            self._ends.add(partition)
            self._at_end.add(partition)
        elif error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001
            self._reset(partition)
        elif error.code() in PASSING or error.retriable():
            self._trouble = self._told(error)
        else:
            raise self._unreadable(error)

    def _reset(self, partition: int) -> None:
        """Read on where a partition begins by now, if it is behind what was read; a note says what is gone."""
        following = self._next.get(partition, 0)
        try:
            low, high = self._bounds(partition)
        except KafkaException as error:
            raise self._unreadable(error.args[0]) from None
        if low <= following:
            raise UnreadableError(
                f"{self._address.shown}: partition {partition} ends at offset {high:,}, before the recorded"
                f" {following:,}; if the topic was made anew, --again --from earliest reads it from its beginning"
            )
        self._notes.append(
            f"partition {partition}: offsets {following:,} to {low - 1:,} were deleted before they were read"
        )
        self._consumer.seek(self._place(partition, low))

    def _failed(self, error: KafkaError) -> None:
        """Hear of trouble with the brokers; librdkafka tries again by itself, unless it cannot help."""
        if error.code() == KafkaError._ALL_BROKERS_DOWN and self._trouble is not None:  # noqa: SLF001
            # It comes behind the error that says why.
            return
        if error.code() in PASSING or error.retriable():
            self._trouble = self._told(error)
        else:
            raise self._unreadable(error)

    def _unreadable(self, error: KafkaError) -> UnreadableError:
        return UnreadableError(f"{self._address.shown}: {self._told(error)}")

    def _told(self, error: KafkaError) -> str:
        match error.code():
            case KafkaError.UNKNOWN_TOPIC_OR_PART | KafkaError._UNKNOWN_TOPIC:  # noqa: SLF001
                return "there is no such topic"
            case KafkaError._TRANSPORT | KafkaError._ALL_BROKERS_DOWN | KafkaError._RESOLVE | KafkaError._TIMED_OUT:  # noqa: SLF001
                return f"no broker answers at {', '.join(self._address.brokers)}"
            case KafkaError.TOPIC_AUTHORIZATION_FAILED | KafkaError.GROUP_AUTHORIZATION_FAILED:
                return f"not permitted: {clean(error.str(), 200)}"
            case KafkaError._AUTHENTICATION:  # noqa: SLF001
                return f"the broker refuses the login; see {properties.USER} and {properties.CONFIG}"
            case KafkaError._SSL:  # noqa: SLF001
                return f"no TLS connection comes about: {_why_no_tls(error.str())}"
        return clean(error.str() or error.name(), 200)

    def _place(self, partition: int, offset: int = -1) -> TopicPartition:
        return TopicPartition(self._address.topic, partition, offset)


def _why_no_tls(text: str) -> str:
    """Return what the client says of a TLS connection, without its own name for the broker and the time it took."""
    found = clean(text, 300).partition("SSL handshake failed: ")[2] or clean(text, 300)
    return found.partition(" (after ")[0]
