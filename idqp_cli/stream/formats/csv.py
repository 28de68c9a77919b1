"""CSV: each message is one line of cells, whose names the rules file has."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import ReadOptions
from idqp_cli.stream.about import About, cells, plain
from idqp_cli.stream.feed import Message
from idqp_cli.stream.formats import Lines

DELIMITER = ","


@frozen
class CsvForm(Lines):
    """Messages of CSV without a header, with the columns that are asked for besides."""

    fields: tuple[str, ...]
    about: tuple[About, ...] = ()
    delimiter: str = DELIMITER
    ending: str = ".csv"

    @property
    def header(self) -> bytes:
        """The names of all columns."""
        names = [*(f"kafka_{one}" for one in self.about), *self.fields]
        return self._written(names) + b"\n"

    def line(self, message: Message) -> bytes | None:
        """Return a message as it is, behind what is known of it; a line with too many cells, if it is none."""
        value = message.value()
        if value is None:
            return None
        before = [plain(cell) for _, cell in cells(message, self.about)]
        line = value.removesuffix(b"\n").removesuffix(b"\r")
        if not self._whole(line):
            return self._written(["x"] * (len(before) + len(self.fields) + 2))
        return self._written(before) + self.delimiter.encode() + line if before else line

    def reads(self, read: ReadOptions) -> ReadOptions:
        """Return how the lines are read: nothing is left to be guessed of how they are divided."""
        return replace(
            read, delimiter=self.delimiter, quote=read.quote or '"', header=True, skip=None, encoding="utf-8"
        )

    def value(self, message: Message, column: str) -> object:
        """Return a cell of a message."""
        line = message.value() or b""
        if not self._whole(line.removesuffix(b"\n").removesuffix(b"\r")):
            return None
        cells = next(csv.reader([line.decode()], delimiter=self.delimiter), [])
        at = self.fields.index(column)
        return cells[at] if len(cells) == len(self.fields) else None

    def _whole(self, line: bytes) -> bool:
        """Tell whether a line is one line of text, in which no quote is left open."""
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return False
        if not text.strip() or any(sign in text for sign in "\n\r\0"):
            return False
        if '"' not in text:
            return True
        try:
            return len(list(csv.reader([text], delimiter=self.delimiter, strict=True))) == 1
        except csv.Error:
            return False

    def _written(self, listed: list[str]) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=self.delimiter, lineterminator="").writerow(listed)
        return text.getvalue().encode("utf-8", "backslashreplace")
