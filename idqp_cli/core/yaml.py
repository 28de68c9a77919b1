"""A YAML text as values that know their place, and nothing that YAML does behind one's back.

The words are those of YAML 1.2: only `true` and `false` are booleans, dates
stay text, a number with a leading zero is a code and stays text. Aliases,
merge keys, tags, duplicate keys and deep nesting are refused. The text is read
as a flat stream of events, so no input can exhaust the stack.
"""

import re
from collections.abc import Iterator, Mapping

import yaml

from idqp_cli.core.errors import RulesError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Mark, Scalar
from idqp_cli.core.text import clean

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
MAX_NODES = 20_000
MAX_DIGITS = 100
# To YAML 1.1, and so to LibYAML, these end a line or are nothing; to YAML 1.2, and on a screen, they do not.
UNSEEN = re.compile("[\x85\u2028\u2029\ufeff]")
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"

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


@frozen
class Node:
    """A value with the place that it begins at.

    `value` is a scalar, a tuple of nodes, or a dict from key to node; for a
    dict, `key_marks` holds the place of each key. `text` is a scalar as it is written.
    """

    value: "Scalar | tuple[Node, ...] | dict[str, Node] | None"
    mark: Mark
    key_marks: Mapping[str, Mark]
    text: str = ""


def parse(text: str, path: str) -> Node:
    """Read one YAML document.

    Raises:
        RulesError: the text is not YAML, or uses what idqp refuses; with the place.

    """
    if len(text) > MAX_BYTES:
        raise RulesError(path, 1, 1, f"larger than {MAX_BYTES:,} characters; split the file")
    text = text.removeprefix("\ufeff")
    if (unseen := UNSEEN.search(text)) is not None:
        before = text[: unseen.start()]
        message = f"holds U+{ord(unseen[0]):04X}, which nobody sees; write it as an escape in double quotes"
        raise RulesError(path, before.count("\n") + 1, len(before) - before.rfind("\n"), message)
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        return _Reader(yaml.parse(text, Loader=loader), path).document()
    except yaml.MarkedYAMLError as error:
        found = error.problem_mark
        line, column = (found.line + 1, found.column + 1) if found else (1, 1)
        # The scanner of a newer LibYAML runs ahead of the events and has a limit of its own.
        if "maximum nesting depth" in (error.problem or ""):
            raise RulesError(path, line, column, TOO_DEEP) from None
        raise RulesError(path, line, column, f"not YAML: {clean(error.problem or error.context)}") from None
    except yaml.reader.ReaderError as error:
        # LibYAML counts bytes.
        before = (
            text.encode()[: error.position].decode(errors="ignore") if yaml.__with_libyaml__ else text[: error.position]
        )
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = "holds a control character; write it as an escape in double quotes"
        raise RulesError(path, line, column, message) from None
    except yaml.YAMLError as error:
        raise RulesError(path, 1, 1, f"not YAML: {clean(error)}") from None


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
            raise RulesError(self.path, 1, 1, "the file is empty")
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
            raise self._refusal(event, TOO_DEEP)
        if self.nodes > MAX_NODES:
            raise self._refusal(event, f"more than {MAX_NODES:,} values; split the file")
        self._refuse_marks(event)
        mark = _mark(event)
        if isinstance(event, yaml.ScalarEvent):
            return Node(_scalar(event.value) if event.implicit[0] else event.value, mark, {}, event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                items.append(self._node(event, depth + 1))
            return Node(tuple(items), mark, {})
        return self._mapping(mark, depth)

    def _mapping(self, mark: Mark, depth: int) -> Node:
        values: dict[str, Node] = {}
        key_marks: dict[str, Mark] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            if key is None or key == "<<":
                raise self._refusal(event, "a key must be plain text; merge keys are not followed")
            self._refuse_marks(event)
            if key in values:
                raise self._refusal(event, f"duplicate key '{clean(key)}' (first on line {key_marks[key].line})")
            key_marks[key] = _mark(event)
            values[key] = self._node(next(self.events), depth + 1)
        return Node(values, mark, key_marks)

    def _refuse_marks(self, event: yaml.Event) -> None:
        """Refuse what would make a value stand for another one, or be of another type than it looks."""
        if isinstance(event, yaml.AliasEvent):
            raise self._refusal(event, f"alias '*{clean(event.anchor)}': write the value out, aliases are not followed")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise self._refusal(event, f"anchor '&{clean(event.anchor)}': aliases are not followed")
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
            raise self._refusal(event, f"tag '{clean(event.tag)}': put text that begins with ! in quotes")

    def _refusal(self, event: yaml.Event, message: str) -> RulesError:
        mark = _mark(event)
        return RulesError(self.path, mark.line, mark.column, message)


def _mark(event: yaml.Event) -> Mark:
    mark = event.start_mark
    return Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)


def _scalar(text: str) -> Scalar | None:
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text) and len(text) <= MAX_DIGITS:
        return int(text)
    if FLOAT.fullmatch(text) and len(text) <= MAX_DIGITS:
        return float(text)
    return text
