"""Where messages come from: one module for each kind of broker."""

from __future__ import annotations

from idqp_cli.core.errors import UnreadableError
from idqp_cli.stream.address import Address
from idqp_cli.stream.feed import Begin, Feed, Offsets


def opened(address: Address, group: str, offsets: Offsets, begin: Begin, *, alone: bool) -> Feed:
    """Begin to read a topic, as one of a group or `alone` all of it.

    Raises:
        UnreadableError: the topic cannot be read, or the extra is not installed.

    """
    try:
        from idqp_cli.stream.sources.kafka import KafkaFeed  # noqa: PLC0415 - only who reads a topic has to pay
    except ImportError as error:
        if error.name is None or error.name.startswith("idqp"):
            raise
        raise UnreadableError(f"{address.shown}: needs an extra: pip install 'idqp[kafka]'") from None
    return KafkaFeed(address, group, offsets, begin, alone=alone)
