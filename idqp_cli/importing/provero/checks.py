"""What each check of Provero becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look, row_checks, rule_keys, tables, typenames
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.values import Draft, Drafts, Keys, NoEquivalentError

EMAIL = r"^[a-zA-Z0-9._%+\-]+@[a-zA-Z0-9.\-]+\.[a-zA-Z]{2,}$"
SEVERITIES: Mapping[str, str | None] = {"info": "info", "warning": "warning", "critical": None, "blocker": None}


MILD = frozenset({"regex", "email_validation", "latency"})
FAMILIES: Mapping[str, str] = {"integer": "integer", "float": "number", "boolean": "boolean"}


Given = Mapping[str, Node]


def rules(kind: str, given: Given, draft: Draft, drafts: Drafts, level: str | None) -> Iterable[Keys]:
    """Return the rules that a check becomes; `level` is the severity of its contract.

    Raises:
        NoEquivalentError: Provero has no such check, or it has no equivalent.

    """
    keys: dict[str, object] = {}
    written = look.text(given["severity"], "severity").lower() if "severity" in given else None
    if written is not None and written not in SEVERITIES:
        raise NoEquivalentError(f"the severity '{clean(written, 40)}' is not known")
    severity = SEVERITIES[written] if written is not None else level or ("warning" if kind in MILD else None)
    if severity:
        keys["severity"] = severity
    names = look.texts(given.get("columns") or given.get("column"), "columns")
    function = CHECKS.get(kind)
    if function is None:
        raise NoEquivalentError("Provero has no such check")
    return function(Asked(names, given, keys, draft, drafts))


@frozen
class Asked:
    """A check as it is asked for: the columns, the arguments, the keys of every rule, and the datasets."""

    names: list[str]
    given: Given
    keys: Mapping[str, object]
    draft: Draft
    drafts: Drafts


Function = Callable[[Asked], Iterable[Keys]]


def _column(names: list[str]) -> str:
    if not names:
        raise NoEquivalentError("it names no column")
    return names[0]


def _not_null(asked: Asked) -> Iterable[Keys]:
    _column(asked.names)
    return [rule_keys.rule("completeness", asked.names, **asked.keys)]


def _completeness(asked: Asked) -> Iterable[Keys]:
    written = look.text(asked.given["min"], "min").strip() if "min" in asked.given else "0.95"
    number = look.fraction(written.rstrip("% "), "min")
    least = number / 100 if written.endswith("%") or number > 1 else number
    threshold = intervals.percentage((1 - least) * 100) if least < 1 else None
    return [rule_keys.rule("completeness", _column(asked.names), threshold=threshold, **asked.keys)]


def _unique(asked: Asked) -> Iterable[Keys]:
    return [rule_keys.rule("unique", _column(asked.names), **asked.keys)]


def _combination(asked: Asked) -> Iterable[Keys]:
    _column(asked.names)
    return [rule_keys.rule("unique", asked.names, **asked.keys)]


def _accepted(asked: Asked) -> Iterable[Keys]:
    return [
        row_checks.accepted(_column(asked.names), look.values(asked.given.get("values"), "values"), **asked.keys).keys
    ]


def _range(asked: Asked) -> Iterable[Keys]:
    low, high = (look.number(asked.given[key], key) if key in asked.given else None for key in ("min", "max"))
    if low is None and high is None:
        raise NoEquivalentError("it has neither min nor max")
    return [row_checks.between(_column(asked.names), Allowed(low, high), **asked.keys).keys]


def _regex(asked: Asked) -> Iterable[Keys]:
    return [
        row_checks.pattern(_column(asked.names), [look.text(asked.given.get("pattern"), "pattern")], **asked.keys).keys
    ]


def _email(asked: Asked) -> Iterable[Keys]:
    return [row_checks.pattern(_column(asked.names), [EMAIL], **asked.keys).keys]


def _type(asked: Asked) -> Iterable[Keys]:
    word = look.text(asked.given.get("expected") or asked.given.get("type"), "expected").lower()
    column = _column(asked.names)
    ours = typenames.ours("double" if word in {"float", "number"} else word)
    family = {
        "BIGINT": "integer",
        "INTEGER": "integer",
        "SMALLINT": "integer",
        "DOUBLE": "float",
        "BOOLEAN": "boolean",
    }.get(ours)
    if family is not None and family in FAMILIES:
        return [rule_keys.rule("format", column, format=FAMILIES[family], **asked.keys)]
    return [rule_keys.schema({column: ours}, allow_extra=True, **asked.keys)]


def _row_count(asked: Asked) -> Iterable[Keys]:
    low = look.number(asked.given["min"], "min") if "min" in asked.given else Fraction(0)
    high = look.number(asked.given["max"], "max") if "max" in asked.given else None
    return [rule_keys.row_count(Allowed(low, high), asked.draft.name, **asked.keys)]


def _freshness(asked: Asked) -> Iterable[Keys]:
    age = look.text(asked.given["max_age"], "max_age") if "max_age" in asked.given else "24h"
    return [rule_keys.rule("freshness", _column(asked.names), max_age=age.strip(), **asked.keys)]


def _latency(asked: Asked) -> Iterable[Keys]:
    from idqp_cli.core import sql  # noqa: PLC0415 - one check of many

    source = (
        look.text(asked.given["source_column"], "source_column")
        if "source_column" in asked.given
        else _column(asked.names)
    )
    begin, end = (
        sql.identifier(name) for name in (source, look.text(asked.given.get("target_column"), "target_column"))
    )
    match = re.fullmatch(
        r"(\d+)([smhd])", look.text(asked.given["max_latency"], "max_latency") if "max_latency" in asked.given else "1h"
    )
    if match is None:
        raise NoEquivalentError("max_latency is not a duration like 1h")
    seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    value = f"coalesce(max(date_diff('second', {begin}::TIMESTAMP, {end}::TIMESTAMP)), 0)"
    return [
        rule_keys.number(rule_keys.from_table(value, asked.draft.name), Allowed(high=Fraction(seconds)), **asked.keys)
    ]


def _references(asked: Asked) -> Iterable[Keys]:
    dataset = asked.drafts.named(tables.last(look.text(asked.given.get("reference_table"), "reference_table"))).name
    to, column = look.text(asked.given.get("reference_column"), "reference_column"), _column(asked.names)
    return [rule_keys.rule("references", column, dataset=dataset, to=None if to == column else to, **asked.keys)]


def _sql(asked: Asked) -> Iterable[Keys]:
    query = tables.own(look.text(asked.given.get("query"), "query"), asked.draft.name)
    named = {"name": look.text(asked.given["name"], "name")} if "name" in asked.given else {}
    statement = f"SELECT * FROM ({query}) AS found(value) WHERE NOT coalesce(CAST(value AS BOOLEAN), false)"
    return [rule_keys.rule("query", sql=statement, **named, **asked.keys)]


def _anomaly(asked: Asked) -> Iterable[Keys]:
    metric = look.text(asked.given["metric"], "metric") if "metric" in asked.given else "row_count"
    if metric != "row_count" and not asked.names:
        raise NoEquivalentError("the metric does not name its column")
    known = {
        "row_count": "row_count",
        "null_rate": "completeness",
        "null_count": "completeness",
        "mean": "mean",
        "distinct_count": "distinct_count",
    }
    if metric not in known:
        raise NoEquivalentError(f"the metric '{clean(metric, 40)}' has no equivalent")
    return [
        rule_keys.rule(
            "anomaly",
            metric=known[metric] if metric == "row_count" else f"{known[metric]}({asked.names[0]})",
            **asked.keys,
        )
    ]


def _change(asked: Asked) -> Iterable[Keys]:
    low, high = (
        look.text(asked.given[key], key).strip().rstrip("%") if key in asked.given else None
        for key in ("max_decrease", "max_increase")
    )
    if low is None or low != high:
        raise NoEquivalentError("row_count: {change: 10%} is as much above as below the last run")
    return [rule_keys.rule("row_count", change=f"{low}%", **asked.keys)]


CHECKS: Mapping[str, Function] = {
    "not_null": _not_null, "completeness": _completeness, "unique": _unique, "unique_combination": _combination,
    "accepted_values": _accepted, "range": _range, "regex": _regex, "email_validation": _email, "type": _type,
    "row_count": _row_count, "freshness": _freshness, "latency": _latency, "referential_integrity": _references,
    "custom_sql": _sql, "anomaly": _anomaly, "row_count_change": _change,
}  # fmt: skip
