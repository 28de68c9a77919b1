"""The reference of the rules file, made from the rule types themselves; pure.

A rule type's docstring is its description, its fields are its keys, and the
types of the fields say what a key takes.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from enum import Enum

from idqp_cli.frozen import frozen
from idqp_cli.rules.rule import RULE_TYPES, Baseline, Of, Rule, Takes

# What every rule takes, in the order of the reference.
COMMON: Mapping[str, str] = {
    "name": "The rule's name, unique in its dataset; `type(column)` if it is not said.",
    "description": "What the rule is for, in your words.",
    "where": "SQL on the row; rows for which it does not hold are not looked at.",
    "segment_by": "A column; the rule is judged for each of its values by itself.",
    "min_rows": "Segments with fewer rows are judged together.",
    "severity": "How bad a failure is.",
    "enabled": "Whether the rule is checked.",
    "tags": "Words to select rules by: `--select tag:nightly`.",
    "threshold": "How many rows may fail: a share of them, exact, or a number like `100 rows`.",
    "warn": "Like `threshold`; more failing rows are a failure of severity `warning`.",
    "fail": "Like `threshold`; more failing rows are a failure of severity `critical`.",
    "min_share": "The smallest share of rows that must hold; `min_share: 95%` is `threshold: 5%`.",
    "of": "Of which rows a share is: those with a value, or all; one without a value neither fails nor holds.",
    "confidence": "Judge the interval of this confidence instead of the observed share.",
}
WORDS: Mapping[str, str] = {
    "str": "text",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "Share": "a share, like 0.01 or 1%",
    "Portion": "a share, like 0.01 or 1%",
    "Limit": "a share or a number of rows, like 0.7% or 100 rows",
    "Confidence": "a confidence, like 0.95",
    "Smallest": "a share, like 0.01 or 1%, or a number",
    "Duration": "a duration, like 90s, 24h or 7d",
    "Bound": "a number, a date or a text",
    "Baseline": "previous, {window: 28d}, {snapshot: NAME} or {file: PATH}",
    "Severity": "info, warning or critical",
    "Declared": "names of columns with types",
    "tuple[Declared, ...]": "names of columns with types",
    "tuple[str, ...]": "a text or a list of texts",
    "tuple[Scalar, ...]": "a list of values",
}
UNWRITTEN = frozenset({"line", "marks", "columns", "hidden", "observed", "known", "unknown"})
COLUMN = "The column that the rule is about."
COLUMNS = "The columns that the rule is about together."


@frozen
class Key:
    """A key of a rule: what it takes, its default as YAML (None: none), and whether it must be there.

    `words` are all that it takes, where that is a choice.
    """

    name: str
    takes: str
    kind: str
    required: bool
    default: str | None = None
    description: str = ""
    words: tuple[str, ...] = ()


@frozen
class Entry:
    """A rule type in the reference; `dimension` is the quality dimension that its file is about."""

    type: str
    dimension: str
    description: str
    keys: tuple[Key, ...]

    @property
    def summary(self) -> str:
        """The first line of the description."""
        return self.description.split("\n\n")[0].replace("\n", " ")

    @property
    def own(self) -> tuple[Key, ...]:
        """The keys that not every rule takes, or not in this way."""
        return tuple(key for key in self.keys if key.description != COMMON.get(key.name))


def entries() -> tuple[Entry, ...]:
    """Return the rule types, in the order of their names."""
    return tuple(entry(RULE_TYPES[name]) for name in sorted(RULE_TYPES))


def entry(rule_type: type[Rule]) -> Entry:
    """Return a rule type as its code describes it."""
    module = sys.modules[rule_type.__module__]
    dimension = (module.__doc__ or "").partition(":")[0].strip().lower()
    return Entry(rule_type.type, dimension, inspect.cleandoc(rule_type.__doc__ or ""), tuple(_keys(rule_type)))


def _keys(rule_type: type[Rule]) -> Iterator[Key]:
    match rule_type.takes:
        case Takes.ONE:
            yield Key("column", "a column", "str", required=True, description=COLUMN)
        case Takes.MAYBE_ONE:
            yield Key("column", "a column", "str", required=False, description=COLUMN)
        case Takes.SEVERAL | Takes.ANY:
            yield Key("column", "a column", "str", required=False, description=COLUMN)
            yield Key("columns", "a list of columns", "tuple[str, ...]", required=False, description=COLUMNS)
        case Takes.ALL | Takes.NO_COLUMN:
            pass
    written = {field: key for key, field in rule_type.keys.items()}
    whole = set() if rule_type.divisible else {"segment_by"}
    if not rule_type.divisible and rule_type.min_rows == Rule.min_rows:
        whole.add("min_rows")
    found = {field.name: field for field in fields(rule_type) if field.name not in UNWRITTEN | whole}
    hidden = {name for name, field in found.items() if name not in COMMON and _inner(field)}
    own = [name for name in found if name not in COMMON and name not in hidden]
    for name in (*own, *(name for name in COMMON if name in found)):
        yield _key(found[name], written.get(name, name), rule_type)


def _inner(field: Field[object]) -> bool:
    """Tell whether a field is no key: it is given what was found in the data."""
    return "Column" in str(field.type)


def _key(field: Field[object], name: str, rule_type: type[Rule]) -> Key:
    kind = str(field.type).removesuffix(" | None")
    choice = getattr(sys.modules[rule_type.__module__], kind, None) or {"Of": Of}.get(kind)
    words = tuple(map(str, choice)) if isinstance(choice, type) and issubclass(choice, Enum) else ()
    required = field.default is MISSING and field.default_factory is MISSING and name != "name"
    takes = WORDS.get(kind) or (" or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else kind)
    default = None if required or field.default in {None, MISSING} else _yaml(field.default)
    described = COMMON.get(name, "")
    if name == "min_rows" and not rule_type.divisible:
        described = "So many values must be there on both sides."
    if name == "threshold" and kind == "Portion":
        described = "The largest share that passes."
    elif name == "threshold" and kind != "Limit":
        described = "The largest number that passes."
    return Key(name, takes, kind, required, default, described, words)


def _yaml(value: object) -> str | None:
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return None
        case Baseline():
            return "previous"
        case Enum():
            return str(value.value)
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def as_rows(types: Sequence[Entry]) -> list[Mapping[str, str]]:
    """Return rule types as rows of a list."""
    return [
        {
            "type": one.type,
            "dimension": one.dimension,
            "keys": ", ".join(key.name for key in one.own),
            "what must hold": one.summary,
        }
        for one in types
    ]


def as_json(types: Sequence[Entry]) -> list[Mapping[str, object]]:
    """Return rule types with all their keys as plain values."""
    return [
        {
            "type": one.type,
            "dimension": one.dimension,
            "description": one.description,
            "keys": [
                {
                    "key": key.name,
                    "takes": key.takes,
                    "required": key.required,
                    "default": key.default,
                    "description": key.description or None,
                }
                for key in one.keys
            ],
        }
        for one in types
    ]


def as_markdown(types: Sequence[Entry]) -> str:
    """Return the page of the rule types."""
    lines = [
        "# Rule types",
        "",
        "What a rule of `rules.yaml` can say. `idqp rule types` prints this list, and",
        "[rules.schema.json](rules.schema.json) tells it to editors. Made from the code by `make generated`.",
        "",
        "## Keys of every rule",
        "",
        "`segment_by` and `min_rows` are for the types that can be judged piece by piece, `threshold`, `warn`,",
        "`fail`, `min_share` and `confidence` for those whose metric is a share of rows.",
        "",
        "With `warn`, `fail` or both one rule has levels: the most severe level that is passed is the severity of the",
        "result, and of the incident, which rises and falls with it. Without a failure it is the most severe level of",
        "the rule. `threshold` and `severity` do not stand beside them.",
        "",
        "| key | takes | default | |",
        "|---|---|---|---|",
    ]
    common = {key.name: key for one in types for key in one.keys if key.description == COMMON.get(key.name)}
    lines += [_row(common[name]) for name in COMMON if name in common]
    for one in types:
        lines += ["", f"## {one.type}", "", f"*{one.dimension.capitalize()}.* {one.description}", ""]
        if one.own:
            lines += ["| key | takes | default | |", "|---|---|---|---|", *map(_row, one.own)]
        else:
            lines += ["It has no key of its own."]
    return "\n".join(lines) + "\n"


def _row(key: Key) -> str:
    default = "required" if key.required else f"`{key.default}`" if key.default is not None else ""
    return f"| `{key.name}` | {key.takes} | {default} | {key.description} |"
