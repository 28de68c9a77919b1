"""The type of a column that has not the same type in every Parquet file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal as Exact

from idqp_cli.core import sql
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.model import Column
from idqp_cli.ingest import typed_cells, types
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.files import File, pattern
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.schemas.types import UNKNOWN, Decimal, Plain, Type, known, write
from idqp_cli.schemas.widening import INTEGERS, holds, rounds

FLOATS = ("DOUBLE", "FLOAT")
MOMENTS = ("TIMESTAMP", "TIMESTAMP_NS", "DATE")
ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")
TIMES_OF_DAY = ("TIME", "TIME_NS")
WIDEST_INTEGER = "HUGEINT"
BLOB, JSON = "BLOB", "JSON"
TEXTS = (types.TEXT, JSON)


def common(database: Database, files: Sequence[File], own: Mapping[int, Column]) -> str:
    """Return the type in which a column is read from all files; `own` gives the column by the number of the file.

    It is one that holds every value as it is. Where no type of numbers or of
    times does, the column is text.

    Raises:
        UnreadableError: a file is damaged.

    """
    kinds = list(dict.fromkeys(column.type for column in own.values() if column.type != UNKNOWN))
    if len(kinds) < 2:
        return kinds[0] if kinds else UNKNOWN
    for candidate in _candidates(kinds):
        doubtful = [(files[number], column) for number, column in own.items() if not _lossless(candidate, column.type)]
        if all(_fits(database, file, column, candidate) for file, column in doubtful):
            return candidate
    return types.TEXT


def _candidates(kinds: Sequence[str]) -> Sequence[str]:
    """Return the types that may hold the values of all `kinds`, the first choice first; none for kinds unlike."""
    found = [known(kind) for kind in kinds]
    if all(_number(one) for one in found):
        floats = [kind for kind in FLOATS if kind in kinds]
        exact = [kind for kind in kinds if kind not in FLOATS]
        widened = [*exact, WIDEST_INTEGER] if all(kind in INTEGERS for kind in exact) else [*_decimal(found), *exact]
        without_loss = [kind for kind in (*floats, *widened) if all(_lossless(kind, other) for other in kinds)]
        return list(dict.fromkeys([*without_loss, *floats[:1], *widened]))
    for family in (MOMENTS, TIMES_OF_DAY):
        if set(kinds) <= set(family):
            return [kind for kind in family if kind in kinds]
    # A time without a zone is UTC.
    return ZONED if set(kinds) <= {*MOMENTS, *ZONED} else []


def _number(kind: Type) -> bool:
    return isinstance(kind, Decimal) or (isinstance(kind, Plain) and (kind.name in INTEGERS or kind.name in FLOATS))


def _decimal(kinds: Sequence[Type]) -> list[str]:
    """Return the DECIMAL that holds all decimals and integers among the kinds, if 38 digits do."""
    decimals = [kind for kind in kinds if isinstance(kind, Decimal)]
    if not decimals:
        return []
    integers = [
        Decimal(len(str(1 << INTEGERS[one.name])), 0)
        for one in kinds
        if isinstance(one, Plain) and one.name in INTEGERS
    ]
    scale = max(kind.scale for kind in decimals)
    width = scale + max(kind.width - kind.scale for kind in (*decimals, *integers))
    return [write(Decimal(width, scale))] if width <= 38 else []


def _lossless(reader: str, writer: str) -> bool:
    mine, theirs = known(reader), known(writer)
    return holds(mine, theirs) and not rounds(mine, theirs)


def _fits(database: Database, file: File, column: Column, candidate: str) -> bool:
    """Tell whether every value of a file's column is the same in another type."""
    name = sql.identifier(column.name)
    table = f"read_parquet({sql.literal(pattern(file.path))}, hive_partitioning=false)"
    back = f"TRY_CAST(TRY_CAST({name} AS {candidate}) AS {column.type})"
    try:
        ((lost,),) = database.fetch(f"SELECT {sql.count_where(f'{back} IS DISTINCT FROM {name}')} FROM {table}")
    except QueryError as error:
        if error.kind == "BinderException":
            return False
        raise UnreadableError(f"{file.shown}: cannot be read to its end ({error.kind}); write it again") from None
    return not lost


def converted(cell: str, kind: str, wanted: str) -> str:
    """Return SQL that reads a cell of the type `kind` as `wanted`; NULL where no such value is the same.

    A text is read as in a text file, bytes as UTF-8.
    """
    if kind in TEXTS:
        return typed_cells.read_as(cell, wanted, lenient=True, declared=True)
    if wanted == types.TEXT:
        return as_text(cell, kind)
    value = f"TRY_CAST({cell} AS {wanted})"
    return f"CASE WHEN TRY_CAST({value} AS {kind}) = {cell} THEN {value} END"


def as_text(cell: str, kind: str) -> str:
    """Return SQL for a cell as text; NULL for bytes that are no UTF-8."""
    return f"TRY(decode({cell}))" if kind == BLOB else f"CAST({cell} AS VARCHAR)"


def absent(cell: str, kind: str, missing: Sequence[str]) -> str | None:
    """Return the condition that a cell of the type `kind` is one of the texts that mean "not there"; None if none is.

    Only a text that says a value of the type is compared: `-999` is a number, `n/a` is not.
    """
    if kind in TEXTS:
        return f"{cell} IN ({sql.listing(missing)})" if missing else None
    values = [value for text in missing if (value := _value(text, kind)) is not None]
    return f"{cell} IN ({', '.join(values)})" if values else None


def _value(text: str, kind: str) -> str | None:
    shape, found = types.shape(text), known(kind)
    if _number(found) and shape in types.FAMILIES[types.NUMBER] and shape != "special":
        number = Exact(text.strip())
        if kind in INTEGERS and number != number.to_integral_value():
            return None
        return f"TRY_CAST({sql.literal(text.strip())} AS {kind})" if _is(number, found) else None
    if kind in {*MOMENTS, *ZONED} and shape in types.FAMILIES[types.TIME]:
        return f"TRY_CAST({sql.literal(text.strip())} AS {kind})" if kind != "DATE" or shape == "date" else None
    if (kind == "BOOLEAN" and shape in types.FAMILIES[types.BOOL]) or kind in {*TIMES_OF_DAY, "UUID"}:
        return f"TRY_CAST({sql.literal(text)} AS {kind})"
    return None


def _is(number: Exact, kind: Type) -> bool:
    """Tell whether a type has this very number; a DECIMAL would round it."""
    exponent = number.normalize().as_tuple().exponent
    return not isinstance(kind, Decimal) or (isinstance(exponent, int) and -exponent <= kind.scale)
