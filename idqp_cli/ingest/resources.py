"""What a run may use: memory, threads and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idqp_cli.core.deadline import Deadline
from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from idqp_cli.ingest.journal import Journal


@frozen
class Resources:
    """What DuckDB may use: memory, like `1GB`, beyond which it spills to disk, and threads; None is its own choice.

    The deadline ends what it has not done by then. `journal` is there in a process
    that may be stopped.
    """

    memory_limit: str | None = None
    threads: int | None = None
    deadline: Deadline | None = None
    journal: Journal | None = None

    @property
    def limited(self) -> bool:
        """Whether a limit is to hold, also where DuckDB does not keep it."""
        return self.memory_limit is not None or self.deadline is not None


AS_IT_LIKES = Resources()
