"""Readers of single values of the rules file: from a node to a typed value, or a refusal with its place; pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction

from idqp_cli.core.durations import LONGEST, seconds_of
from idqp_cli.core.model import Scalar, Severity
from idqp_cli.core.text import count
from idqp_cli.core.urls import secret
from idqp_cli.core.yaml import Node
from idqp_cli.project.place import Place, items, keys, shown
from idqp_cli.rules.rule import Baseline, Bound
from idqp_cli.rules.shares import Count, Limit, Share

PERCENT = re.compile(r"([0-9]{1,100}(?:\.[0-9]{1,100})?)\s*%")
ROWS = re.compile(r"([0-9]{1,3}(?:[,_][0-9]{3}){0,4}|[0-9]{1,15})\s+rows?")


def text(node: Node, place: Place) -> str:
    """Read a text; a number is no text, so that 1.10 does not turn into 1.1 unseen."""
    if not isinstance(node.value, str) or not node.value:
        raise place.error(node.mark, f"must be text, not {shown(node)}; put it in quotes")
    if "\0" in node.value:
        raise place.error(node.mark, "must not hold a NUL character")
    return node.value


def texts(node: Node, place: Place) -> tuple[str, ...]:
    """Read a text or a list of texts."""
    if isinstance(node.value, tuple):
        return tuple(text(item, place) for item in node.value)
    return (text(node, place),)


def flag(node: Node, place: Place) -> bool:
    """Read true or false."""
    if not isinstance(node.value, bool):
        raise place.error(node.mark, f"must be true or false, not {shown(node)}")
    return node.value


def whole(node: Node, place: Place) -> int:
    """Read a whole number, 0 or more."""
    if isinstance(node.value, bool) or not isinstance(node.value, int) or not 0 <= node.value < 1 << 63:
        raise place.error(node.mark, f"must be a whole number, 0 or more, not {shown(node)}")
    return node.value


def share(node: Node, place: Place) -> Share:
    """Read a share of rows: a number from 0 to 1, or a percentage; exactly as it is written."""
    written = _fraction(node)
    if written is None or not 0 <= written <= 1:
        raise place.error(node.mark, f"must be a share from 0 to 1 or a percentage like 1%, not {shown(node)}")
    return Share(written)


def portion(node: Node, place: Place) -> Share:
    """Read a share of rows; a bare 1 is refused, which may be meant as a share or as a number."""
    if not isinstance(node.value, str) and _fraction(node) == 1:
        raise place.error(node.mark, f"{shown(node)} is ambiguous: a share or a number? Write 100% for all rows")
    return share(node, place)


def limit(node: Node, place: Place) -> Limit:
    """Read how many rows may fail: a share of them, or a number of them like `100 rows`."""
    if isinstance(node.value, str) and (found := ROWS.fullmatch(node.value)):
        return Count(found[1].replace(",", "").replace("_", ""))
    written = _fraction(node)
    if written is None or not 0 <= written <= 1 or (written == 1 and not isinstance(node.value, str)):
        number = written is not None and not isinstance(node.value, str) and written >= 1 and written.denominator == 1
        meant = f"write {count(int(written), 'row')}" if number and written is not None else "like 0.01, 1% or 100 rows"
        meant = "write 100% for all rows, or 1 row" if written == 1 else meant
        raise place.error(node.mark, f"must be a share of the rows or a number of them, not {shown(node)}; {meant}")
    return Share(written)


def rows(node: Node, place: Place) -> Count:
    """Read a number of rows: a whole number, 0 or more, with the word or without."""
    if isinstance(node.value, str) and (found := ROWS.fullmatch(node.value)):
        return Count(found[1].replace(",", "").replace("_", ""))
    if isinstance(node.value, bool) or not isinstance(node.value, int) or not 0 <= node.value < 1 << 63:
        raise place.error(node.mark, f"must be a number of rows, like 100 or 100 rows, not {shown(node)}")
    return Count(node.value)


def _fraction(node: Node) -> Fraction | None:
    """Return a number or a percentage exactly as it is written; None where it is none."""
    if isinstance(node.value, str):
        found = PERCENT.fullmatch(node.value)
        return Fraction(found[1]) / 100 if found else None
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float)) or not math.isfinite(node.value):
        return None
    # Beyond these a fraction has more digits than anyone writes.
    return Fraction(node.text) if abs(node.value) < 1e18 and _scale(node.text) < 400 else Fraction(node.value)


def _scale(written: str) -> int:
    return abs(int(written.lower().partition("e")[2] or 0))


def smallest(node: Node, place: Place) -> float:
    """Read a smallest change: a percentage of what is usual, or a number, below 1 a share of it too."""
    if isinstance(node.value, str):
        return share(node, place)
    found = number(node, place)
    if found < 0:
        raise place.error(node.mark, f"must be 0 or more, or a percentage like 1%, not {shown(node)}")
    return found


def timezone(node: Node, place: Place) -> str:
    """Read the name of a time zone of the IANA database."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only a file with a time zone has to pay

    name = text(node, place)
    try:
        ZoneInfo(name)
    except (OSError, ValueError):
        raise place.error(node.mark, f"must be a time zone like America/New_York or UTC, not {shown(node)}") from None
    return name


def days(node: Node, place: Place) -> frozenset[int]:
    """Read a list of dates, as numbers of days since 1970-01-01."""
    found = set()
    for item in items(node, place):
        try:
            found.add(date.fromisoformat(str(item.value)).toordinal() - date(1970, 1, 1).toordinal())
        except ValueError:
            raise place.error(item.mark, f"must be a date like 2024-12-25, not {shown(item)}") from None
    return frozenset(found)


def confidence(node: Node, place: Place) -> float:
    """Read a confidence: a number between 0 and 1, neither included, or a percentage."""
    value = share(node, place)
    if not 0 < value < 1:
        raise place.error(node.mark, f"must lie between 0 and 1, like 0.95, not {shown(node)}")
    return value


def duration(node: Node, place: Place) -> float:
    """Read a duration in seconds from numbers with units, like 24h or 1d12h."""
    seconds = seconds_of(node.value) if isinstance(node.value, str) else None
    if seconds is None:
        raise place.error(node.mark, f"must be a duration with a unit, like 90s, 30m, 24h or 7d, not {shown(node)}")
    if seconds > LONGEST:
        raise place.error(node.mark, f"must be at most 100 years, not {shown(node)}")
    return seconds


def scalar(node: Node, place: Place) -> Scalar:
    """Read a text, number or boolean."""
    if node.value is None:
        raise place.error(node.mark, "null is not allowed as a value; use a completeness rule for missing cells")
    if isinstance(node.value, (tuple, dict)):
        raise place.error(node.mark, f"must be a text, a number, true or false, not {shown(node)}")
    return node.value


def scalars(node: Node, place: Place) -> tuple[Scalar, ...]:
    """Read a list of texts, numbers or booleans, at least one."""
    found = tuple(scalar(item, place) for item in items(node, place))
    if not found:
        raise place.error(node.mark, "must name at least one value")
    return found


def bound(node: Node, place: Place) -> Bound:
    """Read a bound: a number or a text."""
    value = scalar(node, place)
    if isinstance(value, bool) or (isinstance(value, float) and math.isnan(value)):
        raise place.error(node.mark, f"must be a number, a date or a text, not {shown(node)}")
    return value


def word(choices: Iterable[str]) -> Callable[[Node, Place], str]:
    """Return a reader of one of the words `choices`."""
    choices = list(choices)

    def read(node: Node, place: Place) -> str:
        if node.value not in choices:
            raise place.error(node.mark, f"must be one of {', '.join(choices)}, not {shown(node)}")
        return str(node.value)

    return read


def severity(node: Node, place: Place) -> Severity:
    """Read a severity."""
    return Severity(word(Severity)(node, place))


def number(node: Node, place: Place) -> float:
    """Read a number."""
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        raise place.error(node.mark, f"must be a number, not {shown(node)}")
    return node.value


def baseline(node: Node, place: Place) -> Baseline:
    """Read a baseline: `previous`, or one of {window: 28d}, {snapshot: NAME} and {file: PATH}."""
    if node.value == "previous":
        return Baseline()
    if not isinstance(node.value, dict):
        raise place.error(node.mark, f"must be previous, window: 28d, snapshot: NAME or file: PATH, not {shown(node)}")
    given = keys(node, place, ("window", "snapshot", "file"))
    if len(given) != 1:
        raise place.error(node.mark, "must be one of window, snapshot and file")
    if "file" in given and secret(str(given["file"].value)):
        raise place.error(given["file"].mark, "file: holds a secret, which a rules file is not for")
    return Baseline(
        window=duration(given["window"], place.at("window")) if "window" in given else None,
        snapshot=text(given["snapshot"], place.at("snapshot")) if "snapshot" in given else None,
        file=text(given["file"], place.at("file")) if "file" in given else None,
    )
