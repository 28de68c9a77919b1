"""Names of fields where names of columns are asked for: `address.city`; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from idqp_cli.core import sql
from idqp_cli.core.model import Column
from idqp_cli.core.text import clean, nearest
from idqp_cli.schemas.types import Struct, Type, known

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Words with which an SQL condition cannot begin as a name.
RESERVED = re.compile(
    r"all|analyse|analyze|and|any|array|as|asc|asymmetric|both|case|cast|check|collate|column|constraint|"
    r"create|default|deferrable|desc|describe|distinct|do|else|end|except|exists|false|fetch|for|foreign|from|"
    r"group|having|in|initially|intersect|interval|into|lambda|lateral|leading|limit|not|null|offset|on|only|"
    r"or|order|pivot|placing|primary|qualify|references|returning|select|show|some|summarize|symmetric|table|"
    r"then|to|trailing|true|union|unique|unpivot|using|variadic|when|where|window|with",
    re.IGNORECASE,
)


def hint(name: str, columns: Sequence[Column]) -> str | None:
    """Say what a name with a point is that no column has, and how a rule reads it; None where nothing is known.

    Of a column of texts it is not known whether they are JSON with this key.
    """
    parts = name.split(".")
    for number in range(len(parts) - 1, 0, -1):
        head, path = ".".join(parts[:number]), parts[number:]
        column = next((one for one in columns if one.name.casefold() == head.casefold()), None)
        if column is None or not all(path):
            continue
        kind = known(column.type)
        if isinstance(kind, Struct):
            return _of_struct(column, kind, path)
        if column.type in {"VARCHAR", "JSON"}:
            where = "".join(f".{one}" if PLAIN.fullmatch(one) else f".{sql.identifier(one)}" for one in path)
            condition = f"{_name(column.name)}->>{sql.literal('$' + where)} IS NOT NULL"
            return f"if '{clean(column.name)}' holds JSON, a rule of type expression reads it: {clean(condition)}"
    return None


def _of_struct(column: Column, struct: Struct, path: Sequence[str]) -> str:
    kind: Type = struct
    for at, part in enumerate(path):
        fields = dict(kind.fields) if isinstance(kind, Struct) else {}
        found = next((field for field in fields if field.casefold() == part.casefold()), None)
        if found is None:
            own = ".".join((column.name, *path[:at]))
            near = nearest(part, fields)
            more = f"; did you mean '{clean(f'{own}.{near}')}'?" if near else ""
            return f"'{clean(own)}' has no field '{clean(part)}'{more}"
        kind = fields[found]
    condition = ".".join((_name(column.name), *map(_field, path))) + " IS NOT NULL"
    return f"it is a field of '{clean(column.name)}', which a rule of type expression reads: {clean(condition)}"


def _name(name: str) -> str:
    return name if PLAIN.fullmatch(name) and not RESERVED.fullmatch(name) else sql.identifier(name)


def _field(name: str) -> str:
    return name if PLAIN.fullmatch(name) else sql.identifier(name)
