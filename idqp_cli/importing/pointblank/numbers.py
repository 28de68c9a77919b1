"""The steps of Pointblank about one number: of rows, of columns, of a statistic, of an age."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.core.text import clean
from idqp_cli.importing import intervals, look, rule_keys
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.pointblank.asked import SIGNS, Asked, columns_of
from idqp_cli.importing.pointblank.levels import Made
from idqp_cli.importing.values import NoEquivalentError

AGGREGATES = {"avg": "mean", "sum": "sum", "sd": "stddev"}


def _rows(asked: Asked) -> Iterable[Made]:
    count = look.number(asked.given.get("count"), "count")
    inverse = look.flag(asked.given.get("inverse"), "inverse")
    if asked.kind == "col_count_match":
        if inverse:
            raise NoEquivalentError("col_count_match with inverse has no equivalent")
        return [rule_keys.schema({}, min_columns=int(count), max_columns=int(count), **asked.keys)]
    below, above = _tolerance(asked, count)
    allowed = Allowed(max(count - below, Fraction(0)), count + above, outside=inverse)
    return [rule_keys.row_count(allowed, asked.dataset, asked.where, **asked.plain)]


def _tolerance(asked: Asked, of: Fraction) -> tuple[Fraction, Fraction]:
    """Return how far below and above a number another may be; a tolerance below 1 is a share of it."""
    given = [look.number(one, "tol") for one in look.items(asked.given.get("tol"), "tol")] or [Fraction(0)]
    ends = [math.floor(one * of) if 0 < one < 1 else one for one in given]
    return Fraction(ends[0]), Fraction(ends[-1])


def _aggregate(asked: Asked) -> Iterable[Made]:
    """Compare a statistic of a column with a number, as `col_avg_gt`."""
    _, word, sign = asked.kind.split("_")
    allowed = intervals.compared(SIGNS[f"col_vals_{sign}"], look.number(asked.given.get("value"), "value"))
    return [
        rule_keys.statistic(column, AGGREGATES[word], allowed, asked.dataset, **asked.keys)
        for column in columns_of(asked.given)
    ]


def _percent(asked: Asked) -> Iterable[Made]:
    """Return the rule that so many cells are missing: the share of the rows, rounded to whole rows, as there."""
    share = intervals.as_sql(look.number(asked.given.get("p"), "p"))
    given = [look.number(one, "tol") for one in look.items(asked.given.get("tol"), "tol")] or [Fraction(0)]
    target = f"round_even(count(*) * {share}, 0)"
    # A tolerance below 1 is a share of the number that is expected.
    below, above = (
        f"floor({intervals.as_sql(one)} * {target})" if 0 < one < 1 else intervals.as_sql(one)
        for one in (given[0], given[-1])
    )
    made = []
    for column in columns_of(asked.given):
        missing = f"count_if({sql.identifier(column)} IS NULL)"
        inside = f"{missing} BETWEEN {target} - {below} AND {target} + {above}"
        value = rule_keys.from_table(f"CASE WHEN {inside} THEN 0 ELSE 1 END", asked.dataset, asked.where)
        made.append(rule_keys.number(value, Allowed(Fraction(0), Fraction(0)), **asked.plain))
    return made


def _fresh(asked: Asked) -> Iterable[Made]:
    age = look.text(asked.given.get("max_age"), "max_age").replace(" ", "")
    parts = re.findall(r"(\d+(?:\.\d+)?)([a-z]+)", age)
    if not parts or "".join(number + unit for number, unit in parts) != age:
        raise NoEquivalentError(f"'{clean(age, 40)}' is not an age like 24 hours")
    made = "".join(number + unit[0] for number, unit in parts if unit[0] in "smhdw")
    return [rule_keys.rule("freshness", column, max_age=made, **asked.keys) for column in columns_of(asked.given)]


STEPS: Mapping[str, Callable[[Asked], Iterable[Made]]] = {
    "row_count_match": _rows, "col_count_match": _rows, "col_pct_null": _percent, "data_freshness": _fresh,
    **{f"col_{word}_{sign}": _aggregate for word in AGGREGATES for sign in ("gt", "ge", "lt", "le", "eq")},
}  # fmt: skip
