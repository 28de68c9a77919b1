"""What a watch leaves beside its report: how it stands, where failing rows are, and what a consumer group sees."""

from __future__ import annotations

import csv
import json
import signal
import sys
import time
from datetime import UTC, datetime

import pexpect
from confluent_kafka import Consumer

from conftest import Shell
from idqp_cli.report.watch_screen import Standing, health, lines
from idqp_cli.stream.offsets import group
from kafka_broker import EAGER, Broker, Content, running
from remote_servers import free_port

STATUS = {"type": "accepted_values", "column": "status", "values": ["new"]}


def orders(first: int, last: int, status: str = "new") -> list[Content]:
    return [json.dumps({"id": number, "status": status, "name": "Ann"}).encode() for number in range(first, last)]


def test_metrics_have_the_lag_by_partition_and_all_datasets(shell: Shell, mock_broker: Broker) -> None:
    datasets = {name: {"path": mock_broker.url(name), "rules": [STATUS]} for name in ("a", "b")}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}))
    for name in datasets:
        mock_broker.produce(name, orders(0, 10), 2)
    done = shell.idqp("watch", "--until-end", "--batch", "20", "--metrics-file", "m.prom", "--health-file", "h.json")
    assert done.code == 0
    text = (shell.folder / "m.prom").read_text()
    for name in datasets:
        assert f'idqp_dataset_rows{{dataset="{name}"}} 10' in text
        assert f'idqp_stream_lag_messages{{dataset="{name}",partition="0"}} 0' in text
    found = json.loads((shell.folder / "h.json").read_text())
    assert (found["state"], found["datasets"]["a"]["messages"], found["datasets"]["b"]["batches"]) == ("stopped", 10, 1)
    # A second time it replaces what it wrote itself, and nothing else.
    assert shell.idqp("watch", "--until-end", "--health-file", "h.json").code == 0
    shell.write("mine.json", "{}")
    done = shell.idqp("watch", "--until-end", "--health-file", "mine.json")
    assert (done.code, done.err.count("\n"), (shell.folder / "mine.json").read_text()) == (4, 1, "{}")


def test_how_it_stands_is_told_in_lines_and_as_json() -> None:
    one = Standing("a\x1b[0m", 3, 1200, 60.4, {0: 5, 1: 700}, ("unique(id)",), 4.2)
    other = Standing("b", trouble="no broker answers")
    told = [text for text, _ in lines([one, other], 65)]
    assert (
        told[1]
        == r"a\x1b[0m: 3 batches, 1,200 messages, 60/s, 705 behind (1: 700, 0: 5), last 4 s ago; failing: unique(id)"
    )
    assert told[2] == "b: 0 batches, 0 messages, 0/s; no broker answers"
    found = json.loads(health([one, other], "waiting", datetime(2026, 11, 30, tzinfo=UTC)))
    assert (found["time"], found["state"]) == ("2026-11-30T00:00:00+00:00", "waiting")
    assert found["datasets"]["b"]["trouble"] == "no broker answers"


def test_a_terminal_shows_it_live_below_the_lines(shell: Shell, broker: Broker) -> None:
    topic = broker.topic()
    shell.rules(STATUS, path=broker.url(topic))
    broker.produce(topic, orders(0, 5, "gone"))
    terminal = pexpect.spawn(
        sys.executable, ["-m", "idqp_cli", "watch", "--every", "0.1s"], cwd=str(shell.folder), dimensions=(40, 160),
        encoding="utf-8", timeout=90,
    )  # fmt: skip
    terminal.expect(r"watching, .* Ctrl-C ends it")
    terminal.expect("batch 1: 5 messages, 1 failed")
    terminal.expect(r"t: 1 batch, 5 messages, .*failing: accepted_values\(status\)")
    terminal.kill(signal.SIGTERM)
    terminal.expect("stopped; what was not judged")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 1


def test_failing_rows_of_each_batch_are_in_a_file_of_their_own(shell: Shell, broker: Broker) -> None:
    topic, dead = broker.topic(), broker.topic()
    settings = {"dead_letter": dead, "columns": ["partition", "offset"]}
    shell.rules(STATUS, path=broker.url(topic), stream=settings, pii=["name"])
    contents = [*orders(0, 3), *orders(3, 5, "gone"), b"bad", *orders(5, 9), *orders(9, 10, "=x()")]
    broker.produce(topic, contents)
    done = shell.idqp("watch", "--until-end", "--batch", "4", "--quarantine", "bad", "--spreadsheet")
    assert done.code == 1
    assert "Ann" not in done.out + done.err
    files = sorted(path.name for path in (shell.folder / "bad").iterdir() if not path.name.startswith("."))
    assert files == ["t-0-0.csv", "t-0-4.csv", "t-0-8.csv"]
    rows = [row for name in files for row in csv.DictReader((shell.folder / "bad" / name).read_text().splitlines())]
    assert [(row["kafka_offset"], row["status"]) for row in rows] == [("3", "gone"), ("4", "gone"), ("10", "'=x()")]
    assert {row["idqp_failed_rules"] for row in rows} == {"accepted_values(status)"}
    assert [one.value() for one in broker.messages(dead)] == [contents[3], contents[4], b"bad", contents[10]]


def test_a_topic_that_grows_is_read_whole(shell: Shell) -> None:
    port = free_port()
    with running(port) as broker:
        topic = broker.topic(1)
        shell.rules(STATUS, path=broker.url(topic))
        broker.produce(topic, orders(0, 5))
        assert shell.idqp("watch", "--until-end").code == 0
    # The broker of the tests grows no partitions: another one has the same messages, and more partitions.
    with running(port) as broker:
        assert broker.topic(3) == topic
        broker.produce(topic, orders(0, 5))
        broker.produce(topic, orders(5, 20), 3)
        done = shell.idqp("watch", "--until-end", "--format", "json", "--from", "latest")
        assert [json.loads(line)["datasets"][0]["rows"] for line in done.out.splitlines()] == [15], done.err


def test_another_consumer_of_the_same_group_takes_nothing_away(shell: Shell, broker: Broker, store: str) -> None:
    topic = broker.topic(2)
    shell.rules(STATUS, path=broker.url(topic))
    broker.produce(topic, orders(0, 10), 2)
    other = Consumer({
        "bootstrap.servers": broker.address, "group.id": group("t", store), "auto.offset.reset": "earliest",
        "enable.auto.commit": True, **EAGER,
    })  # fmt: skip
    other.subscribe([topic])
    until, came = time.monotonic() + 60, 0
    while came < 10 and time.monotonic() < until:
        came += sum(one.error() is None for one in other.consume(100, 0.5))
    other.commit(asynchronous=False)
    # What the broker knows of the group is nothing to idqp: the store says where to read on.
    done = shell.idqp("watch", "--until-end", "--store", store, "--format", "json")
    other.close()
    assert [json.loads(line)["datasets"][0]["rows"] for line in done.out.splitlines()] == [10], done.err


def test_offsets_that_are_missing_are_no_loss(shell: Shell, broker: Broker, store: str) -> None:
    """A compacted topic has gaps and tombstones: what is left is judged, and reading goes on behind it."""
    topic = broker.topic()
    shell.rules({"type": "unique", "column": "id"}, path=broker.url(topic))
    key = b"k"
    broker.produce(
        topic, [(key, b'{"id":1}'), (key, None), (b"other", b'{"id":2}'), (key, None), (key, b'{"id":3}'), (key, None)]
    )
    done = shell.idqp("watch", "--until-end", "--store", store, "--format", "json")
    assert [json.loads(line)["datasets"][0]["rows"] for line in done.out.splitlines()] == [3]
    again = shell.idqp("watch", "--until-end", "--store", store)
    assert again.err == "idqp: t: nothing new to read\n"
    broker.produce(topic, [(key, None)] * 3)
    only = shell.idqp("watch", "--until-end", "--store", store)
    assert (only.code, only.err) == (0, "idqp: t: nothing new to read\n")
