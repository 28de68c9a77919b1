"""The columns of a table that declares its own, found in its Parquet files; and the rows that are left of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.model import Column
from idqp_cli.core.text import clean
from idqp_cli.ingest.column_names import refuse_twins
from idqp_cli.ingest.files import File, Source, pattern

NUMBER = "file_row_number"
NESTED = ("STRUCT(", "MAP(")


def own(source: Source, number: int, columns: Sequence[tuple[Column, int | None]]) -> Mapping[str, Column]:
    """Return the columns of a file by the names of the table's, without case: found by their number, or their name.

    Raises:
        UnreadableError: a nested column has another structure than in the table.

    """
    by_id = {told: column for column, told in columns if told is not None}
    by_name = {column.name: column for column, _ in columns}
    found = {}
    for one in source.columns:
        column = by_id.get(one.id) if one.id is not None and by_id else by_name.get(one.physical)
        if column is None:
            continue
        nested = column.type.startswith(NESTED) or one.type.startswith(NESTED) or "[]" in (column.type + one.type)
        if nested and column.type.replace('"', "") != one.type.replace('"', ""):
            shown, name = source.files[number].shown, clean(one.name, 60)
            raise UnreadableError(
                f"{source.shown}: column '{name}' has another structure in {shown}; idqp does not read it"
            )
        found[one.name.casefold()] = column
    return found


def declared(source: Source, by_file: Sequence[Mapping[str, Column]]) -> tuple[Column, ...]:
    """Return the columns as the table declares them."""
    refuse_twins([one.name for one in source.columns], source.shown)
    return tuple(
        Column(
            one.name,
            one.type,
            nullable=one.nullable,
            enum=one.enum,
            rounded=next((file[one.name.casefold()].rounded for file in by_file if one.name.casefold() in file), None),
        )
        for one in source.columns
    )


def left(read: str, file: File, *, numbered: bool = False) -> str:
    """Return the rows of a file that are not deleted; `read` is its table function, still open."""
    if file.deleted is None:
        return f"{read})"
    columns = f"columns={{{NUMBER}: 'BIGINT'}}"
    gone = f"read_csv({sql.literal(pattern(file.deleted))}, header=false, auto_detect=false, {columns})"
    listed = "*" if numbered else f"* EXCLUDE ({NUMBER})"
    opened = read if numbered else f"{read}, {NUMBER}=true"
    return f"(SELECT {listed} FROM {opened}) ANTI JOIN {gone} USING ({NUMBER}))"
