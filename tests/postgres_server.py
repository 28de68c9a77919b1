"""A real PostgreSQL of the tests' own, on a socket in a temporary folder; each test has its own database."""

from __future__ import annotations

import glob
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from idqp_cli.store.postgres.migrations import upgrade

TEMPLATE = "idqp_template"
# The tests' server need not survive a power cut; the one that is stopped hard has its own settings.
FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


def binaries() -> str:
    """Return the folder of initdb and pg_ctl: IDQP_TEST_POSTGRES, or the system's newest."""
    if chosen := os.environ.get("IDQP_TEST_POSTGRES"):
        return chosen
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    one = found[-1] if found else shutil.which("initdb")
    assert one, "the tests need PostgreSQL's server: apt-get install postgresql"
    return str(Path(one).resolve().parent)


def unprivileged() -> str | None:
    """Return whom to run the server as; PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@dataclass
class Cluster:
    """A server in a folder of its own."""

    folder: str = field(default_factory=lambda: tempfile.mkdtemp(prefix="idqp-pg-", dir="/tmp"))
    settings: tuple[str, ...] = FAST
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def start(self) -> None:
        """Make the cluster if it is not there, and start it."""
        user = unprivileged()
        if user is not None:
            shutil.chown(self.folder, user)
        if not os.path.exists(f"{self.folder}/data"):
            self._run(
                "initdb",
                "-D",
                f"{self.folder}/data",
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
                "--locale=C",
            )
        options = (
            "-c",
            "listen_addresses=",
            "-c",
            f"unix_socket_directories={self.folder}",
            "-c",
            "max_connections=120",
        )
        self._run(
            "pg_ctl",
            "-D",
            f"{self.folder}/data",
            "-w",
            "-t",
            "60",
            "-l",
            f"{self.folder}/log",
            "-o",
            " ".join((*options, *self.settings)),
            "start",
        )

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` as a crash would."""
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-m", mode, "stop")

    def address(self, database: str, user: str = "postgres") -> str:
        """Return the URL by which idqp and psycopg connect."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def run(self, sql: str, database: str = "postgres", user: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement in a session of its own."""
        with psycopg.connect(self.address(database, user), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def new_database(self, template: str = TEMPLATE) -> str:
        """Make a database from a template and return its name."""
        name = f"t{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def login_roles(self, *names: str) -> None:
        """Make login roles as a database's administrator does; those that are there are left."""
        for name in names:
            if not self.run(f"SELECT 1 FROM pg_roles WHERE rolname = '{name}'"):
                self.run(f"CREATE ROLE {name} LOGIN")

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [f"{binaries()}/{program}", *words],
            user=unprivileged(), cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Return a running server with a template that holds an empty store."""
    server = Cluster()
    try:
        server.start()
        server.run(f"CREATE DATABASE {TEMPLATE}")
        upgrade(server.address(TEMPLATE))
        yield server
    finally:
        server.stop()
        # Hundreds of databases are ten thousands of files, which take up to a minute to go; nobody waits for that.
        subprocess.run(["sh", "-c", 'rm -rf "$1" >/dev/null 2>&1 &', "sh", server.folder], check=True)


@pytest.fixture
def database(cluster: Cluster) -> str:
    """Return the name of a database with an empty store."""
    return cluster.new_database()
