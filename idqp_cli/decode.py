"""From located YAML nodes to typed values, each refusal with its file, line and key.

`decoder` gives the function that reads a dataclass field, from its annotation
as it is written: the fields of a rule type are its keys, and their types are the
validation.
"""

from __future__ import annotations

import codecs
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction

from idqp_cli.dataset import LONGEST_LINE
from idqp_cli.document import Node
from idqp_cli.errors import RulesError
from idqp_cli.model import Mark, Scalar, Severity
from idqp_cli.rules.conformity import ANY, Declared
from idqp_cli.rules.rule import Baseline, Bound, Of
from idqp_cli.rules.shares import Count, Limit, Share
from idqp_cli.schemas.types import ALIASES, canonical
from idqp_cli.text import clean, count, nearest

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC|DEC)(?: ?\( ?(\d+) ?(?:, ?(\d+) ?)?\))?")
NAMES = (
    "BIGINT", "BOOLEAN", "DATE", "DECIMAL(p,s)", "DOUBLE", "FLOAT", "HUGEINT", "INTEGER", "SMALLINT", "TIME",
    "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "TINYINT", "UBIGINT", "UHUGEINT", "UINTEGER", "USMALLINT",
    "UTINYINT", "UUID", "VARCHAR",
)  # fmt: skip
TYPES = {name: name for name in NAMES if "(" not in name}
TYPES |= {alias: name for alias, name in ALIASES.items() if name in TYPES}
OTHER_TYPES = frozenset({"BLOB", "BIT", "INTERVAL", "JSON", "TIME WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS"})
EPOCHS = frozenset({"EPOCH_S", "EPOCH_MS", "EPOCH_US"})
NESTED = re.compile(r"\[\d*\]$|^(STRUCT|MAP|ENUM|UNION|LIST)\b", re.IGNORECASE)
LONGEST = 36525 * 86400
DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d|w)")
MAX_MARK, MAX_DELIMITER, MAX_LINE = 127, 4, 500_000_000
CODED = re.compile(r"\\(?:t|x([0-9a-fA-F]{2}))")
PERCENT = re.compile(r"([0-9]{1,100}(?:\.[0-9]{1,100})?)\s*%")
ROWS = re.compile(r"([0-9]{1,3}(?:[,_][0-9]{3}){0,4}|[0-9]{1,15})\s+rows?")


class Place:
    """Where in the rules file a value stands: the path, and the words that lead to it."""

    def __init__(self, path: str, *words: str) -> None:
        self.path = path
        self.words = words

    def at(self, word: str) -> Place:
        """Return the place one word deeper."""
        return Place(self.path, *self.words, word)

    def error(self, mark: Mark, message: str) -> RulesError:
        """Say what is wrong at `mark` of this place."""
        return RulesError(
            self.path, mark.line, mark.column, ": ".join([*(clean(word, 60) for word in self.words), message])
        )


def mapping(node: Node, place: Place) -> dict[str, Node]:
    """Read a mapping."""
    if not isinstance(node.value, dict):
        raise place.error(node.mark, f"must be a mapping (key: value), not {shown(node)}")
    return node.value


def keys(node: Node, place: Place, known: Iterable[str]) -> dict[str, Node]:
    """Read a mapping that has no other keys than `known`; a null value counts as absent."""
    values = mapping(node, place)
    known = list(known)
    for key in values:
        if key not in known:
            near = nearest(key, known)
            hint = f"did you mean '{near}'?" if near else f"known keys: {', '.join(known)}"
            raise place.error(node.key_marks[key], f"unknown key '{clean(key, 60)}'; {hint}")
    return {key: value for key, value in values.items() if value.value is not None}


def items(node: Node, place: Place) -> tuple[Node, ...]:
    """Read a list."""
    if not isinstance(node.value, tuple):
        raise place.error(node.mark, f"must be a list, not {shown(node)}")
    return node.value


def marks(key: str, node: Node) -> dict[str, Mark]:
    """Return where the value of `key` stands and, as `key.0` and so on, where each item of it does."""
    listed = node.value if isinstance(node.value, tuple) else (node,)
    return {key: node.mark} | {f"{key}.{number}": item.mark for number, item in enumerate(listed)}


def shown(node: Node) -> str:
    """Describe a value in an error line."""
    match node.value:
        case None:
            return "null"
        case tuple():
            return "a list"
        case dict():
            return "a mapping"
        case bool():
            return str(node.value).lower()
        case _:
            return f"'{clean(node.value, 60)}'"


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


def character(node: Node, place: Place) -> str:
    """Read a text of one character."""
    value = text(node, place)
    if len(value) != 1:
        raise place.error(node.mark, f"must be one character, not {shown(node)}")
    return value


def quote(node: Node, place: Place) -> str:
    """Read a quotation mark, or `none`: no quotes, as the empty text."""
    value = text(node, place)
    if value == "none":
        return ""
    if len(value) != 1 or ord(value) > MAX_MARK or value in "\r\n\\":
        raise place.error(node.mark, f"must be one ASCII character, or none, not {shown(node)}")
    return value


def escape(node: Node, place: Place) -> str:
    """Read what makes a quote in a quoted cell a character, an escape: a backslash, the quote, or `none` as `""`."""
    value = text(node, place)
    if value not in {"\\", '"', "'", "none"}:
        raise place.error(node.mark, f'must be \\, " (a doubled quote) or none, not {shown(node)}')
    return "" if value == "none" else value


def delimiter(node: Node, place: Place) -> str:
    r"""Read a text of one to four bytes that divides cells; `\t` and `\x1f` stand for what they do in Python."""
    value = text(node, place)
    if (code := CODED.fullmatch(value)) is not None:
        value = "\t" if code[1] is None else chr(int(code[1], 16))
    if len(value.encode(errors="replace")) > MAX_DELIMITER or any(mark in '\r\n"\0' for mark in value):
        raise place.error(node.mark, f"must be a text of 1 to 4 bytes without quotes and line ends, not {shown(node)}")
    return value


def beginning(node: Node, place: Place) -> str:
    """Read what a line begins with."""
    value = text(node, place)
    if any(mark in value for mark in "\r\n"):
        raise place.error(node.mark, f"must be a text without line ends, not {shown(node)}")
    return value


def line_length(node: Node, place: Place) -> int:
    """Read a number of bytes that a line may have, of those that DuckDB can be told to read."""
    value = whole(node, place)
    if not LONGEST_LINE <= value <= MAX_LINE:
        raise place.error(node.mark, f"must be from {LONGEST_LINE:,} to {MAX_LINE:,} bytes, not {shown(node)}")
    return value


def cells(node: Node, place: Place) -> tuple[str, ...]:
    """Read a list of texts as they stand in a file; a whole number is one, 1.10 is none without quotes."""
    found = []
    for item in items(node, place):
        if isinstance(item.value, bool) or not isinstance(item.value, (str, int)):
            raise place.error(item.mark, f"must be text, not {shown(item)}; put it in quotes")
        found.append(str(item.value))
    return tuple(found)


def sql_type(node: Node, place: Place) -> str:
    """Read the name of a type that cells of text are read as, in DuckDB's spelling."""
    written = re.sub(r"\s+", " ", text(node, place).strip().upper())
    if (decimal := DECIMAL.fullmatch(written)) is not None:
        width, scale = int(decimal[1] or 18), int(decimal[2] or (0 if decimal[1] else 3))
        if 1 <= width <= 38 and scale <= width:
            return f"DECIMAL({width},{scale})"
    if written not in TYPES:
        raise place.error(node.mark, f"'{clean(written, 60)}' is no type to read text as; types: {', '.join(NAMES)}")
    return TYPES[written]


def read_type(node: Node, place: Place) -> str:
    """Read the name of a type of `read`: one of `sql_type`, or a number of seconds and the like since 1970."""
    written = text(node, place).strip().upper()
    return written if written in EPOCHS else sql_type(node, place)


def encoding(node: Node, place: Place) -> str:
    """Read the name of a text encoding, in Python's spelling."""
    try:
        return codecs.lookup(text(node, place)).name
    except (LookupError, ValueError):
        raise place.error(node.mark, f"{shown(node)} is no encoding like utf-8, utf-16 or latin-1") from None


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
        raise place.error(node.mark, f"{shown(node)} may be a share or a number; write 100% for all")
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


def seconds_of(text: str) -> float | None:
    """Return the seconds of a duration like 24h or 1d12h; None if it is none."""
    parts = DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * UNITS[unit] for number, unit in parts)


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
        raise place.error(node.mark, "null is no value; whether cells are missing is for completeness")
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


def declared(node: Node, place: Place) -> tuple[Declared, ...]:
    """Read declared columns: a mapping from a name to a type, `any`, or {type, required, nullable}."""
    return tuple(_declared(name, one, place.at(name)) for name, one in mapping(node, place).items())


def _declared(name: str, node: Node, place: Place) -> Declared:
    if not isinstance(node.value, dict):
        return Declared(name, _type_or_any(node, place))
    given = keys(node, place, ("type", "required", "nullable", "enum", "min_length", "max_length"))
    shortest = whole(given["min_length"], place.at("min_length")) if "min_length" in given else None
    longest = whole(given["max_length"], place.at("max_length")) if "max_length" in given else None
    if shortest is not None and longest is not None and shortest > longest:
        raise place.error(node.mark, f"min_length {shortest} is above max_length {longest}")
    return Declared(
        name=name,
        type=_type_or_any(given["type"], place.at("type")) if "type" in given else ANY,
        required="required" not in given or flag(given["required"], place.at("required")),
        nullable="nullable" not in given or flag(given["nullable"], place.at("nullable")),
        enum=scalars(given["enum"], place.at("enum")) if "enum" in given else None,
        min_length=shortest,
        max_length=longest,
    )


def _type_or_any(node: Node, place: Place) -> str:
    written = text(node, place)
    if written.lower() == ANY:
        return ANY
    if not NESTED.search(written) and written.upper() not in OTHER_TYPES:
        return sql_type(node, place)
    # A type that only a Parquet file has; text is never read as one.
    try:
        return canonical(written)
    except ValueError as error:
        raise place.error(node.mark, f"'{clean(written, 60)}': {error}") from None


def baseline(node: Node, place: Place) -> Baseline:
    """Read a baseline: `previous`, or one of {window: 28d}, {snapshot: NAME} and {file: PATH}."""
    if node.value == "previous":
        return Baseline()
    if not isinstance(node.value, dict):
        raise place.error(node.mark, f"must be previous, window: 28d, snapshot: NAME or file: PATH, not {shown(node)}")
    given = keys(node, place, ("window", "snapshot", "file"))
    if len(given) != 1:
        raise place.error(node.mark, "must be one of window, snapshot and file")
    return Baseline(
        window=duration(given["window"], place.at("window")) if "window" in given else None,
        snapshot=text(given["snapshot"], place.at("snapshot")) if "snapshot" in given else None,
        file=text(given["file"], place.at("file")) if "file" in given else None,
    )


DECODERS: Mapping[str, Callable[[Node, Place], object]] = {
    "str": text,
    "str | None": text,
    "bool": flag,
    "bool | None": flag,
    "int": whole,
    "int | None": whole,
    "Share": share,
    "Portion": portion,
    "Portion | None": portion,
    "Limit": limit,
    "Of": lambda node, place: Of(word(Of)(node, place)),
    "Limit | None": limit,
    "Confidence": confidence,
    "Confidence | None": confidence,
    "Duration": duration,
    "Duration | None": duration,
    "Smallest": smallest,
    "Baseline": baseline,
    "Bound | None": bound,
    "Severity": severity,
    "Share | None": share,
    "Baseline | None": baseline,
    "float | None": number,
    "tuple[Declared, ...]": declared,
    "tuple[str, ...]": texts,
    "tuple[Scalar, ...]": scalars,
}


def decoder(field_type: str, module: str) -> Callable[[Node, Place], object]:
    """Return the reader of a field from its annotation; an enumeration of the rule's `module` reads its words."""
    if field_type in DECODERS:
        return DECODERS[field_type]
    words = getattr(sys.modules[module], field_type.removesuffix(" | None"))
    read = word(list(words))
    return lambda node, place: words(read(node, place))
