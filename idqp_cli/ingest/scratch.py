"""A folder for temporary files, gone when its owner is done, or when the next idqp finds that its owner died."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "idqp-"
LOCK = "lock"
# Between making a folder and locking it, its owner seems dead; that does not take a minute.
GRACE_SECONDS = 60


@contextmanager
def scratch() -> Iterator[str]:
    """Make a private folder, locked for as long as its owner lives, and remove it in the end."""
    _sweep(Path(tempfile.gettempdir()))
    folder = tempfile.mkdtemp(prefix=PREFIX)
    descriptor = os.open(os.path.join(folder, LOCK), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove the folders that a killed idqp of ours left behind; what cannot be removed stays."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            found = folder.lstat()
            old = time.time() - found.st_mtime > GRACE_SECONDS
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or not old or not _abandoned(folder):
                continue
        except OSError:
            continue
        shutil.rmtree(folder, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    """Tell whether nobody holds the folder's lock; a folder without one is none of ours."""
    descriptor = os.open(folder / LOCK, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)
