"""SQL DDL: one CREATE TABLE statement, in DuckDB's words or those of most other databases.

Read are names, types, NOT NULL, PRIMARY KEY, the length of a VARCHAR, and
checks of the form `x IN (…)`, `length(x) <= n` and `length(x) >= n`. A column
that is in the statement is always in the table. sqlglot parses it in the first
dialect that knows every type of it: https://github.com/tobymao/sqlglot.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from idqp_cli.core.model import Scalar
from idqp_cli.core.sql import identifier, literal
from idqp_cli.core.text import clean
from idqp_cli.schemas.schema import Schema, SchemaColumn
from idqp_cli.schemas.types import canonical

if TYPE_CHECKING:
    from sqlglot import exp

# In this order: the first that reads the statement with all its types is taken.
DIALECTS = (
    "duckdb", "postgres", "mysql", "tsql", "bigquery", "snowflake", "redshift", "databricks", "oracle", "clickhouse",
    "sqlite",
)  # fmt: skip
# Names of types that sqlglot leaves as they are.
FOREIGN: Mapping[str, str] = {
    "SERIAL": "INTEGER", "BIGSERIAL": "BIGINT", "SMALLSERIAL": "SMALLINT", "JSONB": "JSON", "MONEY": "DECIMAL(19,4)",
    "SMALLMONEY": "DECIMAL(10,4)", "VARIANT": "JSON", "OBJECT": "JSON", "DATETIME64": "TIMESTAMP",
    "DATETIME2": "TIMESTAMP", "UINT8": "UTINYINT", "UINT16": "USMALLINT", "UINT32": "UINTEGER", "UINT64": "UBIGINT",
    "XML": "VARCHAR", "UNIQUEIDENTIFIER": "UUID", "CLOB": "VARCHAR", "YEAR": "SMALLINT", "SUPER": "JSON",
}  # fmt: skip
# Precisions of times, which idqp does not tell apart.
PRECISION = re.compile(r"^(TIMESTAMP|TIMESTAMPTZ|DATETIME|DATETIME64|TIME|DATETIME2)\s*\([^)]*\)", re.IGNORECASE)
SIZED = re.compile(
    r"(?:VARCHAR|CHAR|BPCHAR|CHARACTER|CHARACTER\s+VARYING|TEXT|STRING)\s*\(\s*(\d+)\s*\)", re.IGNORECASE
)
# What may stand behind a column's type.
ENDS = frozenset({
    ",", "NOT", "NULL", "DEFAULT", "PRIMARY", "PRIMARY KEY", "UNIQUE", "CHECK", "REFERENCES", "CONSTRAINT", "GENERATED",
    "COLLATE", "AS",
})  # fmt: skip
# The longest statement in characters.
LONGEST = 1_000_000


def write(schema: Schema, name: str) -> str:
    """Write a schema as DuckDB's CREATE TABLE."""
    columns = ",\n".join(f"    {_written(column)}" for column in schema)
    return f"CREATE TABLE {identifier(name)} (\n{columns}\n);\n"


def read(text: str) -> Schema:
    """Read the one CREATE TABLE statement in `text`.

    Raises:
        ValueError: there is none, or a column cannot be read.

    """
    if len(text) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} characters")
    problem = "it has 0 CREATE TABLE statements; give one"
    for dialect in DIALECTS:
        try:
            return _read(text, dialect)
        except _UnknownTypeError as error:
            # Another dialect may know the type.
            problem = str(error)
        except _NoTableError as error:
            problem = problem if problem.startswith("column ") else str(error)
    raise ValueError(problem)


class _NoTableError(ValueError):
    """The text is not one CREATE TABLE statement in a dialect."""


class _UnknownTypeError(ValueError):
    """A column has a type that a dialect does not have."""


def _read(text: str, dialect: str) -> Schema:
    import sqlglot  # noqa: PLC0415 - only who reads DDL has to pay
    from sqlglot import exp  # noqa: PLC0415

    # It warns of statements that it keeps as text.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        statements = sqlglot.parse(text, dialect=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        told = str(error).split("\n", 1)[0]
        raise _NoTableError(f"it cannot be read as SQL: {clean(told, 120)}") from None
    tables = [statement for statement in statements if isinstance(statement, exp.Create) and statement.kind == "TABLE"]
    if len(tables) != 1:
        raise _NoTableError(f"it has {len(tables)} CREATE TABLE statements; give one")
    if not isinstance(tables[0].this, exp.Schema):
        raise _NoTableError("the CREATE TABLE statement has no list of columns")
    items = tables[0].this.expressions
    for item in items:
        if isinstance(item, (exp.Anonymous, exp.Column, exp.Identifier)):
            raise _UnknownTypeError(f"column {clean(item.name, 60)}: its type cannot be read")
    # In DuckDB's words sqlglot forgets the length of a text, and the quotes of a type's name.
    written = _written_types(text) if dialect == "duckdb" else {}
    found = [_column(one, written) for one in items if isinstance(one, exp.ColumnDef)]
    columns = {column.name.casefold(): column for column in found}
    for item in items:
        for changed in _constrained(item, columns):
            columns[changed.name.casefold()] = changed
    return tuple(columns[column.name.casefold()] if len(columns) == len(found) else column for column in found)


def _written_types(text: str) -> Mapping[int, str]:
    """Return the types in a statement as they are written, by where the names before them end."""
    import sqlglot  # noqa: PLC0415

    tokens = sqlglot.tokenize(text, dialect="duckdb")
    types = {}
    for number, token in enumerate(tokens[:-1]):
        depth, end = 0, number + 1
        while end < len(tokens) and not (depth == 0 and _ends(tokens[end])):
            depth += (tokens[end].text in {"(", "["}) - (tokens[end].text in {")", "]"})
            if depth < 0:
                break
            end += 1
        types[token.end] = text[tokens[number + 1].start : tokens[end - 1].end + 1]
    return types


def _ends(token: Any) -> bool:  # noqa: ANN401 - a token of sqlglot
    """Tell whether a type has ended before a token; a name in quotes ends none."""
    return token.token_type.name != "IDENTIFIER" and token.text.upper() in ENDS


def _column(item: exp.ColumnDef, as_written: Mapping[int, str]) -> SchemaColumn:
    """Return a column, by its type as it is written where that is a type of DuckDB's."""
    from sqlglot import exp  # noqa: PLC0415

    name, kind = item.name, item.args.get("kind")
    if kind is None:
        raise _UnknownTypeError(f"column {clean(name, 60)}: has no type")
    required = any(
        isinstance(constraint.kind, exp.PrimaryKeyColumnConstraint)
        or (isinstance(constraint.kind, exp.NotNullColumnConstraint) and not constraint.kind.args.get("allow_null"))
        for constraint in item.constraints
    )
    written = as_written.get(item.this.meta.get("end", -1), "")
    sized = SIZED.fullmatch(written)
    length = int(sized[1]) if sized else _length(kind)
    text = "VARCHAR" if length is not None or kind.is_type(*exp.DataType.TEXT_TYPES) else kind.sql("duckdb")
    first = re.match(r"\w+", text)
    known = FOREIGN.get(first[0].upper()) if first else None
    for one in filter(None, (written if written.startswith('"') else None, known or PRECISION.sub(r"\1", text))):
        try:
            return SchemaColumn(name, canonical(one), nullable=not required, required=True, max_length=length)
        except ValueError:
            continue
    raise _UnknownTypeError(f"column {clean(name, 60)}: '{clean(written or text, 60)}' is not a type")


def _length(kind: exp.DataType) -> int | None:
    """Return the number of characters that a type of text holds at most, where it says so."""
    from sqlglot import exp  # noqa: PLC0415

    if not kind.is_type(*exp.DataType.TEXT_TYPES) or not kind.expressions:
        return None
    size = kind.expressions[0].name
    return int(size) if size.isdecimal() else None


def _written(column: SchemaColumn) -> str:
    name = identifier(column.name)
    sized = column.type == "VARCHAR" and column.max_length
    parts = [name, f"VARCHAR({column.max_length})" if sized else column.type]
    parts += [] if column.nullable else ["NOT NULL"]
    if column.enum is not None:
        parts.append(f"CHECK ({name} IN ({', '.join(_literal(value) for value in column.enum)}))")
    if column.min_length is not None:
        parts.append(f"CHECK (length({name}) >= {column.min_length})")
    if column.max_length is not None and not sized:
        parts.append(f"CHECK (length({name}) <= {column.max_length})")
    return " ".join(parts)


def _literal(value: Scalar) -> str:
    return repr(value) if isinstance(value, float) else literal(value)


def _constrained(item: exp.Expr, columns: Mapping[str, SchemaColumn]) -> Iterator[SchemaColumn]:
    """Yield the columns of which an item of the list says something, beside their types, that a schema says too."""
    from sqlglot import exp  # noqa: PLC0415

    for key in item.find_all(exp.PrimaryKey):
        for part in key.expressions:
            column = columns.get(part.name.casefold())
            if column is not None:
                yield replace(column, nullable=False)
    for check in item.find_all(exp.CheckColumnConstraint):
        yield from _checked(check.this, columns)


def _checked(condition: exp.Expr, columns: Mapping[str, SchemaColumn]) -> Iterator[SchemaColumn]:
    """Yield the columns of which a check says a list of values or a length."""
    from sqlglot import exp  # noqa: PLC0415

    condition = condition.unnest()
    if isinstance(condition, exp.And):
        for side in (condition.left, condition.right):
            yield from _checked(side, columns)
    column = columns.get(condition.this.name.casefold()) if isinstance(condition, exp.In) else None
    if column is not None:
        values = [_value(expression) for expression in condition.expressions]
        if values and all(value is not None for value in values):
            yield replace(column, enum=tuple(value for value in values if value is not None))
    if isinstance(condition, (exp.LTE, exp.GTE)) and isinstance(condition.left, exp.Length):
        measured = columns.get(condition.left.this.name.casefold())
        bound = _value(condition.right)
        if measured is not None and isinstance(bound, int) and not isinstance(bound, bool):
            limit = {"max_length" if isinstance(condition, exp.LTE) else "min_length": bound}
            yield replace(measured, **limit)  # type: ignore[arg-type] # both are whole numbers


def _value(node: Any) -> Scalar | None:  # noqa: ANN401 - any expression of sqlglot
    """Return the value of a literal; None if it is none."""
    from sqlglot import exp  # noqa: PLC0415

    if isinstance(node, exp.Neg):
        value = _value(node.this)
        return -value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return str(node.this)
    return int(node.this) if node.this.isdecimal() else float(node.this)
