"""A YAML text as values that know their line, and nothing that YAML does behind one's back.

The words are those of YAML 1.2: only `true` and `false` are booleans, dates
stay text, a number with a leading zero is a code and stays text. Aliases,
merge keys, tags, duplicate keys and deep nesting are refused. The text is read
as a flat stream of events, so no input can exhaust the stack.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from idqp_cli.errors import RulesError
from idqp_cli.model import Scalar
from idqp_cli.text import clean

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
MAX_NODES = 20_000
MAX_DIGITS = 100

WORDS: Mapping[str, bool | float | None] = {
    "": None,
    "~": None,
    "null": None,
    "true": True,
    "false": False,
    ".inf": float("inf"),
    "-.inf": float("-inf"),
}
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@dataclass(frozen=True)
class Node:
    """A value with the line (from 1) that it begins on.

    `value` is a scalar, a tuple of nodes, or a dict from key to node; for a
    dict, `key_lines` holds the line of each key.
    """

    value: "Scalar | tuple[Node, ...] | dict[str, Node] | None"
    line: int
    key_lines: Mapping[str, int]


def parse(text: str, path: str) -> Node:
    """Read one YAML document.

    Raises:
        RulesError: the text is not YAML, or uses what idqp refuses; with the line.

    """
    if len(text) > MAX_BYTES:
        raise RulesError(path, 1, f"larger than {MAX_BYTES:,} characters; split the file")
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        return _Reader(yaml.parse(text, Loader=loader), path).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RulesError(path, line, f"not YAML: {clean(error.problem or error.context)}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise RulesError(path, line, "holds a control character; write it as an escape in double quotes") from None
    except yaml.YAMLError as error:
        raise RulesError(path, 1, f"not YAML: {clean(error)}") from None


class _Reader:
    """Builds nodes from the event stream, counting depth and size as it goes."""

    def __init__(self, events: Iterator[yaml.Event], path: str) -> None:
        self.events = events
        self.path = path
        self.nodes = 0

    def document(self) -> Node:
        next(self.events)  # the start of the stream
        first = next(self.events)
        if isinstance(first, yaml.StreamEndEvent):
            raise RulesError(self.path, 1, "the file is empty")
        root = self._node(next(self.events), 1)
        next(self.events)  # the end of the document
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._refusal(after, "a second document; one file holds one")
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self.nodes += 1
        if not isinstance(event, yaml.NodeEvent):
            raise self._refusal(event, "a value is missing")
        if depth > MAX_DEPTH:
            raise self._refusal(event, f"nested deeper than {MAX_DEPTH} levels")
        if self.nodes > MAX_NODES:
            raise self._refusal(event, f"more than {MAX_NODES:,} values; split the file")
        self._refuse_marks(event)
        line = _line(event)
        if isinstance(event, yaml.ScalarEvent):
            return Node(_scalar(event.value) if event.implicit[0] else event.value, line, {})
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                items.append(self._node(event, depth + 1))
            return Node(tuple(items), line, {})
        return self._mapping(line, depth)

    def _mapping(self, line: int, depth: int) -> Node:
        values: dict[str, Node] = {}
        key_lines: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            if key is None or key == "<<":
                raise self._refusal(event, "a key must be plain text; merge keys are not followed")
            self._refuse_marks(event)
            if key in values:
                raise self._refusal(event, f"duplicate key '{clean(key)}' (first on line {key_lines[key]})")
            key_lines[key] = _line(event)
            values[key] = self._node(next(self.events), depth + 1)
        return Node(values, line, key_lines)

    def _refuse_marks(self, event: yaml.Event) -> None:
        """Refuse what would make a value stand for another one, or be of another type than it looks."""
        if isinstance(event, yaml.AliasEvent):
            raise self._refusal(event, f"alias '*{clean(event.anchor)}': write the value out, aliases are not followed")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise self._refusal(event, f"anchor '&{clean(event.anchor)}': aliases are not followed")
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
            raise self._refusal(event, f"tag '{clean(event.tag)}': put text that begins with ! in quotes")

    def _refusal(self, event: yaml.Event, message: str) -> RulesError:
        return RulesError(self.path, _line(event), message)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(text: str) -> Scalar | None:
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text) and len(text) <= MAX_DIGITS:
        return int(text)
    if FLOAT.fullmatch(text) and len(text) <= MAX_DIGITS:
        return float(text)
    return text
