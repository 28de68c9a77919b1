"""How fast `idqp watch` is, and whether its memory stays flat, on a broker of its own.

python tests/benchmarks/streams.py speed [MESSAGES]           # JSON, batches of 50,000, 10 rules
python tests/benchmarks/streams.py soak [SECONDS] [RATE]      # a line of memory each minute; RATE messages/s
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

sys.path.insert(0, str(Path(__file__).parents[1]))
from kafka_broker import program

PARTITIONS = 4
KINDS = ["new", "paid", "sent"]
COUNTRIES = ["DE", "FR", "US", "ES"]
RULES = [
    {"type": "completeness", "column": "id"},
    {"type": "unique", "column": "id"},
    {"type": "completeness", "column": "email"},
    {"type": "format", "column": "email", "format": "email"},
    {"type": "accepted_values", "column": "status", "values": KINDS},
    {"type": "range", "column": "amount", "min": 0, "max": 1000},
    {"type": "range", "column": "age", "min": 18, "max": 120},
    {"type": "accepted_values", "column": "country", "values": COUNTRIES},
    {"type": "row_count", "min": 1},
    {"type": "completeness", "column": "created_at"},
]
MEMORY = re.compile(r"VmRSS:\s+(\d+) kB")


def order(number: int, chance: random.Random) -> bytes:
    """Return a message of about 200 bytes."""
    return json.dumps({
        "id": number, "customer": chance.randint(1, 9999), "email": f"user{chance.randint(1, 99999)}@example.com",
        "status": chance.choice(KINDS), "amount": round(chance.random() * 1000, 2), "age": chance.randint(18, 90),
        "created_at": f"2026-11-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00Z",
        "country": chance.choice(COUNTRIES),
    }).encode()  # fmt: skip


@contextmanager
def broker(folder: str) -> Iterator[str]:
    """Start a broker with the topic `orders`; write the rules file into the folder."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    address, url = f"127.0.0.1:{port}", f"tcp://127.0.0.1:{port}"
    words = ["broker", "--silent", "--listener-url", url, "--advertised-listener-url", url]
    server = subprocess.Popen([program(), *words, "--storage-engine", "memory://tansu/"])
    try:
        time.sleep(1)
        admin = AdminClient({"bootstrap.servers": address})
        admin.create_topics([NewTopic("orders", PARTITIONS, 1)])["orders"].result(30)
        datasets = {"orders": {"path": f"kafka://{address}/orders", "rules": RULES}}
        Path(folder, "rules.yaml").write_text(json.dumps({"version": 1, "datasets": datasets}), encoding="utf-8")
        yield address
    finally:
        server.kill()
        server.wait()


def told(line: str) -> None:
    """Say a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def producer(address: str) -> Producer:
    """Return a client that writes messages."""
    return Producer({"bootstrap.servers": address, "linger.ms": 50, "queue.buffering.max.messages": 2_000_000})


def speed(messages: int) -> None:
    """Print how many messages are judged in a second, and in a second of CPU."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder, broker(folder) as address:
        made = producer(address)
        for number in range(messages):
            made.produce("orders", order(number, chance), partition=number % PARTITIONS)
            if number % 1000 == 0:
                made.poll(0)
        assert made.flush(120) == 0
        words = [sys.executable, "-m", "idqp_cli", "watch", "--until-end", "--batch", "50000", "--quiet"]
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(words, cwd=folder, check=False)
        seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        told(
            f"exit {done.returncode}: {messages:,} messages, {messages / seconds:,.0f} a second,"
            f" {messages / cpu:,.0f} a second of CPU, peak {after.ru_maxrss >> 10} MB"
        )


def soak(seconds: float, rate: int) -> None:
    """Print the memory of `idqp watch` each minute, while messages come at a bounded rate."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder, broker(folder) as address:
        made = producer(address)
        words = [sys.executable, "-m", "idqp_cli", "watch", "--every", "5s", "--quiet"]
        with subprocess.Popen(words, cwd=folder) as process:
            began, shown = time.monotonic(), 0.0
            for number in itertools.count():
                passed = time.monotonic() - began
                if passed >= seconds or process.poll() is not None:
                    break
                if number % max(1, rate // 10) == 0:
                    made.poll(0)
                    time.sleep(max(0.0, number / rate - passed))
                if passed >= shown:
                    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
                    found = MEMORY.search(status)
                    told(f"{passed:6.0f} s  {number:>9,} messages  {int(found[1]) >> 10 if found else 0:>5} MB")
                    shown += min(60.0, seconds / 10)
                made.produce("orders", order(number, chance), partition=number % PARTITIONS)
            made.flush(60)
            process.send_signal(signal.SIGTERM)
        told(f"exit {process.returncode}, peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10} MB")


if __name__ == "__main__":
    os.environ["IDQP_STORE"] = ""
    kind, *numbers = sys.argv[1:] or ["speed"]
    if kind == "soak":
        soak(float(numbers[0]) if numbers else 3600.0, int(numbers[1]) if len(numbers) > 1 else 500)
    else:
        speed(int(numbers[0]) if numbers else 500_000)
