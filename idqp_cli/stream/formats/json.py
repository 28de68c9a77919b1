"""JSON: each message is an object, whose keys are the columns."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import ReadOptions
from idqp_cli.ingest.json_text import MAX_LINE, NOT_UTF_8, NOT_UTF_8_EITHER, checked
from idqp_cli.stream.about import About, cells
from idqp_cli.stream.feed import Message
from idqp_cli.stream.formats import Lines

BLANK = b" \t\r\n"
# What is no JSON in any reading of it, and stands where a message says nothing.
NOTHING = b"\x01"


@frozen
class JsonForm(Lines):
    """Messages of JSON, with the columns that are asked for besides."""

    about: tuple[About, ...] = ()
    ending: str = ".jsonl"
    header: bytes = b""

    def reads(self, read: ReadOptions) -> ReadOptions:
        """Return how the lines are read: all are UTF-8."""
        return replace(read, encoding="utf-8")

    def line(self, message: Message) -> bytes | None:
        """Return a message as it is, on one line; what is wrong with it stays wrong."""
        value = message.value()
        if value is None:
            return None
        if not self.about and _is_plain(value):
            return value
        # Between values a line break is as good as a tab, and in a text as bad.
        line = checked(value.removeprefix(BOM_UTF8).strip(BLANK).replace(b"\n", b"\t")) or NOTHING
        if line == NOT_UTF_8.encode():
            return NOT_UTF_8_EITHER.encode()
        if not self.about or not line.startswith(b"{"):
            return line
        before = json.dumps(dict(cells(message, self.about)), ensure_ascii=False).encode("utf-8", "backslashreplace")
        rest = line[1:].lstrip(BLANK)
        return before[:-1] + (b"" if rest.startswith(b"}") else b", ") + rest

    def at_once(self, values: Sequence[bytes | None]) -> bytes | None:
        """Return messages as lines, if each can stand on one as it is."""
        if self.about or None in values:
            return None
        lines = b"\n".join(cast("Sequence[bytes]", values))
        whole = lines.startswith(b"{") and lines.count(b"\n{") == lines.count(b"\n") == len(values) - 1
        plain = whole and lines.isascii() and b"\r" not in lines and b"\x1f" not in lines
        return lines if plain and max(map(len, cast("Sequence[bytes]", values))) < MAX_LINE else None

    def value(self, message: Message, column: str) -> object:
        """Return what a message has under a key."""
        try:
            found = json.loads(message.value() or b"")
        except (ValueError, RecursionError):
            return None
        return found.get(column) if isinstance(found, dict) else None


def _is_plain(value: bytes) -> bool:
    """Tell at once whether a message can stand on a line as it is; what is not plain is looked at."""
    return (
        value[:1] == b"{"
        and value.isascii()
        and b"\n" not in value
        and b"\r" not in value
        and b"\x1f" not in value
        and len(value) < MAX_LINE
    )
