"""What a long run says of itself while it goes on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import RunStatus


@frozen
class Ended:
    """A dataset that is checked: what became of it, its rows (None: not known), and how many of its rules failed."""

    dataset: str
    status: RunStatus
    rows: int | None
    failed: int


# Takes what is being done now, or what has ended.
Telling = Callable[[str | Ended], None]


@frozen
class Fetched:
    """Bytes that came from other machines, and how many are to come altogether (0: not known)."""

    came: int = 0
    expected: int = 0


class Traffic:
    """Counts the bytes that come from other machines, in any thread of this process."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._came = self._expected = 0

    def expect(self, size: int) -> None:
        """Count bytes that are going to come."""
        with self._lock:
            self._expected += size

    def count(self, size: int) -> None:
        """Count bytes that came."""
        with self._lock:
            self._came += size

    def so_far(self) -> Fetched:
        """Return what came so far."""
        with self._lock:
            return Fetched(self._came, self._expected)


class Scan:
    """Which part is done of the statement that a database executes, for who shows it from another thread."""

    def __init__(self) -> None:
        """Begin with nobody who looks, and no database."""
        self._lock = threading.Lock()
        self._asked: Callable[[], float] | None = None
        self.shown = False

    @contextmanager
    def of(self, asked: Callable[[], float]) -> Iterator[None]:
        """Ask a database within; the part that it tells is of 100, less than 0 where it does not know."""
        with self._lock:
            self._asked = asked
        try:
            yield
        finally:
            # Whoever asks holds the lock: the database is not closed meanwhile.
            with self._lock:
                self._asked = None

    def percent(self) -> float | None:
        """Return the part that is done, of 100; None where it is not known."""
        with self._lock:
            told = -1.0 if self._asked is None else self._asked()
        return told if told >= 0 else None


# A process has one network, and one line on its terminal that says what goes on.
TRAFFIC = Traffic()
SCAN = Scan()
