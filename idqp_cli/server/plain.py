"""Values as JSON that every client reads: finite numbers, times in RFC 3339; pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence

from idqp_cli.core.text import in_json

# A time as idqp shows it to people.
SHOWN = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}Z)")
COMPACT = (",", ":")
TIMES = ("at", "since", "until")


def as_bytes(value: object) -> bytes:
    """Return plain values as JSON; a number that is not finite is null."""
    try:
        text = json.dumps(value, allow_nan=False, separators=COMPACT)
    except ValueError:
        text = json.dumps(_finite(value), allow_nan=False, separators=COMPACT)
    return in_json(text).encode("ascii")


def timed(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row whose times are written as machines write them."""
    return {name: _time(value) if name.endswith(TIMES) else value for name, value in row.items()}


def page(rows: Iterable[Mapping[str, object]], cursor: str | None = None) -> Mapping[str, object]:
    """Return rows as one page of a list."""
    return {"items": [timed(row) for row in rows], "next": cursor}


def _time(value: object) -> object:
    return SHOWN.sub(r"\1T\2", value) if isinstance(value, str) and SHOWN.fullmatch(value) else value


def _finite(value: object) -> object:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case str():
            return value
        case Mapping():
            return {str(key): _finite(one) for key, one in value.items()}
        case Sequence():
            return [_finite(one) for one in value]
        case _:
            return value
