"""The reference of the rules file, made from the rule types themselves; pure.

A rule type's docstring is its description, its fields are its keys, and the
types of the fields say what a key takes.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING
from enum import Enum

from idqp_cli.core.frozen import frozen
from idqp_cli.engine.agreement import agreements
from idqp_cli.project import fields
from idqp_cli.project.fields import KINDS, keys_of
from idqp_cli.project.json_shapes import TEXT, TEXTS, Schema
from idqp_cli.rules.rule import RULE_TYPES, Baseline, Portion, Rule, Takes
from idqp_cli.rules.shares import Limit

# The keys of every rule, in the order of the reference.
COMMON: Mapping[str, str] = {
    "name": "The name of the rule, unique in its dataset. The default is `type(column)`.",
    "description": "The purpose of the rule, in your words.",
    "where": "An SQL condition on the row. Rows for which it is not true are ignored.",
    "segment_by": "A column. The rule gets one verdict for each of its values.",
    "min_rows": "Segments with fewer rows than this are judged together.",
    "severity": "The severity of a failure.",
    "enabled": "Whether the rule is checked.",
    "tags": "Words for selecting rules: `--select tag:nightly`.",
    "threshold": "The most rows that may fail: an exact share, or a number like `100 rows`.",
    "warn": "Like `threshold`, for a failure of severity `warning`.",
    "fail": "Like `threshold`, for a failure of severity `critical`.",
    "min_share": "The smallest share of rows that must pass. `min_share: 95%` equals `threshold: 5%`.",
    "of": "The rows of which a share is taken: rows with a value, or all. Rows without a value never fail.",
    "confidence": "Judge the confidence interval of this level instead of the observed share.",
}
ENGINES = (
    "The tests run every case of every rule type on both engines, and count here how many have the verdict of DuckDB",
    "with `engine: {type: spark}`: because the cluster evaluates them, or because DuckDB does here, on fetched rows.",
)
COLUMN = "The column that the rule is about."
COLUMNS = "The columns that the rule is about together."
DETERMINING = "The columns that together determine `column`."
DEPENDENT = "The column that depends on `columns`."
# Keys of single rule types, whose meaning is the same in every type that takes them.
SPECIAL: Mapping[str, str] = {
    "allow_extra": "Whether other columns are allowed.",
    "allow_future": "The furthest that a value may lie in the future.",
    "alpha": "The level of significance.",
    "baseline": "The data to compare with.",
    "change": "The largest change since the last run.",
    "columns": "The declared columns.",
    "country": "The country of a postal code.",
    "cutoff": "The distance from the centre at which a value fails.",
    "dataset": "The other dataset.",
    "direction": "The direction in which a value may not move.",
    "disguised": "Whether words for nothing, like `N/A`, count as missing.",
    "equals": "The dataset with the same number of rows.",
    "except": "Columns to ignore.",
    "exclusive": "The bounds that are excluded.",
    "expression": "The SQL condition on the row.",
    "false_alarms": "The rate of false alarms of a profile.",
    "forbidden": "Names that no column may have.",
    "format": "The format.",
    "like": "SQL LIKE patterns for the whole text.",
    "max": "The largest value that passes.",
    "max_age": "The largest age that passes.",
    "max_columns": "The largest number of columns that passes.",
    "method": "The method of comparison.",
    "metric": "The metric to judge.",
    "min": "The smallest value that passes.",
    "min_change": "The smallest change that can fail.",
    "min_columns": "The smallest number of columns that passes.",
    "min_history": "The number of runs to collect before the first verdict.",
    "missing_values": "Values that count as missing.",
    "negate": "Whether a match fails instead.",
    "nulls": "Whether rows with a NULL are compared.",
    "order": "The expected order.",
    "order_by": "The column that gives the order of the rows.",
    "ordered": "Whether the order of the columns matters.",
    "q": "The quantile.",
    "regex": "Regular expressions.",
    "seed": "The seed of random choices.",
    "sensitivity": "How small a deviation fails.",
    "sql": "The SELECT.",
    "statistic": "The statistic.",
    "strict": "Whether repeated values fail.",
    "strptime": "A date pattern.",
    "to": "The columns of the other dataset.",
    "values": "The values.",
    "version": "The version of a UUID.",
}


@frozen
class Key:
    """A key of a rule: what it takes, its default as YAML (None: none), and whether it must be there.

    `words` are all that it takes, where that is a choice.
    """

    name: str
    takes: str
    schema: Schema
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
            yield Key("column", "a column", TEXT, required=True, description=COLUMN)
        case Takes.MAYBE_ONE:
            yield Key("column", "a column", TEXT, required=False, description=COLUMN)
        case Takes.SEVERAL | Takes.ANY:
            yield Key("column", "a column", TEXT, required=False, description=COLUMN)
            yield Key("columns", "a list of columns", TEXTS, required=False, description=COLUMNS)
        case Takes.SEVERAL_AND_ONE:
            yield Key("columns", "a list of columns", TEXTS, required=True, description=DETERMINING)
            yield Key("column", "a column", TEXT, required=True, description=DEPENDENT)
        case Takes.ALL | Takes.NO_COLUMN:
            pass
    found = {one.field: one for one in keys_of(rule_type)}
    own = [name for name in found if name not in COMMON]
    for name in (*own, *(name for name in COMMON if name in found)):
        yield _key(found[name], rule_type)


def _key(key: fields.Key, rule_type: type[Rule]) -> Key:
    default = None if key.default in {None, MISSING} else _yaml(key.default)
    described = COMMON.get(key.field) or SPECIAL.get(key.name, "")
    if key.field == "min_rows" and not rule_type.divisible:
        described = "The number of values that both sides must have."
    if key.field == "threshold" and key.kind is KINDS[Portion]:
        described = "The largest share that passes."
    elif key.field == "threshold" and key.kind is not KINDS[Limit]:
        described = "The largest number that passes."
    kind = key.kind
    return Key(key.name, kind.takes, kind.schema, key.required, default, described, kind.words)


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
    """Return rule types as rows of a list, with what the tests say of each engine."""
    known = agreements()
    return [
        {
            "type": one.type,
            "dimension": one.dimension,
            "keys": ", ".join(key.name for key in one.own),
            "duckdb": known[one.type].on_duckdb,
            "spark": known[one.type].on_spark,
            "what must hold": one.summary,
        }
        for one in types
    ]


def as_json(types: Sequence[Entry]) -> list[Mapping[str, object]]:
    """Return rule types with all their keys as plain values, and with what the tests say of each engine."""
    known = agreements()
    return [
        {
            "type": one.type,
            "dimension": one.dimension,
            "description": one.description,
            "engines": {
                "duckdb": {"cases": known[one.type].cases},
                "spark": {
                    "cases": known[one.type].cases - known[one.type].refused,
                    "evaluated_here": known[one.type].here,
                },
            },
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
        "This page lists the rule types and their keys. `idqp rule types` prints the same list, and the JSON Schema",
        "[rules.schema.json](rules.schema.json) describes it for editors. `make generated` writes this page from the",
        "code.",
        "",
        "## Keys of every rule",
        "",
        "    - {type: completeness, column: email, where: country = 'DE', segment_by: shop, threshold: 1%}",
        "",
        "Some keys are not available in every type:",
        "",
        "- `segment_by` and `min_rows` need a type that can be judged for each segment.",
        "- `threshold`, `warn`, `fail`, `min_share` and `confidence` need a type whose metric is a share of rows.",
        "",
        "A rule with `warn`, `fail` or both has levels. The severity of its result is the most severe level that is",
        "exceeded, and the severity of its incident rises and falls with it. If no level is exceeded, it is the most",
        "severe level of the rule. `threshold` and `severity` cannot be combined with levels.",
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
            lines += ["This type has no other keys."]
    lines += ["", "## Engines", "", *ENGINES, "", "| rule type | DuckDB | Spark |", "|---|---|---|"]
    known = agreements()
    lines += [f"| {one.type} | {known[one.type].on_duckdb} | {known[one.type].on_spark} |" for one in types]
    return "\n".join(lines) + "\n"


def _row(key: Key) -> str:
    default = "required" if key.required else f"`{key.default}`" if key.default is not None else ""
    return f"| `{key.name}` | {key.takes} | {default} | {key.description} |"
