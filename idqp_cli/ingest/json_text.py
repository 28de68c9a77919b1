"""JSON text as files with a record in each line: arrays, and objects over several lines, are rewritten.

Only brackets decide where a record begins and ends. DuckDB decides whether it is
JSON, so a broken record is one bad line among the others.
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

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import ReadOptions
from idqp_cli.core.relation import Note
from idqp_cli.ingest import encoding
from idqp_cli.ingest.compression import chunks, opened
from idqp_cli.ingest.files import File, Source

MAX_LINE = 1 << 24
HEAD = 1 << 17
# What stands in the place of a line that DuckDB would stop at; of a message, no other encoding can be meant.
NOT_UTF_8, TOO_LONG = "not UTF-8 (set read.encoding)", f"longer than {MAX_LINE:,} bytes"
UNCLOSED, BEHIND = "the array is not closed", "text after the end of the array"
NOT_JSON = "not JSON"
BROKEN = "not JSON (a bracket is not closed)"
NOT_UTF_8_EITHER = "not UTF-8"
REASONS = (NOT_UTF_8, NOT_UTF_8_EITHER, TOO_LONG, UNCLOSED, BEHIND, BROKEN)
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
        if source.messages is not None or _is_lines(file):
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
            copy.writelines(checked(line) + b"\n" for line in _lines(file))
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
    except ValueError:
        # A number of more digits than Python takes.
        return True
    except RecursionError:
        return len(lines) > 1
    return True


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    except RecursionError:
        return _is_closed(line)
    return True


def _is_closed(line: bytes) -> bool:
    """Tell whether every bracket is closed, where they are nested deeper than Python reads."""
    opened = bytearray()
    for token in TOKEN.finditer(line):
        if token[0] in {b"{", b"["}:
            opened += token[0]
        elif token[0] in {b"}", b"]"}:
            _close(opened, b"{" if token[0] == b"}" else b"[")
    return not opened


def _is_object(line: bytes) -> bool:
    return line.lstrip().startswith(b"{") and _is_json(line)


def _records(file: File, path: str, whole: str) -> array[int]:
    """Write each record of a file into a line of its own; return the line on which each begins."""
    # A file that is cut while it is mapped ends the process; nobody else cuts a copy.
    with open(whole, "wb") as copy:
        copy.writelines(chunks(file))
    if not os.path.getsize(whole):
        raise UnreadableError(f"{file.shown}: the file changed while it was read; check it again")
    lines = array("q")
    with (
        open(whole, "rb") as stream,
        open(path, "wb") as copy,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text,
    ):
        for line, record in _split(text):
            lines.append(line)
            copy.write(checked(record.replace(b"\n", b"\t")) + b"\n")
    return lines


def _split(text: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Yield the records, each with the line on which it begins: the elements of an array, or values one by one.

    An object cannot stand where the name of a member does. Where one does, the
    object around it was not closed, and a new record begins.
    """
    start = 3 if text[:3] == codecs.BOM_UTF8 else 0
    opened, before, indent = bytearray(), b"", b""
    line, begin, last, elements = 1, start, 0, 0
    inside = ended = broken = False
    for token in TOKEN.finditer(text):
        sign, at = token[0][:1], token.start()
        between = not opened and not inside and not ended
        if sign == b"\n":
            if between and (stray := _record(text, start, at, line))[1]:
                yield stray
                start = at
            if broken and text[at + 1 : at + 2 + len(indent)] == indent + b"{":
                # Whatever was open, the next element begins where the last one did.
                yield _record(text, start, at, line)
                start, broken, elements, opened = at + 1, False, elements + 1, bytearray()
            line, begin = line + 1, at + 1
            continue
        if sign == b"[" and between and not _record(text, start, at, line)[1]:
            inside, start = True, at + 1
        elif sign in b"{[":
            if sign == b"{" and opened and b"[" not in opened and _displaced(text, last, at, before, begin, indent):
                yield _record(text, start, at, line)[0], BROKEN.encode()
                start, elements, opened = at, elements + 1, bytearray()
            if not opened:
                indent, broken = text[max(begin, at - LONGEST_INDENT) : at], False
            opened += sign
        elif sign == b'"':
            broken = broken or len(token[0]) == 1 or not token[0].endswith(b'"')
        elif sign == b"]" and inside and opened and b"[" not in opened and _at_end(text, at + 1):
            yield _record(text, start, at, line)[0], BROKEN.encode()
            start, inside, ended, opened = at + 1, False, True, bytearray()
        elif sign in b",]" and inside and not opened:
            yield from _element(_record(text, start, at, line), line, empty=sign == b"]" and not elements)
            elements, start = elements + 1, at + 1
            inside, ended = sign == b",", sign == b"]"
        elif sign in b"}]":
            _close(opened, b"{" if sign == b"}" else b"[")
            if not opened and not inside and not ended:
                yield _record(text, start, at + 1, line)
                start = at + 1
        before, last = sign, token.end()
    yield from _rest(_record(text, start, len(text), line), line, inside=inside, ended=ended)


def _element(record: tuple[int, bytes], line: int, *, empty: bool) -> Iterator[tuple[int, bytes]]:
    """Yield an element of an array; if there is only blank, a comma, which is not JSON, unless the array is `empty`."""
    if record[1]:
        yield record
    elif not empty:
        yield line, b","


def _rest(record: tuple[int, bytes], line: int, *, inside: bool, ended: bool) -> Iterator[tuple[int, bytes]]:
    """Yield what is left at the end of the file, and that an array is not closed."""
    begins, text = record
    if text:
        yield begins, BEHIND.encode() if ended else text
    if inside:
        yield line, UNCLOSED.encode()


def _record(text: mmap.mmap, start: int, end: int, line: int) -> tuple[int, bytes]:
    """Return the line on which a piece begins that ends on `line`, and the piece; neither with the blanks around it."""
    bare = text[start:end].lstrip(BLANK)
    return line - bare.count(b"\n"), bare.rstrip(BLANK)


def _at_end(text: mmap.mmap, at: int) -> bool:
    return len(text) - at <= LONGEST_INDENT and not text[at:].strip(BLANK)


def _displaced(text: mmap.mmap, last: int, at: int, before: bytes, begin: int, indent: bytes) -> bool:
    """Tell whether the object that begins at `at` stands in an object where the name of a member has to.

    The token `before` ends at `last`; `begin` is where the line begins, and
    `indent` what stands in its line before the object around it.
    """
    if text[last:at].rstrip(BLANK).endswith(b":"):
        return False
    return before == b"," or (begin > last and text[begin:at] == indent)


def _close(opened: bytearray, bracket: bytes) -> None:
    """Close the last open `bracket` with all that is open in it; one that closes nothing is left out."""
    place = opened.rfind(bracket)
    if place >= 0:
        del opened[place:]


def _lines(file: File) -> Iterator[bytes]:
    """Yield the lines without their ends; of a line that is too long, no more than shows that."""
    rest = b""
    for chunk in chunks(file):
        pieces = chunk.split(b"\n")
        pieces[0] = rest + pieces[0]
        rest = pieces.pop()[: MAX_LINE + 1]
        yield from pieces
    yield rest


def checked(line: bytes) -> bytes:
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
