"""Real servers in processes of their own, for tests/server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx2

from server_place import API

SECONDS = 60


def free_port() -> int:
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@contextmanager
def served(
    folder: Path, *words: str, env: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve from a folder until the end; yield the address and the process."""
    port = free_port() if port is None else port
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "idqp_cli", "serve", "--listen", f"127.0.0.1:{port}", *words],
            cwd=folder, stderr=log, text=True, start_new_session=True,
            env={**os.environ, "XDG_STATE_HOME": str(folder / "state"), "IDQP_STORE": "", **(env or {})},
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        answered(f"{address}{API}/healthz", process)
        yield address, process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answered(url: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + SECONDS
    while True:
        try:
            httpx2.get(url, timeout=10).raise_for_status()
            return
        except httpx2.HTTPError:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
