"""Others' JSON as values that know their place."""

from __future__ import annotations

import re
from bisect import bisect_right
from json.decoder import scanstring  # type: ignore[attr-defined] # the decoder's own reader of texts

from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import MAX_DIGITS, Node

MAX_DEPTH = 60
MAX_NODES = 1_000_000


NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
SPACE = re.compile(r"[ \t\r\n]*")


def json_document(text: str, path: str) -> Node:
    """Read one JSON text with the places of its values.

    Raises:
        RulesError: it is not JSON, with the place.

    """
    return _Json(text, clean(path)).document()


class _Json:
    """Reads JSON by recursion, which the limit of depth ends."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self.nodes = 0
        self.lines = [0, *(found.end() for found in re.finditer("\n", text))]

    def document(self) -> Node:
        node, end = self._value(self._skip(0), 1)
        if self._skip(end) != len(self.text):
            raise self._error(end, "more follows the JSON value")
        return node

    def _skip(self, at: int) -> int:
        match = SPACE.match(self.text, at)
        return at if match is None else match.end()

    def _mark(self, at: int) -> Mark:
        line = bisect_right(self.lines, at)
        return Mark(line, at - self.lines[line - 1] + 1)

    def _error(self, at: int, message: str) -> RulesError:
        mark = self._mark(at)
        return RulesError(self.path, mark.line, mark.column, f"not JSON: {message}")

    def _value(self, at: int, depth: int) -> tuple[Node, int]:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise self._error(at, f"deeper than {MAX_DEPTH} levels, or more than {MAX_NODES:,} values")
        mark, first = self._mark(at), self.text[at : at + 1]
        if first == "{":
            return self._object(at + 1, mark, depth)
        if first == "[":
            return self._array(at + 1, mark, depth)
        if first == '"':
            text, end = self._text(at)
            return Node(text, mark, {}, text), end
        for word, value in (
            ("true", True),
            ("false", False),
            ("null", None),
            ("NaN", None),
            ("Infinity", float("inf")),
        ):
            if self.text.startswith(word, at):
                return Node(value, mark, {}, word), at + len(word)
        match = NUMBER.match(self.text, at)
        if match is None or len(match[0]) > MAX_DIGITS:
            raise self._error(at, "a value is missing")
        number = int(match[0]) if re.fullmatch(r"-?\d+", match[0]) else float(match[0])
        return Node(number, mark, {}, match[0]), match.end()

    def _text(self, at: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self.text, at + 1, False)
        except ValueError:
            raise self._error(at, "a text has no end") from None
        # Half a surrogate pair is no character.
        return text.encode("utf-8", "backslashreplace").decode(), end

    def _object(self, at: int, mark: Mark, depth: int) -> tuple[Node, int]:
        values: dict[str, Node] = {}
        marks: dict[str, Mark] = {}
        at = self._skip(at)
        while self.text[at : at + 1] != "}":
            if self.text[at : at + 1] != '"':
                raise self._error(at, "a key in double quotes is missing")
            key_mark = self._mark(at)
            key, at = self._text(at)
            at = self._expect(self._skip(at), ":")
            values[key], at = self._value(self._skip(at), depth + 1)
            marks[key] = key_mark
            at = self._next(self._skip(at), "}")
        return Node(values, mark, marks), at + 1

    def _array(self, at: int, mark: Mark, depth: int) -> tuple[Node, int]:
        items = []
        at = self._skip(at)
        while self.text[at : at + 1] != "]":
            item, at = self._value(at, depth + 1)
            items.append(item)
            at = self._next(self._skip(at), "]")
        return Node(tuple(items), mark, {}), at + 1

    def _expect(self, at: int, character: str) -> int:
        if self.text[at : at + 1] != character:
            raise self._error(at, f"'{character}' is missing")
        return at + 1

    def _next(self, at: int, closing: str) -> int:
        """Return where the next item begins, or the bracket that closes."""
        return at if self.text[at : at + 1] == closing else self._skip(self._expect(at, ","))
