"""Run a command beside a real Spark Connect server: `python tests/spark_server.py VENV MASTER COMMAND…`.

VENV holds the package pyspark, which cannot share an environment with pyspark-client. MASTER is Spark's word for
where it computes, like `local[2]` or `local-cluster[2,1,1024]`. `standalone[2,1,1024]` starts a cluster of its own:
a Master and two Workers, each a process with one core and 1,024 MB for its executor. The command finds the server's
address in IDQP_SPARK, and VENV in IDQP_SPARK_VENV: tests that break a server start one with it.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
STANDALONE = re.compile(r"standalone\[(\d+),(\d+),(\d+)\]")
VENV = "IDQP_SPARK_VENV"
HOST = "127.0.0.1"
PATIENCE = 300
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.log.level": "WARN",
    "spark.connect.grpc.binding.address": HOST,
    "spark.driver.bindAddress": HOST,
    "spark.driver.host": HOST,
    "spark.sql.shuffle.partitions": "2",
    # Ends an executor whose task goes on after its job was cancelled, as a cross join does.
    "spark.task.reaper.enabled": "true",
    "spark.task.reaper.killTimeout": "10s",
}
Process = subprocess.Popen[bytes]


@dataclass
class Spark:
    """A server of Spark Connect, and the Workers of its cluster where that is a standalone one."""

    address: str
    server: Process
    workers: list[Process]


@dataclass
class Place:
    """Where Spark is installed, the folder that its processes write to, and those that were started."""

    home: Path
    folder: Path
    python: Path
    listening: dict[int, Process] = field(default_factory=dict)

    @contextmanager
    def running(self, program: str, *words: str, port: int) -> Iterator[Process]:
        """Return a process that will listen on a port, and end it with all that it started."""
        env = {
            "SPARK_HOME": str(self.home), "SPARK_LOCAL_IP": HOST, "SPARK_LOCAL_DIRS": str(self.folder),
            "SPARK_NO_DAEMONIZE": "1", "SPARK_DAEMON_MEMORY": "512m", "PYSPARK_PYTHON": str(self.python),
        }  # fmt: skip
        with self.log(port).open("w", encoding="utf-8") as log:
            process = self.listening[port] = subprocess.Popen(
                [str(self.home / "bin" / program), *words],
                env={**os.environ, **env}, cwd=self.folder, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            yield process
        finally:
            ended(process)

    def log(self, port: int) -> Path:
        return self.folder / f"log-{port}"

    def ready(self) -> None:
        """Wait until all processes listen."""
        until = time.monotonic() + PATIENCE
        for port, process in self.listening.items():
            while not listens(port):
                if process.poll() is not None or time.monotonic() > until:
                    sys.exit(f"Spark does not start: {self.log(port).read_text(encoding='utf-8')[-2000:]}")
                time.sleep(0.5)


def listens(port: int) -> bool:
    """Tell whether a process of this machine listens on a port."""
    try:
        socket.create_connection((HOST, port), 1).close()
    except OSError:
        return False
    return True


def ended(process: Process) -> None:
    """Kill a process and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(closing(socket.socket())) for _ in range(number)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


@contextmanager
def served(venv: Path, master: str, **settings: str) -> Iterator[Spark]:
    """Return a server that ends with the context, and its cluster with it."""
    (home,) = venv.glob("lib/python3*/site-packages/pyspark")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as stack:
        place = Place(home, Path(folder), venv / "bin" / "python")
        workers: list[Process] = []
        size = STANDALONE.fullmatch(master)
        if size is not None:
            master, workers = cluster(place, stack, *map(int, size.groups()))
            settings |= {"spark.executor.cores": size[2], "spark.executor.memory": f"{size[3]}m"}
        (port,) = free_ports(1)
        settings = {**SETTINGS, "spark.connect.grpc.binding.port": str(port), **settings}
        words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        words = ["--master", master, "--driver-memory", "2g", *words, "--class", SERVER, "spark-internal"]
        server = stack.enter_context(place.running("spark-submit", *words, port=port))
        place.ready()
        yield Spark(f"sc://{HOST}:{port}", server, workers)


def cluster(place: Place, stack: ExitStack, workers: int, cores: int, megabytes: int) -> tuple[str, list[Process]]:
    """Start a Master with some Workers; return its address, and them."""
    port, *ports = free_ports(1 + workers)
    address = f"spark://{HOST}:{port}"

    def started(kind: str, port: int, *words: str) -> Process:
        where = ("--host", HOST, "--port", str(port), "--webui-port", "0")
        return stack.enter_context(place.running("spark-class", kind, *where, *words, port=port))

    started(MASTER, port)
    size = ("--cores", str(cores), "--memory", f"{megabytes}M", "--work-dir", str(place.folder / "work"))
    return address, [started(WORKER, one, *size, address) for one in ports]


def main() -> int:
    venv, master, *command = sys.argv[1:]
    with served(Path(venv).resolve(), master) as spark:
        env = {**os.environ, "IDQP_SPARK": spark.address, VENV: str(Path(venv).resolve())}
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
