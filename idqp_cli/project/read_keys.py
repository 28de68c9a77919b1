"""What the rules file says under `read` of how values are written, for the whole file and for one column."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from idqp_cli.core.reading import LONGEST_LINE, ColumnOptions, Notation, PlaceSettings, ReadOptions
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.project import decode
from idqp_cli.project.decode import text
from idqp_cli.project.place import Place, items, keys, mapping, shown
from idqp_cli.project.types import read_type

# What may be said of a file; of a column, `strip` too.
NOTATION = ("decimal", "thousands", "date_format", "timestamp_format", "true_values", "false_values")
COLUMN = ("type", "missing_values", *NOTATION, "strip")
# Of an object store: where and how it is asked.
PLACE = ("endpoint", "region", "account", "virtual_hosted", "anonymous")
KEYS = (
    "missing_values", "delimiter", "quote", "escape", "comment", "max_line", "encoding", "header", "skip", "types",
    *NOTATION, "columns", "version", "as_of", *PLACE,
)  # fmt: skip
MAX_MARK, MAX_DELIMITER, MAX_LINE = 127, 4, 500_000_000
DIRECTIVE = re.compile(r"%-?(.?)")
OF_A_DAY, OF_A_TIME = "dmYybBaAj%", "HIMSfgnpzZ"

ENDPOINT = re.compile(r"https?://[^/?#@\s]+(?:/[^?#@\s]*)?", re.IGNORECASE)
CODED = re.compile(r"\\(?:t|x([0-9a-fA-F]{2}))")


def options(node: Node, place: Place) -> ReadOptions:
    """Read how the files of a dataset are read."""
    given = keys(node, place, KEYS)
    types = {}
    if "types" in given:
        for name, kind in mapping(given["types"], place.at("types")).items():
            types[name] = read_type(kind, place.at("types").at(name))
    general, columns = notation(given, place), {}
    if "columns" in given:
        for name, one in mapping(given["columns"], place.at("columns")).items():
            columns[name], kind_of = column(one, place.at("columns").at(name), general)
            if kind_of is not None and name in types:
                raise place.error(one.mark, f"columns: {clean(name, 60)}: its type is also set under types")
            types |= {} if kind_of is None else {name: kind_of}
    return ReadOptions(
        missing_values=cells(given["missing_values"], place.at("missing_values")) if "missing_values" in given else (),
        delimiter=delimiter(given["delimiter"], place.at("delimiter")) if "delimiter" in given else None,
        quote=quote(given["quote"], place.at("quote")) if "quote" in given else None,
        escape=escape(given["escape"], place.at("escape")) if "escape" in given else None,
        comment=beginning(given["comment"], place.at("comment")) if "comment" in given else None,
        max_line=line_length(given["max_line"], place.at("max_line")) if "max_line" in given else LONGEST_LINE,
        encoding=encoding(given["encoding"], place.at("encoding")) if "encoding" in given else None,
        header=decode.flag(given["header"], place.at("header")) if "header" in given else None,
        skip=decode.whole(given["skip"], place.at("skip")) if "skip" in given else None,
        types=types,
        notation=general,
        columns=columns,
        version=decode.whole(given["version"], place.at("version")) if "version" in given else None,
        as_of=_moment(given, place) if "as_of" in given else None,
        place=_settings(given, place),
    )


def _settings(given: Mapping[str, Node], place: Place) -> PlaceSettings:
    """Read how an object store is asked; there is no key for a credential."""
    endpoint = text(given["endpoint"], place.at("endpoint")) if "endpoint" in given else None
    if endpoint is not None and not ENDPOINT.fullmatch(endpoint):
        raise place.error(given["endpoint"].mark, "endpoint: must be like https://HOST:PORT, without a login")
    return PlaceSettings(
        endpoint=endpoint,
        region=text(given["region"], place.at("region")) if "region" in given else None,
        account=text(given["account"], place.at("account")) if "account" in given else None,
        virtual_hosted=decode.flag(given["virtual_hosted"], place.at("virtual_hosted"))
        if "virtual_hosted" in given
        else None,
        anonymous=decode.flag(given["anonymous"], place.at("anonymous")) if "anonymous" in given else None,
    )


def _moment(given: Mapping[str, Node], place: Place) -> datetime:
    """Read a date or a time; UTC without a zone."""
    node = given["as_of"]
    if "version" in given:
        raise place.error(node.mark, "as_of: say version or as_of, not both")
    try:
        found = datetime.fromisoformat(text(node, place.at("as_of")))
    except ValueError:
        raise place.error(node.mark, f"as_of: {shown(node)} is no time like 2026-01-31T12:00:00Z") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def notation(given: Mapping[str, Node], place: Place, general: Notation | None = None) -> Notation:
    """Read how values are written; of one column, in a file of a general notation."""
    decimal = character(given["decimal"], place.at("decimal")) if "decimal" in given else None
    thousands = character(given["thousands"], place.at("thousands")) if "thousands" in given else None
    for key, mark in (("decimal", decimal), ("thousands", thousands)):
        if mark is not None and (mark.isalnum() or mark in "+-\\"):
            raise place.error(given[key].mark, f"{key}: must be a mark like . or , and not {shown(given[key])}")
    point = decimal or (general and general.decimal) or "."
    group = thousands or (general and general.thousands)
    if point == group:
        key = "thousands" if "thousands" in given else "decimal"
        if key in given:
            raise place.error(
                given[key].mark,
                f"{key}: '{point}' cannot be both the decimal mark and the thousands mark; set both keys",
            )
    strip = text(given["strip"], place.at("strip")) if "strip" in given else None
    if strip is not None and set(strip) & {*"0123456789+-", point, group or point}:
        raise place.error(given["strip"].mark, "strip: must not hold a digit, a sign or a mark of the number itself")
    words = {key: cells(given[key], place.at(key)) if key in given else () for key in ("true_values", "false_values")}
    twice = set(words["true_values"]) & set(words["false_values"])
    if twice:
        raise place.error(given["false_values"].mark, f"false_values: '{min(twice)}' is also in true_values")
    return Notation(
        decimal=decimal,
        thousands=thousands,
        strip=strip,
        date_format=_format(given, "date_format", place),
        timestamp_format=_format(given, "timestamp_format", place),
        true_values=words["true_values"],
        false_values=words["false_values"],
    )


def column(node: Node, place: Place, general: Notation) -> tuple[ColumnOptions, str | None]:
    """Read how one column is read, and its type: the named one, or the one that its only format says."""
    given = keys(node, place, COLUMN)
    found = notation(given, place, general)
    missing = cells(given["missing_values"], place.at("missing_values")) if "missing_values" in given else ()
    kind = read_type(given["type"], place.at("type")) if "type" in given else _implied(found)
    return ColumnOptions(missing, found), kind


def _implied(found: Notation) -> str | None:
    kinds = []
    if found.date_format is not None:
        kinds.append("DATE")
    if found.timestamp_format is not None:
        zoned = re.search("%[zZ]", found.timestamp_format)
        kinds.append("TIMESTAMP WITH TIME ZONE" if zoned else "TIMESTAMP")
    if found.true_values or found.false_values:
        kinds.append("BOOLEAN")
    return kinds[0] if len(kinds) == 1 else None


def _format(given: Mapping[str, Node], key: str, place: Place) -> str | None:
    if key not in given:
        return None
    found = text(given[key], place.at(key))
    known = OF_A_DAY if key == "date_format" else OF_A_DAY + OF_A_TIME
    letters = DIRECTIVE.findall(found)
    strange = [letter for letter in letters if letter not in known or not letter]
    if strange or not letters:
        hint = "; times of day go to timestamp_format" if strange and strange[0] in OF_A_TIME and strange[0] else ""
        like = "%d.%m.%Y" if key == "date_format" else "%d.%m.%Y %H:%M"
        raise place.error(given[key].mark, f"{key}: {shown(given[key])} is not a format like {like}{hint}")
    return found


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
    value = decode.whole(node, place)
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


def encoding(node: Node, place: Place) -> str:
    """Read the name of a text encoding, in Python's spelling."""
    try:
        return codecs.lookup(text(node, place)).name
    except (LookupError, ValueError):
        raise place.error(node.mark, f"{shown(node)} is not an encoding like utf-8, utf-16 or latin-1") from None
