"""Limits of the kernel on a process: it gets no more than these, and neither does what it starts."""

from __future__ import annotations

import math
import os
import resource
from collections.abc import Iterator, Mapping
from pathlib import Path

# Beside the memory that may be used: code, stacks of threads, and what allocators keep in reserve; in bytes.
ADDRESSES = 4 << 30
# The largest file that may be written, in bytes, and the most open files.
LARGEST_FILE, MOST_FILES = 4 << 30, 4096
# Threads and processes of this user beside those that there are.
MORE_PROCESSES = 512
NAMES: Mapping[str, str] = {
    "address space": "RLIMIT_AS",
    "CPU time": "RLIMIT_CPU",
    "file size": "RLIMIT_FSIZE",
    "processes": "RLIMIT_NPROC",
    "open files": "RLIMIT_NOFILE",
    "core files": "RLIMIT_CORE",
}


def restrict(memory: int | None, seconds: float | None) -> None:
    """Limit this process: to `memory` bytes and `seconds` from now, of each processor; and what else it may take."""
    wanted = {
        "RLIMIT_FSIZE": LARGEST_FILE,
        "RLIMIT_NOFILE": MOST_FILES,
        "RLIMIT_CORE": 0,
        "RLIMIT_NPROC": _processes() + MORE_PROCESSES,
    }
    if memory is not None:
        wanted["RLIMIT_AS"] = memory + ADDRESSES
    if seconds is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        wanted["RLIMIT_CPU"] = math.ceil(used.ru_utime + used.ru_stime + seconds * (os.cpu_count() or 1)) + 1
    for name, value in wanted.items():
        _lower(name, value)


def supported() -> Iterator[str]:
    """Yield what this system limits, in words."""
    return (words for words, name in NAMES.items() if hasattr(resource, name))


def _lower(name: str, value: int) -> None:
    """Lower a limit for good; one that is lower already stays."""
    kind = getattr(resource, name, None)
    if kind is None:
        return
    _, hard = resource.getrlimit(kind)
    new = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (new, new))


def _processes() -> int:
    """Return how many threads the system has, of all users."""
    try:
        return int(Path("/proc/loadavg").read_text(encoding="ascii").split()[3].partition("/")[2])
    except (OSError, ValueError, IndexError):
        return MORE_PROCESSES
