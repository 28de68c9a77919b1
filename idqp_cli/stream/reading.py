"""A topic that is being watched: its messages become batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from idqp_cli.core.frozen import frozen
from idqp_cli.ingest.scratch import scratch
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Batch, Target
from idqp_cli.stream import offsets, sources
from idqp_cli.stream.address import address
from idqp_cli.stream.feed import Begin, Feed, Polled
from idqp_cli.stream.formats.json import JsonForm
from idqp_cli.stream.gathering import Gathering, Size

AT_ONCE = 10_000


@frozen
class Asked:
    """How topics are read: in batches of which size, from where on, and whether only what is there now.

    `again` begins anew also where a run has read. `remembered` says that there is a store to record in, `store` which.
    """

    size: Size
    begin: Begin
    until_end: bool
    again: bool
    remembered: bool
    store: str
    actor: str


class Reading:
    """One topic: what comes is gathered until it is a batch."""

    def __init__(self, target: Target, feed: Feed, gathering: Gathering, *, until_end: bool) -> None:
        """Read what `feed` gives into `gathering`."""
        self.target, self.feed = target, feed
        self._gathering, self._until_end, self._ended = gathering, until_end, False
        gathering.clear(feed.starts())

    @property
    def done(self) -> bool:
        """Whether all that was to be read has been judged."""
        return self._until_end and self._ended and not self._gathering.messages

    @property
    def waiting(self) -> int:
        """The number of messages that are gathered."""
        return self._gathering.messages

    def gather(self, seconds: float) -> Polled:
        """Wait so long for messages."""
        polled = self.feed.poll(min(AT_ONCE, self._gathering.room), seconds)
        if polled.moved:
            self._gathering.clear(self.feed.starts())
        self._gathering.add(polled.messages)
        self._ended = polled.ended
        return polled

    def due(self) -> bool:
        """Tell whether a batch is there to be judged."""
        at_end = self._until_end and self._ended and self._gathering.messages > 0
        return at_end or self._gathering.due()

    def batch(self) -> Batch:
        """Return the batch that is due."""
        return self._gathering.batch()

    def recorded(self, batch: Batch) -> None:
        """Go on behind a batch."""
        self.feed.recorded(batch.positions)
        self._gathering.clear(self.feed.starts())

    def rewind(self) -> None:
        """Let go of what was gathered, and read on from where the store says."""
        self.feed.rewind()
        self._gathering.clear(self.feed.starts())
        self._ended = False


@contextmanager
def reading(target: Target, memory: Memory, asked: Asked) -> Iterator[Reading]:
    """Read a topic until the context ends.

    Raises:
        UnreadableError: it cannot be read.
        UsageError: its address cannot be read.

    """
    place, name = address(target.dataset.path), target.dataset.name
    known = (
        offsets.Recorded(memory, name, place.topic, asked.actor, again=asked.again)
        if asked.remembered
        else offsets.Unrecorded()
    )
    alone = asked.until_end or not asked.remembered
    # Every message is written as UTF-8, or as what is wrong with it.
    own = replace(target, dataset=replace(target.dataset, read=replace(target.dataset.read, encoding="utf-8")))
    with scratch() as folder:
        feed = sources.opened(place, offsets.group(name, asked.store), known, asked.begin, alone=alone)
        try:
            gathering = Gathering(place, JsonForm(), asked.size, folder)
            try:
                yield Reading(own, feed, gathering, until_end=asked.until_end)
            finally:
                gathering.close()
        finally:
            feed.close()
