"""Good files of every format, and mutants of them that chance draws."""

from __future__ import annotations

import gzip
import io
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

NAMES = ("id", "name", "amount", "day", "note")
CELLS = tuple(
    (number, ("Ada", "Zoë", "O'Neill", "日本", 'the "x"')[number % 5], number / 4, f"2024-01-{number % 28 + 1:02}",
     ("", "a, b", "two\nlines", "plain")[number % 4])
    for number in range(24)
)  # fmt: skip


def csv_text() -> bytes:
    """Return the table as CSV."""
    lines = [",".join(NAMES)]
    for row in CELLS:
        cells = [str(cell) for cell in row]
        lines.append(
            ",".join(f'"{one.replace(chr(34), chr(34) * 2)}"' if set(one) & set(',"\n') else one for one in cells)
        )
    return ("\n".join(lines) + "\n").encode()


def json_lines() -> bytes:
    """Return the table as lines of JSON."""
    return "".join(json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) + "\n" for row in CELLS).encode()


def parquet(**options: object) -> bytes:
    """Return the table as Parquet, with checksums of its pages; without pyarrow's own schema beside Parquet's."""
    columns = dict(zip(NAMES, map(list, zip(*CELLS, strict=True)), strict=True))
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content, **{"write_page_checksum": True, "store_schema": False, **options})
    return content.getvalue()


GOOD: dict[str, bytes] = {
    "t.csv": csv_text(),
    "t.csv.gz": gzip.compress(csv_text(), mtime=0),
    "t.csv.zst": zstandard.ZstdCompressor(write_checksum=True).compress(csv_text()),
    "t.jsonl": json_lines(),
    "t.jsonl.gz": gzip.compress(json_lines(), mtime=0),
    "t.parquet": parquet(),
    "snappy v2.parquet": parquet(data_page_version="2.0", row_group_size=10),
    "plain.parquet": parquet(compression="none", use_dictionary=False),
    "zstd.parquet": parquet(compression="zstd", write_page_index=True),
}
# What stands for itself in one of the formats.
MARKS = (
    b'"', b",", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"'", b"\\", b"#", b"{", b"}", b"[", b"]", b":", b";",
    b"\t", b"\xc3", b"\xe2\x80\xae", b"\x1b[31m", b"NULL", b"NaN", b"1e999", b'""', b"PAR1", b"\x1f\x8b", b"\x28\xb5\x2f\xfd",
)  # fmt: skip


def mutant(content: bytes, chance: random.Random) -> bytes:
    """Return a file that differs in one to four places, or is cut off."""
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        place, kind = chance.randrange(len(found) or 1), chance.randrange(8)
        if kind == 0:
            found[place : place + 1] = bytes([chance.randrange(256)])
        elif kind == 1 and found:
            found[place] ^= 1 << chance.randrange(8)
        elif kind == 2:
            found[place:place] = chance.choice(MARKS)
        elif kind == 3:
            del found[place : place + chance.choice((1, 1, 2, 10, 100))]
        elif kind == 4:
            length, to = chance.choice((1, 5, 50)), chance.randrange(len(found) or 1)
            found[to:to] = found[place : place + length]
        elif kind == 5:
            found[place : place + len(chance.choice(MARKS))] = chance.choice(MARKS)
        elif kind == 6 and chance.random() < 0.3:
            del found[place:]
        else:
            found[place : place + 4] = chance.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"9999"))
    return bytes(found)
