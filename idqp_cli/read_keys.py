"""What the rules file says under `read` of how values are written, for the whole file and for one column."""

from __future__ import annotations

import re
from collections.abc import Mapping

from idqp_cli import decode
from idqp_cli.dataset import ColumnOptions, Notation
from idqp_cli.decode import Place
from idqp_cli.document import Node

# What may be said of a file; of a column, `strip` too.
NOTATION = ("decimal", "thousands", "date_format", "timestamp_format", "true_values", "false_values")
COLUMN = ("type", "missing_values", *NOTATION, "strip")
DIRECTIVE = re.compile(r"%-?(.?)")
OF_A_DAY, OF_A_TIME = "dmYybBaAj%", "HIMSfgnpzZ"


def notation(given: Mapping[str, Node], place: Place, general: Notation | None = None) -> Notation:
    """Read how values are written; of one column, in a file of a general notation."""
    decimal = decode.character(given["decimal"], place.at("decimal")) if "decimal" in given else None
    thousands = decode.character(given["thousands"], place.at("thousands")) if "thousands" in given else None
    for key, mark in (("decimal", decimal), ("thousands", thousands)):
        if mark is not None and (mark.isalnum() or mark in "+-\\"):
            raise place.error(given[key].mark, f"{key}: must be a mark like . or , and not {decode.shown(given[key])}")
    point = decimal or (general and general.decimal) or "."
    group = thousands or (general and general.thousands)
    if point == group:
        key = "thousands" if "thousands" in given else "decimal"
        if key in given:
            raise place.error(given[key].mark, f"{key}: '{point}' is the decimal mark and that of thousands; say both")
    strip = decode.text(given["strip"], place.at("strip")) if "strip" in given else None
    if strip is not None and set(strip) & {*"0123456789+-", point, group or point}:
        raise place.error(given["strip"].mark, "strip: must not hold a digit, a sign or a mark of the number itself")
    words = {
        key: decode.cells(given[key], place.at(key)) if key in given else () for key in ("true_values", "false_values")
    }
    twice = set(words["true_values"]) & set(words["false_values"])
    if twice:
        raise place.error(given["false_values"].mark, f"false_values: '{min(twice)}' is one of true_values, too")
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
    given = decode.keys(node, place, COLUMN)
    found = notation(given, place, general)
    missing = decode.cells(given["missing_values"], place.at("missing_values")) if "missing_values" in given else ()
    kind = decode.read_type(given["type"], place.at("type")) if "type" in given else _implied(found)
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
    found = decode.text(given[key], place.at(key))
    known = OF_A_DAY if key == "date_format" else OF_A_DAY + OF_A_TIME
    letters = DIRECTIVE.findall(found)
    strange = [letter for letter in letters if letter not in known or not letter]
    if strange or not letters:
        hint = "; times of day go to timestamp_format" if strange and strange[0] in OF_A_TIME and strange[0] else ""
        like = "%d.%m.%Y" if key == "date_format" else "%d.%m.%Y %H:%M"
        raise place.error(given[key].mark, f"{key}: {decode.shown(given[key])} is no format like {like}{hint}")
    return found
