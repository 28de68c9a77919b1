"""How much memory processes take, and how much a check may."""

from __future__ import annotations

import os
import re
from dataclasses import replace

from idqp_cli.core.errors import UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.ingest.resources import Resources

SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b\s*", re.IGNORECASE)
POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
# What a checking process takes before it reads a row: Python, DuckDB and the plan; in bytes.
BASE = 90 << 20
# DuckDB has at least so much of a small limit, in bytes.
LEAST = 64 << 20
# A process that takes more than this share of the limit is killed.
TOLERANCE = 1.1
PAGE = os.sysconf("SC_PAGE_SIZE")


@frozen
class Room:
    """A memory limit as it is written, and in bytes: what this process takes, DuckDB may, and all of them at most."""

    written: str
    own: int
    duckdb: int
    most: int


def room(written: str | None, beside: int = 0) -> Room | None:
    """Divide a memory limit between DuckDB and the rest; None without a limit.

    Other processes of the command have the bytes `beside`.

    Raises:
        UsageError: it is no size.

    """
    if written is None:
        return None
    found = SIZE.fullmatch(written)
    limit = 0 if found is None else int(float(found[1]) * (1024 if found[3] else 1000) ** POWERS[found[2].lower()])
    if limit <= 0:
        raise UsageError(f"--memory-limit takes a size like 500MB or 4GB, not '{clean(written)}'")
    own = beside + (of(os.getpid()) or 0)
    base = own + BASE
    return Room(written.strip(), own, max(LEAST, limit - base), max(int(limit * TOLERANCE), base + 2 * LEAST))


def divided(resources: Resources, room: Room | None) -> Resources:
    """Return what DuckDB may take, where the process has room for more."""
    return resources if room is None else replace(resources, memory_limit=for_duckdb(room))


def for_duckdb(room: Room) -> str:
    """Return what DuckDB may take, as it reads a size."""
    return f"{room.duckdb >> 10}KiB"


def of_all(process: int) -> int:
    """Return the bytes of memory that a process and those that its first thread started have now."""
    try:
        with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
            started = [int(one) for one in file.read().split()]
    except (OSError, ValueError):
        started = []
    return sum(of(one) or 0 for one in (process, *started))


def of(process: int) -> int | None:
    """Return the bytes of memory that a process has now; None where the system does not tell."""
    try:
        with open(f"/proc/{process}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return None
