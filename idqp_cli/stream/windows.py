"""Messages by the time of what they tell of: each window of it is a batch, judged when no more are to come."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Window
from idqp_cli.core.text import count
from idqp_cli.core.topics import Position
from idqp_cli.pipeline.request import Batch
from idqp_cli.report.wording import span
from idqp_cli.stream.about import stamped
from idqp_cli.stream.address import Address
from idqp_cli.stream.feed import Message, Offsets
from idqp_cli.stream.formats import Form
from idqp_cli.stream.gathering import Gathering
from idqp_cli.stream.moments import moment

# Beside the offsets of a topic, the store has where its windows are, under a name that no topic can have:
# by partition the offset behind the last message that was looked at, and here the end of the last window, in ms.
MARKS, END = "@windows", -1
MOST_OPEN = 500
# Of all windows that are open: on disk, and in memory where messages are kept to be sent on.
MOST_BYTES, MOST_KEPT_BYTES = 1 << 30, 256 << 20
# Clocks differ by so many seconds. What is farther in the future is no time of an event.
AHEAD = 300.0
AT_ONCE = 10_000


@frozen
class Windowing:
    """How messages are divided: windows of so many seconds, open for `late` seconds more.

    `column` has the time of an event, that of the message without one; times without a zone are in `zone`.
    """

    seconds: float
    late: float
    column: str | None
    zone: str | None


class Windows:
    """Windows in the making. In the store is from where on messages are read again, so that a kill loses none."""

    def __init__(
        self, address: Address, windowing: Windowing, form: Form, marks: Offsets, make: Callable[[], Gathering]
    ) -> None:
        """Begin with no message; `make` makes what gathers a window, and `marks` says which are judged."""
        self._address, self._windowing, self._form, self._marks, self._make = address, windowing, form, marks, make
        self._open: dict[float, Gathering] = {}
        self._judging: tuple[float, Gathering] | None = None
        self._reset({}, {}, 0)

    def clear(self, starts: Mapping[int, int]) -> None:
        """Let go of all messages; the next ones begin at `starts` or behind."""
        wanted = {**starts, END: 0}
        known = self._marks.recorded()
        missing = {partition: offset for partition, offset in wanted.items() if partition not in known}
        if missing and starts:
            self._marks.begin(missing)
            known = self._marks.recorded()
        self._reset(starts, {one: known.get(one, 0) for one in starts}, known.get(END, 0))

    def _reset(self, starts: Mapping[int, int], seen: Mapping[int, int], mark: int) -> None:
        for one in self._open.values():
            one.close()
        self._open, self._judging = {}, None
        # By window, the first message of each partition that is in it.
        self._first: dict[float, dict[int, int]] = {}
        self._starts, self._next, self._seen, self._mark = dict(starts), dict(starts), dict(seen), mark
        self._newest: dict[int, float] = {}
        self._at_end: frozenset[int] = frozenset()
        self._late = 0

    @property
    def room(self) -> int:
        """How many messages may still come."""
        return AT_ONCE

    @property
    def left(self) -> int:
        """How many windows are to be judged now."""
        watermark = self._watermark()
        return sum(begin + self._windowing.seconds <= watermark for begin in self._open)

    @property
    def messages(self) -> int:
        """The number of messages in the window that was asked for last."""
        return 0 if self._judging is None else self._judging[1].messages

    @property
    def first_line(self) -> int:
        """The line of the first message in the file of that window."""
        return 1 if self._judging is None else self._judging[1].first_line

    @property
    def originals(self) -> list[Message]:
        """The messages of that window, where they are kept."""
        return [] if self._judging is None else self._judging[1].originals

    def add(self, messages: Iterable[Message], at_end: frozenset[int] = frozenset()) -> None:
        """Take messages in the order in which they come, each once; of partitions `at_end` there is no more now."""
        following, seconds, mark = self._next, self._windowing.seconds, self._mark / 1000
        by_window: dict[float, list[Message]] = {}
        now = time.time()
        for message in messages:
            partition, offset = message.partition(), message.offset()
            if offset < following.get(partition, 0):
                continue
            following[partition] = offset + 1
            if message.value() is None:
                continue
            at = self._moment(message, now)
            self._newest[partition] = max(self._newest.get(partition, at), at)
            begin = math.floor(at / seconds) * seconds
            if begin + seconds <= mark:
                # What is behind this offset was looked at when the window was judged: it is in it, or was too late.
                self._late += offset >= self._seen.get(partition, 0)
                continue
            by_window.setdefault(begin, []).append(message)
            self._first.setdefault(begin, {}).setdefault(partition, offset)
        self._at_end = at_end
        for begin, listed in by_window.items():
            if begin not in self._open:
                self._open[begin] = self._make()
            self._open[begin].add(listed)
        self._refuse_too_much()

    def due(self, *, at_end: bool) -> bool:
        """Tell whether no more messages of a window are to come."""
        del at_end
        return self.left > 0

    def batch(self) -> Batch:
        """Return the oldest window as a batch; its file holds it until it is recorded."""
        begin = min(self._open)
        self._judging = (begin, self._open[begin])
        window = self._window(begin)
        return replace(
            self._open[begin].batch(),
            positions=self._positions(begin),
            window=window,
            name=f"{window.begin:%Y%m%dT%H%M%SZ}",
        )

    def recorded(self, starts: Mapping[int, int]) -> None:
        """Go on behind the window that was asked for last."""
        if self._judging is None:
            return
        begin, judged = self._judging
        judged.close()
        del self._open[begin]
        self._first.pop(begin, None)
        self._judging = None
        self._starts, self._seen, self._late = dict(starts), dict(self._next), 0
        self._mark = self._end(begin)

    def told(self) -> str:
        """Say which window was asked for last, and how much it is."""
        if self._judging is None:
            return ""
        return f"{span(self._window(self._judging[0]))}, {count(self.messages, 'message')}"

    def close(self) -> None:
        """Close the files."""
        for one in self._open.values():
            one.close()

    def _moment(self, message: Message, now: float) -> float:
        """Return the time of the event that a message tells of, in seconds since 1970."""
        column = self._windowing.column
        found = None if column is None else moment(self._form.value(message, column), self._windowing.zone)
        if found is not None and found <= now + AHEAD:
            return found
        own = stamped(message)
        return now if own is None or own.timestamp() > now + AHEAD else own.timestamp()

    def _watermark(self) -> float:
        """Return the time before which nothing more is to come."""
        reading = [one for one in self._starts if one not in self._at_end]
        if reading:
            return min(self._newest.get(one, -math.inf) for one in reading) - self._windowing.late
        return time.time() - self._windowing.late

    def _positions(self, begin: float) -> tuple[Position, ...]:
        """Return how far the topic is read once a window is judged: up to the first message of those that are open."""
        topic, others = self._address.topic, [first for other, first in self._first.items() if other != begin]
        found = []
        for partition, following in sorted(self._next.items()):
            upto = min((first[partition] for first in others if partition in first), default=following)
            for name, start, end in (
                (topic, self._starts[partition], upto),
                (topic + MARKS, self._seen[partition], following),
            ):
                if start != end:
                    found.append(Position(name, partition, start, end))
        # Two processes that judge the same window both move this.
        return (*found, Position(topic + MARKS, END, self._mark, self._end(begin)))

    def _window(self, begin: float) -> Window:
        end = begin + self._windowing.seconds
        return Window(datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC), self._late)

    def _end(self, begin: float) -> int:
        return round((begin + self._windowing.seconds) * 1000)

    def _refuse_too_much(self) -> None:
        held: Sequence[Gathering] = [*self._open.values()]
        kept = any(one.originals for one in held)
        if len(held) > MOST_OPEN or sum(one.size for one in held) > (MOST_KEPT_BYTES if kept else MOST_BYTES):
            raise UnreadableError(
                f"{self._address.shown}: {count(len(held), 'window')} are open, more than are held at once;"
                " set a shorter window or less `late`, or leave out dead_letter"
            )
