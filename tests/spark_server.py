"""Run a command beside a real Spark Connect server: `python tests/spark_server.py VENV MASTER COMMAND…`.

VENV holds the package pyspark, which cannot share an environment with pyspark-client. MASTER is
Spark's word for where it computes, like `local[2]` or `local-cluster[2,1,1024]`, which starts two
workers. The command finds the server's address in IDQP_SPARK.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
HOST = "127.0.0.1"
PATIENCE = 180


def settings(port: int) -> Iterator[str]:
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.bindAddress": HOST,
        "spark.driver.host": HOST,
        "spark.sql.shuffle.partitions": "2",
        # Ends an executor whose task goes on after its job was cancelled, as a cross join does.
        "spark.task.reaper.enabled": "true",
        "spark.task.reaper.killTimeout": "10s",
    }.items():
        yield "--conf"
        yield f"{name}={value}"


@contextmanager
def served(venv: Path, master: str) -> Iterator[str]:
    """Return the address of a server that ends with the context."""
    (home,) = venv.glob("lib/python3*/site-packages/pyspark")
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [str(home / "bin" / "spark-submit"), "--master", master, "--driver-memory", "2g", *settings(port)]
    env = {
        "SPARK_HOME": str(home), "SPARK_LOCAL_IP": HOST, "SPARK_NO_DAEMONIZE": "1",
        "PYSPARK_PYTHON": str(venv / "bin" / "python"),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "log", "w+", encoding="utf-8") as log:
        server = subprocess.Popen(
            [*command, "--class", SERVER, "spark-internal"],
            env={**os.environ, **env}, cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            until = time.monotonic() + PATIENCE
            while True:
                if server.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    sys.exit(f"Spark does not start: {log.read()[-2000:]}")
                try:
                    socket.create_connection((HOST, port), 1).close()
                    break
                except OSError:
                    time.sleep(0.5)
            yield f"sc://{HOST}:{port}"
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def main() -> int:
    venv, master, *command = sys.argv[1:]
    with served(Path(venv).resolve(), master) as address:
        return subprocess.run(command, env={**os.environ, "IDQP_SPARK": address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
