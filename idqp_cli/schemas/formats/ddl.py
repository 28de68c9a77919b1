"""SQL DDL: one CREATE TABLE statement, in DuckDB's words or those of most other databases.

Read are names, types, NOT NULL, PRIMARY KEY, the length of a VARCHAR, and
checks of the form `x IN (…)`, `length(x) <= n` and `length(x) >= n`. A column
that is in the statement is always in the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from idqp_cli.frozen import frozen
from idqp_cli.model import Scalar
from idqp_cli.schemas.schema import Schema, SchemaColumn
from idqp_cli.schemas.types import canonical
from idqp_cli.sql import identifier, literal

TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)|(?P<quoted>"(?:[^"]|"")*"|`[^`]*`)|(?P<text>'(?:[^']|'')*')"""
    r"""|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>\w+)|(?P<mark><=|>=|<>|!=|::|.)""",
    re.DOTALL,
)
# Where a column's type ends.
ENDS = frozenset({
    "NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "CONSTRAINT", "GENERATED", "COLLATE",
    "COMMENT", "AUTO_INCREMENT", "AUTOINCREMENT", "IDENTITY", "AS", "ON", "ENCODE",
})  # fmt: skip
TABLE_CONSTRAINTS = frozenset(
    {"CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "KEY", "INDEX", "EXCLUDE", "LIKE"}
)
FOREIGN: Mapping[str, str] = {
    "SERIAL": "INTEGER", "BIGSERIAL": "BIGINT", "SMALLSERIAL": "SMALLINT", "MEDIUMINT": "INTEGER", "JSONB": "JSON",
    "TINYTEXT": "VARCHAR", "MEDIUMTEXT": "VARCHAR", "LONGTEXT": "VARCHAR", "VARCHAR2": "VARCHAR",
    "NVARCHAR2": "VARCHAR", "NUMBER": "DECIMAL", "CLOB": "VARCHAR", "DATETIME2": "TIMESTAMP", "INT64": "BIGINT",
    "FLOAT64": "DOUBLE",
    "BYTES": "BLOB", "TIMESTAMP_NTZ": "TIMESTAMP", "TIMESTAMP_LTZ": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
LENGTHS = re.compile(r"(?i)^(?:VARCHAR2?|CHAR|CHARACTER|CHARACTER VARYING|NVARCHAR2?|STRING|TEXT)\s*\(\s*(\d+)\s*\)$")


@frozen
class Token:
    """A word of SQL: its kind (`word`, `quoted`, `text`, `number`, `mark`), and its text."""

    kind: str
    text: str

    @property
    def upper(self) -> str:
        """The word as SQL sees it; of what is in quotes, nothing."""
        return self.text.upper() if self.kind in {"word", "mark"} else ""

    @property
    def name(self) -> str:
        """The name that it is."""
        if self.kind == "quoted":
            return self.text[1:-1].replace('""', '"')
        if self.kind != "word":
            raise ValueError(f"{self.text} is no name of a column")
        return self.text


def write(schema: Schema, name: str) -> str:
    """Write a schema as DuckDB's CREATE TABLE."""
    columns = ",\n".join(f"    {_written(column)}" for column in schema)
    return f"CREATE TABLE {identifier(name)} (\n{columns}\n);\n"


def read(text: str) -> Schema:
    """Read the one CREATE TABLE statement in `text`.

    Raises:
        ValueError: there is none, or a column cannot be read.

    """
    tokens = [Token(found.lastgroup or "", found[0]) for found in TOKEN.finditer(text) if found.lastgroup != "space"]
    starts = [at for at, one in enumerate(tokens) if one.upper == "CREATE" and _makes_table(tokens[at : at + 6])]
    if len(starts) != 1:
        raise ValueError(f"it has {len(starts)} CREATE TABLE statements; give one")
    opening = next((at for at in range(starts[0], len(tokens)) if tokens[at].text == "("), len(tokens))
    columns: dict[str, SchemaColumn] = {}
    constraints: list[Sequence[Token]] = []
    found: list[SchemaColumn] = []
    for item in _items(tokens[opening + 1 :]):
        if item[0].upper in TABLE_CONSTRAINTS:
            constraints.append(item)
        else:
            column, own = _column(item)
            found.append(column)
            constraints += own
    columns = {column.name.casefold(): column for column in found}
    for constraint in constraints:
        for changed in _constrained(constraint, columns):
            columns[changed.name.casefold()] = changed
    return tuple(columns[column.name.casefold()] if len(columns) == len(found) else column for column in found)


def _makes_table(tokens: Sequence[Token]) -> bool:
    words = [token.upper for token in tokens[1:]]
    rest = [word for word in words if word not in {"OR", "REPLACE", "TEMP", "TEMPORARY", "EXTERNAL", "UNLOGGED"}]
    return rest[:1] == ["TABLE"]


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


def _items(tokens: Iterable[Token]) -> Iterator[Sequence[Token]]:
    """Yield what stands between the commas, up to the parenthesis that closes."""
    depth = 0
    item: list[Token] = []
    for token in tokens:
        depth += (token.text in {"(", "["}) - (token.text in {")", "]"}) if token.kind == "mark" else 0
        if depth < 0:
            break
        if token.text == "," and not depth and token.kind == "mark":
            if item:
                yield item
            item = []
        else:
            item.append(token)
    else:
        raise ValueError("the list of columns does not end")
    if item:
        yield item


def _column(item: Sequence[Token]) -> tuple[SchemaColumn, list[Sequence[Token]]]:
    """Return a column, and the checks that stand beside it."""
    name = item[0].name
    depth, end = 0, 1
    while end < len(item) and not (depth == 0 and item[end].upper in ENDS):
        depth += (item[end].text == "(") - (item[end].text == ")") if item[end].kind == "mark" else 0
        end += 1
    written = " ".join(token.text for token in item[1:end])
    sized = LENGTHS.fullmatch(written)
    first, space, rest = written.partition(" ")
    try:
        kind = canonical("VARCHAR" if sized else FOREIGN.get(first.upper(), first) + space + rest)
    except ValueError:
        raise ValueError(f"{name}: '{written}' is no type") from None
    words = [token.upper for token in item[end:]]
    starred = _follows(words, "NOT", "NULL") or _follows(words, "PRIMARY", "KEY")
    checks = [item[at:] for at in range(end, len(item)) if item[at].upper == "CHECK"]
    column = SchemaColumn(name, kind, nullable=not starred, required=True, max_length=int(sized[1]) if sized else None)
    return column, checks


def _follows(words: Sequence[str], first: str, second: str) -> bool:
    return any(words[at : at + 2] == [first, second] for at in range(len(words)))


def _constrained(tokens: Sequence[Token], columns: Mapping[str, SchemaColumn]) -> Iterator[SchemaColumn]:
    """Yield the columns of which a constraint says something that a schema says too."""
    words = [token.upper for token in tokens]
    if words[:1] == ["CONSTRAINT"]:
        tokens, words = tokens[2:], words[2:]
    if words[:2] == ["PRIMARY", "KEY"]:
        for token in tokens[3:]:
            column = columns.get(token.name.casefold()) if token.kind in {"word", "quoted"} else None
            if column is not None:
                yield replace(column, nullable=False)
    elif words[:2] == ["CHECK", "("] and len(tokens) > 4:
        yield from _checked(tokens[2:], columns)


def _checked(tokens: Sequence[Token], columns: Mapping[str, SchemaColumn]) -> Iterator[SchemaColumn]:
    words = [token.upper for token in tokens]
    if words[1:3] == ["IN", "("]:
        column = columns.get(tokens[0].name.casefold()) if tokens[0].kind in {"word", "quoted"} else None
        values = _values(tokens[3:])
        if column is not None and values:
            yield replace(column, enum=values)
    elif words[:2] == ["LENGTH", "("] and words[3:4] == [")"] and len(tokens) > 5 and tokens[5].kind == "number":
        column = columns.get(tokens[2].name.casefold()) if tokens[2].kind in {"word", "quoted"} else None
        if column is not None and words[4] == "<=":
            yield replace(column, max_length=int(float(tokens[5].text)))
        elif column is not None and words[4] == ">=":
            yield replace(column, min_length=int(float(tokens[5].text)))


def _values(tokens: Sequence[Token]) -> tuple[Scalar, ...]:
    """Return the literals up to the parenthesis that closes; none if one of them is no literal."""
    values: list[Scalar] = []
    sign = 1
    for token in tokens:
        if token.text == ")" and token.kind == "mark":
            return tuple(values)
        if token.kind == "text":
            values.append(token.text[1:-1].replace("''", "'"))
        elif token.kind == "number":
            values.append(sign * (int(token.text) if token.text.isdecimal() else float(token.text)))
        elif token.upper in {"TRUE", "FALSE"}:
            values.append(token.upper == "TRUE")
        elif token.upper not in {",", "-"}:
            return ()
        sign = -1 if token.text == "-" else 1
    return ()
