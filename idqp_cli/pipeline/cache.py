"""Which datasets have passed already, by the content of their files, their rules and this program.

Only a pass is remembered that would be one again: every rule of it passed, and
depends on nothing but the rules file and the files that were read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from idqp_cli import __version__
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import DatasetReport, Report, Status
from idqp_cli.core.progress import Telling
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_url
from idqp_cli.engine.allowed_functions import OF_THE_MOMENT
from idqp_cli.ingest.files import File
from idqp_cli.ingest.places.local import find
from idqp_cli.ingest.stdin import STANDARD_INPUT
from idqp_cli.pipeline import run as pipeline
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.run import Outcome
from idqp_cli.rules.rule import Rule

FOLDER = "idqp"
KEPT_DAYS = 30
DAY = 86400


@frozen
class Fingerprint:
    """What a verdict depends on, as one hash, and the state of the files when it was made."""

    digest: str
    stamps: Mapping[str, tuple[int, ...]]


@frozen
class Spared:
    """A request without the datasets that passed already, when they did, and what to know of the others later."""

    request: Request
    where: str
    prints: Mapping[str, Fingerprint]
    passed: Mapping[str, datetime]

    def told(self) -> str | None:
        """Say which datasets are not checked again; None where there is none."""
        if not self.passed:
            return None
        names = ", ".join(f"{clean(name)} ({at:%Y-%m-%d %H:%M}Z)" for name, at in self.passed.items())
        return f"unchanged since they passed, and not checked again: {names}; --no-cache does"


def folder(environment: Mapping[str, str]) -> str:
    """Return the folder of the cache: `$XDG_CACHE_HOME/idqp`, or `~/.cache/idqp`."""
    base = environment.get("XDG_CACHE_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser("~/.cache"), FOLDER)


def run(request: Request, memory: Memory, progress: Telling, where: str) -> tuple[Outcome, tuple[str, ...]]:
    """Run what of a request has not passed already by the cache in the folder `where`; return also what to say."""
    spared = spare(request, where)
    outcome = pipeline.run(spared.request, memory, progress)
    said = (spared.told(), keep(spared, outcome.report))
    return outcome, tuple(line for line in said if line is not None)


def spare(request: Request, where: str) -> Spared:
    """Leave out what passed already by the cache in the folder `where`.

    The files of every dataset are read once, to be hashed.
    """
    prints = {}
    for target in request.targets:
        # What cannot be read is for the check to tell.
        with suppress(UnreadableError):
            made = _fingerprint(target, request)
            if made is not None:
                prints[target.dataset.name] = made
    passed = {name: at for name, made in prints.items() if (at := _passed_at(where, made)) is not None}
    left = tuple(target for target in request.targets if target.dataset.name not in passed)
    return Spared(replace(request, targets=left), where, prints, passed)


def keep(spared: Spared, report: Report) -> str | None:
    """Remember the datasets that passed; return why it cannot, where it cannot."""
    where = spared.where
    try:
        for dataset in report.datasets:
            made = spared.prints.get(dataset.dataset)
            # What changed since it was hashed was not what was checked.
            if made is not None and _passed(dataset) and all(_stamp(path) == was for path, was in made.stamps.items()):
                _write(where, made, report.started_at)
    except OSError as error:
        return f"{clean(where)}: the cache cannot be written: {(error.strerror or 'unknown').lower()}; see --no-cache"
    return None


def _fingerprint(target: Target, request: Request) -> Fingerprint | None:
    """Return the fingerprint of a target; None where its verdict depends on more than content."""
    others = [request.target(name) for rule in target.rules for name in rule.others()]
    read = {one.dataset.name: one for one in (target, *others)}.values()
    # What is elsewhere would be read to be hashed, which is what a cache spares.
    elsewhere = any(path == STANDARD_INPUT or is_url(path) for one in read for path in one.paths)
    if elsewhere or not all(map(_repeatable, target.rules)):
        return None
    from importlib.metadata import version  # noqa: PLC0415 - only a check with a cache has to pay

    digest = hashlib.sha256()
    told = (__version__, version("duckdb"), request.fail_on, request.project.defaults, target.rules)
    digest.update(repr(told).encode("utf-8", "surrogatepass"))
    stamps = {}
    for one in read:
        # The rules of a dataset declare types, by which its cells are read also where another refers to it.
        digest.update(repr((one.dataset, one.rules)).encode("utf-8", "surrogatepass"))
        for file in find(one.paths, request.project.folder).files:
            stamps[file.path] = _stamp(file.path)
            digest.update(f"{file.shown}\0{file.format}\0".encode("utf-8", "surrogatepass") + _content(file))
    return Fingerprint(digest.hexdigest(), stamps)


def _repeatable(rule: Rule) -> bool:
    """Tell whether the rule says the same of the same data, whenever it is asked."""
    words = {
        word.lower()
        for text in (*rule.conditions().values(), *rule.selects().values())
        for word in re.findall(r"\w+", text)
    }
    return rule.repeatable and rule.watches() is None and not words & OF_THE_MOMENT


def _content(file: File) -> bytes:
    try:
        with open(file.path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise UnreadableError(str(error)) from None


def _stamp(path: str) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _passed(dataset: DatasetReport) -> bool:
    """Tell whether there is nothing to say of the dataset a second time."""
    every = all(result.status is Status.PASSED for result in dataset.results)
    return dataset.message is None and dataset.drawn is None and every and bool(dataset.results)


def _passed_at(where: str, made: Fingerprint) -> datetime | None:
    try:
        entry = json.loads(Path(where, made.digest).read_text(encoding="ascii"))
        return datetime.fromisoformat(entry["passed_at"]) if entry["fingerprint"] == made.digest else None
    except (OSError, ValueError, KeyError, TypeError):
        # An entry that is not there, or is none, is no pass.
        return None


def _write(where: str, made: Fingerprint, at: datetime) -> None:
    os.makedirs(where, mode=0o700, exist_ok=True)
    for old in _old(where):
        with suppress(OSError):
            old.unlink()
    descriptor, beside = tempfile.mkstemp(prefix=".new-", dir=where)
    with open(descriptor, "w", encoding="ascii") as file:
        json.dump({"fingerprint": made.digest, "passed_at": at.astimezone(UTC).isoformat()}, file)
    os.replace(beside, os.path.join(where, made.digest))


def _old(where: str) -> Iterator[Path]:
    """Return the entries that nobody has asked for, or renewed, for a month."""
    entries: Iterable[Path] = Path(where).iterdir()
    for entry in entries:
        with suppress(OSError):
            if time.time() - entry.lstat().st_mtime > KEPT_DAYS * DAY:
                yield entry
