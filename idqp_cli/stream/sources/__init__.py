"""Where messages come from: one module for each kind of broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from idqp_cli.core.errors import UnreadableError
from idqp_cli.stream.address import Address
from idqp_cli.stream.dead_letters import Outlet
from idqp_cli.stream.feed import Begin, Feed, Offsets


def outlet(address: Address, topic: str) -> Outlet:
    """Begin to write to a topic of the same brokers.

    Raises:
        UnreadableError: the extra is not installed, or its settings cannot be used.

    """
    with extra(address):
        from idqp_cli.stream.sources.kafka_outlet import KafkaOutlet  # noqa: PLC0415 - only who writes has to pay
    return KafkaOutlet(address, topic)


@contextmanager
def extra(address: Address) -> Iterator[None]:
    """Turn a package that is missing into the command that installs it."""
    try:
        yield
    except ImportError as error:
        if error.name is None or error.name.startswith("idqp"):
            raise
        raise UnreadableError(f"{address.shown}: needs an extra: pip install 'idqp[kafka]'") from None


def opened(address: Address, group: str, offsets: Offsets, begin: Begin, *, alone: bool) -> Feed:
    """Begin to read a topic, as one of a group or `alone` all of it.

    Raises:
        UnreadableError: the topic cannot be read, or the extra is not installed.

    """
    with extra(address):
        from idqp_cli.stream.sources.kafka import KafkaFeed  # noqa: PLC0415 - only who reads a topic has to pay
    return KafkaFeed(address, group, offsets, begin, alone=alone)
