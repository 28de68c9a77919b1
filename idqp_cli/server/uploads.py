"""Files that were sent are checked as a stranger's: by `idqp check --untrusted`, in a private folder that is removed.

The process that has received files is the one that checks them. The store knows
of the check from the begin, so that every process can say how it is; if this one
dies, another finds that nobody keeps the check, and ends it.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from idqp_cli.access.admission import system_user
from idqp_cli.core.errors import IdqpError
from idqp_cli.core.frozen import frozen
from idqp_cli.server import tied
from idqp_cli.server.multipart import RULES_FILE, Sent
from idqp_cli.server.settings import Settings
from idqp_cli.server.workers import LATE, LEASE, LOST, Traced, log, token, untraced
from idqp_cli.store.pool import Pool
from idqp_cli.store.requested import Outcome

PREFIX = "idqp-upload-"
# So many uploads a process has at a time: those that come, wait and are checked.
MOST = 8
KEPT_EVERY, LOOKED_EVERY = 10.0, 0.2  # seconds
LARGEST_REPORT = 1 << 22
# What the process that reads a stranger's files knows of this one.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
SERVERS_RULES = "the rules of the dataset cannot be used for these files; the server's log says why"


@frozen
class Upload:
    """A check of files: its name, their folder, and what was sent."""

    name: str
    folder: str
    sent: Sent


class Uploads:
    """The uploads of one process, and the threads that check them."""

    def __init__(self, settings: Settings, pool: Pool, traced: Traced = untraced) -> None:
        """Take what a check needs; nothing runs yet."""
        self._settings, self._pool, self._traced = settings, pool, traced
        self._waiting: queue.Queue[Upload | None] = queue.Queue()
        self._room = threading.BoundedSemaphore(MOST)
        self._stop, self._lock = threading.Event(), threading.Lock()
        # The names of the checks, by folder.
        self._held: dict[str, str] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to look for uploads, and remove what a server left that was killed."""
        _tidy()
        works: list[Callable[[], None]] = [self._keep, *[self._work] * self._settings.checks]
        self._threads = [threading.Thread(target=one, name="upload", daemon=True) for one in works]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; what is not checked is not, and its folder goes."""
        self._stop.set()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(timeout=10)

    @contextmanager
    def place(self) -> Iterator[str | None]:
        """Lend a private folder for files that come, None if there is no room; it goes, unless `add` takes it."""
        if not self._room.acquire(blocking=False):
            yield None
            return
        folder = _made()
        try:
            yield folder
        finally:
            with self._lock:
                taken = folder in self._held
            if not taken:
                self._gone(folder)

    def add(self, upload: Upload) -> None:
        """Let an upload be checked."""
        with self._lock:
            self._held[upload.folder] = upload.name
        self._waiting.put(upload)

    def _work(self) -> None:
        while not self._stop.is_set():
            upload = self._waiting.get()
            if upload is None:
                return
            try:
                self._settle(upload, *self._checked(upload))
            except (IdqpError, OSError) as error:
                log(f"{upload.name}: {error}")
            except Exception as error:  # noqa: BLE001 - whatever goes wrong with one, the next ones are waiting
                log(f"{upload.name}: could not be checked: {type(error).__name__}: {error}")
            finally:
                with self._lock:
                    self._held.pop(upload.folder, None)
                self._gone(upload.folder)

    def _gone(self, folder: str) -> None:
        shutil.rmtree(Path(folder).parent, ignore_errors=True)
        self._room.release()

    def _keep(self) -> None:
        """Keep the checks of all uploads that wait or are under way."""
        while not self._stop.wait(KEPT_EVERY):
            with self._lock:
                held = list(self._held.values())
            for name in held:
                with suppress(IdqpError), self._pool.lent(token()) as store:
                    store.keep_check(name, 1, LEASE, datetime.now(UTC))

    def _checked(self, upload: Upload) -> tuple[Outcome, str | None]:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = tied.started(self._words(upload.sent), out, err, _environment(upload.folder), upload.folder)
            try:
                with self._traced(upload.name, upload.sent.dataset):
                    code = self._ended(process)
            finally:
                tied.ended(process)
            lines = [line for line in tied.said(err) if line.startswith("idqp: error: ")]
            return self._outcome(upload, code, lines, out)

    def _words(self, sent: Sent) -> list[str]:
        words = [
            "check", "--untrusted", "--format", "json", "--deadline", f"{self._settings.upload_seconds}s",
            "--memory-limit", self._settings.check_memory,
        ]  # fmt: skip
        if sent.rules:
            return [*words, "--rules", RULES_FILE]
        if sent.dataset is not None:
            words += ["--rules", os.path.abspath(self._settings.rules or RULES_FILE), "--dataset", sent.dataset]
        return [*words, "--", *sent.files]

    def _ended(self, process: subprocess.Popen[bytes]) -> int | None:
        left = float(self._settings.upload_seconds + LATE)
        while left > 0 and not self._stop.is_set():
            try:
                return process.wait(LOOKED_EVERY)
            except subprocess.TimeoutExpired:
                left -= LOOKED_EVERY
        return None

    def _outcome(
        self, upload: Upload, code: int | None, lines: list[str], out: IO[bytes]
    ) -> tuple[Outcome, str | None]:
        if self._stop.is_set():
            return Outcome(3, None, LOST), None
        for line in lines:
            log(f"{upload.name}: {line}")
        out.seek(0)
        report = out.read(LARGEST_REPORT + 1)
        if code in {0, 1, 3} and 0 < len(report) <= LARGEST_REPORT:
            return Outcome(code, None, None), report.decode("utf-8", "replace")
        if code is not None and len(report) > LARGEST_REPORT:
            return Outcome(3, None, "the report is too large; send fewer rules"), None
        if upload.sent.dataset is not None:
            return Outcome(3, None, SERVERS_RULES), None
        why = lines[-1].removeprefix("idqp: error: ") if lines else "the check ended without a report"
        return Outcome(3 if code is None or code < 0 else code, None, why.replace(f"{upload.folder}/", "")), None

    def _settle(self, upload: Upload, outcome: Outcome, report: str | None) -> None:
        with self._pool.lent(token()) as store:
            at = datetime.now(UTC)
            if report is not None:
                store.keep_report(upload.name, 1, report)
            store.settle_check(upload.name, 1, outcome, store.identity(system_user(), at).actor, at)


def _environment(folder: str) -> Mapping[str, str]:
    given = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**given, "HOME": folder, "TMPDIR": str(Path(folder).parent / "tmp")}


def _made() -> str:
    """Make a private folder for files, with one for temporary files beside it."""
    private = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    (private / "tmp").mkdir()
    # A stranger's paths lead below the nearest folder with `.git`: this one, whatever is around it.
    (private / "files" / ".git").mkdir(parents=True)
    return str(private / "files")


def _tidy() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        process = left.name.removeprefix(PREFIX).partition("-")[0]
        with suppress(OSError):
            if process.isdecimal() and not Path(f"/proc/{process}").exists() and left.lstat().st_uid == os.getuid():
                shutil.rmtree(left, ignore_errors=True)
