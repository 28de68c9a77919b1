"""Text in another encoding than UTF-8, written anew as UTF-8 before DuckDB reads it."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from dataclasses import replace

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.relation import Note
from idqp_cli.core.text import clean
from idqp_cli.ingest.compression import chunks, verify
from idqp_cli.ingest.files import File, Source

PLAIN = frozenset({"utf-8", "utf-8-sig"})
# The mark of UTF-32 begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
HEAD = 1 << 17
BLOCK = 1 << 16


@frozen
class Readable:
    """A source whose files are UTF-8, and what its reader decided about their bytes."""

    source: Source
    notes: tuple[Note, ...] = ()


def as_utf8(source: Source, encoding: str | None, folder: str) -> Readable:
    """Return the source with every file that is not UTF-8 written anew into `folder`.

    `encoding` is what the rules file says. A byte order mark wins over it.
    Without both, the beginning of a file tells UTF-8 from a Western code page.
    NUL bytes at the end of a file are left out.

    Raises:
        UnreadableError: a file is not in its encoding; the text names the line.

    """
    files, notes = [], []
    for number, file in enumerate(source.files):
        path = os.path.join(folder, f"{number}.utf8")
        one, note = _as_utf8(file, encoding, path, number)
        files.append(one)
        notes += note
    return Readable(replace(source, files=tuple(files)), tuple(notes))


def western(source: Source, folder: str) -> Readable | None:
    """Return the source with every file of a Western code page written anew; None where there is no such file.

    Every file is read to its end: its first bytes may be those of UTF-8.

    Raises:
        UnreadableError: a file cannot be read.

    """
    files, notes = [], []
    for number, file in enumerate(source.files):
        found = _western(file)
        if found is not None:
            notes.append(_guessed(number, *found))
            file = _written(file, found[0], os.path.join(folder, f"{number}.western"))  # noqa: PLW2901
        files.append(file)
    return Readable(replace(source, files=tuple(files)), tuple(notes)) if notes else None


def _as_utf8(file: File, encoding: str | None, path: str, number: int) -> tuple[File, list[Note]]:
    padded = file.compressed is not None and verify(file)
    head = _head(file)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    notes = []
    if marked is not None:
        if encoding is not None and not _alike(encoding, marked):
            why = f"begins with the byte order mark of {marked}, so it is not read as {clean(encoding, 40)}"
            notes.append(Note(number, 1, why, encoding))
        encoding = marked
    elif encoding is None:
        _refuse_wide(file, head)
        if not _is_utf8(head) and (found := _western(file)) is not None:
            encoding = found[0]
            notes.append(_guessed(number, *found))
    if encoding is not None and encoding not in PLAIN:
        return _written(file, encoding, path), notes
    if padded:
        # DuckDB refuses what gzip leaves out.
        return _decompressed(file, path), notes
    beginning = head.rstrip(b"\0")
    # What is not text is refused as it is, not taken for text with padding.
    text = beginning and _is_utf8(beginning) and b"\0" not in beginning
    padding = _padding(file) if text and not file.compressed else 0
    if padding:
        notes.append(_without(file, path, padding, number))
        file = replace(file, path=path, size=os.path.getsize(path))
    return file, notes


def _western(file: File) -> tuple[str, int] | None:
    from idqp_cli.ingest import code_pages  # noqa: PLC0415 - only text that is not UTF-8 has to pay

    return code_pages.western(chunks(file))


def _guessed(number: int, encoding: str, line: int) -> Note:
    why = f"is not UTF-8, so the file is read as {encoding}; if it is that, set read.encoding: {encoding}"
    return Note(number, line, why, "utf-8")


def _head(file: File) -> bytes:
    return next(chunks(file), b"")[:HEAD]


def _alike(encoding: str, marked: str) -> bool:
    return codecs.lookup(encoding).name.removesuffix("-sig").startswith(marked)


def _is_utf8(head: bytes) -> bool:
    try:
        # The last character may be cut.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_wide(file: File, head: bytes) -> None:
    """Refuse text of two or four bytes for a character that has no byte order mark, with its name."""
    if b"\0" not in head:
        return
    for name in WIDE:
        width = 4 if "32" in name else 2
        try:
            text = head[: len(head) // width * width].rstrip(b"\0").ljust(width, b"\0")
            text += b"\0" * (-len(text) % width)
            decoded = text.decode(name)
        except UnicodeDecodeError:
            continue
        letters = sum(" " <= one < "\u3000" or one in "\t\r\n" for one in decoded)
        if "\0" not in decoded and "\n" in decoded and letters * 10 >= len(decoded) * 9:
            raise UnreadableError(
                f"{file.shown}: is a binary file (it contains a NUL byte), or {name} without a byte order mark;"
                f" if it is text, set read.encoding: {name}"
            )


def _written(file: File, encoding: str, path: str) -> File:
    # Line ends stay as they are: a cell may hold any.
    with open(path, "w", encoding="utf-8", newline="") as copy:
        copy.writelines(_decoded(file, encoding))
    return replace(file, path=path, compressed=None, size=os.path.getsize(path))


def _decompressed(file: File, path: str) -> File:
    with open(path, "wb") as copy:
        copy.writelines(chunks(file))
    return replace(file, path=path, compressed=None, size=os.path.getsize(path))


def _decoded(file: File, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    line, first = 1, True
    try:
        for chunk in chunks(file):
            text = decoder.decode(chunk)
            line += text.count("\n")
            # utf-16-le and its like keep the mark.
            yield text.removeprefix("\ufeff") if first else text
            first = first and not text
        yield decoder.decode(b"", final=True)
    except UnicodeError as error:
        if isinstance(error, UnicodeDecodeError):
            line += error.object[: error.start].decode(encoding, errors="replace").count("\n")
        raise UnreadableError(f"{file.shown}: line {line:,} is not {clean(encoding)}; set read.encoding") from None


def _padding(file: File) -> int:
    """Return the number of NUL bytes at the end of a file that is not compressed."""
    found = 0
    with open(file.path, "rb") as stream:
        end = file.size
        while end:
            start = max(0, end - (BLOCK if found else 1))
            stream.seek(start)
            block = stream.read(end - start)
            kept = block.rstrip(b"\0")
            found += len(block) - len(kept)
            if kept:
                break
            end = start
    return found


def _without(file: File, path: str, padding: int, number: int) -> Note:
    """Write a file anew without the NUL bytes at its end."""
    left, line = file.size - padding, 1
    with open(path, "wb") as copy:
        for chunk in chunks(file):
            part = chunk[:left]
            left -= len(part)
            copy.write(part)
            line += part.count(b"\n")
    return Note(number, line, f"ends with {padding:,} NUL bytes, which are ignored", "no NUL byte")
