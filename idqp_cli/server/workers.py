"""Workers: each takes a check that waits in the store, and does it as `idqp check` in a process of its own.

A check stays in the store until it has ended. A worker that dies while it is at
one does not keep it, and after `LEASE` another takes it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import IO

from idqp_cli.access.admission import TOKEN, system_user
from idqp_cli.core.errors import DeniedError, IdqpError, NotPermittedError
from idqp_cli.core.text import clean
from idqp_cli.server import tied
from idqp_cli.server.settings import Settings
from idqp_cli.store.pool import NoStoreError, Pool
from idqp_cli.store.requested import CheckRequest, Outcome

LEASE, KEPT_EVERY = timedelta(seconds=30), 10.0
LOOKED_EVERY = 1.0  # seconds
# What takes longer than its limit by so much is killed.
LATE = 30
TRIES = 3
LARGEST_REPORT = 1 << 26
SAID: Mapping[int, str] = {
    2: "the rules file cannot be used; the server's log says why",
    3: "not everything could be checked; the run says what",
    4: "checked, but not recorded; the server's log says why",
    70: "a bug in idqp; the server's log says where",
}
LOST = "the server that had the files has ended; send them again"
KILLED = "the check was killed every time that it was begun"


# What is around a check while it is done, by its name and its dataset.
Traced = Callable[[str, str | None], AbstractContextManager[object]]


def untraced(name: str, dataset: str | None) -> AbstractContextManager[object]:  # noqa: ARG001
    """Put nothing around a check."""
    return nullcontext()


class Workers:
    """The workers of one process; `number` threads that wait for checks."""

    def __init__(self, settings: Settings, pool: Pool, traced: Traced = untraced) -> None:
        """Take what a check needs; nothing runs yet."""
        self._settings, self._pool, self._traced = settings, pool, traced
        self._stop, self._wake = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to look for checks."""
        self._threads = [
            threading.Thread(target=self._work, name=f"check-{number}", daemon=True)
            for number in range(self._settings.checks)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; a check that is under way is given back."""
        self._stop.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def wake(self) -> None:
        """Say that a check was asked for."""
        self._wake.set()

    def able(self) -> bool:
        """Tell whether there is a worker that could record what it checks."""
        try:
            with self._pool.lent(token()) as store:
                who = store.identity(system_user(), datetime.now(UTC))
        except IdqpError:
            return False
        return bool(self._settings.checks) and (who.open or who.role is not None)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                with self._pool.lent(token()) as store:
                    found = store.claim_check(LEASE, datetime.now(UTC))
                if found is not None:
                    self._do(found)
                    continue
            except (NoStoreError, DeniedError, NotPermittedError):
                # There is nothing to do yet, or nobody who may: `able` says so to whoever asks for a check.
                pass
            except IdqpError as error:
                log(str(error))
            except Exception as error:  # noqa: BLE001 - whatever goes wrong with one check, the next ones are waiting
                log(f"a check could not be done, and is tried again: {type(error).__name__}: {error}")
            self._wake.wait(LOOKED_EVERY)
            self._wake.clear()

    def _do(self, check: CheckRequest) -> None:
        if check.uploaded:
            # Whoever had the files has not kept the check.
            self._end(check, Outcome(3, None, LOST))
            return
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = tied.started(self._words(check), out, err, {**os.environ, "IDQP_STORE": self._settings.store})
            try:
                with self._traced(check.name, check.dataset):
                    code = self._ended(process, check)
            finally:
                tied.ended(process)
            for line in tied.said(err):
                log(f"{check.name}: {line}")
            self._settle(check, code, _run(out))

    def _words(self, check: CheckRequest) -> list[str]:
        settings = self._settings
        words = [
            "check", "--format", "json", "--deadline", f"{settings.check_seconds}s",
            "--memory-limit", settings.check_memory,
        ]  # fmt: skip
        if settings.rules is not None:
            words += ["--rules", settings.rules]
        return words if check.dataset is None else [*words, "--", check.dataset]

    def _ended(self, process: subprocess.Popen[bytes], check: CheckRequest) -> int | None:
        """Wait for the end of a check, and keep it meanwhile; None if it is to be done again."""
        left = float(self._settings.check_seconds + LATE)
        while True:
            try:
                code = process.wait(min(KEPT_EVERY, left) if not self._stop.is_set() else 0)
            except subprocess.TimeoutExpired:
                left -= KEPT_EVERY
                if self._stop.is_set() or left <= 0 or not self._kept(check, LEASE):
                    return None
                continue
            return None if code < 0 else code

    def _kept(self, check: CheckRequest, lease: timedelta) -> bool:
        with self._pool.lent(token()) as store:
            return store.keep_check(check.name, check.attempts, lease, datetime.now(UTC))

    def _settle(self, check: CheckRequest, code: int | None, run: str | None) -> None:
        if code is None and (check.attempts < TRIES or self._stop.is_set()):
            self._kept(check, timedelta())
            return
        self._end(check, Outcome(3, None, KILLED) if code is None else Outcome(code, run, SAID.get(code)))

    def _end(self, check: CheckRequest, outcome: Outcome) -> None:
        with self._pool.lent(token()) as store:
            at = datetime.now(UTC)
            actor = store.identity(system_user(), at).actor
            store.settle_check(check.name, check.attempts, outcome, actor, at)


def token() -> str | None:
    """Return the secret by which the server itself acts, None without one."""
    return os.environ.get(TOKEN, "").strip() or None


def _run(out: IO[bytes]) -> str | None:
    """Return the id of the run that a report is of."""
    out.seek(0)
    try:
        report = json.loads(out.read(LARGEST_REPORT))
    except ValueError:
        return None
    return str(report["run_id"]) if isinstance(report, dict) and report.get("audit_head") else None


def log(text: str) -> None:
    """Write a line to the log."""
    sys.stderr.write(f"idqp: {clean(text, 600)}\n")
