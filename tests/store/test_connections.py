"""Several connections of one process to an SQLite store, while other processes come and go."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from subprocess import run

from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from idqp_cli.store.values import NewUser

LOOK = "import sys; from idqp_cli.store import open_store; s = open_store(sys.argv[1]); print([u.email for u in s.users()]); s.close()"


def seen_elsewhere(path: Path) -> str:
    return run([sys.executable, "-c", LOOK, path], check=True, capture_output=True, text=True).stdout.strip()


def test_a_second_connection_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with closing(open_store(str(path))) as first, closing(open_store(str(path))):
        assert seen_elsewhere(path) == "[]"
        assert (tmp_path / "state.db-wal").exists(), "the process that left took the log for nobody's"
        first.add_user(NewUser("ann@example.com", "Ann", Role.OWNER, "$2b$04$x"), "me", datetime.now(UTC))
        assert seen_elsewhere(path) == "['ann@example.com']"
