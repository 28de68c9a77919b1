"""What the keys of rules take: how each is read, shown to editors and named for people; one table.

The fields of a rule type are its keys, and the types of the fields are their validation.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING
from enum import Enum
from types import NoneType, SimpleNamespace, UnionType
from typing import Union, get_args, get_origin, get_type_hints

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Scalar, Severity
from idqp_cli.core.yaml import Node
from idqp_cli.project import decode, json_shapes, types
from idqp_cli.project.json_shapes import Schema
from idqp_cli.project.place import Place
from idqp_cli.rules.rule import Baseline, Bound, Confidence, Duration, Portion, Rule, Smallest, key_fields
from idqp_cli.rules.schema import Declared
from idqp_cli.rules.shares import Count, Limit, Share


@frozen
class Kind:
    """A kind of value: how it is read, what editors know of it, and what people call it.

    `words` are all that it may be, where that is a choice.
    """

    read: Callable[[Node, Place], object]
    schema: Schema
    takes: str
    words: tuple[str, ...] = ()


A_SHARE, A_NUMBER = "a share, like 0.01 or 1%", "a number"
KINDS: Mapping[object, Kind] = {
    str: Kind(decode.text, json_shapes.TEXT, "text"),
    bool: Kind(decode.flag, json_shapes.FLAG, "true or false"),
    int: Kind(decode.whole, json_shapes.WHOLE, "a whole number"),
    float: Kind(decode.number, json_shapes.NUMBER, A_NUMBER),
    Share: Kind(decode.share, json_shapes.SHARE, A_SHARE),
    Portion: Kind(decode.portion, json_shapes.PORTION, A_SHARE),
    Limit: Kind(decode.limit, json_shapes.LIMIT, "a share or a number of rows, like 0.7% or 100 rows"),
    Count: Kind(decode.rows, json_shapes.ROWS, "a number of rows, like 100 or 100 rows"),
    Confidence: Kind(decode.confidence, json_shapes.SHARE, "a confidence, like 0.95"),
    Smallest: Kind(decode.smallest, json_shapes.SMALLEST, f"{A_SHARE}, or {A_NUMBER}"),
    Duration: Kind(decode.duration, json_shapes.DURATION, "a duration, like 90s, 24h or 7d"),
    Bound: Kind(decode.bound, json_shapes.BOUND, "a number, a date or a text"),
    Baseline: Kind(decode.baseline, json_shapes.BASELINE, "previous, {window: 28d}, {snapshot: NAME} or {file: PATH}"),
    Severity: Kind(decode.severity, json_shapes.SEVERITY, "info, warning or critical", tuple(Severity)),
    tuple[Declared, ...]: Kind(types.declared, json_shapes.DECLARED, "names of columns with types"),
    tuple[str, ...]: Kind(decode.texts, json_shapes.TEXTS, "a text or a list of texts"),
    tuple[Scalar, ...]: Kind(decode.scalars, json_shapes.SCALARS, "a list of values"),
}


@frozen
class Key:
    """A key of a rule type: its name, the field that it fills, what it takes, and its default; MISSING without one."""

    name: str
    field: str
    kind: Kind
    default: object

    @property
    def required(self) -> bool:
        """Whether the key must be there; a name is made where none is written."""
        return self.default is MISSING and self.field != "name"


# The keys of the rule types that were asked for, by the type's name.
KNOWN: dict[str, tuple[Key, ...]] = {}


def keys_of(rule_type: type[Rule]) -> tuple[Key, ...]:
    """Return the keys of a rule type but those that name its columns, in the order of its fields."""
    if rule_type.type not in KNOWN:
        KNOWN[rule_type.type] = tuple(_keys(rule_type))
    return KNOWN[rule_type.type]


def _keys(rule_type: type[Rule]) -> Iterator[Key]:
    written = {field: key for key, field in rule_type.keys.items()}
    owners = {name: cls for cls in reversed(rule_type.__mro__) for name in vars(cls).get("__annotations__", ())}
    of_segments = {"segment_by", *({"min_rows"} if rule_type.min_rows == Rule.min_rows else ())}
    for field in key_fields(rule_type):
        if not rule_type.divisible and field.name in of_segments:
            continue
        hint = _hint(str(field.type), owners[field.name])
        default = MISSING if field.default is MISSING and field.default_factory is MISSING else field.default
        yield Key(written.get(field.name, field.name), field.name, kind_of(hint), default)


def _hint(annotation: str, owner: type) -> object:
    """Return the type that an annotation stands for, where its class is written."""
    of = SimpleNamespace(__annotations__={"it": annotation})
    return get_type_hints(of, vars(sys.modules[owner.__module__]), include_extras=True)["it"]


def kind_of(hint: object) -> Kind:
    """Return the kind of value that a type is, with None or without; an enumeration reads its words."""
    if get_origin(hint) in {Union, UnionType}:
        without = [one for one in get_args(hint) if one is not NoneType]
        hint = without[0] if len(without) == 1 else Union[tuple(without)]  # noqa: UP007 - made of a tuple
    if hint in KINDS:
        return KINDS[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choice(hint)
    raise TypeError(f"no key can take {hint}")


def _choice(choices: type[Enum]) -> Kind:
    words = tuple(str(one.value) for one in choices)
    read = decode.word(words)
    takes = " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]
    return Kind(lambda node, place: choices(read(node, place)), {"enum": list(words)}, takes, words)
