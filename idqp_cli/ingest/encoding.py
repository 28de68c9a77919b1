"""Text in another encoding than UTF-8, written anew as UTF-8 before DuckDB reads it."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from dataclasses import replace

from idqp_cli.errors import UnreadableError
from idqp_cli.ingest.compression import chunks, opened
from idqp_cli.ingest.files import File, Source
from idqp_cli.text import clean

PLAIN = frozenset({"utf-8", "utf-8-sig"})
BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def as_utf8(source: Source, encoding: str | None, folder: str) -> Source:
    """Return the source with every file that is not UTF-8 written anew into `folder`.

    `encoding` is what the rules file says; without it a byte order mark tells
    UTF-16, and all else is UTF-8.

    Raises:
        UnreadableError: a file is not in its encoding; the text names the line.

    """
    files = tuple(
        _as_utf8(file, encoding, os.path.join(folder, str(number))) for number, file in enumerate(source.files)
    )
    return replace(source, files=files)


def _as_utf8(file: File, encoding: str | None, path: str) -> File:
    if encoding is None:
        with opened(file) as stream:
            encoding = "utf-16" if stream.read(2) in BOMS else "utf-8"
    if encoding in PLAIN:
        return file
    # Line ends stay as they are: a cell may hold any.
    with open(path, "w", encoding="utf-8", newline="") as copy:
        copy.writelines(_decoded(file, encoding))
    return replace(file, path=path, compressed=None, size=os.path.getsize(path))


def _decoded(file: File, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        for chunk in chunks(file):
            text = decoder.decode(chunk)
            line += text.count("\n")
            yield text
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        line += error.object[: error.start].decode(encoding, errors="replace").count("\n")
        raise UnreadableError(f"{file.shown}: line {line:,} is not {clean(encoding)}; say read.encoding") from None
