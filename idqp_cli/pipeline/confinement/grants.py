"""The files that Python, DuckDB and the C library need of a machine, and nothing that is anyone's data."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import idqp_cli

SYSTEM = (
    "/usr", "/lib", "/lib64", "/bin", "/nix/store", "/gnu/store", "/etc/ld.so.cache", "/etc/ld.so.conf",
    "/etc/ld.so.conf.d", "/etc/localtime", "/etc/timezone", "/dev/urandom", "/dev/random", "/dev/zero",
    # Without what tells the limits of containers DuckDB ends the process.
    "/proc/self", "/sys/fs/cgroup", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg",
    "/sys/devices/system/cpu", "/proc/sys/vm/overcommit_memory",
)  # fmt: skip
NOTHING = "/dev/null"
PACKAGES = ("site-packages", "dist-packages")


def of_python() -> Iterator[str]:
    """Yield the folders and files to read: of the system, of Python, and of the packages that are installed."""
    yield from SYSTEM
    yield from (sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(sys.executable))
    yield os.path.dirname(os.path.realpath(sys.executable))
    yield from (path for path in sys.path if os.path.basename(path) in PACKAGES)
    yield os.path.dirname(idqp_cli.__file__)
    yield from _libraries()


def listed() -> Iterator[str]:
    """Yield the folder that this package is found in; of an editable installation that is its repository."""
    yield os.path.dirname(os.path.dirname(idqp_cli.__file__))


def _libraries() -> Iterator[str]:
    """Yield the folders of the shared libraries that are loaded, wherever they are installed."""
    try:
        mapped = Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return
    files = {line.split(maxsplit=5)[5] for line in mapped if ".so" in line and len(line.split(maxsplit=5)) == 6}
    yield from sorted({os.path.dirname(file) for file in files if file.startswith("/")})
