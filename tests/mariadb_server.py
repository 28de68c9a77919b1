"""A real MariaDB of the tests' own, in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pymysql
import pytest
import trustme

from remote_servers import free_port

SECRET = "s3cr3t/:@?#"


@dataclass
class MariaDB:
    """A server, and the socket that its owner connects by."""

    folder: str
    port: int

    @property
    def socket(self) -> str:
        return f"{self.folder}/socket"

    @property
    def authority(self) -> str:
        """The certificate of the authority that has signed the server's."""
        return f"{self.folder}/ca.pem"

    def run(self, *statements: str) -> list[tuple[object, ...]]:
        """Run statements as the owner; return the rows of the last."""
        connection = pymysql.connect(unix_socket=self.socket, user="root", database="t", autocommit=True)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def address(self, user: str = "reader") -> str:
        """Return the URL of the database `t`; the password is `SECRET`."""
        return f"mysql://{user}@127.0.0.1:{self.port}/t"


def _found(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, "the tests need MariaDB's server: apt-get install mariadb-server"
    return found


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """Return a running server with a database `t` and a user `reader` with a password."""
    folder = tempfile.mkdtemp(prefix="idqp-my-", dir="/tmp")
    server = MariaDB(folder, free_port())
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(server.authority)
    certificate.private_key_pem.write_to_path(f"{folder}/key.pem")
    certificate.cert_chain_pems[0].write_to_path(f"{folder}/cert.pem")
    user = "mysql" if os.geteuid() == 0 and "mysql" in {one.pw_name for one in pwd.getpwall()} else None
    if user is not None:
        for name in ("", "/key.pem", "/cert.pem", "/ca.pem"):
            shutil.chown(f"{folder}{name}", user)
    data = f"--datadir={folder}/data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "user": user}
    subprocess.run(
        [_found("mariadb-install-db"), "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True, timeout=120, **quiet,  # type: ignore[call-overload]
    )  # fmt: skip
    process = subprocess.Popen(
        [
            _found("mariadbd"), "--no-defaults", data, f"--socket={server.socket}", f"--port={server.port}",
            "--bind-address=127.0.0.1", f"--pid-file={folder}/pid", "--innodb-flush-log-at-trx-commit=0",
            f"--ssl-ca={server.authority}", f"--ssl-cert={folder}/cert.pem", f"--ssl-key={folder}/key.pem",
        ],
        **quiet,  # type: ignore[call-overload]
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while True:
            if os.path.exists(server.socket):
                break
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        with pymysql.connect(unix_socket=server.socket, user="root") as connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE t CHARACTER SET utf8mb4")
            cursor.execute("CREATE USER reader@'127.0.0.1' IDENTIFIED BY %s", (SECRET,))
            cursor.execute("GRANT ALL ON t.* TO reader@'127.0.0.1'")
        yield server
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)
