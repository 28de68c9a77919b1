"""A value that a JSON Schema speaks of, in SQL: a row, a cell, or what is inside a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.importing import row_sql
from idqp_cli.importing.values import NoEquivalentError

# DuckDB's names of the types of JSON values.
JSON_TYPES: Mapping[str, str] = {
    "string": "'VARCHAR'",
    "integer": "'BIGINT', 'UBIGINT', 'HUGEINT'",
    "number": "'BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE'",
    "boolean": "'BOOLEAN'",
    "object": "'OBJECT'",
    "array": "'ARRAY'",
}
WHOLE = r"[-+]?\d+(\.0+)?"


class Value(Protocol):
    """A value in SQL.

    `json` is the value as JSON, `string` its text and `number` its number, each
    NULL where it is none. A value that is not there, or is null, is of no type.
    """

    @property
    def json(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def string(self) -> str: ...  # noqa: D102
    @property
    def number(self) -> str: ...  # noqa: D102
    @property
    def there(self) -> str: ...  # noqa: D102

    def is_a(self, kind: str) -> str:
        """Condition: the value is of a type of JSON; never NULL."""

    def is_one_of(self, values: list[bool | int | float | str]) -> str:
        """Condition: the value is one of these."""

    def member(self, name: str) -> Value:
        """Return the value under a key."""


@frozen
class Inside:
    """A value inside a cell, as an SQL expression of the type JSON."""

    json: str

    @property
    def string(self) -> str:
        """The text; NULL of another type."""
        return f"CASE WHEN {self.is_a('string')} THEN {self._text} END"

    @property
    def number(self) -> str:
        """The number; NULL of another type."""
        return f"CASE WHEN {self.is_a('number')} THEN TRY_CAST({self._text} AS DOUBLE) END"

    @property
    def there(self) -> str:
        """Condition: there is a value, and it is not null."""
        return f"coalesce(json_type({self.json}) <> 'NULL', false)"

    @property
    def _text(self) -> str:
        return f"json_extract_string({self.json}, '$')"

    def is_a(self, kind: str) -> str:
        """Condition: the value is of a type; 1.0 is an integer, too."""
        listed = f"coalesce(json_type({self.json}) IN ({_known(kind)}), false)"
        if kind != "integer":
            return listed
        whole = f"regexp_full_match({self._text}, {sql.literal(WHOLE)})"
        return f"({listed} OR coalesce(json_type({self.json}) = 'DOUBLE' AND {whole}, false))"

    def is_one_of(self, values: list[bool | int | float | str]) -> str:
        """Condition: the value is one of these, and of their type."""
        texts = [one for one in values if isinstance(one, str)]
        booleans = [one for one in values if isinstance(one, bool)]
        numbers = [one for one in values if not isinstance(one, (str, bool))]
        parts = [f"{self.string} IN ({sql.listing(texts)})"] if texts else []
        parts += [f"{self.number} IN ({sql.listing(numbers)})"] if numbers else []
        if booleans:
            parts.append(f"({self.is_a('boolean')} AND {self._text} IN ({row_sql.texts(booleans)}))")
        return sql.either(f"coalesce({part}, false)" for part in parts)

    def member(self, name: str) -> Inside:
        """Return the value under a key of an object."""
        return Inside(f"json_extract({self.json}, {sql.literal('$' + step(name))})")


@frozen
class Cell:
    """The cell of a column, which may be a struct or a list, or a text that is JSON."""

    column: str

    @property
    def json(self) -> str:
        """The cell as JSON; NULL where it is none."""
        return f"TRY_CAST({sql.identifier(self.column)} AS JSON)"

    @property
    def string(self) -> str:
        """The text of the cell."""
        return row_sql.as_text(self.column)

    @property
    def number(self) -> str:
        """The cell as a number."""
        return f"TRY_CAST({self.string} AS DOUBLE)"

    @property
    def there(self) -> str:
        """Condition: the cell is not missing."""
        return f"{sql.identifier(self.column)} IS NOT NULL"

    def is_a(self, kind: str) -> str:
        """Condition: the text of the cell is one of the type; every cell is a text."""
        match kind:
            case "string":
                return self.there
            case "integer":
                return f"coalesce(regexp_full_match({self.string}, {sql.literal(WHOLE)}), false)"
            case "number":
                return f"{self.number} IS NOT NULL"
            case "boolean":
                return f"coalesce(lower({self.string}) IN ('true', 'false'), false)"
            case _:
                return Inside(self.json).is_a(kind)

    def is_one_of(self, values: list[bool | int | float | str]) -> str:
        """Condition: the cell is one of these."""
        return row_sql.listed(self.column, values)

    def member(self, name: str) -> Inside:
        """Return the value under a key of the object that the cell is."""
        return Inside(self.json).member(name)


@frozen
class Row:
    """A row, whose members are the cells; it is no value itself, and its keys are the same in every row."""

    there: str = "true"

    @property
    def json(self) -> str:
        """Refuse: a rule names its columns."""
        raise NoEquivalentError("a rule names its columns")

    string = number = json

    def is_a(self, kind: str) -> str:
        """Condition: a row is an object."""
        return "true" if kind == "object" else "false"

    def is_one_of(self, values: list[bool | int | float | str]) -> str:
        """Refuse: a row is not compared with values."""
        raise NoEquivalentError(f"a row is not one of {len(values)} values")

    def member(self, name: str) -> Cell:
        """Return the cell of a column."""
        return Cell(name)


def step(name: str) -> str:
    """Return the step of a JSON path to a key.

    Raises:
        NoEquivalentError: DuckDB has no path to it.

    """
    if '"' in name or "\\" in name or not name:
        raise NoEquivalentError(f"the key '{clean(name, 40)}' has no path")
    return f'."{name}"'


def _known(kind: str) -> str:
    if kind not in JSON_TYPES:
        raise NoEquivalentError(f"the type '{clean(kind, 40)}' is not known")
    return JSON_TYPES[kind]
