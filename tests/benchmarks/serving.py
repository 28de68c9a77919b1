"""How fast `idqp serve` answers: requests a second that are asked for, the 95th percentile, and errors.

    .venv/bin/python tests/benchmarks/serving.py [--store postgresql://…] [--seconds 10]

Makes a store with 200 incidents and an Owner in a temporary folder, or fills an
empty PostgreSQL store, and serves it with two workers. Each figure is the
median of five. The load comes at a steady rate from processes of its own,
whether or not earlier answers have come: a slow answer holds up no request.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime

from idqp_cli.access import passwords
from idqp_cli.core.model import DatasetReport, Result, RunStatus, Severity, Status, Verdict
from idqp_cli.incidents.lifecycle import changes
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from idqp_cli.store.values import NewUser, RecordedRule

EMAIL, PASSWORD = "bench@example.com", "correct horse battery"
INCIDENTS, DATASETS, TIMES = 200, 10, 5
API = "/api/v1"


def fill(address: str) -> None:
    """Record a run of each dataset in which every rule fails, and add an Owner."""
    at = datetime.now(UTC)
    with closing(open_store(address)) as store:
        for number in range(DATASETS):
            name = f"dataset{number}"
            results = tuple(
                Result(f"rule{one}", "range", ("a",), Severity.WARNING, Verdict(Status.FAILED, "3 of 300 rows", 0.01))
                for one in range(INCIDENTS // DATASETS)
            )
            rules = [RecordedRule(one.rule, one.type, {}, 0.0, "warning", enabled=True) for one in results]
            report = DatasetReport(name, f"{name}.csv", 300, RunStatus.FAILED, 50.0, None, results)
            with store.writing() as ledger:
                ledger.record_run(f"run{number}", at, "me", report, rules)
                ledger.record_changes(f"run{number}", at, "me", changes(name, results, {}, at))
        store.add_user(NewUser(EMAIL, "Bench", Role.OWNER, passwords.hashed(PASSWORD)), "me", at)


def load(
    port: int,
    token: str,
    method: str,
    path: str,
    rate: float,
    seconds: float,
    told: multiprocessing.Queue[list[tuple[float, int]]],
) -> None:
    """Send requests at a steady rate; tell how long each took from when it was due, and its status."""

    async def one(due: float, number: int) -> tuple[float, int]:
        where = path.format(number=number % INCIDENTS + 1)
        body = json.dumps({"comment": "x"}).encode() if method == "POST" else b""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"{method} {API}{where} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        answer = await reader.read()
        writer.close()
        return time.perf_counter() - due, int(answer.split(b" ", 2)[1])

    async def all_of_them() -> list[tuple[float, int]]:
        begun, sent = time.perf_counter(), []
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sent.append(asyncio.create_task(one(due, number)))
        return list(await asyncio.gather(*sent))

    told.put(asyncio.run(all_of_them()))


def measured(port: int, token: str, method: str, path: str, rate: float, seconds: float) -> tuple[float, float, int]:
    """Return the 95th percentile in ms, how many were answered a second, and how many with an error."""
    told: multiprocessing.Queue[list[tuple[float, int]]] = multiprocessing.Queue()
    process = multiprocessing.Process(target=load, args=(port, token, method, path, rate, seconds, told))
    begun = time.perf_counter()
    process.start()
    answers = told.get()
    took = time.perf_counter() - begun
    process.join()
    times = sorted(seconds for seconds, _ in answers)
    return times[int(len(times) * 0.95)] * 1000, len(answers) / took, sum(status >= 400 for _, status in answers)


def main() -> None:
    """Serve, ask, and print a table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--store")
    words.add_argument("--seconds", type=float, default=10)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        address = given.store or f"{folder}/state.db"
        fill(address)
        with closing(socket.socket()) as door:
            door.bind(("127.0.0.1", 0))
            port = door.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, "-m", "idqp_cli", "serve", "--store", address, "--listen", f"127.0.0.1:{port}", "--workers", "2",
             "--writes", "100000", "--checks", "0"],
            cwd=folder, stderr=subprocess.DEVNULL, env={**os.environ, "XDG_STATE_HOME": folder}, start_new_session=True,
        )  # fmt: skip
        try:
            report(port, logged_in(port), given.seconds, server.pid)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def logged_in(port: int) -> str:
    """Wait for the server, and return an access token."""
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            body = json.dumps({"email": EMAIL, "password": PASSWORD})
            connection.request("POST", f"{API}/auth/login", body, {"Content-Type": "application/json"})
            return str(json.loads(connection.getresponse().read())["access_token"])
        except ConnectionRefusedError:
            time.sleep(0.2)


def processor(session: int) -> float:
    """Return the seconds of processor that the processes of a session have taken."""
    ticks = 0
    for process in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def report(port: int, token: str, seconds: float, session: int) -> None:
    """Print the median of five for each load, and what a request costs the server."""
    for name, method, path, rate in (
        ("incident list", "GET", "/incidents?limit=50", 200),
        ("dataset page", "GET", "/datasets/dataset1", 200),
        ("acknowledge", "POST", "/incidents/{number}/ack", 50),
    ):
        before = processor(session)
        runs = [measured(port, token, method, path, rate, seconds) for _ in range(TIMES)]
        cost = (processor(session) - before) / (TIMES * int(rate * seconds)) * 1000
        p95, answered, wrong = (statistics.median(one) for one in zip(*runs, strict=True))
        told = f"{answered:.0f}/s answered, P95 {p95:.0f} ms, {wrong:.0f} errors, {cost:.1f} ms of processor each"
        sys.stdout.write(f"{name:15} {rate}/s asked, {told}\n")


if __name__ == "__main__":
    main()
