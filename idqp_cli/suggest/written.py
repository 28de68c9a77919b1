"""Rules and read options as the keys that a rules file says them by; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from decimal import Decimal

from idqp_cli.core.reading import LONGEST_LINE, Notation, ReadOptions
from idqp_cli.rules.rule import Rule, Takes, key_fields
from idqp_cli.rules.schema import ANY, Declared
from idqp_cli.rules.shares import Share

UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
Keys = Mapping[str, object]


def rule_keys(rule: Rule, *, name: bool = False) -> dict[str, object]:
    """Return a rule as the rules file says it, without what it does not need to say; its name, if `name` says so."""
    found: dict[str, object] = {"type": rule.type}
    if name:
        found["name"] = rule.name
    if rule.takes is Takes.SEVERAL_AND_ONE:
        *keys, value = rule.columns
        found |= {"columns": keys, "column": value}
    elif len(rule.columns) == 1:
        found["column"] = rule.columns[0]
    elif rule.columns:
        found["columns"] = list(rule.columns)
    written = {field: key for key, field in rule.keys.items()}
    for key in key_fields(type(rule)):
        value = getattr(rule, key.name)
        default = key.default if key.default is not MISSING else None
        if key.name == "name" or value in (default, None, ()):
            continue
        found[written.get(key.name, key.name)] = _duration(value) if "Duration" in str(key.type) else _value(value)
    return found


def _duration(seconds: object) -> str:
    """Return a time in the largest unit of which it is a whole number."""
    exact = float(str(seconds))
    unit, size = next(one for one in UNITS if exact % one[1] == 0 or one[1] == 1)
    return f"{exact / size:.15g}{unit}"


def _value(value: object) -> object:
    match value:
        case Share():
            return f"{Decimal(value.exact.numerator * 100) / Decimal(value.exact.denominator):f}%"
        case tuple() if value and all(isinstance(one, Declared) for one in value):
            return {one.name: _declared(one) for one in value}
        case tuple():
            return (
                value[0] if len(value) == 1 and isinstance(value[0], str) and value[0].startswith("^") else list(value)
            )
        case str():
            return str(value)
        case _:
            return value


def _declared(column: Declared) -> object:
    return column.type if column.type != ANY else ANY


def read_keys(options: ReadOptions) -> dict[str, object]:
    """Return read options as the rules file says them, without what it does not need to say."""
    found: dict[str, object] = {}
    for key in ("delimiter", "quote", "escape", "comment", "encoding", "header", "skip"):
        value = getattr(options, key)
        if value is not None:
            found[key] = value
    if options.max_line != LONGEST_LINE:
        found["max_line"] = options.max_line
    if options.missing_values:
        found["missing_values"] = list(options.missing_values)
    if options.types:
        found["types"] = dict(options.types)
    found |= _notation(options.notation)
    columns = {
        name: {
            **({"missing_values": list(one.missing_values)} if one.missing_values else {}),
            **_notation(one.notation),
        }
        for name, one in options.columns.items()
    }
    if columns:
        found["columns"] = columns
    return found


def _notation(notation: Notation) -> dict[str, object]:
    values = {one.name: getattr(notation, one.name) for one in fields(notation)}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items() if value}
