"""A rule as a person reads it: the keys that say something, as they may be written in the rules file; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from enum import Enum

from idqp_cli.core.model import Scalar
from idqp_cli.core.rule_facts import RuleFacts
from idqp_cli.core.text import cell, count, duration
from idqp_cli.project.catalogue import status
from idqp_cli.project.json_shapes import DURATION
from idqp_cli.project.rule_reference import COMMON, Key, entry
from idqp_cli.rules.personal import SQL_KEYS, shareable
from idqp_cli.rules.rule import Baseline, Rule, Takes
from idqp_cli.rules.schema import Declared
from idqp_cli.rules.shares import Count, Share

# Of a list of more values than these, the first ones are shown.
MOST_VALUES = 50
EXACT = 100
# What the heading says of a rule.
SAID = frozenset({"name", "description", "severity", "enabled"})


def facts(dataset: str, rule: Rule, disabled: Collection[tuple[str, str]]) -> RuleFacts:
    """Return what a rule says; values that stand for personal ones are hidden."""
    described = entry(type(rule))
    written = [key for key in described.keys if key.name in rule.marks and key.name not in SAID]
    return RuleFacts(
        dataset=dataset,
        rule=rule.name,
        type=rule.type,
        meaning=described.summary,
        severity="warning or critical" if len(rule.levels()) > 1 else rule.severity,
        status=status(dataset, rule, disabled),
        line=rule.line,
        description=rule.description,
        keys=tuple((key.name, _value(rule, key)) for key in written if key.name not in SQL_KEYS),
        sql=tuple((key.name, _value(rule, key)) for key in written if key.name in SQL_KEYS),
        defaults=tuple(_defaults(rule, described.own)),
    )


def _defaults(rule: Rule, own: tuple[Key, ...]) -> Iterator[tuple[str, str]]:
    """Return the keys that a rule of this type has beside those that are written, with what they are then."""
    for key in own:
        if key.name not in rule.marks and key.name not in COMMON and key.default not in {None, "false"}:
            yield key.name, str(key.default)


def _value(rule: Rule, key: Key) -> str:
    match key.name:
        case "column":
            return rule.columns[-1]
        case "columns" if rule.columns:
            return ", ".join(rule.columns[:-1] if rule.takes is Takes.SEVERAL_AND_ONE else rule.columns)
    value = getattr(rule, rule.keys.get(key.name, key.name))
    return _text(shareable(rule, key.name, value), lasts=key.schema is DURATION)


def _text(value: object, *, lasts: bool = False) -> str:
    """Return a value as it may be written in the rules file, exactly."""
    match value:
        case bool():
            return str(value).lower()
        case Enum():
            return str(value.value)
        case Share():
            return f"{(Decimal(repr(float(value))) * 100).normalize():f} %"
        case Count():
            return count(int(value), "row")
        case float() if lasts:
            return duration(value, EXACT)
        case float() if value.is_integer():
            return f"{value:.0f}"
        case Baseline():
            return _baseline(value)
        case Declared():
            return _declared(value)
        case tuple() | list():
            shown = [cell(one, 80) if isinstance(one, str) else _text(one) for one in value[:MOST_VALUES]]
            more = [f"and {len(value) - MOST_VALUES:,} more"] if len(value) > MOST_VALUES else []
            return ", ".join((*shown, *more))
        case _:
            return str(value)


def _baseline(found: Baseline) -> str:
    if found.window is not None:
        return f"window {duration(found.window, EXACT)}"
    if found.snapshot is not None:
        return f"snapshot {found.snapshot}"
    return "previous" if found.file is None else f"file {found.file}"


def _declared(found: Declared) -> str:
    said: dict[str, Scalar | tuple[Scalar, ...] | None] = {
        "required": None if found.required else False,
        "nullable": None if found.nullable else False,
        "enum": found.enum,
        "min_length": found.min_length,
        "max_length": found.max_length,
    }
    more = [f"{key} {_text(value)}" for key, value in said.items() if value is not None]
    return " ".join((cell(found.name), found.type, *([f"({'; '.join(more)})"] if more else [])))
