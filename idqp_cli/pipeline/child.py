"""A process that can be talked to without waiting for it, and killed."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from idqp_cli.pipeline.messages import Incoming, OwnValues, framed

CHUNK = 1 << 20


class Child:
    """A Python module that runs as a process of its own; it is given the descriptors of three pipes as its words.

    It reads from the first, writes to the second, and ends when the third is closed.
    """

    def __init__(self, module: str, environment: Mapping[str, str] | None = None) -> None:
        """Start it, with this environment or, without one, that of this process."""
        theirs, self._to = os.pipe()
        self._from, told = os.pipe()
        alive, self._alive = os.pipe()
        given = (theirs, told, alive)
        # Python finds no module in the folder where it happens to stand.
        command = [sys.executable, "-P", "-m", module, *map(str, given)]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                command,
                pass_fds=given,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if os.environ.get("IDQP_DEBUG") else subprocess.DEVNULL,
            )
        finally:
            for descriptor in given:
                os.close(descriptor)
        self.id = self._process.pid
        for descriptor in (self._to, self._from):
            os.set_blocking(descriptor, False)
        self._incoming, self._outgoing, self._closed = Incoming(OwnValues), bytearray(), False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._from, selectors.EVENT_READ)

    def send(self, message: object) -> None:
        """Send a message, when the process takes it."""
        self._outgoing += framed(message)
        self._write()

    def heard(self, seconds: float) -> Sequence[object]:
        """Wait so long at most, and return the messages that came.

        Raises:
            UnpicklingError: or another error of pickle: what came are none.

        """
        ready = self._selector.select(seconds)
        self._write()
        messages: list[object] = []
        if ready and not self._closed:
            try:
                chunk = os.read(self._from, CHUNK)
            except BlockingIOError:
                return ()
            self._closed = not chunk
            messages += self._incoming.take(chunk)
        return messages

    @property
    def ended(self) -> str | None:
        """How the process ended, if it did, and everything that it said was heard."""
        if not self._closed:
            return None
        code = self._process.wait()
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._selector.close()
        for descriptor in (self._to, self._from, self._alive):
            os.close(descriptor)

    def _write(self) -> None:
        """Write what the pipe takes."""
        try:
            while self._outgoing:
                del self._outgoing[: os.write(self._to, self._outgoing)]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self._outgoing.clear()
