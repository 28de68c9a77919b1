"""`idqp watch` on a real broker: what comes is judged once, what is no row is a finding, and every end has its code."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Ran, Shell
from idqp_cli.report.json import schema
from idqp_cli.store import open_store
from kafka_broker import HASTY, Broker
from remote_servers import free_port

Rule = Mapping[str, object]
STATUS: Rule = {"type": "accepted_values", "column": "status", "values": ["new"]}
UNIQUE: Rule = {"type": "unique", "column": "id"}


def orders(first: int, last: int, status: str = "new") -> list[bytes]:
    return [json.dumps({"id": number, "status": status}).encode() for number in range(first, last)]


def watch(shell: Shell, *words: str, store: str | None = None) -> Ran:
    return shell.idqp("watch", "--until-end", *(() if store is None else ("--store", store)), *words)


def reports(ran: Ran) -> list[Any]:
    """Return the datasets of the reports on stdout, a batch each."""
    return [json.loads(line)["datasets"][0] for line in ran.out.splitlines()]


def results(dataset: Any) -> dict[str, Any]:  # noqa: ANN401 - a report is looked into freely
    return {one["rule"]: one for one in dataset["results"]}


def test_every_message_is_judged_once(shell: Shell, broker: Broker, store: str) -> None:
    topic = broker.topic(3)
    shell.rules(STATUS, UNIQUE, path=broker.url(topic))
    broker.produce(topic, orders(0, 250), 3)
    first = watch(shell, "--batch", "100", "--format", "json", store=store)
    assert [one["rows"] for one in reports(first)] == [100, 100, 50]
    assert first.code == 0
    assert first.err.count("idqp: t: batch ") == 3
    assert "batch 3: 50 messages, 5 passed" in first.err
    again = watch(shell, store=store)
    assert (again.code, again.out, again.err) == (0, "", "idqp: t: nothing new to read\n")
    broker.produce(topic, orders(250, 260, "gone"), 3)
    (last,) = reports(bad := watch(shell, "--format", "json", store=store))
    assert (bad.code, last["rows"], results(last)["accepted_values(status)"]["incident"]) == (1, 10, 1)
    with closing(open_store(store)) as opened:
        assert sum(opened.stream_positions("t", topic).values()) == 260
        runs = opened.metrics("t", "unique(id)")["unique(id)", None]
        assert sum(point.rows_evaluated or 0 for point in runs) == 260
    # The next batch that passes resolves it.
    broker.produce(topic, orders(260, 261), 3)
    assert watch(shell, store=store).code == 0
    with closing(open_store(store)) as opened:
        assert [str(one.status) for one in opened.incidents(resolved=True)] == ["resolved"]


BAD: list[bytes | None] = [
    b"not json", b'{"id":3,"status":', b"[1,2]", b'"text"', b'{"id":5,"id":6}', b'{"id":7,"status":"new"}{"id":8}',
    b'{"id":10,"status":NaN}', b"\xff\xfe\x00{", b"", b"  \n ", b'{"id":21,"status":"a\nb"}', b'{"status":"new\x1f"}',
    b"\0" * 10, b"not UTF-8", b'{"id":1,}',
]  # fmt: skip
GOOD: list[bytes | None] = [
    b'{"id":20,\n"status":"new"}', b' {"id":22}\r\n', b"{}", b'{"id":23,"status":"\\u00e9"}',
    b'\xef\xbb\xbf{"id":24}', b'{"id":25,"more":{"a":[1,2]}}',
]  # fmt: skip


def test_a_message_that_does_not_parse_is_a_finding_with_its_place(shell: Shell, broker: Broker) -> None:
    topic = broker.topic()
    shell.rules(UNIQUE, path=broker.url(topic), key=["id"])
    # None deletes what its key had before: no row, and no failure.
    contents = [one for pair in zip(GOOD, BAD, strict=False) for one in pair] + BAD[len(GOOD) :] + [None]
    broker.produce(topic, contents)
    done = watch(shell, "--format", "json")
    (found,) = reports(done)
    parse = results(found)["parse"]
    assert (done.code, found["rows"], parse["rows_failed"]) == (1, len(GOOD), len(BAD))
    bad = [place for place, one in enumerate(contents) if one in BAD]
    assert [one["offset"] for one in parse["samples"]] == bad[:5]
    assert {(one["line"], one["partition"]) for one in parse["samples"]} == {(None, 0)}
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(json.loads(done.out), json.loads(schema()))
    page = shell.idqp("incident", "show", "1").out
    assert f"partition 0 offset {bad[0]}:" in page
    table = watch(shell, "--again", "--no-store").out
    assert f"partition 0 offset {bad[0]}: not JSON, an object expected" in table


def test_one_of_many_partitions_is_named_where_a_row_fails(shell: Shell, broker: Broker) -> None:
    topic = broker.topic(3)
    shell.rules(STATUS, path=broker.url(topic))
    broker.produce(topic, [*orders(0, 4), *orders(4, 5, "gone"), *orders(5, 9)], 3)
    (found,) = reports(watch(shell, "--format", "json", "--no-store"))
    (sample,) = results(found)["accepted_values(status)"]["samples"]
    assert (sample["partition"], sample["offset"], sample["values"]) == (1, 1, {"status": "gone"})


def test_a_key_that_a_batch_lacks_is_missing_and_not_gone(shell: Shell, broker: Broker) -> None:
    topic = broker.topic()
    shell.rules({"type": "completeness", "column": "code", "threshold": "100%"}, path=broker.url(topic))
    broker.produce(topic, [b'{"id":1,"code":"x"}'])
    assert watch(shell).code == 0
    broker.produce(topic, [b'{"id":2}'])
    done = watch(shell, "--format", "json")
    (found,) = reports(done)
    assert (done.code, found["schema"]["changes"]) == (0, [])
    assert results(found)["completeness(code)"]["metric_value"] == 1


def test_check_leaves_topics_to_watch(shell: Shell, broker: Broker) -> None:
    shell.write("f.csv", "a\n1\n")
    datasets = {"t": {"path": broker.url("t")}, "f": {"path": "f.csv"}}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}))
    done = shell.idqp("check")
    assert done.code == 0
    assert "idqp: t: is a topic, and not checked; `idqp watch t` checks it\n" in done.err
    for word in ("t", broker.url("t")):
        done = shell.idqp("check", word)
        assert (done.code, done.err) == (2, "idqp: error: t: is a topic; `idqp watch t` checks it\n")
    done = shell.idqp("watch", "f")
    assert (done.code, done.err) == (2, "idqp: error: f: is no topic, and not incremental; `idqp check f` checks it\n")
    references = {"type": "references", "column": "a", "dataset": "t"}
    datasets["f"] = {"path": "f.csv", "rules": [references]}  # type: ignore[dict-item]
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}))
    done = shell.idqp("check", "--no-store")
    assert (done.code, "the dataset t cannot be read" in done.err) == (3, True)


def test_what_cannot_be_read_is_one_line(shell: Shell, broker: Broker) -> None:
    def refused(path: str, *words: str) -> tuple[int, str]:
        shell.rules(path=path)
        done = shell.idqp("watch", "--until-end", *words, first=HASTY)
        assert (done.out, done.err.count("\n")) == ("", 1)
        return done.code, done.err.removeprefix("idqp: error: ").strip()

    assert refused(broker.url("nope")) == (3, f"{broker.url('nope')}: there is no such topic")
    port = free_port()
    nobody = f"kafka://127.0.0.1:{port}/t"
    assert refused(nobody) == (3, f"{nobody}: no broker answers at 127.0.0.1:{port}")
    for path in ("kafka://h/", "kafka://h:0/t", "kafka://h/a/b", "kafka:///t", "kafka://h,/t", "kafka://h/t?x=1"):
        code, line = refused(path)
        assert (code, line.startswith("kafka://h") or "cannot be read" in line) == (2, True)
    code, line = refused("kafka://me:pass@h/t")
    assert (code, "pass@" in line) == (2, False)
    assert refused(broker.url("t"), "--from", "noon")[0] == refused(broker.url("t"), "--every", "soon")[0] == 2
    shell.write("client.properties", "security.protocol=NONSENSE\n")
    shell.rules(path=broker.url("t"))
    done = shell.idqp("watch", "--until-end", env={"IDQP_KAFKA_CONFIG": "client.properties"})
    assert (done.code, "security.protocol" in done.err) == (3, True)
    for bad in ("group.id=mine", "nothing", "=x"):
        shell.write("client.properties", f"# me\nsasl.password=hidden\n{bad}\n")
        done = shell.idqp("watch", "--until-end", env={"IDQP_KAFKA_CONFIG": "client.properties"})
        assert (done.code, "client.properties:3:" in done.err, "hidden" in done.err) == (2, True, False)


def test_a_batch_that_is_not_recorded_is_read_again(shell: Shell, broker: Broker, store: str) -> None:
    topic = broker.topic()
    shell.rules(STATUS, path=broker.url(topic))
    broker.produce(topic, orders(0, 5))
    first = "from idqp_cli.store.ledger_reads import LedgerReading as L\ndef head(self): raise OSError\n"
    names = "from idqp_cli.store.sqlite_ledger import SqliteLedger as S\nfrom idqp_cli.store.postgres.ledger import"
    first += f"{names} PostgresLedger as P\nS.head = P.head = head\n"
    failed = shell.idqp("watch", "--until-end", "--store", store, first=first)
    assert failed.code in {4, 70}
    with closing(open_store(store)) as opened:
        assert opened.stream_positions("t", topic) == {0: 0}
        assert opened.metrics("t") == {}
    (found,) = reports(watch(shell, "--format", "json", store=store))
    assert found["rows"] == 5


def test_a_signal_ends_it_after_the_batch_under_way(shell: Shell, broker: Broker) -> None:
    topic = broker.topic()
    shell.rules(STATUS, path=broker.url(topic))
    broker.produce(topic, orders(0, 5))
    words = [sys.executable, "-m", "idqp_cli", "watch", "--every", "0.1s", "--metrics-file", "m.prom"]
    with subprocess.Popen(words, cwd=shell.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 60
        while not (shell.folder / "m.prom").exists():
            assert time.monotonic() < until
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err.decode().splitlines()[-1].startswith("idqp: stopped")
    assert 'idqp_dataset_rows{dataset="t"} 5' in (shell.folder / "m.prom").read_text()
    assert watch(shell).err == "idqp: t: nothing new to read\n"


def test_again_reads_from_where_it_is_told(shell: Shell, broker: Broker, store: str) -> None:
    topic = broker.topic(2)
    shell.rules(UNIQUE, path=broker.url(topic))
    broker.produce(topic, orders(0, 6), 2)
    assert [one["rows"] for one in reports(watch(shell, "--format", "json", store=store))] == [6]
    assert [one["rows"] for one in reports(watch(shell, "--again", "--format", "json", store=store))] == [6]
    assert watch(shell, store=store).err == "idqp: t: nothing new to read\n"


def test_reading_begins_at_a_time(shell: Shell, broker: Broker) -> None:
    topic = broker.topic(2)
    shell.rules(UNIQUE, path=broker.url(topic))
    at = 1_700_000_000
    broker.produce(topic, orders(0, 10), 2, at=at)
    time_of_6 = datetime.fromtimestamp(at + 6, UTC).isoformat()
    (found,) = reports(watch(shell, "--from", time_of_6, "--format", "json"))
    assert found["rows"] == 4
    assert watch(shell, "--from", time_of_6).err == "idqp: t: nothing new to read\n"


def test_what_is_behind_is_told_and_the_latest_is_the_end(shell: Shell, mock_broker: Broker) -> None:
    topic = "mocked"
    shell.rules(UNIQUE, path=mock_broker.url(topic))
    mock_broker.produce(topic, orders(0, 10), 2)
    assert watch(shell, "--from", "latest").err == "idqp: t: nothing new to read\n"
    mock_broker.produce(topic, orders(10, 17), 2)
    done = watch(shell, "--from", "earliest", "--batch", "4")
    assert re.findall(r"batch (\d): (\d) message.*?(?:; (\d) behind)?\n", done.err) == [("1", "4", "3"), ("2", "3", "")]


def test_new_files_of_a_folder_are_judged_as_they_come(shell: Shell, store: str) -> None:
    shell.rules(UNIQUE, path="d/*.csv", incremental=True)
    shell.write("d/1.csv", "id\n1\n2\n")
    first = watch(shell, store=store)
    assert (first.code, "t: batch 1: 1 new file, " in first.err) == (0, True)
    assert watch(shell, store=store).err == "idqp: t: nothing new to read\n"
    words = [sys.executable, "-m", "idqp_cli", "watch", "--store", store, "--every", "0.2s", "--format", "json"]
    with subprocess.Popen(words, cwd=shell.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        shell.write("d/2.csv", "id\n3\n")
        assert json.loads(process.stdout.readline())["datasets"][0]["rows"] == 1
        shell.write("d/.3", "id\n4\n4\n").rename(shell.folder / "d/3.csv")
        assert json.loads(process.stdout.readline())["exit_code"] == 1
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 1
    refused = watch(shell, "--no-store")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
