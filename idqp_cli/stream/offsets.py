"""How far a topic was read: as the store has it, or as long as the process lives where nothing is remembered."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime

from idqp_cli.core.address import is_server, masked
from idqp_cli.core.topics import Position
from idqp_cli.pipeline.memory import Memory


class Recorded:
    """Offsets in the store; `again` begins anew also where a run has read, once."""

    def __init__(self, memory: Memory, dataset: str, topic: str, actor: str, *, again: bool) -> None:
        """Ask the store of `memory` for a dataset's topic, in the name of `actor`."""
        self._memory, self._dataset, self._topic, self._actor, self._again = memory, dataset, topic, actor, again

    def recorded(self) -> Mapping[int, int]:
        """Return the next offset of each partition that has one."""
        return {} if self._again else self._memory.stream_positions(self._dataset, self._topic)

    def begin(self, offsets: Mapping[int, int]) -> None:
        """Keep where the reading of partitions begins that have none."""
        positions = [Position(self._topic, number, None, offset) for number, offset in sorted(offsets.items())]
        self._memory.begin_stream(self._dataset, positions, datetime.now(UTC), self._actor, again=self._again)
        self._again = False

    def moved(self, offsets: Mapping[int, int]) -> None:
        """Do nothing: the run itself has recorded it."""


class Unrecorded:
    """Offsets that end with the process."""

    def __init__(self) -> None:
        """Know of none."""
        self._offsets: dict[int, int] = {}

    def recorded(self) -> Mapping[int, int]:
        """Return the next offset of each partition that has one."""
        return dict(self._offsets)

    def begin(self, offsets: Mapping[int, int]) -> None:
        """Keep where the reading of partitions begins that have none."""
        self._offsets = {**offsets, **self._offsets}

    def moved(self, offsets: Mapping[int, int]) -> None:
        """Keep how far a batch reaches."""
        self._offsets |= offsets


def group(dataset: str, store: str) -> str:
    """Return the group whose members share the partitions of a dataset's topic: those that write into one store.

    Processes of another store read every message themselves.
    """
    place = masked(store) if is_server(store) else f"{socket.gethostname()}:{os.path.realpath(store)}"
    return f"idqp-{dataset}-{hashlib.blake2b(place.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"
