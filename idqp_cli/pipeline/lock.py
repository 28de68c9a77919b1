"""A lock per dataset, so that two runs of it never overlap: held by a process, and gone with it however it ends."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from idqp_cli.core.address import is_server
from idqp_cli.core.errors import BusyError
from idqp_cli.core.text import clean


def folder(store: str) -> str:
    """Return the folder of the locks: beside a store that is a file, else one of this user's on this machine.

    Raises:
        BusyError: somebody else has put something in the place of this user's.

    """
    if not is_server(store):
        return os.path.join(os.path.dirname(os.path.abspath(store)), "locks")
    place = hashlib.sha256(store.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    own = os.path.join(tempfile.gettempdir(), f"idqp-locks-{os.getuid()}")
    try:
        os.makedirs(own, mode=0o700, exist_ok=True)
        found = os.lstat(own)
    except OSError as error:
        raise BusyError(f"{clean(own)}: cannot be locked in: {(error.strerror or 'unknown').lower()}") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise BusyError(f"{clean(own)}: belongs to another user, so no lock can be created in it; remove it")
    return os.path.join(own, place)


@contextmanager
def held(where: str | None, datasets: Iterable[str]) -> Iterator[None]:
    """Hold the locks of all `datasets` in the folder `where`; without a folder nothing is locked.

    Raises:
        BusyError: another run holds one of them, or the lock cannot be had.

    """
    with ExitStack() as stack:
        for dataset in sorted(set(datasets)) if where is not None else ():
            stack.callback(os.close, _taken(where or "", dataset))
        yield


def _taken(where: str, dataset: str) -> int:
    """Lock a dataset, and return the open file that holds the lock; the file stays, so that all lock the same."""
    # The name is for people, the hash tells two names apart.
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", dataset)[-60:].lstrip(".")
    name = f"{plain}-{hashlib.sha256(dataset.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}.lock"
    path = os.path.join(where, name)
    try:
        os.makedirs(where, mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BusyError(f"{clean(path)}: cannot be locked: {(error.strerror or 'unknown').lower()}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
        os.close(descriptor)
        by = f" (process {clean(holder)})" if holder.isdigit() else ""
        raise BusyError(f"{clean(dataset)}: another run{by} is checking it; not checked") from None
    except OSError as error:
        os.close(descriptor)
        raise BusyError(f"{clean(path)}: cannot be locked: {(error.strerror or 'unknown').lower()}") from None
    return descriptor
