"""The moment by which a run is to be done."""

from __future__ import annotations

import time

from idqp_cli.core.errors import DeadlineError
from idqp_cli.core.frozen import frozen


@frozen
class Deadline:
    """So many seconds from when it was set; `ends` is a time of the monotonic clock."""

    seconds: float
    ends: float

    def left(self) -> float:
        """Return the seconds that are left; 0 once it has passed."""
        return max(0.0, self.ends - time.monotonic())

    def missed(self) -> DeadlineError:
        """Say that it has passed."""
        return DeadlineError(f"not judged within the deadline of {self.seconds:g} s")


def within(seconds: float, gone: float = 0.0) -> Deadline:
    """Set a deadline, of which so many seconds are gone."""
    return Deadline(seconds, time.monotonic() + seconds - gone)
