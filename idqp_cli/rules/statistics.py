"""Statistics: is a number that sums up a column where it should be?"""

from __future__ import annotations

import math
import re
from enum import StrEnum

from idqp_cli import sql
from idqp_cli.model import Column, Metrics, Status, Verdict
from idqp_cli.rules.bounds import Exclusive, above, below, least, most, refuse_exclusive
from idqp_cli.rules.literals import NUMBERS
from idqp_cli.rules.needs import DISTINCT, EVALUATED, LARGEST, Given, Keys, Need, Values
from idqp_cli.rules.rule import Kind, NotEvaluableError, Rule, filtered, refuse_bounds, rule
from idqp_cli.rules.shares import Share
from idqp_cli.text import apart, clean, quantity

VALUE, INFINITE, LARGE, OF_LARGE = "value", "infinite", "large", "of large"
COUNT, SUM, HIGH, CROSS, LOW, UNIT = "count", "sum", "high", "cross", "low", "unit"
HALF = 32
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
# Of so many digits each is a BIGINT.
MAX_WIDTH = 18


class Name(StrEnum):
    """The statistics of a column."""

    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    MEDIAN = "median"
    SUM = "sum"
    STDDEV = "stddev"
    VARIANCE = "variance"
    QUANTILE = "quantile"
    DISTINCT_COUNT = "distinct_count"
    DISTINCT_SHARE = "distinct_share"
    MODE_SHARE = "mode_share"


AGGREGATES = {
    Name.MIN: "min({x})", Name.MAX: "max({x})", Name.MEAN: "avg({x})", Name.MEDIAN: "quantile_cont({x}, 0.5)",
    Name.SUM: "sum({x})", Name.STDDEV: "stddev_samp({x})", Name.VARIANCE: "var_samp({x})",
    Name.QUANTILE: "quantile_cont({x}, {q})",
}  # fmt: skip
GROUPED = {Name.DISTINCT_COUNT, Name.DISTINCT_SHARE, Name.MODE_SHARE}
QUANTILES = {Name.MEDIAN, Name.QUANTILE}
# Of infinite values they are no numbers; DuckDB 1.5 refuses them and 2.0 says NaN.
SPREADS = {Name.STDDEV, Name.VARIANCE}
# From here on squares may be beyond a DOUBLE; halved so many times, no value's is.
SQUARABLE, SHRUNK = 1e150, 600


@rule("statistic")
class Statistic(Rule):
    """A statistic of the column is at least `min` and at most `max`.

    `statistic` is min, max, mean, median, sum, stddev, variance (both of a
    sample, n - 1), quantile (with `q` from 0 to 1, exact, interpolated),
    distinct_count, distinct_share or mode_share (the share of the most frequent
    value). NULL and NaN are not looked at; infinity is a value. `exclusive` (`min`,
    `max` or `both`) takes a bound itself out of the range.
    """

    repeatable = True

    statistic: Name
    min: float | None = None
    max: float | None = None
    exclusive: Exclusive | None = None
    q: Share | None = None

    def __post_init__(self) -> None:
        """Refuse bounds that cannot be met, and a quantile without its place."""
        refuse_bounds(self.min, self.max)
        refuse_exclusive(self.min, self.max, self.exclusive)
        if (self.statistic is Name.QUANTILE) != (self.q is not None):
            raise ValueError("q: goes with statistic: quantile, and that needs it")

    def kinds(self) -> dict[str, Kind]:
        return {} if self.statistic in GROUPED else {self.columns[0]: Kind.NUMBER}

    def needs(self, columns: tuple[Column, ...]) -> Need:
        (column,) = columns
        if self.statistic in GROUPED:
            return Keys(columns, filtered(self))
        if not NUMBERS.fullmatch(column.type):
            raise NotEvaluableError(f"{clean(column.name, 60)} is {clean(column.type, 60)}, not a number")
        name = sql.identifier(column.name)
        looked = sql.both(filtered(self), sql.present(column))
        finite = sql.both(looked, f"isfinite({name})") if column.type in sql.FLOATS else looked
        # A quantile of DECIMAL would be cut off at its scale.
        value = f"{name}::DOUBLE" if column.type.startswith("DECIMAL") and self.statistic in QUANTILES else name
        if self.statistic in SPREADS and (found := _as_integer(column)) is not None:
            integer, unit = found
            return Values({**_squares(sql.where(filtered(self), integer)), UNIT: str(unit)})
        if self.statistic in SPREADS and column.type in sql.FLOATS:
            return Values(self._spread(name, looked, finite))
        # An aggregate leaves NULL out by itself.
        always = filtered(self) is None and column.type not in sql.FLOATS
        aggregate = AGGREGATES[self.statistic].format(x=sql.where(None if always else looked, value), q=self.q)
        return Values({VALUE: aggregate})

    def _spread(self, name: str, looked: str, finite: str) -> dict[str, str]:
        """Return the aggregates of which one is the spread of a column of floats, whatever is in it."""
        large, aggregate = f"abs({name}) >= {sql.literal(SQUARABLE)}", AGGREGATES[self.statistic]
        shrunk = f"{name}::DOUBLE * {sql.literal(math.ldexp(1, -SHRUNK))}"
        return {
            VALUE: aggregate.format(x=sql.where(sql.both(finite, f"NOT {large}"), name)),
            INFINITE: sql.count_where(sql.both(looked, f"isinf({name})")),
            LARGE: sql.count_where(sql.both(finite, large)),
            OF_LARGE: aggregate.format(x=sql.where(finite, shrunk)),
        }

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - a statistic needs nothing else
        value = self._value(metrics)
        what = f"the {self.statistic.replace('_', ' ')} of {clean(self.columns[0], 60)}"
        if value is None:
            return Verdict(Status.SKIPPED, f"{what} is not known: there is too little to look at")
        low = self.min is not None and not above(value, self.min, self.exclusive)
        high = self.max is not None and not below(value, self.max, self.exclusive)
        bound, shown = apart((self.max if high else self.min) or 0, value)
        asked = most(self.exclusive) if high else least(self.exclusive)
        expected = f", {asked} {bound} expected" if low or high else ""
        return Verdict(
            status=Status.FAILED if low or high else Status.PASSED,
            message=f"{what} is {shown if expected else quantity(value)}{expected}",
            metric_value=value,
            threshold=self.max if high or self.min is None else self.min,
        )

    def _value(self, metrics: Metrics) -> float | None:
        if SUM in metrics:
            variance = _variance(metrics)
            return math.sqrt(variance) if variance and self.statistic is Name.STDDEV else variance
        if metrics.get(INFINITE):
            return math.inf
        if metrics.get(LARGE):
            return _grown(metrics[OF_LARGE], SHRUNK * (1 if self.statistic is Name.STDDEV else 2))
        if self.statistic not in GROUPED:
            return metrics[VALUE]
        rows, distinct, largest = (metrics[name] or 0 for name in (EVALUATED, DISTINCT, LARGEST))
        if self.statistic is Name.DISTINCT_COUNT:
            return distinct
        if not rows:
            return None
        return (distinct if self.statistic is Name.DISTINCT_SHARE else largest) / rows


def _grown(value: float | None, doublings: int) -> float | None:
    """Return a value doubled so many times; infinity, if no float holds that."""
    try:
        return None if value is None else math.ldexp(value, doublings)
    except OverflowError:
        return math.inf


def _as_integer(column: Column) -> tuple[str, int] | None:
    """Return a number as an SQL BIGINT, and how many of these make one; None where it is none."""
    name = sql.identifier(column.name)
    if column.type == "BIGINT":
        return name, 1
    decimal = DECIMAL.fullmatch(column.type)
    if decimal is None or int(decimal[1]) > MAX_WIDTH:
        return None
    unit: int = 10 ** int(decimal[2])
    return f"({name}::DECIMAL(38,{decimal[2]}) * {unit})::BIGINT", unit


def _squares(name: str) -> dict[str, str]:
    """Return the sums that make up the sum of squares of a BIGINT, which no integer of DuckDB's holds, by halves."""
    high, low = f"({name} >> {HALF})", f"({name} & {(1 << HALF) - 1})"
    squares = {
        HIGH: f"sum({high} * {high})",
        CROSS: f"sum({high} * {low})",
        LOW: f"sum({low}::UBIGINT * {low}::UBIGINT)",
    }
    return {COUNT: f"count({name})", SUM: f"sum({name})", **squares}


def _variance(metrics: Metrics) -> float | None:
    """Return the variance of a sample (n - 1), exact but for its last rounding."""
    count, total, high, cross, low = (int(metrics[name] or 0) for name in (COUNT, SUM, HIGH, CROSS, LOW))
    if count < 2:
        return None
    squares = (high << 2 * HALF) + (cross << HALF + 1) + low
    return (count * squares - total * total) / (count * (count - 1) * int(metrics[UNIT] or 1) ** 2)
