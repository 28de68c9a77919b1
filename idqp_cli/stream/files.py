"""A folder, a glob or a prefix that is being watched: files that no recorded run has read are a batch."""

from __future__ import annotations

import time
from collections.abc import Mapping

from idqp_cli.core.text import count
from idqp_cli.pipeline.request import Target
from idqp_cli.pipeline.run import Before, Outcome, nothing
from idqp_cli.stream.feed import Polled


class Files:
    """An incremental dataset: it is looked at again and again, or once."""

    def __init__(self, target: Target, seconds: float, *, until_end: bool) -> None:
        """Look every so many seconds."""
        self.target, self._seconds, self._until_end = target, seconds, until_end
        self._next, self._looked = time.monotonic(), False

    @property
    def done(self) -> bool:
        """Whether all that was to be read has been judged."""
        return self._until_end and self._looked

    def gather(self, seconds: float) -> Polled:
        """Wait so long, or until it is time to look."""
        time.sleep(max(0.0, min(seconds, self._next - time.monotonic())))
        return Polled()

    def due(self) -> bool:
        """Tell whether it is time to look."""
        return time.monotonic() >= self._next

    def asked(self) -> Target:
        """Return what is to be judged."""
        return self.target

    def before(self) -> Before:
        """Return what is to be done before it is recorded."""
        return nothing

    def recorded(self) -> None:
        """Look again when it is time."""
        self._next, self._looked = time.monotonic() + self._seconds, True

    def rewind(self) -> None:
        """Look again at once."""
        self._next = time.monotonic()

    def told(self, outcome: Outcome) -> str:
        """Say how much was judged; nothing, where nothing was new."""
        found = [one.increment for one in outcome.report.datasets]
        return count(sum(1 if one is None else one.new_files for one in found), "new file") if found else ""

    def lag(self) -> Mapping[int, int]:
        """Return nothing: all that is there was read."""
        return {}
