"""Types in the rules file, in DuckDB's spelling, and columns that are declared by them; pure."""

from __future__ import annotations

import re

from idqp_cli.core.text import clean
from idqp_cli.core.type_families import family
from idqp_cli.core.yaml import Node
from idqp_cli.project.decode import flag, scalars, text, whole
from idqp_cli.project.place import Place, keys, mapping
from idqp_cli.rules.schema import ANY, Declared
from idqp_cli.schemas.types import ALIASES, canonical

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


def sql_type(node: Node, place: Place) -> str:
    """Read the name of a type that cells of text are read as, in DuckDB's spelling."""
    written = re.sub(r"\s+", " ", text(node, place).strip().upper())
    if (decimal := DECIMAL.fullmatch(written)) is not None:
        width, scale = int(decimal[1] or 18), int(decimal[2] or (0 if decimal[1] else 3))
        if 1 <= width <= 38 and scale <= width:
            return f"DECIMAL({width},{scale})"
    if written not in TYPES:
        raise place.error(node.mark, f"'{clean(written, 60)}' is not a type for text files; types: {', '.join(NAMES)}")
    return TYPES[written]


def read_type(node: Node, place: Place) -> str:
    """Read the name of a type of `read`: one of `sql_type`, or a number of seconds and the like since 1970."""
    written = text(node, place).strip().upper()
    return written if written in EPOCHS else sql_type(node, place)


def column_type(node: Node, place: Place) -> str:
    """Read the name of a type, those of Parquet files as well, or of a family of types, or `any`."""
    written = text(node, place)
    if written.lower() == ANY:
        return ANY
    if (named := family(written)) is not None:
        return named
    if not NESTED.search(written) and written.upper() not in OTHER_TYPES:
        return sql_type(node, place)
    # A type that only a Parquet file has; text is never read as one.
    try:
        return canonical(written)
    except ValueError as error:
        raise place.error(node.mark, f"'{clean(written, 60)}': {error}") from None


def declared(node: Node, place: Place) -> tuple[Declared, ...]:
    """Read declared columns: a mapping from a name to a type, `any`, or {type, required, nullable}."""
    return tuple(_declared(name, one, place.at(name)) for name, one in mapping(node, place).items())


def _declared(name: str, node: Node, place: Place) -> Declared:
    if not isinstance(node.value, dict):
        return Declared(name, column_type(node, place))
    given = keys(node, place, ("type", "required", "nullable", "enum", "min_length", "max_length"))
    shortest = whole(given["min_length"], place.at("min_length")) if "min_length" in given else None
    longest = whole(given["max_length"], place.at("max_length")) if "max_length" in given else None
    if shortest is not None and longest is not None and shortest > longest:
        raise place.error(node.mark, f"min_length {shortest} is above max_length {longest}")
    return Declared(
        name=name,
        type=column_type(given["type"], place.at("type")) if "type" in given else ANY,
        required="required" not in given or flag(given["required"], place.at("required")),
        nullable="nullable" not in given or flag(given["nullable"], place.at("nullable")),
        enum=scalars(given["enum"], place.at("enum")) if "enum" in given else None,
        min_length=shortest,
        max_length=longest,
    )
