"""A topic that is being watched: its messages become batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_stream
from idqp_cli.ingest.scratch import scratch
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Batch, Target
from idqp_cli.pipeline.run import Before, Outcome, nothing
from idqp_cli.stream import offsets, sources
from idqp_cli.stream.address import address
from idqp_cli.stream.dead_letters import Outlet, sender
from idqp_cli.stream.feed import Begin, Feed, Message, Offsets, Polled
from idqp_cli.stream.files import Files
from idqp_cli.stream.formats import Form, WaitError
from idqp_cli.stream.formats.choice import form as chosen_form
from idqp_cli.stream.gathering import Gathering, Size
from idqp_cli.stream.windows import MARKS, Windowing, Windows

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

    def __init__(
        self,
        target: Target,
        feed: Feed,
        form: Form,
        gathering: Gathering | Windows,
        outlet: Outlet | None,
        *,
        until_end: bool,
    ) -> None:
        """Read what `feed` gives into `gathering`; messages that fail go to `outlet`, where there is one."""
        self.target, self.feed, self._form, self._outlet = target, feed, form, outlet
        self._gathering, self._until_end, self._ended = gathering, until_end, False
        self._batch: Batch | None = None
        self._told = ""
        # Messages that came and cannot be read yet: whoever knows their schema does not answer.
        self._waiting: list[Message] = []
        gathering.clear(feed.starts())

    @property
    def done(self) -> bool:
        """Whether all that was to be read has been judged."""
        return self._until_end and self._ended and not self._gathering.left and not self._waiting

    def gather(self, seconds: float) -> Polled:
        """Wait so long for messages."""
        # A poll also keeps the place in the group; one message more is little to keep.
        polled = self.feed.poll(1 if self._waiting else min(AT_ONCE, self._gathering.room), seconds)
        if polled.moved:
            self._waiting = []
            self._gathering.clear(self.feed.starts())
        self._ended = polled.ended
        came = [*self._waiting, *polled.messages]
        try:
            self._form.prepare(came)
        except WaitError as error:
            self._waiting = came
            return replace(polled, trouble=str(error))
        self._waiting = []
        self._gathering.add(came, polled.at_end)
        return polled

    def due(self) -> bool:
        """Tell whether a batch is there to be judged."""
        return self._gathering.due(at_end=self._until_end and self._ended and not self._waiting)

    def asked(self) -> Target:
        """Return what is to be judged: the batch that is due."""
        self._batch = self._gathering.batch()
        self._told = self._gathering.told()
        return replace(self.target, batch=self._batch)

    def before(self) -> Before:
        """Return what is to be done with the batch before it is recorded."""
        if self._outlet is None:
            return nothing
        topic, gathered = address(self.target.dataset.path).topic, self._gathering
        return sender(self._outlet, topic, gathered.originals, gathered.first_line)

    def recorded(self) -> None:
        """Go on behind the batch that was asked for last."""
        if self._batch is not None:
            self.feed.recorded(self._batch.positions)
        self._gathering.recorded(self.feed.starts())

    def rewind(self) -> None:
        """Let go of what was gathered, and read on from where the store says."""
        self.feed.rewind()
        self._waiting = []
        self._gathering.clear(self.feed.starts())
        self._ended = False

    def told(self, outcome: Outcome) -> str:
        """Say how much was judged."""
        del outcome
        return self._told

    def lag(self) -> Mapping[int, int]:
        """Return how many messages of each partition are behind."""
        return self.feed.lag()


@contextmanager
def watched(target: Target, memory: Memory, asked: Asked) -> Iterator[Reading | Files]:
    """Watch a topic, or the files of an incremental dataset, until the context ends.

    Raises:
        UnreadableError: the topic cannot be read.
        UsageError: its address cannot be read, or there is no store that knows which files are new.

    """
    if is_stream(target.dataset.path):
        with reading(target, memory, asked) as found:
            yield found
        return
    if not asked.remembered:
        raise UsageError(f"{clean(target.dataset.name)}: which files are new is known by a store; leave out --no-store")
    yield Files(target, asked.size.seconds, until_end=asked.until_end)


@contextmanager
def reading(target: Target, memory: Memory, asked: Asked) -> Iterator[Reading]:
    """Read a topic until the context ends.

    Raises:
        UnreadableError: it cannot be read.
        UsageError: its address cannot be read.

    """
    place, name = replace(address(target.dataset.path), broker=target.dataset.stream.broker), target.dataset.name
    windowing = _windowing(target.dataset)
    alone = asked.until_end or not asked.remembered or windowing is not None
    form = chosen_form(target.dataset)
    own = replace(target, dataset=replace(target.dataset, read=form.reads(target.dataset.read)))
    dead_letter = target.dataset.stream.dead_letter
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        outlet = None
        if dead_letter is not None:
            outlet = stack.enter_context(closing(sources.outlet(place, dead_letter)))
        feed = sources.opened(
            place, offsets.group(name, asked.store), _known(memory, name, place.topic, asked), asked.begin, alone=alone
        )
        stack.callback(feed.close)

        def make() -> Gathering:
            return Gathering(place, form.fresh(), asked.size, folder, kept=outlet is not None)

        gathering: Gathering | Windows = Gathering(place, form, asked.size, folder, kept=outlet is not None)
        if windowing is not None:
            gathering = Windows(place, windowing, form, _known(memory, name, place.topic + MARKS, asked), make)
        stack.callback(gathering.close)
        yield Reading(own, feed, form, gathering, outlet, until_end=asked.until_end)


def _known(memory: Memory, dataset: str, topic: str, asked: Asked) -> Offsets:
    """Return what is recorded of a topic, or of its windows."""
    if not asked.remembered:
        return offsets.Unrecorded()
    return offsets.Recorded(memory, dataset, topic, asked.actor, again=asked.again)


def _windowing(dataset: Dataset) -> Windowing | None:
    settings = dataset.stream
    if settings.window is None:
        return None
    return Windowing(settings.window, settings.late, settings.event_time, dataset.timezone)
