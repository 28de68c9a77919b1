"""A topic of Kafka that messages are written to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException, Producer

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.text import clean
from idqp_cli.stream.address import Address
from idqp_cli.stream.feed import Message
from idqp_cli.stream.sources import properties

if TYPE_CHECKING:
    from idqp_cli.stream.dead_letters import Headers

PATIENCE_SECONDS = 30.0
SERVED_EVERY = 1000


class KafkaOutlet:
    """Writes to a topic; what is taken is kept by all replicas that are in step, each message once."""

    def __init__(self, address: Address, topic: str) -> None:
        """Connect. Raises UnreadableError: the properties cannot be used."""
        self._topic, self._taken = topic, 0
        self._why: str | None = None
        given = properties.of(address.broker)
        settings = {
            "client.id": "idqp", "linger.ms": 20, "message.timeout.ms": int(PATIENCE_SECONDS * 1000),
            **{name: value for name, value in given.items() if not name.startswith(("max.poll", "session.", "fetch."))},
            "bootstrap.servers": ",".join(address.brokers), "enable.idempotence": True,
        }  # fmt: skip
        silent = logging.getLogger("idqp.kafka")
        try:
            self._producer = Producer({**settings, "logger": silent, "error_cb": lambda _: None})
        except KafkaException as error:
            raise UnreadableError(f"{address.shown}: {clean(error.args[0].str(), 200)}") from None

    def send(self, message: Message, headers: Headers) -> None:
        """Take a message with its key, its value and these headers."""
        while True:
            try:
                self._producer.produce(
                    self._topic, message.value(), message.key(), headers=headers, on_delivery=self._delivered
                )
            except BufferError:
                self._producer.poll(0.1)
                continue
            except KafkaException as error:
                self._why = self._why or clean(error.args[0].str(), 200)
            break
        self._taken += 1
        if self._taken % SERVED_EVERY == 0:
            self._producer.poll(0)

    def flush(self) -> str | None:
        """Wait until all that was taken is kept; return why something is not."""
        left = self._producer.flush(PATIENCE_SECONDS + 5)
        why, self._why = self._why, None
        if left or why is not None:
            return f"messages for the topic {self._topic} are not kept: {why or 'no broker answers'}"
        return None

    def close(self) -> None:
        """Let go of the broker."""
        self._producer.purge()

    def _delivered(self, error: KafkaError | None, message: object) -> None:
        del message
        if error is not None:
            self._why = self._why or clean(error.str(), 200)
