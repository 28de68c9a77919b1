"""Messages as they come, kept in a file until they are a batch."""

from __future__ import annotations

import os
import tempfile
import time
from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import count
from idqp_cli.core.topics import MessagePlaces, Position
from idqp_cli.ingest.files import Format, Source, examine
from idqp_cli.pipeline.request import Batch
from idqp_cli.stream.about import stamped
from idqp_cli.stream.address import Address
from idqp_cli.stream.feed import Message
from idqp_cli.stream.formats import Form

# A batch ends at so many bytes, whatever the number of its messages.
MOST_BYTES = 64 << 20


@frozen
class Size:
    """When a batch ends: at so many messages, or so many seconds after its first."""

    messages: int
    seconds: float


class Gathering:
    """A batch in the making: lines in a file, and which message each is."""

    def __init__(self, address: Address, form: Form, size: Size, folder: str, *, kept: bool) -> None:
        """Begin with no message; the file is made in `folder`. Messages are `kept` for who sends them on."""
        self._address, self._form, self._size, self._kept = address, form, size, kept
        descriptor, self._path = tempfile.mkstemp(form.ending, "batch-", folder)
        self._file = open(descriptor, "wb")  # noqa: SIM115 - it stays open from message to message
        self.clear({})

    def clear(self, starts: Mapping[int, int]) -> None:
        """Let go of all messages; the next ones begin at `starts` or behind."""
        self._starts, self._next = dict(starts), dict(starts)
        self._partitions, self._offsets = array("l"), array("q")
        self._bytes, self._since = 0, time.monotonic()
        self._last: dict[int, Message] = {}
        self.originals: list[Message] = []
        self._form.begin()
        self._file.seek(0)
        self._file.truncate()
        self._file.write(self._form.header)

    @property
    def messages(self) -> int:
        """The number of messages that are rows, so far."""
        return len(self._offsets)

    @property
    def first_line(self) -> int:
        """The line of the first message in the file."""
        return 1 + self._form.header.count(b"\n")

    @property
    def left(self) -> int:
        """The number of messages that are to be judged."""
        return self.messages

    @property
    def size(self) -> int:
        """The size of the messages, in bytes."""
        return self._bytes

    @property
    def room(self) -> int:
        """How many messages may still come."""
        return 0 if self._bytes >= MOST_BYTES else self._size.messages - self.messages

    def add(self, messages: Iterable[Message], at_end: frozenset[int] = frozenset()) -> None:
        """Take messages in the order in which they come, each once; that there are no more now means nothing."""
        del at_end
        listed = list(messages)
        if listed and not self._add_at_once(listed):
            self._add_each(listed)

    def _add_at_once(self, messages: Sequence[Message]) -> bool:
        """Take messages of which each is new, and a line as it is; take none and say so, if one of them is not."""
        # Tens of thousands of messages a second come through here.
        lines = None if self._kept else self._form.at_once([message.value() for message in messages])
        if lines is None:
            return False
        partitions, offsets = [one.partition() for one in messages], [one.offset() for one in messages]
        last = dict(zip(partitions, range(len(messages)), strict=True))
        # Those of a partition come in the order of their offsets.
        if any(offsets[partitions.index(one)] < self._next.get(one, 0) for one in last):
            return False
        if not self.messages:
            self._since = time.monotonic()
        self._partitions.extend(partitions)
        self._offsets.extend(offsets)
        self._next |= {one: offsets[at] + 1 for one, at in last.items()}
        self._last |= {one: messages[at] for one, at in last.items()}
        self._bytes += len(lines)
        self._file.write(lines + b"\n")
        return True

    def _add_each(self, messages: Sequence[Message]) -> None:
        following, formed, lines, since = self._next, self._form.line, list[bytes](), self.messages
        for message in messages:
            partition, offset = message.partition(), message.offset()
            if offset < following.get(partition, 0):
                continue
            following[partition] = offset + 1
            line = formed(message)
            if line is None:
                continue
            lines.append(line)
            self._partitions.append(partition)
            self._offsets.append(offset)
            self._last[partition] = message
            if self._kept:
                self.originals.append(message)
                self._bytes += len(message.key() or b"")
        if lines:
            if not since:
                self._since = time.monotonic()
            self._file.write(b"\n".join(lines) + b"\n")
            self._bytes += sum(map(len, lines))

    def due(self, *, at_end: bool) -> bool:
        """Tell whether it is a batch; whatever is there is one `at_end`."""
        late = at_end or time.monotonic() - self._since >= self._size.seconds
        return self.messages > 0 and (self.room <= 0 or late)

    def batch(self) -> Batch:
        """Return the messages as a batch; its file holds them until `clear`."""
        self._file.flush()
        file = examine(self._path, self._address.shown, self._path)
        newest = max((time for one in self._last.values() if (time := stamped(one)) is not None), default=None)
        places = MessagePlaces(self._partitions, self._offsets, self.first_line)
        file, columns = replace(file, modified_at=newest), self._form.columns()
        if columns is not None:
            file = replace(file, format=Format.MESSAGES)
        source = Source(self._address.shown, (file,), stream=True, columns=columns or (), messages=places)
        positions = tuple(
            Position(self._address.topic, partition, self._starts.get(partition), following)
            for partition, following in sorted(self._next.items())
            if following != self._starts.get(partition)
        )
        return Batch(source, positions, told_apart=self._kept, happened=newest, name=_name(positions))

    def recorded(self, starts: Mapping[int, int]) -> None:
        """Go on behind a batch that was recorded."""
        self.clear(starts)

    def told(self) -> str:
        """Say how much it is."""
        return count(self.messages, "message")

    def close(self) -> None:
        """Close the file, which is gone then."""
        self._file.close()
        with suppress(OSError):
            os.unlink(self._path)


def _name(positions: Sequence[Position]) -> str:
    """Return what tells a batch from others of its topic: the partition and the offset with which it begins."""
    return next((f"{one.partition}-{one.start}" for one in positions), "")
