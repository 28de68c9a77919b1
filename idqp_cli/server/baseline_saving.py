"""A baseline is saved by `idqp baseline save`, as whoever asks for it, in a process with limits of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from threading import BoundedSemaphore

from idqp_cli.access.admission import TOKEN
from idqp_cli.server import tied
from idqp_cli.server.problems import Problem
from idqp_cli.server.settings import Settings
from idqp_cli.server.workers import LATE, log

# In seconds; whoever asks waits for the end.
LONGEST = 120
AT_ONCE = BoundedSemaphore(2)


def save(settings: Settings, dataset: str, name: str, secret: str | None) -> None:
    """Save the state of a dataset under a name; `secret` is what the store knows whoever asks by.

    Raises:
        Problem: it could not be saved, or others are being saved.

    """
    if not AT_ONCE.acquire(blocking=False):
        raise Problem("too-many", "other baselines are being saved; try again", headers={"Retry-After": "10"})
    try:
        code, lines = _done(settings, dataset, name, secret)
    finally:
        AT_ONCE.release()
    if code != 0:
        for line in lines:
            log(f"baseline of {dataset}: {line}")
        raise Problem("conflict", "the baseline could not be saved; the server's log says why")


def _done(settings: Settings, dataset: str, name: str, secret: str | None) -> tuple[int | None, list[str]]:
    words = [
        "baseline", "save", f"--name={name}", "--deadline", f"{LONGEST}s", "--memory-limit", settings.check_memory,
        *(["--rules", settings.rules] if settings.rules else []), "--", dataset,
    ]  # fmt: skip
    # Words are seen by every user of the machine: neither the address of the store nor the secret is one.
    environment = {key: value for key, value in os.environ.items() if key != TOKEN}
    environment["IDQP_STORE"] = settings.store
    if secret is not None:
        environment[TOKEN] = secret
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = tied.started(words, out, err, environment)
        try:
            return process.wait(LONGEST + LATE), tied.said(err)
        except subprocess.TimeoutExpired:
            return None, tied.said(err)
        finally:
            tied.ended(process)
