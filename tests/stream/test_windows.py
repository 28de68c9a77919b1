"""Windows of the time of events: each is judged once, whoever is killed, and whatever comes late."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastavro import schemaless_writer

from conftest import Ran, Shell
from idqp_cli.store import open_store
from idqp_cli.stream.moments import moment
from kafka_broker import Broker
from schema_registry import SchemaRegistry, registry

__all__ = ["registry"]

BEGIN = datetime(2026, 11, 1, 10, 0, tzinfo=UTC)
KILLS = int(os.environ.get("IDQP_KILLS", "2"))
SEED = int(os.environ.get("IDQP_SEED", "1"))
UNIQUE: Mapping[str, object] = {"type": "unique", "column": "id"}


def event(number: int, second: float) -> bytes:
    return json.dumps({"id": number, "at": (BEGIN + timedelta(seconds=second)).isoformat()}).encode()


def settings(**more: object) -> dict[str, object]:
    return {"window": "1m", "event_time": "at", **more}


def watch(shell: Shell, *words: str, store: str | None = None) -> Ran:
    where = () if store is None else ("--store", store)
    return shell.idqp("watch", "--until-end", "--format", "json", *where, *words)


def windows(ran: Ran) -> list[tuple[str, int, int]]:
    """Return the minute of each window, its rows, and how many messages came late."""
    found = [json.loads(line)["datasets"][0] for line in ran.out.splitlines()]
    return [(one["window"]["begin"][11:16], one["rows"], one["window"]["late"]) for one in found]


def test_a_window_is_judged_when_no_more_of_it_is_to_come(shell: Shell, broker: Broker, store: str) -> None:
    topic = broker.topic(2)
    shell.rules(UNIQUE, path=broker.url(topic), stream=settings(late="30s"))
    # Neither of one time nor in the order of time; the last one has no time of its own.
    seconds = [0, 59.999999, 61, 10, 120, 70, 119, 130, 20]
    broker.produce(topic, [event(number, second) for number, second in enumerate(seconds)], 2)
    done = watch(shell, store=store)
    assert windows(done) == [("10:00", 4, 0), ("10:01", 3, 0), ("10:02", 2, 0)]
    assert "t: batch 1: window 2026-11-01 10:00:00 to 10:01:00 UTC, 4 messages, " in done.err
    # What comes behind its window is late, and said to be.
    broker.produce(topic, [event(20, 5), event(21, 200), event(22, 6)], 2)
    assert windows(watch(shell, store=store)) == [("10:03", 1, 2)]
    assert watch(shell, store=store).err == "idqp: t: nothing new to read\n"
    again = watch(shell, "--again", store=store)
    assert [(minute, rows) for minute, rows, _ in windows(again)] == [
        ("10:00", 6),
        ("10:01", 3),
        ("10:02", 2),
        ("10:03", 1),
    ]


def test_a_window_that_is_open_is_read_again_and_nothing_else(shell: Shell, broker: Broker, store: str) -> None:
    topic = broker.topic()
    shell.rules(UNIQUE, path=broker.url(topic), stream={"window": "1h"})
    now = int(time.time())
    hour = now - now % 3600
    # The hour that is not over is between messages of the one before.
    for at in (hour - 1800, hour, hour - 1700):
        broker.produce(topic, [b'{"id":%d}' % at], at=at)
    first = watch(shell, store=store)
    assert [rows for _, rows, _ in windows(first)] == [2]
    with closing(open_store(store)) as opened:
        assert opened.stream_positions("t", topic) == {0: 1}
    second = watch(shell, store=store)
    assert (second.out, second.err) == ("", "idqp: t: nothing new to read\n")


def test_what_has_no_time_or_one_that_cannot_be_takes_that_of_its_message(
    shell: Shell, broker: Broker, store: str
) -> None:
    topic = broker.topic()
    shell.rules(UNIQUE, path=broker.url(topic), stream=settings())
    at = int(BEGIN.timestamp())
    content = [
        b"not json",
        b'{"id":1}',
        b'{"id":2,"at":"9999-01-01"}',
        b'{"id":3,"at":true}',
        None,
        b'{"id":4,"at":"x"}',
    ]
    broker.produce(topic, content, at=at)
    done = watch(shell, store=store)
    assert (done.code, windows(done)) == (1, [("10:00", 4, 0)])


def csv_line(number: int, at: datetime) -> bytes:
    return f'"{number},""x""",{at.isoformat()},\r\n'.encode()


def csv_number(number: int, at: datetime) -> bytes:
    return f"{number},{at.timestamp():.6f},\n".encode()


def avro_record(number: int, at: datetime) -> bytes:
    return b"\0\0\0\0\x01" + written({"id": number, "at": at}, "timestamp-micros")


def avro_millis(number: int, at: datetime) -> bytes:
    # Rounded down, so that no event falls into the next window.
    return b"\0\0\0\0\x02" + written(
        {"id": number, "at": at.replace(microsecond=at.microsecond // 1000 * 1000)}, "timestamp-millis"
    )


def avro_local(number: int, at: datetime) -> bytes:
    return b"\0\0\0\0\x03" + written({"id": number, "at": at.replace(tzinfo=None)}, "local-timestamp-micros")


def avro(logical: str) -> dict[str, Any]:
    fields = [
        {"name": "id", "type": "long"},
        {"name": "at", "type": ["null", {"type": "long", "logicalType": logical}]},
    ]
    return {"type": "record", "name": "Event", "fields": fields}


def written(row: Mapping[str, object], logical: str) -> bytes:
    stream = io.BytesIO()
    schemaless_writer(stream, avro(logical), row)
    return stream.getvalue()


@pytest.mark.parametrize("write", [csv_line, csv_number, avro_record, avro_millis, avro_local])
def test_events_of_other_formats_fall_into_the_same_windows(
    shell: Shell, broker: Broker, registry: SchemaRegistry, tmp_path: Path, write: Callable[[int, datetime], bytes]
) -> None:
    topic, address = broker.topic(), str(tmp_path / "state.db")
    for logical in ("timestamp-micros", "timestamp-millis", "local-timestamp-micros"):
        registry.register("event", {"schema": json.dumps(avro(logical))})
    form = (
        {"format": "csv", "fields": ["id", "at", "note"]}
        if "csv" in write.__name__
        else {"format": "avro", "registry": registry.url}
    )
    shell.rules(UNIQUE, path=broker.url(topic), stream=settings(late="30s", **form))
    seconds = [0, 59.999999, 61, 10, 120, 70, 119, 130]
    events = [write(number, BEGIN + timedelta(seconds=second)) for number, second in enumerate(seconds)]
    # What is no row has the time of its message.
    broker.produce(topic, [*events, b"\xff"], at=int(BEGIN.timestamp()) + 100)
    done = watch(shell, store=address)
    assert windows(done) == [("10:00", 3, 0), ("10:01", 3, 0), ("10:02", 2, 0)], done.err
    broker.produce(
        topic,
        [write(20, BEGIN + timedelta(seconds=5)), write(21, BEGIN + timedelta(seconds=200))],
        at=int(BEGIN.timestamp()),
    )
    assert windows(watch(shell, store=address)) == [("10:03", 1, 1)]


def test_windows_of_the_past_are_remembered_as_of_their_time(shell: Shell, broker: Broker, store: str) -> None:
    topic = broker.topic()
    shell.rules({"type": "row_count", "min": 1}, path=broker.url(topic), stream=settings(window="1h"))
    broker.produce(topic, [event(number, 3600.0 * number) for number in range(5)], at=int(BEGIN.timestamp()))
    done = watch(shell, "--from", "2026-10-01", store=store)
    assert len(windows(done)) == 5
    with closing(open_store(store)) as opened:
        (points,) = [one for place, one in opened.metrics("t").items() if place[0].startswith("row_count")]
        assert [one.at for one in points] == [BEGIN + timedelta(hours=number + 1) for number in range(5)]


def produced(broker: Broker, topic: str, numbers: Iterable[int]) -> None:
    broker.produce(topic, [event(number, number) for number in numbers], 2)


def counted(store: str) -> tuple[int, int]:
    """Return how many rows were judged, and by how many runs."""
    with closing(open_store(store)) as opened:
        runs = opened.metrics("t", "unique(id)").get(("unique(id)", None), ())
        return sum(point.rows_evaluated or 0 for point in runs), len(runs)


def test_no_window_is_lost_or_counted_twice_though_processes_are_killed(
    shell: Shell, broker: Broker, store: str
) -> None:
    chance = random.Random(SEED)
    topic = broker.topic(2)
    shell.rules(UNIQUE, path=broker.url(topic), stream=settings(window="10s", late="5s"))
    words = [sys.executable, "-m", "idqp_cli", "watch", "--store", store, "--until-end"]
    produced(broker, topic, range(KILLS * 100))
    for number in range(KILLS):
        with subprocess.Popen(words, cwd=shell.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            if number % 4:
                process.stderr.readline()
            time.sleep(chance.uniform(0, 0.8))
            process.send_signal(signal.SIGKILL)
    last = subprocess.run(words, cwd=shell.folder, check=False, capture_output=True, timeout=120)
    assert last.returncode == 0, last.stderr
    assert counted(store) == (KILLS * 100, KILLS * 10)


@pytest.mark.parametrize(
    ("value", "zone", "expected"),
    [
        ("2026-11-01T10:00:00Z", None, BEGIN), ("2026-11-01 10:00:00", None, BEGIN),
        ("2026-11-01T11:00:00", "Europe/Berlin", BEGIN), (BEGIN.timestamp(), None, BEGIN),
        (int(BEGIN.timestamp() * 1000), None, BEGIN), ("noon", None, None), (True, None, None), (None, None, None),
        (f" {int(BEGIN.timestamp())}", None, BEGIN), (f"{BEGIN.timestamp() * 1000:.2f}", None, BEGIN), ("20261101T100000Z", None, BEGIN),
        ("20261101", None, datetime(2026, 11, 1, tzinfo=UTC)), ("2026", None, None), ("9" * 16, None, None), ("-1793527200", None, None),
        (float("inf"), None, None), (float("nan"), None, None), (-1, None, None), (10**400, None, None), ({}, None, None),
    ],
)  # fmt: skip
def test_times_of_events_are_read(value: Any, zone: str | None, expected: datetime | None) -> None:  # noqa: ANN401
    assert moment(value, zone) == (None if expected is None else expected.timestamp())


def test_settings_of_windows_that_do_not_fit_are_refused(shell: Shell, broker: Broker) -> None:
    for given, told in (
        ({"event_time": "at"}, "event_time and late: are of windows"),
        ({"window": "2d"}, "window: must be from 1s to 1d"),
        ({"window": "1m", "event_time": "x", "format": "csv", "fields": ["a"]}, "event_time: is none of the fields"),
    ):
        shell.rules(path=broker.url("t"), stream=given)
        done = watch(shell)
        assert (done.code, told in done.err) == (2, True), done.err


def test_two_processes_judge_each_window_once(shell: Shell, broker: Broker, tmp_path: Path) -> None:
    topic, store = broker.topic(2), str(tmp_path / "state.db")
    shell.rules(UNIQUE, path=broker.url(topic), stream=settings(window="10s"))
    produced(broker, topic, range(200))
    words = [sys.executable, "-m", "idqp_cli", "watch", "--store", store, "--until-end", "--quiet"]
    running = [subprocess.Popen(words, cwd=shell.folder, stderr=subprocess.PIPE) for _ in range(2)]
    for one in running:
        _, err = one.communicate(timeout=120)
        assert one.returncode == 0, err
    assert counted(store) == (200, 20)
