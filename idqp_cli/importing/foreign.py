"""Others' YAML and JSON as values that know their place.

Unlike rules.yaml these files have anchors, merge keys, several documents and
keys that stand twice; what a plain reader would lose of them is kept. They are
nobody's friends: size, depth and the growth of aliases are limited, tags are
not followed, and nothing is executed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import yaml

from idqp_cli.core.errors import RulesError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Mark, Scalar
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import FLOAT, INTEGER, MAX_DIGITS, Node
from idqp_cli.importing.foreign_json import MAX_DEPTH, MAX_NODES, json_document

MAX_CHARACTERS = 1 << 24
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
TRUE, FALSE = frozenset({"true", "True", "TRUE"}), frozenset({"false", "False", "FALSE"})
# What YAML 1.1, which most of these tools read, takes for booleans too.
YES, NO = frozenset({"yes", "Yes", "YES", "on", "On", "ON"}), frozenset({"no", "No", "NO", "off", "Off", "OFF"})
UNQUOTED = re.compile(r"^(\s*(?:- +)?(?:[\w.-]+: +)?)(\{[{%].*[}%]\}[^\n#'\"]*)$", re.MULTILINE)


@frozen
class Documents:
    """What is in a file: its documents, and what is good to know of how they were read, each with its line."""

    roots: tuple[Node, ...]
    notes: tuple[tuple[int, str], ...] = ()


def documents(text: str, path: str, *, old_words: bool = True) -> Documents:
    """Read a file that is YAML or JSON; with `old_words` by the words of YAML 1.1, where `yes` is a boolean.

    Raises:
        RulesError: it is neither, with the place.

    """
    if len(text) > MAX_CHARACTERS:
        raise RulesError(clean(path), 1, 1, f"larger than {MAX_CHARACTERS:,} characters; split the file")
    if text.lstrip().startswith(("{", "[")):
        try:
            return Documents((json_document(text, path),))
        except RulesError:
            if path.endswith(".json"):
                raise
    try:
        return Documents(*_parsed(text, path, old_words=old_words))
    except RulesError as error:
        return _mended(text, path, error, old_words=old_words)


def _mended(text: str, path: str, error: RulesError, *, old_words: bool) -> Documents:
    """Read a file with the two faults that real files have: tabs beside values, and templates without quotes."""
    mended = "\n".join(line[:indent] + line[indent:].replace("\t", " ") for line, indent in _indented(text))
    mended = UNQUOTED.sub(lambda match: match[1] + json.dumps(match[2].rstrip()), mended)
    if mended == text:
        raise error
    try:
        roots, notes = _parsed(mended, path, old_words=old_words)
    except RulesError:
        raise error from None
    return Documents(roots, (*notes, (1, "is not valid YAML (a tab, or a template without quotes); read as intended")))


def _indented(text: str) -> Iterator[tuple[str, int]]:
    for line in text.split("\n"):
        yield line, len(line) - len(line.lstrip())


def _parsed(text: str, path: str, *, old_words: bool) -> tuple[tuple[Node, ...], tuple[tuple[int, str], ...]]:
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        reader = _Reader(yaml.parse(text, Loader=loader), clean(path), old_words=old_words)
        return tuple(reader.documents()), tuple(reader.notes)
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark
        line, column = (place.line + 1, place.column + 1) if place else (1, 1)
        raise RulesError(clean(path), line, column, f"not YAML: {clean(error.problem or error.context)}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise RulesError(clean(path), 1, 1, f"not YAML: {clean(error)}") from None


class _Reader:
    """Builds nodes from the events of YAML."""

    def __init__(self, events: Iterator[yaml.Event], path: str, *, old_words: bool) -> None:
        self.events = events
        self.path = path
        self.old_words = old_words
        self.nodes = 0
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.notes: list[tuple[int, str]] = []

    def documents(self) -> Iterator[Node]:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors = {}
                root = self._node(next(self.events), 1)
                if root.value is not None:
                    yield root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        mark = _mark(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, mark)
        before = self.nodes
        self._grow(1, mark)
        if depth > MAX_DEPTH:
            raise RulesError(self.path, mark.line, mark.column, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0]
            made = Node(scalar(event.value, old_words=self.old_words) if plain else event.value, mark, {}, event.value)
        elif isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
                items.append(self._node(inner, depth + 1))
            made = Node(tuple(items), mark, {})
        else:
            made = self._mapping(mark, depth)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self.anchors[event.anchor] = (made, self.nodes - before)
        return made

    def _alias(self, event: yaml.AliasEvent, mark: Mark) -> Node:
        if event.anchor not in self.anchors:
            raise RulesError(self.path, mark.line, mark.column, f"alias '*{clean(event.anchor)}' has no anchor")
        node, size = self.anchors[event.anchor]
        self._grow(size, mark)
        return node

    def _grow(self, number: int, mark: Mark) -> None:
        """Count values, those that an alias stands for again, so that a few lines cannot mean a billion."""
        self.nodes += number
        if self.nodes > MAX_NODES:
            raise RulesError(self.path, mark.line, mark.column, f"more than {MAX_NODES:,} values; split the file")

    def _mapping(self, mark: Mark, depth: int) -> Node:
        values: dict[str, Node] = {}
        key_marks: dict[str, Mark] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                place = _mark(event)
                raise RulesError(self.path, place.line, place.column, "a key must be plain text")
            value = self._node(next(self.events), depth + 1)
            if event.value == "<<" and event.implicit[0]:
                merged += value.value if isinstance(value.value, tuple) else (value,)
                continue
            self._put(values, key_marks, event.value, _mark(event), value)
        for one in merged:
            if isinstance(one.value, dict):
                for key, value in one.value.items():
                    if key not in values:
                        values[key], key_marks[key] = value, one.key_marks[key]
        return Node(values, mark, key_marks)

    def _put(self, values: dict[str, Node], marks: dict[str, Mark], key: str, mark: Mark, value: Node) -> None:
        """Put a key into a mapping; one that stands twice has the items of both, where they are lists or mappings."""
        first = values.get(key)
        values[key] = value
        if first is None:
            marks[key] = mark
        elif isinstance(first.value, tuple) and isinstance(value.value, tuple):
            values[key] = Node((*first.value, *value.value), first.mark, {})
            self.notes.append((mark.line, f"'{clean(key, 60)}' is repeated; the items of both are used"))
        elif isinstance(first.value, dict) and isinstance(value.value, dict):
            both = {**first.value, **value.value}
            values[key] = Node(both, first.mark, {**first.key_marks, **value.key_marks})
            self.notes.append((mark.line, f"'{clean(key, 60)}' is repeated; the keys of both are used"))
        else:
            self.notes.append((mark.line, f"'{clean(key, 60)}' is repeated; the last one is used"))


def _mark(event: yaml.Event) -> Mark:
    mark = event.start_mark
    return Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)


def scalar(text: str, *, old_words: bool = True) -> Scalar | None:
    """Return what a plain word of YAML is; dates stay text."""
    if text in NULLS:
        return None
    if text in TRUE or (old_words and text in YES):
        return True
    if text in FALSE or (old_words and text in NO):
        return False
    if INTEGER.fullmatch(text) and len(text) <= MAX_DIGITS:
        return int(text)
    if FLOAT.fullmatch(text) and len(text) <= MAX_DIGITS:
        return float(text)
    if text.lower() in {".inf", "+.inf", "-.inf"}:
        return float(text.lower().replace(".inf", "inf"))
    return text
