"""Confine this process: a command that works for strangers, or the process that reads their data for it."""

from __future__ import annotations

import glob
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from idqp_cli.core import confines
from idqp_cli.core.frozen import frozen
from idqp_cli.pipeline.confinement import grants, landlock, privileges, rlimits, seccomp
from idqp_cli.pipeline.confinement.seccomp import Refused

# What a process finds in its environment that reads the data of strangers; no secret is among it.
ENVIRONMENT = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM", "COLUMNS", "NO_COLOR", "VIRTUAL_ENV", "LD_LIBRARY_PATH",
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "IDQP_DEBUG",
)  # fmt: skip


@frozen
class Shares:
    """What a process may take: bytes of memory, and seconds from now; None is as much as there is."""

    memory: int | None
    seconds: float | None


@frozen
class Walls:
    """What a process that works for strangers keeps to: the folder it reads, and its own for temporary files."""

    root: str
    own: str


def command(walls: Walls, reading: Iterable[str], outputs: Iterable[str], shares: Shares) -> None:
    """Confine a command: it reads the folder and these files, and writes its own folder and those of `outputs`."""
    tempfile.tempdir = walls.own
    confines.confine(walls.root, walls.own)
    rlimits.restrict(shares.memory, shares.seconds)
    privileges.drop()
    # The memory of the processes that it starts is read from /proc.
    landlock.restrict(
        [*grants.of_python(), walls.root, "/proc", *reading], [walls.own, grants.NOTHING, *outputs], grants.listed()
    )
    seccomp.refuse(Refused.NETWORK)


def reader(walls: Walls, files: Iterable[str], shares: Shares) -> None:
    """Confine a process that reads data: these files, and no other; it starts no program."""
    if _threads() > 1:
        # What Landlock is told holds for one thread, and for those that it starts.
        raise RuntimeError("a process has to be confined before it starts a thread")
    confines.confine(walls.root, walls.own)
    rlimits.restrict(shares.memory, shares.seconds)
    reading = tuple(files)
    # DuckDB finds a file whose name is like a pattern by the names of its folder.
    folders = {os.path.dirname(path) for path in reading if glob.has_magic(path)}
    landlock.restrict([*grants.of_python(), *reading], [walls.own, grants.NOTHING], [*grants.listed(), *folders])
    seccomp.refuse(Refused.ALONE)


def walls() -> Walls:
    """Return what this process keeps to, which works for strangers."""
    root = confines.root()
    if root is None:
        raise RuntimeError("this process has no walls")
    return Walls(root, tempfile.gettempdir())


def environment() -> dict[str, str]:
    """Return the environment for a process that reads the data of strangers."""
    kept = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    return {**kept, "TMPDIR": tempfile.gettempdir()}


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def lacking() -> Iterator[str]:
    """Say, a phrase each, what this system cannot keep a process from."""
    if not landlock.version():
        yield "no Landlock here: paths are checked, but the kernel does not wall them off"
    elif landlock.version() < landlock.OF_NETWORK and not seccomp.available():
        yield "neither seccomp nor a newer Landlock here: URLs are refused, but the kernel does not close the network"
    elif not seccomp.available():
        yield "no seccomp here: the kernel closes TCP only, and lets programs be started"


def told() -> Iterator[tuple[str, str]]:
    """Say what this system can keep a process from, with the name of what does it."""
    known = landlock.version()
    yield "landlock", f"yes: version {known}" if known else "no: the kernel has none, or it is switched off"
    yield "seccomp", "yes" if seccomp.available() else "no: the kernel takes no filters, or the processor is unknown"
    yield "limits of the kernel", ", ".join(rlimits.supported())


def working_tree(folder: str) -> str:
    """Return the real path of the git working tree around a folder, or of the folder where there is none."""
    real = Path(folder).resolve()
    return str(next((one for one in (real, *real.parents) if (one / confines.GIT).exists()), real))
