"""Every message counts once: whoever is killed, and whoever reads the same topic at the same time."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from conftest import Shell
from idqp_cli.store import open_store
from kafka_broker import EAGER, Broker

# `make kills` asks for many more.
KILLS = int(os.environ.get("IDQP_KILLS", "2"))
SEED = int(os.environ.get("IDQP_SEED", "1"))
PATIENCE = 120
RULES = ({"type": "unique", "column": "id"}, {"type": "accepted_values", "column": "bad", "values": [False]})
PARTITIONS = 2


def orders(first: int, last: int) -> list[bytes]:
    return [json.dumps({"id": number, "bad": True}).encode() for number in range(first, last)]


def words(store: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "idqp_cli", "watch", "--store", store, *more]


def started(folder: Path, command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def first_batch(process: subprocess.Popen[bytes]) -> None:
    assert process.stderr is not None
    while line := process.stderr.readline():
        if b"batch 1:" in line:
            return


def judged(store: str, topic: str) -> tuple[int, int, int, int]:
    """Return how far the topic was read, how many rows were judged, by how many runs, and how often the incident came."""
    with closing(open_store(store)) as opened:
        runs = opened.metrics("t", "unique(id)").get(("unique(id)", None), ())
        incidents = [one for one in opened.incidents(resolved=True) if one.rule == "accepted_values(bad)"]
        return (
            sum(opened.stream_positions("t", topic).values()),
            sum(point.rows_evaluated or 0 for point in runs),
            len(runs),
            sum(one.occurrences for one in incidents),
        )


def test_no_message_is_lost_or_counted_twice_though_processes_are_killed(
    shell: Shell, broker: Broker, store: str
) -> None:
    chance = random.Random(SEED)
    topic = broker.topic(PARTITIONS)
    shell.rules(*RULES, path=broker.url(topic))
    killed = made = 0
    for number in range(KILLS):
        broker.produce(topic, orders(made, made + 150), PARTITIONS)
        made += 150
        with started(shell.folder, words(store, "--until-end", "--batch", "10")) as process:
            if number % 4:
                first_batch(process)
            time.sleep(chance.uniform(0, 0.8))
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
    before = judged(store, topic) if killed else (0, 0, 0, 0)
    assert before[0] == before[1]
    last = subprocess.run(
        words(store, "--until-end"), cwd=shell.folder, check=False, capture_output=True, timeout=PATIENCE
    )
    assert last.returncode in {0, 1}
    assert killed
    read, rows, runs, occurrences = judged(store, topic)
    assert (read, rows) == (made, made)
    # Every batch has a bad row.
    assert runs == occurrences


def test_a_batch_that_another_process_has_recorded_does_not_count(shell: Shell, broker: Broker, store: str) -> None:
    topic = broker.topic(PARTITIONS)
    shell.rules(*RULES, path=broker.url(topic))
    broker.produce(topic, orders(0, 40), PARTITIONS)
    other = words(store, "--until-end", "--batch", "30")
    first = (
        "import subprocess\nfrom idqp_cli.pipeline.memory import Memory\nold = Memory.record\n"
        "def record(self, *given):\n    Memory.record = old\n"
        f"    subprocess.run({other!r}, capture_output=True)\n    return old(self, *given)\nMemory.record = record\n"
    )
    done = shell.idqp("watch", "--until-end", "--store", store, first=first)
    assert "another run has recorded its messages; reading on behind them\n" in done.err
    assert (done.code, done.out) == (0, "")
    assert judged(store, topic) == (40, 40, 2, 2)


def test_processes_share_a_topic_and_take_over_what_one_leaves(shell: Shell, broker: Broker, tmp_path: Path) -> None:
    topic, store = broker.topic(PARTITIONS), str(tmp_path / "state.db")
    shell.rules(*RULES, path=broker.url(topic))
    command = words(store, "--every", "0.2s", "--batch", "20")
    logs = [tmp_path / "one.log", tmp_path / "other.log"]
    shell.write("client.properties", "".join(f"{name}={value}\n" for name, value in EAGER.items()))
    eager = {**os.environ, "IDQP_KAFKA_CONFIG": "client.properties"}
    made = 0
    with ExitStack() as stack:
        running = []
        end = time.monotonic() + PATIENCE
        for log in logs:
            file = stack.enter_context(log.open("wb"))
            process = subprocess.Popen(command, cwd=shell.folder, env=eager, stdout=subprocess.DEVNULL, stderr=file)
            stack.callback(process.wait)
            stack.callback(process.kill)
            running.append(process)
            # Until it has a partition of its own, there is always something to read.
            while b"batch 1:" not in log.read_bytes():
                broker.produce(topic, orders(made, made + 20), PARTITIONS)
                made += 20
                assert time.monotonic() < end
                time.sleep(0.5)
        running[0].send_signal(signal.SIGTERM)
        assert running[0].wait(PATIENCE) == 1
        broker.produce(topic, orders(made, made + 20), PARTITIONS)
        made += 20
        while judged(store, topic)[0] < made:
            assert time.monotonic() < end
            time.sleep(0.5)
        running[1].send_signal(signal.SIGTERM)
        assert running[1].wait(PATIENCE) == 1
    read, rows, runs, occurrences = judged(store, topic)
    assert (read, rows) == (made, made)
    assert runs == occurrences
