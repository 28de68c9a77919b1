"""Bad files, each with a name: what is wrong with the text, or with what it is wrapped in."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zlib
from collections.abc import Iterator

import zstandard

from hostile.mutants import NAMES, csv_text, json_lines, parquet

CSV = csv_text()
HEAD, _, REST = CSV.partition(b"\n")
LINES = b"1,a,1.5,2024-01-01,x\n2,b,2.5,2024-01-02,y\n3,c,3.5,2024-01-03,z\n"
PLAIN = HEAD + b"\n" + LINES
PAGE = b"<!DOCTYPE html><html><body><h1>404 Not Found</h1></body></html>\n"


def put(content: bytes, place: int, what: bytes) -> bytes:
    """Return the content with something inserted before a line (from 0, negative from the end)."""
    lines = content.splitlines(keepends=True)
    lines.insert(place if place >= 0 else len(lines) + 1 + place, what)
    return b"".join(lines)


TEXTS: dict[str, bytes] = {
    "nothing": b"", "a byte order mark": b"\xef\xbb\xbf", "a line break": b"\n", "line breaks": b"\n" * 9, "a space": b" ",
    "a header": HEAD + b"\n", "a header without an end": HEAD, "a header twice": HEAD + b"\n" + PLAIN,
    "a header in the middle": put(PLAIN, 2, HEAD + b"\n"), "a NUL": b"\0", "NULs": b"\0" * 4096,
    "a NUL in a cell": PLAIN.replace(b"b,", b"b\0,"), "a NUL in the header": PLAIN.replace(b"name", b"na\0me"),
    "NULs at the end": PLAIN + b"\0" * 512, "a NUL as a line": put(PLAIN, 2, b"\0\n"),
    "a wrong byte in a cell": PLAIN.replace(b",b,", b",\xff,"), "a wrong byte in the header": PLAIN.replace(b"name", b"na\xffme"),
    "a wrong byte at the end": PLAIN + b"\xc3", "a cut character": PLAIN.replace(b",z", b",\xe6\x97"),
    "an overlong character": PLAIN.replace(b",b,", b",\xc0\xaf,"), "a surrogate": PLAIN.replace(b",b,", b",\xed\xa0\x80,"),
    "UTF-16 without a mark": PLAIN.decode().encode("utf-16-le"), "UTF-16, cut": PLAIN.decode().encode("utf-16")[:-1],
    "UTF-16, big": PLAIN.decode().encode("utf-16-be"), "UTF-32": PLAIN.decode().encode("utf-32"),
    "UTF-7": b"id,name\n1,+AGE-\n", "EBCDIC": PLAIN.decode().encode("cp500"), "two marks": b"\xef\xbb\xbf" * 2 + PLAIN,
    "a mark in the middle": put(PLAIN, 2, b"\xef\xbb\xbf"),
    "a quote not closed": PLAIN.replace(b",b,", b',"b,'), "a quote not closed at the end": PLAIN + b'4,"d',
    "a quote not closed in the header": PLAIN.replace(b"name", b'"name'), "a stray quote": PLAIN.replace(b",b,", b',b"x,'),
    "text behind a quote": PLAIN.replace(b",b,", b',"b"x,'), "quotes only": b'"""""\n', "one quote": b'"',
    "a short row": put(PLAIN, 2, b"9,x\n"), "a long row": put(PLAIN, 2, b"9,x,1,2024-01-01,y,z\n"),
    "a short last row": PLAIN + b"9,x", "a short first row": put(PLAIN, 1, b"9\n"), "a long first row": put(PLAIN, 1, b"1,2,3,4,5,6,7\n"),
    "commas only": b",,,,\n" * 9, "a row of commas": put(PLAIN, 2, b",,,,\n"), "blank lines inside": PLAIN.replace(b"\n2", b"\n\n\n2"),
    "a line of spaces": put(PLAIN, 2, b"   \n"), "another delimiter below": HEAD + b"\n" + LINES.replace(b",", b";"),
    "two delimiters": PLAIN.replace(b"2,b,", b"2;b;"), "tabs among commas": PLAIN.replace(b"2,b,", b"2\tb\t"),
    "mixed line ends": PLAIN.replace(b"x\n", b"x\r\n").replace(b"y\n", b"y\r"), "CR only": PLAIN.replace(b"\n", b"\r"),
    "a lone CR behind a cell of two lines": CSV.replace(b"17,O", b"17,\r"), "a lone CR for a comma": CSV.replace(b'""",2.25', b'"""\r2.25'),
    "LF CR": PLAIN.replace(b"\n", b"\n\r"), "unit separators": PLAIN.replace(b",", b"\x1f").replace(b"\n", b"\x1e"),
    "a name twice": PLAIN.replace(b"name", b"id"), "a name in two cases": PLAIN.replace(b"name", b"ID"),
    "no name": PLAIN.replace(b"name", b""), "names of spaces": b" ,  ,   \n1,2,3\n", "a reserved name": PLAIN.replace(b"name", b"idqp:row"),
    "a name of SQL": PLAIN.replace(b"name", b'"""; DROP TABLE t; --"'), "escapes in a name": PLAIN.replace(b"name", b"\x1b[31mx"),
    "numbers for names": b"1,2,3\n4,5,6\n7,8,9\n", "a preamble": b"Report of today\n\n" + PLAIN, "a trailer": PLAIN + b"3 rows\n",
    "a comment": b"# made by x\n" + PLAIN, "a web page": PAGE, "a web page behind a header": HEAD + b"\n" + PAGE,
    "JSON": b'{"a": 1}\n', "XML": b"<?xml version='1.0'?><a/>\n", "YAML": b"a: 1\nb: 2\n",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
    "marks of a merge": put(put(PLAIN, 2, b"<<<<<<< HEAD\n"), 4, b"=======\n>>>>>>> x\n"),
    "a patch": b"--- a/t.csv\n+++ b/t.csv\n@@ -1 +1 @@\n-1,a\n+1,b\n", "a shell script": b"#!/bin/sh\nrm -rf /\n",
    "a zip": b"PK\x03\x04" + b"\0" * 99, "a PDF": b"%PDF-1.7\n", "an SQLite database": b"SQLite format 3\0" + b"\0" * 99,
    "an Arrow file": b"ARROW1\0\0", "an Avro file": b"Obj\x01\x04", "a program": b"\x7fELF\x02\x01\x01" + b"\0" * 99,
    "an image": b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "a pickle": b"\x80\x04\x95\x10\0\0\0\0\0\0\0]\x94.",
    "random bytes": bytes((7 * one * one + 13 * one) % 256 for one in range(999)), "one byte": b"\x80",
    "a huge cell": PLAIN.replace(b",b,", b"," + b"b" * 3_000_000 + b","), "a huge name": PLAIN.replace(b"name", b"n" * 100_000),
    "many columns": b",".join(b"c%d" % one for one in range(1_500)) + b"\n" + b",".join([b"1"] * 1_500) + b"\n",
    "a number beyond all": PLAIN.replace(b"2.5", b"9" * 400), "an exponent beyond all": PLAIN.replace(b"2.5", b"1e999999999"),
    "a date that is none": PLAIN.replace(b"2024-01-02", b"2024-02-30"), "a year beyond all": PLAIN.replace(b"2024-01-02", b"99999999-01-02"),
    "hidden spaces": PLAIN.replace(b",b,", ",\u00a0b\u200b,".encode()), "a vertical tab": PLAIN.replace(b",b,", b",b\x0b,"),
    "an end of file mark": PLAIN + b"\x1a", "form feeds": PLAIN.replace(b"\n2", b"\n\x0c2"),
}  # fmt: skip

OBJECT = b'{"id": 1, "name": "a"}'
OBJECTS: dict[str, bytes] = {
    "an open object": OBJECT + b'\n{"id": 2', "an open text": OBJECT + b'\n{"id": "2}', "a comma too many": OBJECT + b'\n{"id": 2,}',
    "a comma too few": OBJECT + b'\n{"id": 2 "name": "b"}', "single quotes": OBJECT + b"\n{'id': 2}", "no quotes": OBJECT + b"\n{id: 2}",
    "NaN": OBJECT + b'\n{"id": NaN}', "Infinity": OBJECT + b'\n{"id": -Infinity}', "hexadecimal": OBJECT + b'\n{"id": 0x1F}',
    "a leading zero": OBJECT + b'\n{"id": 007}', "a leading plus": OBJECT + b'\n{"id": +1}', "a lone point": OBJECT + b'\n{"id": 1.}',
    "a huge number": OBJECT + b'\n{"id": ' + b"9" * 5_000 + b"}", "a huge exponent": OBJECT + b'\n{"id": 1e99999}',
    "True": OBJECT + b'\n{"id": True}', "a comment": OBJECT + b'\n{"id": 2} // x', "a key twice": OBJECT + b'\n{"id": 2, "id": 3}',
    "a key in two cases": OBJECT + b'\n{"ID": 2}', "an empty key": OBJECT + b'\n{"": 2}', "a list": OBJECT + b"\n[1, 2]",
    "a number": OBJECT + b"\n7", "a text": OBJECT + b'\n"x"', "null": OBJECT + b"\nnull", "two on a line": OBJECT + OBJECT,
    "a stray bracket": OBJECT + b"\n]", "an array not closed": b"[" + OBJECT + b",", "an array of none": b"[]", "an empty object": b"{}",
    "a wrong escape": OBJECT + b'\n{"name": "\\x"}', "a cut escape": OBJECT + b'\n{"name": "\\u12"}', "a lone surrogate": OBJECT + b'\n{"name": "\\ud800"}',
    "an escaped NUL": OBJECT + b'\n{"name": "\\u0000"}', "a NUL": OBJECT + b'\n{"name": "\0"}', "a wrong byte": OBJECT + b'\n{"name": "\xff"}',
    "a line break in a text": OBJECT + b'\n{"name": "a\nb"}', "a tab in a text": OBJECT + b'\n{"name": "a\tb"}', "deep": b'{"a": ' * 2_000 + b"1" + b"}" * 2_000,
    "deep lists": b'{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "deeper objects": b'{"a": ' * 100_000 + b"1" + b"}" * 100_000, "deeper lists": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep lists and objects": b'{"a": [' * 50_000 + b"1" + b"]}" * 50_000, "a deep second line": OBJECT + b"\n" + b'{"a": ' * 50_000 + b"1" + b"}" * 50_000,
    "deep objects not closed": b'{"a": ' * 50_000, "deep lists not closed": b'{"a": ' + b"[" * 50_000, "lists without an object": b"[" * 50_000 + b"]" * 50_000,
    "deep objects over lines": b'{"a":\n' * 50_000 + b"1" + b"}" * 50_000, "deep objects in an array": b"[" + b'{"a": ' * 50_000 + b"1" + b"}" * 50_000 + b"]", "many keys": json.dumps({f"k{one}": one for one in range(1_500)}).encode(),
    "a byte order mark": b"\xef\xbb\xbf" + OBJECT, "UTF-16": OBJECT.decode().encode("utf-16"), "record separators": b"\x1e" + OBJECT + b"\n\x1e" + OBJECT,
    "types that differ": OBJECT + b'\n{"id": "x", "name": {"a": 1}}', "a reserved key": OBJECT + b'\n{"idqp:row": 1}', "CSV below": OBJECT + b"\n1,2,3",
}  # fmt: skip


def _damaged_gzip(content: bytes) -> Iterator[tuple[str, bytes]]:
    whole = gzip.compress(content, mtime=0)
    yield "cut in half", whole[: len(whole) // 2]
    yield "cut before the checksum", whole[:-8]
    yield "cut in the checksum", whole[:-5]
    yield "with a wrong checksum", whole[:-8] + struct.pack("<I", zlib.crc32(content) ^ 1) + whole[-4:]
    yield "with a wrong length", whole[:-4] + struct.pack("<I", len(content) + 1)
    yield "with text behind", whole + b"text behind"
    yield "twice", whole + whole
    yield "with a cut second part", whole + whole[:20]
    yield "of gzip", gzip.compress(whole)
    yield "as a header alone", whole[:10]
    yield "as a magic number alone", whole[:2]
    yield "with another method", whole[:2] + b"\x09" + whole[3:]
    yield "with reserved flags", whole[:3] + b"\xe0" + whole[4:]
    yield "with a name not ended", whole[:3] + b"\x08" + whole[4:10] + b"x" * 40
    yield "of nothing", gzip.compress(b"")
    yield "that is none", content


def _damaged_zstd(content: bytes) -> Iterator[tuple[str, bytes]]:
    whole = zstandard.ZstdCompressor(write_checksum=True).compress(content)
    plain = zstandard.ZstdCompressor(write_content_size=False).compress(content)
    yield "cut in half", whole[: len(whole) // 2]
    yield "cut by a byte", whole[:-1]
    yield "without checksum, cut", plain[:-1]
    yield "with a wrong checksum", whole[:-1] + bytes([whole[-1] ^ 1])
    yield "with text behind", whole + b"text behind"
    yield "twice", whole + plain
    yield "with a cut second part", whole + plain[: len(plain) // 2]
    yield "behind a skippable frame", b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + whole
    yield "behind an endless skippable frame", b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + whole
    yield "as a magic number alone", whole[:4]
    yield "with a reserved bit", whole[:4] + bytes([whole[4] | 0x08]) + whole[5:]
    yield "of nothing", zstandard.ZstdCompressor().compress(b"")
    yield "that is none", content


def _damaged_parquet() -> Iterator[tuple[str, bytes]]:
    whole = parquet(row_group_size=10)
    (length,) = struct.unpack("<I", whole[-8:-4])
    foot = len(whole) - 8 - length
    for share in range(1, 10):
        yield f"cut at {share}0 %", whole[: len(whole) * share // 10]
    for less in (1, 4, 8, 9):
        yield f"cut by {less}", whole[:-less]
    for said in (0, 1, length - 1, length + 1, len(whole), 0x7FFFFFFF, 0xFFFFFFFF):
        yield f"with a footer of {said:,}", whole[:-8] + struct.pack("<I", said) + whole[-4:]
    for name, place in (
        ("first page", 4),
        ("second page", 200),
        ("footer", foot),
        ("middle of the footer", foot + length // 2),
    ):
        for fill in (b"\0", b"\xff", b"\x15"):
            yield f"with {fill[0]:#x} in its {name}", whole[:place] + fill * 8 + whole[place + 8 :]
    for number, step in enumerate(range(foot, foot + length, max(1, length // 16))):
        yield (
            f"with a bit of its footer flipped, {number}",
            whole[:step] + bytes([whole[step] ^ 0x04]) + whole[step + 1 :],
        )
    for number, step in enumerate(range(8, foot, max(1, foot // 12))):
        yield (
            f"with a bit of its data flipped, {number}",
            whole[:step] + bytes([whole[step] ^ 0x10]) + whole[step + 1 :],
        )
    yield "with its begin alone", b"PAR1"
    yield "with its ends alone", b"PAR1\0\0\0\0PAR1"
    yield "encrypted", b"PARE" + whole[4:-4] + b"PARE"
    yield "twice", whole + whole
    yield "with text behind", whole + b"text behind"
    yield "with text before", b"text before" + whole
    yield "of no rows", empty()
    yield "that is text", CSV


def empty() -> bytes:
    """Return a Parquet file without rows."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    content = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([], pa.int64()) for name in NAMES}), content, store_schema=False)
    return content.getvalue()


def bad_files() -> dict[str, bytes]:
    """Return the content of all bad files by what they are; the begin of the name is that of the file."""
    found: dict[str, bytes] = {}
    for name, content in TEXTS.items():
        found[f"t.csv of {name}"] = content
    for name, content in list(TEXTS.items())[::3]:
        found[f"t.csv.gz of {name}"] = gzip.compress(content, mtime=0)
        found[f"t.csv.zst of {name}"] = zstandard.ZstdCompressor().compress(content)
    for name, content in OBJECTS.items():
        found[f"t.jsonl of {name}"] = content + b"\n"
    for name, content in list(OBJECTS.items())[::3]:
        found[f"t.jsonl.gz of {name}"] = gzip.compress(content, mtime=0)
    for base, text in (("t.csv", CSV), ("t.jsonl", json_lines())):
        found |= {f"{base}.gz {name}": content for name, content in _damaged_gzip(text)}
        found |= {f"{base}.zst {name}": content for name, content in _damaged_zstd(text)}
    found |= {f"t.parquet {name}": content for name, content in _damaged_parquet()}
    return found
