"""Files that come as `multipart/form-data`, written to a folder as they come; nothing of them is kept in memory."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import IO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from idqp_cli.core.frozen import frozen
from idqp_cli.server import sent_files
from idqp_cli.server.problems import Problem

MOST_FILES = 20
# In bytes: the rules, and a name of a dataset.
LONGEST_RULES, LONGEST_NAME, LONGEST_BOUNDARY = 1 << 18, 300, 200
RULES, DATASET, FILE = "rules", "dataset", "file"
RULES_FILE = "rules.yaml"
# It writes what is wrong with a body to stderr, in the words of the body.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


@frozen
class Sent:
    """What was sent: the names of the files, the dataset whose rules they are to be checked by, whether rules came."""

    files: tuple[str, ...]
    dataset: str | None
    rules: bool


class Receiver:
    """Takes a body piece by piece, and writes its files into a folder."""

    def __init__(self, content_type: str, folder: str, most: int) -> None:
        """Begin a body of so many bytes at most.

        Raises:
            Problem: the content type has no boundary.

        """
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if not 0 < len(boundary) <= LONGEST_BOUNDARY:
            raise Problem("bad-request", "multipart/form-data needs a boundary")
        self._folder, self._left, self._most = Path(folder), most, most
        self._files: list[str] = []
        self._texts: dict[str, bytearray] = {}
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value = bytearray(), bytearray()
        self._file: IO[bytes] | None = None
        self._text, self._longest, self._whole = bytearray(), 0, False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear, "on_header_field": self._on_field,
                "on_header_value": self._on_value, "on_header_end": self._on_header, "on_headers_finished": self._begin,
                "on_part_data": self._on_data, "on_part_end": self._end, "on_end": self._on_end,
            },
        )  # fmt: skip

    def take(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            Problem: the body is too large, no multipart, or has what is not taken.

        """
        self._left -= len(piece)
        if self._left < 0:
            raise Problem("too-large", f"an upload has at most {self._most:,} bytes")
        try:
            self._parser.write(piece)
        except MultipartParseError:
            raise Problem("bad-request", "the body is not multipart/form-data") from None

    def done(self) -> Sent:
        """Return what came, when all of it has.

        Raises:
            Problem: it ended early, or has no file, or both rules and a dataset.

        """
        if not self._whole:
            raise Problem("bad-request", "the body ended before its last boundary")
        if not self._files:
            raise Problem("invalid", "send a file in the field `file`")
        if RULES in self._texts and DATASET in self._texts:
            raise Problem("invalid", "send `rules`, or the `dataset` whose rules apply, not both")
        if RULES in self._texts:
            (self._folder / RULES_FILE).write_bytes(self._texts[RULES])
        dataset = self._texts.get(DATASET)
        try:
            return Sent(tuple(self._files), None if dataset is None else dataset.decode(), RULES in self._texts)
        except UnicodeDecodeError:
            raise Problem("invalid", "the name of the dataset is not UTF-8") from None

    def close(self) -> None:
        """Close the file that is being written."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[bytes(self._field).lower()] = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def _begin(self) -> None:
        kind, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name, filename = options.get(b"name", b""), options.get(b"filename")
        if kind != b"form-data":
            raise Problem("bad-request", "a part is no form-data")
        field = name.decode("utf-8", "replace")
        if field == FILE and filename is not None:
            self._open(filename)
        elif field in {RULES, DATASET} and field not in self._texts:
            self._text = self._texts[field] = bytearray()
            self._longest = LONGEST_RULES if field == RULES else LONGEST_NAME
        else:
            raise Problem("invalid", "the fields are `file`, `rules` and `dataset`; only `file` comes more than once")

    def _open(self, filename: bytes) -> None:
        if len(self._files) == MOST_FILES:
            raise Problem("too-large", f"an upload has at most {MOST_FILES} files")
        try:
            name = sent_files.called(filename.decode(), self._files)
        except UnicodeDecodeError:
            raise Problem("invalid", "the name of a file is not UTF-8") from None
        sent_files.refuse_other(name, self._headers.get(b"content-type", b"").decode("latin-1"))
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.fdopen(os.open(self._folder / name, flags, 0o600), "wb")
        self._files.append(name)

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > self._longest:
            raise Problem("too-large", f"the rules have at most {LONGEST_RULES:,} bytes, a name {LONGEST_NAME}")

    def _end(self) -> None:
        self.close()

    def _on_end(self) -> None:
        self._whole = True
