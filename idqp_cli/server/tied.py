"""A command of idqp as a process that ends with the server, however the server ends.

Started as `python -m idqp_cli.server.tied PARENT WORDS…`, it is `idqp WORDS…`
until the process PARENT is gone: a check that outlived its server would record
once more what another worker begins again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from idqp_cli.core.text import clean
from idqp_cli.pipeline.warden import die_with

LONGEST, LINES, LINE = 1 << 16, 20, 500


def started(
    words: Sequence[str], out: IO[bytes], err: IO[bytes], environment: Mapping[str, str], folder: str | None = None
) -> subprocess.Popen[bytes]:
    """Start `idqp WORDS…` in a group of its own; the thread that calls stays until it has ended."""
    return subprocess.Popen(  # noqa: S603 - idqp itself
        [sys.executable, "-P", "-m", "idqp_cli.server.tied", str(os.getpid()), *words],
        stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True, env=dict(environment), cwd=folder,
    )  # fmt: skip


def ended(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it has started, if it has not ended."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def said(err: IO[bytes]) -> list[str]:
    """Return the last lines of what a command wrote to stderr, harmless."""
    err.seek(0)
    return [clean(line, LINE) for line in err.read(LONGEST).decode("utf-8", "replace").splitlines()[-LINES:]]


def _main() -> None:
    die_with(int(sys.argv[1]))
    # The tie outlives the exec.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "idqp_cli", *sys.argv[2:]])  # noqa: S606 - idqp itself


if __name__ == "__main__":
    _main()
