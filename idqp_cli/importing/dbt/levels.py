"""How bad it is when a test of dbt fails: `severity`, `error_if`, `warn_if`; and the freshness of sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look, rule_keys
from idqp_cli.importing.dbt.meta import switch
from idqp_cli.importing.expectations.expectation import Made
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.jinja import Template, Unknown
from idqp_cli.importing.row_checks import Counted, Failing
from idqp_cli.importing.values import Keys, NoEquivalentError

BOUND = re.compile(r"\s*(!=|<>|>=|<=|=|==|>|<)\s*(\d+)\s*")
BETWEEN = re.compile(r"\s*between\s+(\d+)\s+and\s+(\d+)\s*", re.IGNORECASE)
ZERO = Allowed(Fraction(0), Fraction(0))
PERIODS = {"second": "s", "minute": "m", "hour": "h", "day": "d"}


def judged(made: Iterable[Made], config: Mapping[str, Node], template: Template, dataset: str) -> list[Keys]:
    """Return the rules with the severity and the bounds of the test."""
    warn, fail = _levels(config, template)
    rules: list[Keys] = []
    for one in made:
        if isinstance(one, Failing) and one.condition:
            rules += one.levels(warn, fail, dataset)
        elif isinstance(one, Counted):
            rules += one.levels(warn, fail)
        else:
            rules += _plain(one.keys if isinstance(one, Failing) else one, warn, fail)
    return rules


def _plain(keys: Keys, warn: Allowed | None, fail: Allowed | None) -> list[Keys]:
    """Return a rule that is not of rows, which has no bound of its own."""
    if keys["type"] == "query" and "min" not in keys and "max" not in keys:
        return _query(keys, warn, fail)
    if fail in {None, ZERO} and warn in {None, ZERO}:
        return [keys if fail is not None else {**keys, "severity": "warning"}]
    raise NoEquivalentError("error_if and warn_if have no equivalent for this test")


def _query(keys: Keys, warn: Allowed | None, fail: Allowed | None) -> list[Keys]:
    rules: list[Keys] = []
    for level, more in ((fail, {}), (warn, {"severity": "warning"})):
        if level is None or (level is warn and warn == fail):
            continue
        limit = Failing({}, "").limit(level)
        if limit is None:
            raise NoEquivalentError("a query has an upper limit only")
        rules.append({**keys, **({} if limit == "0 rows" else {"threshold": limit}), **more})
    return rules


def _levels(config: Mapping[str, Node], template: Template) -> tuple[Allowed | None, Allowed | None]:
    """Return what dbt allows before it warns, and before it fails; None where it does not."""
    if "fail_calc" in config and re.sub(r"\s", "", look.text(config["fail_calc"], "fail_calc")).lower() != "count(*)":
        raise NoEquivalentError("a custom fail_calc has no equivalent")
    warn, fail = (_bound(config, key, template) for key in ("warn_if", "error_if"))
    severity = "error"
    if "severity" in config:
        severity = _severity(config["severity"], template) or "error"
    if severity not in {"error", "warn"}:
        raise NoEquivalentError(f"the severity '{clean(severity, 40)}' is not known")
    if severity == "warn":
        return warn or ZERO, None
    if fail is None:
        return None, ZERO
    return warn or ZERO, fail


def _severity(node: Node, template: Template) -> str | None:
    """Return the severity; None where it depends on what is not known before a run of dbt."""
    try:
        value = template.one(look.text(node, "severity"))
    except NoEquivalentError:
        return None
    return None if isinstance(value, Unknown) else str(value).lower()


def remarks(config: Mapping[str, Node], template: Template) -> list[str]:
    """Return what a person should know of the levels of a test."""
    found = []
    if "severity" in config and _severity(config["severity"], template) is None:
        found.append("its severity depends on the target of dbt; taken as error")
    if "enabled" in config and _undecided(config["enabled"], template):
        found.append("whether it is enabled depends on the target of dbt, or on a variable; taken as enabled")
    return found


def _undecided(node: Node, template: Template) -> bool:
    try:
        return switch(node, template) is None
    except NoEquivalentError:
        return False


def _bound(config: Mapping[str, Node], key: str, template: Template) -> Allowed | None:
    if key not in config:
        return None
    written = template.filled(look.text(config[key], key))
    match = BOUND.fullmatch(written)
    if match is not None:
        return intervals.compared(match[1], Fraction(match[2])).negated()
    between = BETWEEN.fullmatch(written)
    if between is None:
        raise NoEquivalentError(f"{key} '{clean(written, 40)}' is not a bound like >10")
    return Allowed(Fraction(between[1]), Fraction(between[2])).negated()


def freshness(node: Node, column: Node | None, template: Template) -> Iterable[Keys]:
    """Return the rules for how old the newest row of a source may be; without a column, the file."""
    given = look.mapping(node, "freshness")
    name = None if column is None or column.value is None else template.filled(look.text(column, "loaded_at_field"))
    if name is not None and not re.fullmatch(r'[\w$]+|"[^"]+"', name.strip()):
        match = re.fullmatch(
            r"(?:cast\s*\(\s*)?([A-Za-z_]\w*)\s*(?:as\s+\w+\s*\)|::\s*\w+)", name.strip(), re.IGNORECASE
        )
        if match is None:
            raise NoEquivalentError("loaded_at_field is an expression; freshness takes a column")
        name = match[1]
    where = template.filled(look.text(given["filter"], "filter"), kept=True) if "filter" in given else None
    made = []
    for key, more in (("error_after", {}), ("warn_after", {"severity": "warning"})):
        level = look.mapping(given.get(key), key)
        if not level:
            continue
        period = look.text(level.get("period"), "period").rstrip("s")
        if period not in PERIODS:
            raise NoEquivalentError(f"the period '{clean(period, 40)}' is not known")
        age = f"{look.whole(level.get('count'), 'count')}{PERIODS[period]}"
        made.append(
            rule_keys.rule(
                "freshness", [] if name is None else name.strip().strip('"'), max_age=age, where=where, **more
            )
        )
    return made
