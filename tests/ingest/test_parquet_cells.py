"""Random tables of every type of pyarrow, read cell for cell as pyarrow reads them.

`IDQP_TABLES=500` writes so many tables; the seed is printed where one fails.
"""

from __future__ import annotations

import math
import os
import random
import string
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idqp_cli.core import sql
from idqp_cli.core.reading import ReadOptions
from idqp_cli.core.relation import Relation
from idqp_cli.ingest import parquet_table
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.places import connected
from idqp_cli.ingest.places.local import find
from idqp_cli.ingest.sample_rows import Draw, from_parquet

TABLES = int(os.environ.get("IDQP_TABLES", "12"))
Chance = random.Random
TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def integers(low: int, high: int) -> Callable[[Chance], int]:
    return lambda chance: chance.choice([low, high, 0, chance.randint(low, high), chance.randint(low, high)])


def texts(chance: Chance) -> str:
    return "".join(chance.choice([*string.printable, *"é🙂\u200b\0"]) for _ in range(chance.randrange(6)))


def floats(chance: Chance) -> float:
    special = [0.0, -0.0, 1e300, 5e-324, math.inf, -math.inf, math.nan, 2.0**53]
    return chance.choice([*special, chance.gauss(0, 1), chance.gauss(0, 1e9)])


def decimals(width: int, scale: int) -> Callable[[Chance], Decimal]:
    return lambda chance: Decimal(f"{integers(-(10**width) + 1, 10**width - 1)(chance)}e-{scale}")


def seconds(unit: str) -> Callable[[Chance], int]:
    """Return moments that every unit has, 1680 to 2260."""
    return integers(-9_100_000_000 * TICKS[unit], 9_100_000_000 * TICKS[unit])


# A type, and what draws a value of it.
KINDS: Mapping[str, tuple[pa.DataType, Callable[[Chance], Any]]] = {
    "null": (pa.null(), lambda _: None),
    "bool": (pa.bool_(), lambda chance: chance.random() < 0.5),
    **{f"int{bits}": (getattr(pa, f"int{bits}")(), integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (getattr(pa, f"uint{bits}")(), integers(0, 2**bits - 1)) for bits in (8, 16, 32, 64)},
    "float64": (pa.float64(), floats),
    "float32": (pa.float32(), lambda chance: chance.choice([0.5, 1.25, -3.0, math.inf, math.nan])),
    "float16": (pa.float16(), lambda chance: chance.choice([0.5, 1.25, -3.0])),
    "decimal(5,2)": (pa.decimal128(5, 2), decimals(5, 2)),
    "decimal(18,9)": (pa.decimal128(18, 9), decimals(18, 9)),
    "decimal(38,10)": (pa.decimal128(38, 10), decimals(38, 10)),
    "decimal(38,38)": (pa.decimal128(38, 38), decimals(38, 38)),
    "string": (pa.string(), texts),
    "large_string": (pa.large_string(), texts),
    "string_view": (pa.string_view(), texts),
    "dictionary": (pa.dictionary(pa.int32(), pa.string()), texts),
    "binary": (pa.binary(), lambda chance: chance.randbytes(chance.randrange(5))),
    "fixed binary": (pa.binary(3), lambda chance: chance.randbytes(3)),
    "date32": (pa.date32(), lambda chance: date(1, 1, 1) + timedelta(chance.randrange(3_650_000))),
    "date64": (pa.date64(), lambda chance: date(1, 1, 1) + timedelta(chance.randrange(3_650_000))),
    **{f"timestamp {unit} {zone}": (pa.timestamp(unit, zone), seconds(unit)) for unit in TICKS for zone in (None, "UTC", "Asia/Tokyo")},
    "time32 s": (pa.time32("s"), integers(0, 86_399)),
    "time32 ms": (pa.time32("ms"), integers(0, 86_399_999)),
    "time64 us": (pa.time64("us"), integers(0, 86_399_999_999)),
    "time64 ns": (pa.time64("ns"), integers(0, 86_399_999_999_999)),
    "duration": (pa.duration("us"), integers(-(2**62), 2**62)),
    "uuid": (pa.uuid(), lambda chance: chance.randbytes(16)),
    "list": (pa.list_(pa.int64()), lambda chance: [chance.choice([None, 1, 2]) for _ in range(chance.randrange(3))]),
    "struct": (pa.struct({"a": pa.int64(), "b": pa.string()}), lambda chance: {"a": chance.choice([None, 7]), "b": "x"}),
    "map": (pa.map_(pa.string(), pa.int64()), lambda chance: [(name, 1) for name in "ab"[: chance.randrange(3)]]),
}  # fmt: skip


def table(chance: Chance) -> pa.Table:
    chosen = chance.sample(sorted(KINDS), chance.randint(1, 8))
    rows = chance.choice([1, 5, 70])
    columns = {}
    for name in chosen:
        kind, value = KINDS[name]
        cells = [None if chance.random() < 0.2 else value(chance) for _ in range(rows)]
        storage = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
        if pa.types.is_dictionary(kind):
            columns[name] = pa.array(cells, pa.string()).dictionary_encode()
        elif isinstance(kind, pa.BaseExtensionType):
            columns[name] = pa.ExtensionArray.from_storage(kind, pa.array(cells, storage))
        else:
            columns[name] = pa.array(cells, kind)
    return pa.table(columns)


def counted(value: Any, kind: pa.DataType) -> Any:  # noqa: ANN401 - a cell of any type
    """Return a cell of pyarrow as what idqp's is counted in: times as integers of their finest unit."""
    if not value.is_valid:
        return None
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind):
        return value.value
    found = value.as_py()
    if isinstance(found, list) and pa.types.is_map(kind):
        return dict(found)
    return str(found) if isinstance(found, UUID) else found


def of_relation(name: str, kind: pa.DataType) -> str:
    """Return SQL for a cell of the relation as what pyarrow's is counted in."""
    cell = sql.identifier(name)
    if pa.types.is_timestamp(kind):
        zoned = f"{cell}::TIMESTAMP_NS" if kind.unit == "ns" else f"{cell}::TIMESTAMP"
        return f"epoch_ns({zoned})" if kind.unit == "ns" else f"epoch_us({zoned}) // {TICKS['us'] // TICKS[kind.unit]}"
    if pa.types.is_time(kind):
        return f"epoch_ns({cell}) // {TICKS['ns'] // TICKS[kind.unit]}"
    return f"{cell}::VARCHAR" if isinstance(kind, pa.UuidType) else cell


def same(mine: object, theirs: object) -> bool:
    if isinstance(mine, float) and isinstance(theirs, float):
        return (math.isnan(mine) and math.isnan(theirs)) or (
            mine == theirs and math.copysign(1, mine) == math.copysign(1, theirs)
        )
    return mine == theirs


@pytest.mark.parametrize("seed", range(TABLES))
def test_every_cell_is_what_pyarrow_reads(seed: int, tmp_path: Path) -> None:
    chance = Chance(seed)
    written = table(chance)
    many = chance.random() < 0.5 and written.num_rows > 1
    cut = written.num_rows // 2 if many else written.num_rows
    for name, piece in (("a", written.slice(0, cut)), ("b", written.slice(cut))):
        if piece.num_rows or name == "a":
            pq.write_table(
                piece,
                tmp_path / f"{name}.parquet",
                compression=chance.choice(["none", "snappy", "zstd", "gzip"]),
                row_group_size=chance.choice([1, 3, 1000]),
                use_dictionary=chance.random() < 0.5,
                data_page_version=chance.choice(["1.0", "2.0"]),
                version="2.6",
            )
    source = find(("*.parquet",), tmp_path)
    read = [pq.read_table(file.path) for file in source.files]
    # Seconds are milliseconds in a file.
    kinds = read[0].schema.types
    expected = [
        [counted(cell, kind) for piece in read for cell in piece.column(name)]
        for name, kind in zip(written.column_names, kinds, strict=True)
    ]
    cells = ", ".join(of_relation(*pair) for pair in zip(written.column_names, kinds, strict=True))
    with connected([source]) as database:
        relation = parquet_table.relation(database, "t", source, ReadOptions())
        assert [column.name for column in relation.columns] == written.column_names
        in_order = 'ORDER BY "idqp:file", "idqp:row"'
        rows = database.fetch(f"SELECT {cells} FROM {relation.numbered} {in_order}")
        compare(expected, rows, written, seed)
        assert len(database.fetch(f"SELECT {cells} FROM {relation.scan}")) == len(rows)
        found = from_parquet(database, source, relation, Draw(max(1, written.num_rows // 2), seed))
        if found is not None:
            sampled(database, found[0], cells, cut, expected, written, seed)


def sampled(
    database: Database,
    drawn: Relation,
    cells: str,
    cut: int,
    expected: list[list[Any]],
    written: pa.Table,
    seed: int,
) -> None:
    """See that the rows of a sample are those of the file that they say they are."""
    place = f'"idqp:file" * {cut} + "idqp:row" - 1'
    for number, *row in database.fetch(f"SELECT {place}, {cells} FROM {drawn.numbered}"):
        compare([[column[int(str(number))]] for column in expected], [tuple(row)], written, seed)


def compare(expected: list[list[Any]], rows: list[Any], written: pa.Table, seed: int) -> None:
    for position, column in enumerate(expected):
        mine = [row[position] for row in rows]
        assert len(mine) == len(column)
        for number, (one, other) in enumerate(zip(mine, column, strict=True)):
            assert same(one, other), (seed, written.schema.field(position), number, one, other)
