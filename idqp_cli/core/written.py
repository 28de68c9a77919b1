"""What idqp wrote into a folder: a note beside the files, by which each is known again as long as nobody changes it."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

NOTE = ".idqp-written.json"

Stamp = list[int] | str


def noted(folder: str) -> dict[str, Stamp]:
    """Return the files that were written into a folder before, by name, each with its stamp."""
    try:
        with open(os.path.join(folder, NOTE), encoding="utf-8") as file:
            notes = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return notes if isinstance(notes, dict) else {}


def note(folder: str, name: str, stamp: Stamp) -> None:
    """Keep the stamp of a file in its folder, beside those of others.

    Raises:
        OSError: the note cannot be written.

    """
    with _alone(folder):
        _write(folder, {**noted(folder), name: stamp})


@contextmanager
def noting(folder: str, name: str, stamp: Stamp) -> Iterator[None]:
    """Keep the stamp of a file that is put in its place within, and the one of before if that fails.

    Noted first: a file that is there and not noted would never be replaced again.

    Raises:
        OSError: the note cannot be written.

    """
    before = noted(folder).get(name)
    note(folder, name, stamp)
    try:
        yield
    except BaseException:
        if before is not None:
            with suppress(OSError):
                note(folder, name, before)
        raise


def _write(folder: str, written: Mapping[str, Stamp]) -> None:
    descriptor, beside = tempfile.mkstemp(prefix=".idqp-", dir=folder)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(written, file, indent=1)
        os.replace(beside, os.path.join(folder, NOTE))
    except BaseException:
        os.unlink(beside)
        raise


@contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Hold other runs off that note something in the same folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # Without locks an entry can be lost, and then a file is not replaced.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
