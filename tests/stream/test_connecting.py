"""How brokers are reached: by TLS, with a login, and again after they were gone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from conftest import Shell
from idqp_cli.store import open_store
from kafka_broker import HASTY, Broker, running
from remote_servers import free_port
from tls_front import encrypted, relay

UNIQUE = {"type": "unique", "column": "id"}
PATIENCE = 90


def orders(first: int, last: int) -> list[bytes]:
    return [json.dumps({"id": number}).encode() for number in range(first, last)]


def watch(
    shell: Shell, path: str, env: dict[str, str] | None = None, first: str = "", **stream: object
) -> tuple[int, str]:
    shell.rules(UNIQUE, path=path, stream=stream)
    done = shell.idqp("watch", "--until-end", "--no-store", env=env, first=first)
    return done.code, done.err


def test_tls_and_a_login_that_are_wrong_are_one_line(shell: Shell) -> None:
    port = free_port()
    with encrypted(f"tcp://127.0.0.1:{port}", shell.folder) as (url, ca):
        front = urlsplit(url).netloc
        with running(port, advertised=front) as broker:
            path = f"kafka://{front}/nothing"
            assert broker.address
            Path(shell.folder / "certs").mkdir()
            Path(ca).rename(shell.folder / "certs" / "ca.pem")
            code, err = watch(shell, path, ca="certs/ca.pem")
            assert (code, err.splitlines()[-1]) == (3, f"idqp: error: {path}: there is no such topic")
            for _ in range(3):
                code, err = watch(shell, path, first=HASTY, tls=True)
                if "no broker answers" not in err:
                    # On a busy machine the broker's answer comes after the patience.
                    break
            assert (code, err.count("\n"), "no TLS connection comes about" in err) == (3, 1, True), err
            code, err = watch(shell, path, ca="nowhere.pem")
            assert (code, err.count("\n"), "ssl.ca.location" in err) == (3, 1, True), err
            code, err = watch(shell, path, first=HASTY)
            assert (code, err.count("\n")) == (3, 1), err


def test_messages_come_by_tls(shell: Shell) -> None:
    port = free_port()
    with encrypted(f"tcp://127.0.0.1:{port}", shell.folder) as (url, ca):
        front = urlsplit(url).netloc
        with running(port, advertised=front) as broker:
            broker.address = front
            broker.properties = {"security.protocol": "SSL", "ssl.ca.location": ca}
            topic, dead = broker.topic(), broker.topic()
            broker.produce(topic, [*orders(0, 5), b"bad"])
            code, err = watch(shell, broker.url(topic), ca=ca, dead_letter=dead)
            assert (code, "batch 1: 5 messages" in err or "batch 1: 6 messages" in err) == (1, True), err
            assert [one.value() for one in broker.messages(dead)] == [b"bad"]


def test_a_login_is_in_the_environment_and_never_shown(shell: Shell, broker: Broker) -> None:
    port = free_port()
    with running(port, words=["--authentication"]):
        path = f"kafka://127.0.0.1:{port}/t"
        code, err = watch(shell, path, sasl="SCRAM-SHA-256", tls=False)
        assert (code, err.count("\n"), "needs IDQP_KAFKA_USER and IDQP_KAFKA_PASSWORD" in err) == (2, 1, True)
        login = {"IDQP_KAFKA_USER": "me", "IDQP_KAFKA_PASSWORD": "hidden"}
        code, err = watch(shell, path, login, HASTY, sasl="SCRAM-SHA-256", tls=False)
        assert (code, err.count("\n"), "hidden" in err) == (3, 1, False), err
    told = shell.idqp("doctor", env=login).out
    assert "a user and a password, for sasl" in told
    assert "hidden" not in told
    for stream, why in (
        ({"ca": "x", "tls": False}, "ca: is of TLS"), ({"key": "x"}, "certificate and key: one needs the other"),
        ({"sasl": "GSSAPI"}, "must be one of PLAIN"),
    ):  # fmt: skip
        code, err = watch(shell, broker.url("t"), None, **stream)
        assert (code, why in err) == (2, True), err


def judged(store: str, topic: str) -> tuple[int, int]:
    found = open_store(store)
    try:
        runs = found.metrics("t", "unique(id)").get(("unique(id)", None), ())
        return sum(found.stream_positions("t", topic).values()), sum(point.rows_evaluated or 0 for point in runs)
    finally:
        found.close()


def test_a_broker_that_was_gone_for_a_while_is_read_on(shell: Shell) -> None:
    port, store, log = free_port(), str(shell.folder / "state.db"), shell.folder / "log"
    with relay(port) as (own, way), running(port, advertised=f"127.0.0.1:{own}") as broker:
        broker.address = f"127.0.0.1:{own}"
        topic = broker.topic(2)
        shell.rules(UNIQUE, path=broker.url(topic))
        words = [
            sys.executable,
            "-m",
            "idqp_cli",
            "watch",
            "--store",
            store,
            "--every",
            "0.2s",
            "--health-file",
            "h.json",
        ]
        with log.open("wb") as file, subprocess.Popen(words, cwd=shell.folder, stderr=file) as process:

            def until(done: int) -> None:
                end = time.monotonic() + PATIENCE
                while not (shell.folder / "state.db").exists() or judged(store, topic) != (done, done):
                    assert time.monotonic() < end, log.read_text()
                    assert process.poll() is None, log.read_text()
                    time.sleep(0.2)

            broker.produce(topic, orders(0, 10), 2)
            until(10)
            way.down()
            end = time.monotonic() + PATIENCE
            while "trying again" not in log.read_text():
                assert time.monotonic() < end
                time.sleep(0.2)
            while json.loads((shell.folder / "h.json").read_text())["state"] != "waiting":
                assert time.monotonic() < end
                time.sleep(0.2)
            way.up()
            broker.produce(topic, orders(10, 30), 2)
            until(30)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
        assert "the broker answers again" in log.read_text()
        assert json.loads((shell.folder / "h.json").read_text())["state"] == "stopped"


def test_a_topic_that_is_gone_ends_with_one_line(shell: Shell) -> None:
    port = free_port()
    with running(port) as broker:
        topic = broker.topic()
        broker.produce(topic, orders(0, 5))
        shell.rules(UNIQUE, path=broker.url(topic))
        assert shell.idqp("watch", "--until-end").code == 0
    # It keeps everything in memory: a new one has no topic.
    with running(port) as broker:
        done = shell.idqp("watch", "--until-end")
        assert (done.code, done.err) == (3, f"idqp: error: {broker.url(topic)}: there is no such topic\n")
        other = broker.topic()
        broker.produce(other, orders(0, 2))
        assert other == topic
        hasty = "from idqp_cli.stream import watch\nwatch.STALLED_SECONDS = 2.0\n"
        done = shell.idqp("watch", "--until-end", first=hasty)
        assert (done.code, done.err.count("\n"), "--again --from earliest" in done.err) == (3, 1, True), done.err
        assert shell.idqp("watch", "--until-end", "--again").code == 0
