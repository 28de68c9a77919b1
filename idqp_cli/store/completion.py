"""A glance at an SQLite store, for a shell that completes a line: read-only, at once, and never in anyone's way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

MOST = 200


def open_incidents(path: str) -> list[tuple[int, str]]:
    """Return the numbers of the newest incidents that are not resolved, and what each is about; none if that fails."""
    try:
        address = f"{Path(path).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=0.05)) as connection:
            return connection.execute(
                "SELECT incidents.id, severity || ' ' || datasets.name || ': ' || rule FROM incidents"
                " JOIN datasets ON datasets.id = dataset_id WHERE status <> 'resolved'"
                " ORDER BY incidents.id DESC LIMIT ?",
                (MOST,),
            ).fetchall()
    except (sqlite3.Error, OSError, ValueError):
        return []
