"""Schemas as other tools write them: read into ours, and written from it; pure.

Each format is one file with `read` and `write`. What a format has no word for
(most of DuckDB's types) stands beside its own words, where it allows more, and
is believed as long as both agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from idqp_cli.core.errors import UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.schemas.formats import ddl, frictionless, json_schema, odcs
from idqp_cli.schemas.schema import Schema


class Format(StrEnum):
    """How a schema is written."""

    JSON_SCHEMA = "json-schema"
    FRICTIONLESS = "frictionless"
    ODCS = "odcs"
    DDL = "ddl"


@frozen
class Way:
    """How a format is read and written."""

    read: Callable[[str], Schema]
    write: Callable[[Schema, str], str]


FORMATS: Mapping[Format, Way] = {
    Format.JSON_SCHEMA: Way(json_schema.read, json_schema.write),
    Format.FRICTIONLESS: Way(frictionless.read, frictionless.write),
    Format.ODCS: Way(odcs.read, odcs.write),
    Format.DDL: Way(ddl.read, ddl.write),
}


def read(text: str, form: Format, shown: str) -> Schema:
    """Read a schema from `text`, the content of the file `shown`.

    Raises:
        UsageError: it is none of this format, or has no columns.

    """
    try:
        schema = FORMATS[form].read(text)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{shown}: cannot be read as {form}: {clean(error)}") from None
    except RecursionError:
        raise UsageError(f"{shown}: cannot be read as {form}: it is nested too deep") from None
    names = [column.name for column in schema]
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise UsageError(f"{shown}: names the column '{clean(twice, 60)}' twice")
    if not schema:
        raise UsageError(f"{shown}: has no columns")
    return schema


def write(schema: Schema, name: str, form: Format) -> str:
    """Write the schema of the dataset `name`."""
    return FORMATS[form].write(schema, name)
