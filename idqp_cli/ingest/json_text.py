"""JSON text as files of a record in each line: an array, or objects over several lines, are written anew so.

Where a record begins and ends is found by its brackets alone. Whether it is JSON
is for DuckDB to say, so a broken record is one bad line among the others.
"""

from __future__ import annotations

import codecs
import itertools
import json
import mmap
import os
import re
from array import array
from collections.abc import Iterator
from dataclasses import replace

from idqp_cli.dataset import Note, ReadOptions
from idqp_cli.frozen import frozen
from idqp_cli.ingest import encoding
from idqp_cli.ingest.compression import chunks, opened
from idqp_cli.ingest.files import File, Source

MAX_LINE = 1 << 24
HEAD = 1 << 17
# What stands in the place of a line that DuckDB would stop at.
NOT_UTF_8, TOO_LONG = "not UTF-8 (say read.encoding)", f"longer than {MAX_LINE:,} bytes"
UNCLOSED, BEHIND = "the array is not closed", "text behind the end of the array"
NOT_JSON = "not JSON"
REASONS = (NOT_UTF_8, TOO_LONG, UNCLOSED, BEHIND)
# DuckDB reads a line as the one cell of a table whose delimiter this is; JSON has no such character.
SEPARATOR = b"\x1f"
# A text is one token; it ends with its line at the latest, because JSON has no line break in a text.
TOKEN = re.compile(rb'"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"?|[{}\[\],\n]')
BLANK = b" \t\r\n"
LONGEST_INDENT = 100


@frozen
class JsonText:
    """Files with a record in each line that is not blank, and what was decided about their bytes.

    `lines` gives, by file, the line in the original of each record; None where they are the same.
    """

    source: Source
    lines: tuple[array[int] | None, ...]
    notes: tuple[Note, ...] = ()


def readable(source: Source, options: ReadOptions, folder: str) -> JsonText:
    """Return the files as DuckDB can read them, written anew into `folder` where they are of another shape.

    Raises:
        UnreadableError: a file is damaged, or not in its encoding.

    """
    text = encoding.as_utf8(source, options.encoding, folder)
    files: list[File] = []
    lines: list[array[int] | None] = []
    for number, file in enumerate(text.source.files):
        if _is_lines(file):
            files.append(file)
            lines.append(None)
        else:
            path = os.path.join(folder, f"{number}.records")
            files.append(replace(file, path=path, compressed=None))
            lines.append(_records(file, path, os.path.join(folder, f"{number}.whole")))
    return JsonText(replace(text.source, files=tuple(files)), tuple(lines), text.notes)


def mended(text: JsonText, folder: str) -> JsonText:
    """Return the files as DuckDB reads them to the end: without bytes that are not UTF-8 and without longer lines.

    A file of a Western code page is written anew as UTF-8.

    Raises:
        UnreadableError: a file is damaged.

    """
    western = encoding.western(text.source, folder)
    source = text.source if western is None else western.source
    notes = () if western is None else western.notes
    files = []
    for number, file in enumerate(source.files):
        path = os.path.join(folder, f"{number}.mended")
        with open(path, "wb") as copy:
            copy.writelines(_checked(line) + b"\n" for line in _lines(file))
        files.append(replace(file, path=path, compressed=None))
    return replace(text, source=replace(source, files=tuple(files)), notes=(*text.notes, *notes))


def _is_lines(file: File) -> bool:
    """Tell whether each line is a record of its own: the first that is not blank is whole, or the second is."""
    with opened(file) as stream:
        head = stream.read(HEAD + 1)
    lines = [line for line in head.removeprefix(codecs.BOM_UTF8).split(b"\n") if line.strip()]
    if not lines or not lines[0].lstrip().startswith((b"{", b"[")):
        return True
    if len(head) > HEAD:
        if len(lines) == 1:
            return lines[0].lstrip().startswith(b"{")
        lines.pop()
    first, *others = lines
    if _is_json(first):
        return bool(others) or first.lstrip().startswith(b"{")
    if any(_is_object(line) for line in itertools.islice(others, 1)):
        return not first.lstrip().startswith(b"[")
    return first.lstrip().startswith(b"{") and first.strip() != b"{" and not _goes_on(lines)


def _goes_on(lines: list[bytes]) -> bool:
    """Tell whether an object goes on over several lines: it is whole, or whole up to the end of what is there."""
    text = b"\n".join(lines).decode("utf-8", errors="replace")
    try:
        json.JSONDecoder().raw_decode(text.lstrip())
    except json.JSONDecodeError as error:
        return len(lines) > 1 and error.pos >= len(text.strip())
    return True


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _is_object(line: bytes) -> bool:
    return line.lstrip().startswith(b"{") and _is_json(line)


def _records(file: File, path: str, whole: str) -> array[int]:
    """Write each record of a file into a line of its own; return the line on which each begins."""
    if file.compressed:
        with open(whole, "wb") as copy:
            copy.writelines(chunks(file))
        file = replace(file, path=whole, compressed=None)
    lines = array("q")
    with (
        open(file.path, "rb") as stream,
        open(path, "wb") as copy,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text,
    ):
        for line, record in _split(text):
            lines.append(line)
            copy.write(_checked(record.replace(b"\n", b"\t")) + b"\n")
    return lines


def _split(text: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Yield the records, each with the line on which it begins: the elements of an array, or values one by one."""
    start = 3 if text[:3] == codecs.BOM_UTF8 else 0
    depth = elements = 0
    line, begin, indent = 1, start, b""
    inside = ended = broken = False

    def record(end: int) -> tuple[int, bytes]:
        piece = text[start:end]
        bare = piece.lstrip(BLANK)
        return line - bare.count(b"\n"), bare.rstrip(BLANK)

    for token in TOKEN.finditer(text):
        sign, at = token[0][:1], token.start()
        between = not depth and not inside and not ended
        if sign == b"\n":
            if between and (stray := record(at))[1]:
                yield stray
                start = at
            if broken and text[at + 1 : at + 2 + len(indent)] == indent + b"{":
                # Whatever was open, the next element begins where the last one did.
                yield record(at)
                start, depth, broken, elements = at + 1, 0, False, elements + 1
            line, begin = line + 1, at + 1
        elif sign == b"[" and between and not record(at)[1]:
            inside, start = True, at + 1
        elif sign in b"{[":
            if not depth:
                indent, broken = text[max(begin, at - LONGEST_INDENT) : at], False
            depth += 1
        elif sign == b'"':
            broken = broken or len(token[0]) == 1 or not token[0].endswith(b'"')
        elif sign in b",]" and inside and not depth:
            found = record(at)
            if found[1] or sign == b"," or elements:
                # Nothing between two commas, or behind the last one, is not JSON.
                yield found if found[1] else (line, b",")
            elements, start = elements + 1, at + 1
            inside, ended = sign == b",", sign == b"]"
        elif sign in b"}]":
            depth = max(0, depth - 1)
            if not depth and not inside and not ended:
                yield record(at + 1)
                start = at + 1
    begins, rest = record(len(text))
    if rest:
        yield begins, BEHIND.encode() if ended else rest
    if inside:
        yield line, UNCLOSED.encode()


def _lines(file: File) -> Iterator[bytes]:
    """Yield the lines without their ends; of a line that is too long, no more than shows that."""
    rest = b""
    for chunk in chunks(file):
        pieces = chunk.split(b"\n")
        pieces[0] = rest + pieces[0]
        rest = pieces.pop()[: MAX_LINE + 1]
        yield from pieces
    yield rest


def _checked(line: bytes) -> bytes:
    """Return a line, or what is wrong with it where DuckDB would stop at it."""
    if len(line) > MAX_LINE:
        return TOO_LONG.encode()
    try:
        line.decode()
    except UnicodeDecodeError:
        return NOT_UTF_8.encode()
    if SEPARATOR in line:
        return NOT_JSON.encode()
    # A tab is as blank between values as a line break is, and as wrong in a text.
    return line.rstrip(b"\r").replace(b"\r", b"\t")
