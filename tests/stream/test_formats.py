"""What messages say and what is known of them; where those go that fail."""

from __future__ import annotations

import json
from typing import Any, cast

from conftest import Ran, Shell
from kafka_broker import Broker, Content

NEW = {"type": "accepted_values", "column": "status", "values": ["new"]}
ABOUT = ["key", "headers", "timestamp", "partition", "offset"]


def watch(shell: Shell) -> tuple[Ran, Any]:
    done = shell.idqp("watch", "--until-end", "--format", "json")
    return done, json.loads(done.out)["datasets"][0]


def values(dataset: Any, rule: str) -> list[Any]:  # noqa: ANN401 - a report is looked into freely
    (found,) = [one for one in dataset["results"] if one["rule"] == rule]
    return [sample["values"] for sample in found["samples"]]


def sent(broker: Broker, topic: str) -> list[tuple[bytes | None, bytes | None, dict[str, bytes]]]:
    """Return what was sent to a dead letter topic, without what tells the runs."""
    found = []
    for one in broker.messages(topic):
        listed = cast("list[tuple[str, bytes]]", one.headers() or [])
        headers = dict(listed)
        assert len(headers.pop("idqp.run")) == 32
        found.append((one.key(), one.value(), headers))
    return found


def test_what_is_known_of_a_message_is_in_columns_that_are_asked_for(shell: Shell, broker: Broker) -> None:
    topic = broker.topic(2)
    known = {"type": "expression", "expression": "kafka_partition = 1 AND kafka_timestamp > '2020-01-01'", "name": "p"}
    wrong = {"type": "rejected_values", "column": "kafka_key", "values": ["\u00e9", "ff00"], "name": "k"}
    traced = {"type": "pattern", "column": "kafka_headers", "like": "%abc%", "name": "h"}
    shell.rules(known, wrong, traced, path=broker.url(topic), stream={"columns": ABOUT}, key=["kafka_offset"])
    contents: list[Content] = [(b"ok", b'{"id":1}'), ("\u00e9".encode(), b"{}"), (b"\xff\x00", b'{"id":3}')]
    broker.produce(topic, contents, 2, [("trace", b"abc"), ("empty", b"")])
    done, found = watch(shell)
    assert done.code == 1
    assert {one["kafka_key"] for one in values(found, "k")} == {"ff00", "\u00e9"}
    assert {one["kafka_partition"] for one in values(found, "p")} == {0}
    assert values(found, "h") == []


def test_messages_that_fail_go_to_another_topic_before_they_are_recorded(shell: Shell, broker: Broker) -> None:
    topic, dead = broker.topic(), broker.topic()
    shell.rules(NEW, {"type": "unique", "column": "id"}, path=broker.url(topic), stream={"dead_letter": dead})
    contents: list[Content] = [
        (b"a", b'{"id":1,"status":"new"}'), (b"b", b'{"id":2,"status":"gone"}'), (b"c", b"\xff"), b'{"id":1}',
        (b"d", b'{"id":3,\n"status":"gone"}'), (b"e", None),
    ]  # fmt: skip
    broker.produce(topic, contents, headers=[("trace", b"abc")])
    done, _ = watch(shell)
    assert done.code == 1
    about = {"trace": b"abc", "idqp.topic": topic.encode(), "idqp.partition": b"0"}
    assert sent(broker, dead) == [
        (b"a", b'{"id":1,"status":"new"}', {**about, "idqp.offset": b"0", "idqp.rules": b"unique(id)"}),
        (b"b", b'{"id":2,"status":"gone"}', {**about, "idqp.offset": b"1", "idqp.rules": b"accepted_values(status)"}),
        (b"c", b"\xff", {**about, "idqp.offset": b"2", "idqp.rules": b"parse"}),
        (None, b'{"id":1}', {**about, "idqp.offset": b"3", "idqp.rules": b"unique(id)"}),
        (b"d", b'{"id":3,\n"status":"gone"}', {**about, "idqp.offset": b"4", "idqp.rules": b"accepted_values(status)"}),
    ]
    # A batch that cannot be read at all goes there as a whole, and reading goes on.
    broker.produce(topic, [b'{"id":1,"ID":2}', b'{"id":5}'])
    broken = shell.idqp("watch", "--until-end")
    assert (broken.code, len(sent(broker, dead))) == (3, 7)
    assert shell.idqp("watch", "--until-end").err == "idqp: t: nothing new to read\n"


def test_lines_of_csv_are_rows_and_one_that_is_none_takes_no_other_with_it(shell: Shell, broker: Broker) -> None:
    topic, dead = broker.topic(), broker.topic()
    settings = {"format": "csv", "fields": ["id", "status"], "columns": ["offset"], "dead_letter": dead}
    shell.rules(NEW, path=broker.url(topic), stream=settings)
    good = [b"1,new", b'2,"new"\r\n', b'"3",gone', b'4,"a,""b"""']
    bad = [b'"5,new', b"6", b"7,new,x", b"", b"\xff,new", b"8,\nnew", b'9,"n"ew"']
    contents = [one for pair in zip(bad, good, strict=False) for one in pair] + bad[len(good) :]
    broker.produce(topic, contents)
    done, found = watch(shell)
    (parse,) = [one for one in found["results"] if one["rule"] == "parse"]
    assert (done.code, found["rows"], parse["rows_failed"]) == (1, len(good), len(bad))
    assert values(found, "accepted_values(status)") == [{"status": "gone"}, {"status": 'a,"b"'}]
    failed = sorted(int(headers["idqp.offset"]) for _, _, headers in sent(broker, dead))
    assert failed == [place for place, one in enumerate(contents) if one in bad or one in good[2:]]


def test_settings_that_do_not_fit_are_refused_with_their_line(shell: Shell, broker: Broker) -> None:
    url = broker.url("t")
    for path, settings, told in (
        ("t.csv", {"columns": ["key"]}, "stream: takes a topic"),
        (url, {"format": "csv"}, "fields: csv needs the names"),
        (url, {"fields": ["a"]}, "fields: csv needs the names"),
        (url, {"format": "xml"}, "must be one of json, csv"),
        (url, {"columns": ["size"]}, "must be one of key, headers"),
        (url, {"dead_letter": "t"}, "dead_letter: is the topic itself"),
        (url, {"dead_letter": "a/b"}, "dead_letter: must be the name of a topic"),
        (url, {"dead": "b"}, "unknown key 'dead'"),
    ):
        shell.rules(path=path, stream=settings)
        done = shell.idqp("watch", "--until-end")
        assert (done.code, told in done.err, done.err.count("\n")) == (2, True, 1), (settings, done.err)
    shell.rules(path=url, incremental=True)
    assert "incremental: takes a folder" in shell.idqp("watch").err
