"""Rules and files that would take all the time or memory there is."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

ROWS = 1_000
DATA = ("id,a,t\n" + "".join(f"{one},{one % 7},x{one}\n" for one in range(ROWS))).encode()
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Bomb:
    """A rule on `t.csv`, or the name and the content of a file; `limit` is what it would take more of."""

    kind: str
    rule: dict[str, object] | None = None
    file: tuple[str, Callable[[], bytes]] | None = None


# What a condition on a row does; `{0}` keeps it from being computed but once.
EXPRESSIONS = (
    "len(list_zip(range(50000000 + a), range(50000000 + a))) > 0", "length(repeat('x', id * 10000000)) >= 0",
    "len(generate_series(0, 100000000 + a)) > 0", "length(unbin(repeat('1', 1000000000) || a)) > 0",
    "bit_length(bitstring('1', 1000000000 + a::INT)) > 0", "length(lpad(t, 1000000000 + a::INT, 'x')) > 0",
    "length(rpad(t, 900000000 + a::INT, 'x')) > 0", "len(generate_series(DATE '0001-01-01', DATE '9999-01-01', INTERVAL 1 SECOND)) > a",
    "length(printf('%1000000000d', a)) > 0", "length(format('{:>900000000}', a)) > 0", "len(list_resize([a], 900000000)) > 0",
    "len(string_split(repeat('a,', 100000000) || t, ',')) > 0", "length(strip_accents(repeat('é', 300000000) || t)) > 0",
    "levenshtein(repeat('a', 200000) || t, repeat('b', 200000)) > a", "damerau_levenshtein(repeat('ab', 20000) || t, repeat('ba', 20000)) > a",
    "len(list_transform(range(200000000 + a), lambda x: x * 2)) > 0", "list_reduce(range(200000000 + a), lambda x, y: x + y) > 0",
    "len(list_filter(range(200000000 + a), lambda x: x % 2 = 0)) > 0", "len(flatten([range(100000000 + a), range(100000000)])) > 0",
    "len(list_sort(range(200000000 + a))) > 0", "len(list_distinct(range(50000000 + a))) > 0", "list_sum(range(300000000 + a)) > 0",
    "length(upper(repeat('ß', 400000000) || t)) > 0", "length(md5(repeat('x', 1000000000) || t)) > 0", "length(hex(repeat('x', 600000000) || t)) > 0",
    "length(to_base64(encode(repeat('x', 600000000) || t))) > 0", "length(replace(repeat('a', 100000000) || t, 'a', 'bbbbbbbbbb')) > 0",
    "length(regexp_replace(repeat('a', 100000000) || t, 'a', 'bbbbbbbb', 'g')) > 0", "length(reverse(repeat('x', 900000000) || t)) > 0",
    "length(array_to_string(range(100000000 + a), ',')) > 0", "length(to_json(range(100000000 + a))::VARCHAR) > 0",
    "json_array_length('[' || repeat('1,', 200000000) || a || ']') > 0", "len(regexp_extract_all(repeat('a', 200000000) || t, 'a')) > 0",
    "length(translate(repeat('a', 500000000) || t, 'a', 'b')) > 0", "len(map_keys(map_from_entries(list_zip(range(20000000 + a), range(20000000 + a))))) > 0",
    "length(concat(repeat(t, 100000000), repeat(t, 100000000))) > 0", "len(list_concat(range(100000000 + a), range(100000000))) > 0",
    "jaro_winkler_similarity(repeat('a', 300000) || t, repeat('b', 300000)) > 2", "length(url_encode(repeat('é', 200000000) || t)) > 0",
)  # fmt: skip
SELECTS = (
    "SELECT unnest(range(100000000)) FROM t", "SELECT * FROM t a, t b, t c, t d WHERE a.id + b.id + c.id + d.id < 0",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r WHERE n < 0",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n FROM r, t) SELECT * FROM r WHERE n < 0",
    "SELECT sum(n) FROM range(1000000000000) AS r(n)", "SELECT * FROM (SELECT n FROM range(300000000000) AS r(n) ORDER BY hash(n)) WHERE n < 0",
    "SELECT count(DISTINCT n) FROM range(3000000000) AS r(n)", "SELECT string_agg(repeat('x', 1000000), '') FROM t a, t b",
    "SELECT list(n) FROM range(3000000000) AS r(n)", "SELECT histogram(n) FROM range(1000000000) AS r(n)",
    "SELECT median(n) FROM range(3000000000) AS r(n)", "SELECT mode(n) FROM range(3000000000) AS r(n)",
    "SELECT a.id FROM t a JOIN t b ON true JOIN t c ON true JOIN t d ON true GROUP BY a.id HAVING count(*) < 0",
    "SELECT sum(x) OVER (ORDER BY x) AS s FROM range(1000000000) AS r(x) QUALIFY s < 0",
    "SELECT * FROM t WHERE -id - 1 IN (SELECT hash(n) % 7 FROM range(50000000000) AS r(n))",
    "SELECT n FROM generate_series(0, 100000000000) AS g(n) WHERE n < 0",
    "SELECT regexp_replace(repeat(t, 100000000), 'x', 'yyyy', 'g') FROM t", "SELECT count(*) FROM t a, t b, t c WHERE levenshtein(a.t || b.t, c.t) > 99",
    "SELECT unnest(string_split(repeat('a,', 500000000), ',')) FROM t", "SELECT max(len(l)) FROM (SELECT list(a.id) AS l FROM t a, t b, t c GROUP BY b.id)",
)  # fmt: skip
WHERES = EXPRESSIONS[1:20:5]


def _gzip_of(content: bytes, times: int) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(b"id,a,t\n")
        for _ in range(times):
            file.write(content)
    return out.getvalue()


def _zstd_of(content: bytes, times: int) -> bytes:
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    return packer.compress(b"id,a,t\n") + b"".join(packer.compress(content) for _ in range(times)) + packer.flush()


def _wide(columns: int, rows: int) -> bytes:
    return (",".join(f"c{one}" for one in range(columns)) + "\n" + ("1," * (columns - 1) + "1\n") * rows).encode()


def _parquet(rows: int) -> bytes:
    out = io.BytesIO()
    table = pa.table({"id": pa.array([0] * MEGABYTE), "t": pa.array(["x" * 500] * MEGABYTE).dictionary_encode()})
    with pq.ParquetWriter(out, table.schema, compression="zstd") as writer:
        for _ in range(rows // MEGABYTE):
            writer.write_table(table)
    return out.getvalue()


ROW = b"1,2,xxxxxxxx\n" * 80_000
FILES: tuple[tuple[str, Callable[[], bytes]], ...] = (
    ("rows.csv.gz", lambda: _gzip_of(ROW, 2_000)), ("rows.csv.zst", lambda: _zstd_of(ROW, 2_000)),
    ("line.csv.gz", lambda: _gzip_of(b"x" * MEGABYTE, 2_000)), ("line.csv.zst", lambda: _zstd_of(b"x" * MEGABYTE, 2_000)),
    ("commas.csv.gz", lambda: _gzip_of(b"," * MEGABYTE, 500)), ("quote.csv.gz", lambda: _gzip_of(b'"' + b"x\n" * MEGABYTE, 1_000)),
    ("lines.csv.zst", lambda: _zstd_of(b"\n" * MEGABYTE, 4_000)), ("wide.csv", lambda: _wide(10_000, 20)),
    ("wider.csv", lambda: _wide(50_000, 2)), ("wide.csv.gz", lambda: gzip.compress(_wide(5_000, 2_000))),
    ("deep.jsonl", lambda: (b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n") * 20),
    ("lists.jsonl", lambda: (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n") * 20),
    ("keys.jsonl", lambda: b"".join(json.dumps({f"k{row}_{one}": 1 for one in range(50)}).encode() + b"\n" for row in range(400))),
    ("object.jsonl", lambda: json.dumps({f"k{one}": one for one in range(20_000)}).encode() + b"\n"),
    ("text.jsonl", lambda: b'{"a": "' + b"x" * (300 * MEGABYTE) + b'"}\n'), ("array.json", lambda: b"[" + b'{"a": 1},' * 3_000_000 + b'{"a": 1}]'),
    ("rows.parquet", lambda: _parquet(200 * MEGABYTE)),
)  # fmt: skip


def bombs() -> dict[str, Bomb]:
    """Return all bombs by name."""
    found = {f"expression: {one}": Bomb("sql", {"type": "expression", "expression": one}) for one in EXPRESSIONS}
    found |= {f"query: {one}": Bomb("sql", {"type": "query", "sql": one}) for one in SELECTS}
    found |= {f"where: {one}": Bomb("sql", {"type": "range", "column": "a", "max": 9, "where": one}) for one in WHERES}
    found |= {f"file: {name}": Bomb("file", None, (name, content)) for name, content in FILES}
    return found
