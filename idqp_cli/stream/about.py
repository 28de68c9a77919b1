"""What is known of a message beside what it says, as columns for those who ask; pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from idqp_cli.stream.feed import Message


class About(StrEnum):
    """What is known of a message; its column is called `kafka_` and this."""

    KEY = "key"
    HEADERS = "headers"
    TIMESTAMP = "timestamp"
    PARTITION = "partition"
    OFFSET = "offset"


Cell = str | int | Mapping[str, str | None] | None


def cells(message: Message, asked: Sequence[About]) -> Iterator[tuple[str, Cell]]:
    """Return the columns that are asked for, by name."""
    for one in asked:
        yield f"kafka_{one}", CELLS[one](message)


def plain(cell: Cell) -> str:
    """Return a cell as text: nothing where there is none, JSON where it is several."""
    if isinstance(cell, Mapping):
        return json.dumps(cell, ensure_ascii=False)
    return "" if cell is None else str(cell)


def stamped(message: Message) -> datetime | None:
    """Return the time of a message, in UTC; None where it has none."""
    kind, moment = message.timestamp()
    return datetime.fromtimestamp(moment / 1000, UTC) if kind and moment >= 0 else None


def text(content: bytes | None) -> str | None:
    """Return bytes as text; as hexadecimal digits, where they are none."""
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.hex()


def _time(message: Message) -> str | None:
    found = stamped(message)
    return None if found is None else found.isoformat(timespec="milliseconds")


def _headers(message: Message) -> dict[str, str | None]:
    return {name: text(content) for name, content in message.headers() or ()}


CELLS: Mapping[About, Callable[[Message], Cell]] = {
    About.KEY: lambda message: text(message.key()),
    About.HEADERS: _headers,
    About.TIMESTAMP: _time,
    About.PARTITION: lambda message: message.partition(),
    About.OFFSET: lambda message: message.offset(),
}
