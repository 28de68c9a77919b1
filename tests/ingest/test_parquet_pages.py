"""Parquet files whose pages are not as their footer and their checksums say."""

from __future__ import annotations

import io
import struct

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Shell

ROWS = 1000
TABLE = pa.table(
    {
        "id": list(range(ROWS)),
        "t": [f"x{one % 7}" for one in range(ROWS)],
        "l": pa.array([[1] * (one % 3) for one in range(ROWS)], pa.list_(pa.int64())),
        "none": pa.nulls(ROWS, pa.float64()),
    }
)
FLAT = TABLE.select(["id", "t"])


def parquet(table: pa.Table, **options: object) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content, **options)
    return content.getvalue()


def footer(content: bytes) -> tuple[bytes, bytes]:
    (length,) = struct.unpack("<I", content[-8:-4])
    return content[: -8 - length], content[-8 - length : -8]


@pytest.mark.parametrize("rows", [ROWS - 1, ROWS + 1, 8000])
def test_rows_that_the_pages_do_not_have(shell: Shell, rows: int) -> None:
    content = parquet(FLAT)
    data, said = footer(content)
    # Numbers are written as twice their value, seven bits a byte.
    old, new = (bytes([(2 * one & 0x7F) | 0x80, 2 * one >> 7]) for one in (ROWS, rows))
    assert said.count(old) == 6
    shell.write("t.parquet", data + said.replace(old, new) + content[-8:])
    counted = duckdb.connect().execute(f"SELECT count(*) FROM '{shell.folder}/t.parquet'").fetchall()
    assert counted == [(rows,)]
    shell.rules({"type": "row_count", "min": 1}, path="t.parquet")
    ran = shell.idqp("check", "--no-store")
    assert (ran.code, ran.err.count("\n")) == (3, 1)
    assert "is damaged: the pages of id do not hold as many values as its footer says" in ran.err


@pytest.mark.parametrize("codec", ["none", "snappy", "zstd"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_page_with_a_wrong_checksum(shell: Shell, codec: str, version: str) -> None:
    content = bytearray(parquet(TABLE, compression=codec, data_page_version=version, write_page_checksum=True))
    shell.rules({"type": "row_count", "min": 1}, path="t.parquet")
    shell.write("t.parquet", bytes(content))
    good = shell.idqp("check", "--no-store", "--verify")
    assert (good.code, good.err) == (0, "")
    metadata = pq.ParquetFile(io.BytesIO(bytes(content))).metadata.row_group(0)
    for number in (0, metadata.num_columns - 1):
        chunk, damaged = metadata.column(number), bytearray(content)
        start = chunk.dictionary_page_offset or chunk.data_page_offset
        damaged[start + chunk.total_compressed_size - 1] ^= 0x10
        with pytest.raises(OSError, match="CRC"):
            pq.read_table(io.BytesIO(bytes(damaged)), page_checksum_verification=True)
        shell.write("t.parquet", bytes(damaged))
        ran = shell.idqp("check", "--no-store", "--verify")
        assert (ran.code, ran.err.count("\n")) == (3, 1)
        assert "do not have the checksums that were written" in ran.err


def test_what_cannot_be_verified_is_said(shell: Shell) -> None:
    shell.write("t.parquet", parquet(TABLE))
    shell.rules({"type": "row_count", "min": 1}, path="t.parquet")
    ran = shell.idqp("check", "--no-store", "--verify")
    assert (ran.code, "have no checksum: not verified" in ran.err) == (0, True)
    assert shell.idqp("check", "--no-store").err == ""


@pytest.mark.parametrize(
    "options",
    [
        {"row_group_size": 100, "data_page_size": 64},
        {"use_dictionary": False, "compression": "gzip"},
        {"data_page_version": "2.0", "write_page_index": True},
        {"write_statistics": False, "store_schema": False},
    ],
)
@pytest.mark.parametrize("verify", [[], ["--verify"]])
def test_whole_files_are_whole(shell: Shell, options: dict[str, object], verify: list[str]) -> None:
    for number, rows in enumerate((ROWS, 0, 1)):
        shell.write(f"d/{number}.parquet", parquet(TABLE.slice(0, rows), **options))
    query = "COPY (SELECT range AS id, 'x' AS t, [range] AS l, NULL::DOUBLE AS none FROM range(9)) TO"
    duckdb.sql(f"{query} '{shell.folder}/d/own.parquet' (PARQUET_VERSION V2)")
    shell.rules({"type": "row_count", "min": ROWS + 10, "max": ROWS + 10}, path="d/*.parquet")
    ran = shell.idqp("check", "--no-store", *verify)
    assert ran.code == 0, (ran.out, ran.err)


def test_text_whose_types_contradict_each_other(shell: Shell) -> None:
    content = parquet(FLAT, store_schema=False)
    data, said = footer(content)
    # One bit of the type of the field that holds the converted type, UTF8: the field is passed over.
    at = said.index(b"t%\x00")
    shell.write("t.parquet", data + said[:at] + b"t$" + said[at + 2 :] + content[-8:])
    shell.rules({"type": "row_count", "min": 1}, path="t.parquet")
    ran = shell.idqp("check", "--no-store")
    statement = f"SELECT typeof(t) FROM '{shell.folder}/t.parquet' LIMIT 1"
    kinds = duckdb.connect().execute(statement).fetchall()
    assert (kinds, ran.code, ran.err.count("\n")) == ([("BLOB",)], 3, 1)
