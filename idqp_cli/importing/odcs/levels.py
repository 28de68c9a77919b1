"""What a data contract promises of the service: how fresh the data is, and how often it comes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from idqp_cli.core import sql
from idqp_cli.core.text import clean, one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, row_checks, rule_keys
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.odcs.keys import LEVEL
from idqp_cli.importing.values import Draft, Drafts, Keys, NoEquivalentError, Where

UNITS: Mapping[str, str] = {
    "s": "s", "sec": "s", "second": "s", "m": "m", "min": "m", "minute": "m", "h": "h", "hr": "h", "hour": "h",
    "d": "d", "day": "d", "w": "w", "week": "w",
}  # fmt: skip
LONG: Mapping[str, int] = {"month": 31, "mo": 31, "y": 366, "yr": 366, "year": 366}
AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]+)")
ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
SECONDS: Mapping[str, int] = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
OFTEN: Mapping[str, str] = {
    "hourly": "1h", "daily": "1d", "weekly": "7d", "monthly": "31d", "quarterly": "92d", "yearly": "366d",
}  # fmt: skip
FRESH = frozenset({"freshness", "latency", "ly", "maxage", "max_age", "dataage"})
COMPLETE = frozenset({"completeness", "co"})
MEANT = "the standard does not say of what it is; taken as the share of rows with a value"
FREQUENT = frozenset({"frequency", "fy"})


def take(given: Mapping[str, Node], path: str, drafts: Drafts, names: Sequence[str]) -> None:
    """Take the service levels of a contract."""
    for item in look.items(given.get("slaProperties"), "slaProperties"):
        where = Where(path, item.mark)
        with drafts.guarded(where, "a service level"):
            _property(look.mapping(item, "a service level"), where, drafts, names)
    levels = given.get("servicelevels")
    if levels is not None and isinstance(levels.value, dict):
        for name, node in levels.value.items():
            where = Where(path, levels.key_marks[name])
            with drafts.guarded(where, f"servicelevels: {name}"):
                _level(name, node, where, drafts, names)


def _tables(drafts: Drafts, names: Sequence[str], element: str | None) -> list[tuple[Draft, str | None]]:
    """Return the datasets that a level is for, with the column: of `table.column`, or all of the contract."""
    if element is None:
        return [(drafts.of(name), None) for name in names]
    table, _, column = element.strip().rpartition(".")
    if not table:
        if element in names:
            return [(drafts.of(element), None)]
        if len(names) != 1:
            raise NoEquivalentError(f"which table '{clean(element, 60)}' is of is not said")
        table = names[0]
    return [(drafts.of(table), column)]


def _property(given: Mapping[str, Node], where: Where, drafts: Drafts, names: Sequence[str]) -> None:
    kind = look.text(given.get("property"), "property")
    drafts.unread.meet(where.path, "a service level", given, LEVEL)
    elements = (
        [part.strip() for part in look.text(given["element"], "element").split(",")] if "element" in given else [None]
    )
    for element in elements:
        for draft, column in _tables(drafts, names, element):
            if kind.lower() in FRESH or "freshness" in kind.lower():
                draft.take(where, f"slaProperties: {kind}", lambda column=column: _fresh(column, _age(given)))  # type: ignore[misc]
            elif kind.lower() in FREQUENT:
                draft.keys["expect_every"] = _age(given)
            elif kind.lower() in COMPLETE and column is not None and _is_percent(given):
                draft.take(where, f"slaProperties: {kind}", partial(_complete, given, column, draft.name), [MEANT])
            else:
                said = " ".join(look.text(given[key], key) for key in ("value", "unit") if key in given)
                _unchecked(drafts, draft, f"{where}: {kind} {said}: a service level that idqp does not check")


def _is_percent(given: Mapping[str, Node]) -> bool:
    unit = given.get("unit") or given.get("unity")
    return unit is not None and unit.value in {"percent", "%", "percentage"}


def _complete(given: Mapping[str, Node], column: str, dataset: str) -> Iterable[Keys]:
    least = look.number(given.get("value"), "value")
    return [row_checks.missing(column).within(Allowed(high=100 - least), dataset, percent=True)]


def _unchecked(drafts: Drafts, draft: Draft, line: str) -> None:
    """Say in the file and beside it that a service level is not checked."""
    draft.remarks.append(line)
    drafts.notes.append(clean(line, 300))


def _age(given: Mapping[str, Node]) -> str:
    value = look.text(given.get("value"), "value")
    told = given.get("unit") or given.get("unity")
    unit = look.text(told, "unit") if told is not None else ""
    if value.strip().lower() in OFTEN:
        return OFTEN[value.strip().lower()]
    return duration(f"{value}{unit}")


def _level(name: str, node: Node, where: Where, drafts: Drafts, names: Sequence[str]) -> None:
    given = look.mapping(node, name) if isinstance(node.value, dict) else {}
    if name == "freshness" and "threshold" in given:
        field = look.text(given["timestampField"], "timestampField") if "timestampField" in given else None
        age = look.text(given["threshold"], "threshold")
        for draft, column in _tables(drafts, names, field):
            draft.take(where, "servicelevels: freshness", lambda column=column: _fresh(column, duration(age)))  # type: ignore[misc]
    elif name == "latency" and {"threshold", "sourceTimestampField", "processedTimestampField"} <= given.keys():
        _latency(given, where, drafts, names)
    elif name == "frequency" and "interval" in given:
        word = look.text(given["interval"], "interval").lower()
        for draft, _ in _tables(drafts, names, None):
            draft.keys["expect_every"] = OFTEN[word] if word in OFTEN else duration(word)
    else:
        said = given.get("description")
        words = one_line(str(said.value)) if said is not None and isinstance(said.value, str) else ""
        for draft, _ in _tables(drafts, names, None):
            _unchecked(drafts, draft, f"{where}: {name}: a service level that idqp does not check: {words}")


def _latency(given: Mapping[str, Node], where: Where, drafts: Drafts, names: Sequence[str]) -> None:
    """Take how long a row may be on its way, between two of its times."""
    age = duration(look.text(given["threshold"], "threshold"))
    fields = [look.text(given[key], key) for key in ("sourceTimestampField", "processedTimestampField")]
    (draft, begin), (other, end) = (_tables(drafts, names, field)[0] for field in fields)
    if draft is not other or begin is None or end is None:
        raise NoEquivalentError("its two times are not columns of one table")
    seconds = sum(float(number) * SECONDS[unit] for number, unit in re.findall(r"([\d.]+)([smhdw])", age))
    since = " - ".join(f"TRY_CAST({sql.identifier(one)} AS TIMESTAMP WITH TIME ZONE)" for one in (end, begin))
    rule = rule_keys.rule("expression", expression=f"{since} <= INTERVAL {sql.literal(f'{seconds:g} seconds')}")
    draft.take(where, "servicelevels: latency", lambda: [rule])


def _fresh(column: str | None, age: str) -> Iterable[Keys]:
    return [rule_keys.rule("freshness", [] if column is None else column, max_age=age)]


def duration(written: str) -> str:
    """Return a duration like 24h, `1 day` or PT6H as rules.yaml has it."""
    text = written.strip()
    match = ISO.fullmatch(text.upper())
    if match is not None and any(match.groups()):
        return "".join(f"{number}{unit}" for number, unit in zip(match.groups(), "dhms", strict=True) if number)
    parts = AGE.findall(text)
    if not parts or re.sub(r"[\s,]+", "", "".join(number + unit for number, unit in parts)) != re.sub(
        r"[\s,]+", "", text
    ):
        raise NoEquivalentError(f"'{clean(written, 40)}' is not a duration like 24h")
    made = ""
    for number, unit in parts:
        word = unit.lower().removesuffix("s") if len(unit) > 1 else unit.lower()
        if word in LONG:
            made += f"{float(number) * LONG[word]:g}d"
        elif word in UNITS:
            made += number + UNITS[word]
        else:
            raise NoEquivalentError(f"the unit '{clean(unit, 20)}' is not known")
    return made
