"""How many rows may fail a step of Pointblank before a warning, and before a failure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look, row_checks, rule_keys
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.values import Keys, NoEquivalentError

Given = Mapping[str, Node]
Made = Failing | Keys
KEPT = frozenset({*row_checks.COMMON, "where", "segment_by"})
# Rules of many rows, which are not found by a condition.
OF_ROWS = frozenset({"duplicates", "unique"})
NULLS = frozenset({"col_vals_not_null", "col_vals_null", "col_vals_expr"})


def missing_passes(kind: str, given: Given) -> bool:
    """Tell whether a missing cell passes: if the step allows it, or is about missing cells itself."""
    listed = look.items(given.get("set"), "set") if kind == "col_vals_in_set" else ()
    if any(item.value is None for item in listed):
        return True
    return look.flag(given.get("na_pass"), "na_pass") or not kind.startswith("col_vals_") or kind in NULLS


def levels(node: Node | None) -> tuple[Allowed | None, Allowed | None, bool]:
    """Return what is allowed before a warning, and before a failure, and whether in percent of the rows."""
    if node is None or node.value is None:
        return None, None, True
    if isinstance(node.value, tuple):
        given = dict(zip(("warning", "error", "critical"), node.value, strict=False))
    else:
        given = look.mapping(node, "thresholds") if isinstance(node.value, dict) else {"warning": node}
    look.refuse_others(given, ("warning", "error", "critical", "default", "highest_only"), "thresholds")
    given = {key: one for key, one in given.items() if one.value is not None}
    bounds = {key: _below(given[key], key) for key in ("warning", "error", "critical") if key in given}
    found = (bounds.get("warning"), bounds.get("error", bounds.get("critical")))
    # None of the rows is none of them in both ways.
    shares = {is_share for one in found if one is not None for allowed, is_share in [one] if allowed.high != 0}
    if len(shares) > 1:
        raise NoEquivalentError("levels in rows together with shares have no equivalent")
    warn, fail = (None if one is None else one[0] for one in found)
    return warn, fail, False not in shares


def _below(node: Node, key: str) -> tuple[Allowed, bool]:
    """Return the failing rows before a level, as their percentage or their number."""
    if isinstance(node.value, bool):
        return Allowed(Fraction(0), Fraction(0)), True
    number = look.number(node, key)
    if number >= 1:
        # One failing row reaches the level of 1.
        last = Fraction(math.ceil(number) - 1)
        return Allowed(Fraction(0) if last == 0 else None, last), False
    return Allowed(high=number * 100, high_open=number > 0), True


def judged(
    check: Made, warn: Allowed | None, fail: Allowed | None, dataset: str, *, passes: bool, percent: bool
) -> list[Keys]:
    """Return the rules of a check with its levels; `passes` tells whether a missing cell passes."""
    if not isinstance(check, Failing):
        if check["type"] in OF_ROWS and any(one is not None and one.high != 0 for one in (warn, fail)):
            raise NoEquivalentError("levels of rows that are not distinct have no equivalent; count them by a query")
        if not percent:
            raise NoEquivalentError("it is one test, which never reaches a level of several")
        return [check if fail is not None or warn is None else {**check, "severity": "warning"}]
    if warn is None and fail is None:
        if passes or not check.columns:
            return [check.keys]
        if check.keys["type"] == "expression":
            return [{**check.keys, "expression": f"coalesce({check.keys['expression']}, false)"}]
        return [{**check.keys, "min_share": "100%", "of": "all"}]
    if not passes and check.columns:
        if not check.condition:
            return _shares(check.keys, warn, fail, percent=percent)
        absent = " OR ".join(f"{sql.identifier(name)} IS NULL" for name in check.columns)
        condition = f"{absent} OR ({check.condition})"
        kept = {key: value for key, value in check.keys.items() if key in KEPT}
        check = Failing(rule_keys.rule("expression", expression=f"NOT ({condition})", **kept), condition)
    return check.levels(warn, fail, dataset, percent=percent)


def _shares(keys: Keys, warn: Allowed | None, fail: Allowed | None, *, percent: bool) -> list[Keys]:
    """Return the rules of a format in which a missing cell fails: so much of all rows has to be in it."""
    made: list[Keys] = []
    for allowed, severity in ((fail, {}), (warn, {"severity": "warning"})):
        if allowed is None or allowed.high is None:
            continue
        if not percent:
            raise NoEquivalentError("a number of rows, some with missing cells, that are not in a format has no rule")
        high = allowed.high - row_checks.LESS if allowed.high_open else allowed.high
        made.append({**keys, "min_share": intervals.percentage(100 - high), "of": "all", **severity})
    return made
