"""Statistics: is a number that sums up a column where it should be?"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.core.model import Column, MetricName, Metrics, Status, Verdict
from idqp_cli.core.text import apart, clean, quantity
from idqp_cli.rules import exact
from idqp_cli.rules.bounds import Exclusive, above, below, least, most, refuse_exclusive
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.given import Given
from idqp_cli.rules.literals import ISO_DAY, NANOSECONDS, NOTHING, NUMBERS, TIMES, refuse_doubtful
from idqp_cli.rules.needs import DISTINCT, EVALUATED, LARGEST, Keys, Need, Values
from idqp_cli.rules.rule import Bound, Kind, Rule, filtered, refuse_bounds, rule
from idqp_cli.rules.shares import Share

VALUE, INFINITE, LARGE, OF_LARGE = exact.VALUE, "infinite", "large", "of large"
# A time as an integer of ticks, so many of which are a second.
TICKS = "ticks"
LARGEST_INTEGER = 1 << 63
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
# They are a value of the column, or are one where it has few rows.
OF_VALUES = {Name.MIN, Name.MAX, Name.MEAN, Name.MEDIAN, Name.SUM, Name.QUANTILE}
QUANTILES = {Name.MEDIAN, Name.QUANTILE}
# Of infinite values they are no numbers; DuckDB 1.5 refuses them and 2.0 says NaN.
SPREADS = {Name.STDDEV, Name.VARIANCE}
EXTREMES = {Name.MIN, Name.MAX}
# What truth values have: the share, and the number, of those that are true.
OF_TRUTH = {Name.MEAN, Name.SUM}
# From here on squares may be beyond a DOUBLE; halved so many times, no value's is.
SQUARABLE, SHRUNK = 1e150, 600


@rule("statistic")
class Statistic(Rule):
    """A statistic of the column is at least `min` and at most `max`.

        {type: statistic, column: amount, statistic: mean, min: 10, max: 50}

    `statistic` is min, max, mean, median, sum, stddev and variance (of a sample,
    n - 1), quantile (exact and interpolated, with `q` from 0 to 1), distinct_count,
    distinct_share, or mode_share (the share of the most frequent value). The mean of
    a BOOLEAN is the share of true. NULL and NaN are ignored; infinity is a value.

    The bounds of the min and max of dates and times are dates (ISO 8601), and the
    metric is in seconds since 1970. `exclusive` (`min`, `max` or `both`) excludes the
    bound itself. For a column under `pii`, the min, max, mean, median, sum and
    quantile are judged but neither shown nor kept.
    """

    repeatable = True

    statistic: Name
    min: Bound | None = None
    max: Bound | None = None
    exclusive: Exclusive | None = None
    q: Share | None = None

    def __post_init__(self) -> None:
        """Refuse bounds that cannot be met, and a quantile without its place."""
        refuse_bounds(self.min, self.max)
        refuse_exclusive(self.min, self.max, self.exclusive)
        if (self.statistic is Name.QUANTILE) != (self.q is not None):
            raise ValueError("q: goes with statistic: quantile, and that needs it")
        for key, bound in (("min", self.min), ("max", self.max)):
            if isinstance(bound, str) and _instant(bound) is None:
                raise ValueError(f"{key}: must be a number or a date, not '{clean(bound, 60)}'")
        if self._dated and self.statistic not in EXTREMES:
            raise ValueError(f"{self.statistic}: is compared with numbers; dates go with min and max")

    @property
    def _dated(self) -> bool:
        return isinstance(self.min, str) or isinstance(self.max, str)

    def kinds(self) -> dict[str, Kind]:
        if self._dated:
            return {self.columns[0]: Kind.TIME}
        return {} if self.statistic in GROUPED else {self.columns[0]: Kind.NUMBER}

    def needs(self, columns: tuple[Column, ...]) -> Need:
        (column,) = columns
        if self.statistic in GROUPED:
            return Keys(columns, filtered(self))
        refuse_doubtful(column)
        name = sql.identifier(column.name)
        if column.type == NOTHING:
            return Values({VALUE: f"max({name})"})
        if TIMES.fullmatch(column.type) and self._dated:
            return Values(self._moment(column))
        if column.type == "BOOLEAN" and self.statistic in OF_TRUTH and not self._dated:
            truth = f"CASE WHEN {name} THEN 1 WHEN NOT {name} THEN 0 END"
            return Values({VALUE: AGGREGATES[self.statistic].format(x=sql.where(filtered(self), truth))})
        self._refuse(column)
        looked = sql.both(filtered(self), sql.present(column))
        finite = sql.both(looked, f"isfinite({name})") if column.type in sql.FLOATS else looked
        # A quantile of DECIMAL would be cut off at its scale.
        value = f"{name}::DOUBLE" if column.type.startswith("DECIMAL") and self.statistic in QUANTILES else name
        if (found := self._exact(column)) is not None:
            return Values(found)
        if self.statistic in SPREADS and column.type in sql.FLOATS:
            return Values(self._spread(name, looked, finite))
        # An aggregate leaves NULL out by itself.
        always = filtered(self) is None and column.type not in sql.FLOATS
        aggregate = AGGREGATES[self.statistic].format(x=sql.where(None if always else looked, value), q=self.q)
        return Values({VALUE: aggregate})

    def _refuse(self, column: Column) -> None:
        """Refuse a column that has no such statistic, or bounds that are of another kind than its values."""
        what = f"{clean(column.name, 60)} is {clean(column.type, 60)}"
        if TIMES.fullmatch(column.type) and self.statistic in EXTREMES:
            raise NotEvaluableError(f"{what}, not a number; its bounds are dates in quotes, like '2024-01-01'")
        if not NUMBERS.fullmatch(column.type):
            raise NotEvaluableError(f"{what}, not a number")
        if self._dated:
            raise NotEvaluableError(f"{what}, and the bound '{clean(self.min or self.max, 40)}' is a date")

    def _moment(self, column: Column) -> dict[MetricName, str]:
        """Return the aggregates of the first or the last time, as an integer of ticks."""
        moment = sql.moment(column)
        finest = NANOSECONDS.fullmatch(column.type) is not None
        looked = sql.both(filtered(self), f"isfinite({moment})")
        value = AGGREGATES[self.statistic].format(x=sql.where(looked, moment))
        ticks = f"epoch_ns({value})" if finest else f"epoch_us(({value})::TIMESTAMP)"
        return {VALUE: ticks, TICKS: "1000000000" if finest else "1000000"}

    def _exact(self, column: Column) -> dict[MetricName, str] | None:
        """Return the aggregates of a statistic of integers or decimals that DuckDB would round; None of others."""
        if self.statistic in EXTREMES:
            cell = sql.where(filtered(self), sql.identifier(column.name))
            return exact.of_one(column, AGGREGATES[self.statistic].format(x=cell))
        found = None if self.statistic in QUANTILES else exact.units(column, filtered(self))
        if found is None:
            return None
        return exact.squares(found) if self.statistic in SPREADS else exact.sums(found)

    def _spread(self, name: str, looked: str, finite: str) -> dict[MetricName, str]:
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
        lowest, highest = _comparable(self.min, value), _comparable(self.max, value)
        low = lowest is not None and not above(value, lowest, self.exclusive)
        high = highest is not None and not below(value, highest, self.exclusive)
        if self.private and self.statistic in OF_VALUES:
            status = Status.FAILED if low or high else Status.PASSED
            found = "above what is allowed" if high else "below what is allowed" if low else "as expected"
            return Verdict(status, f"{what} is {found} (pii, not shown)")
        against = (self.max if high else self.min) if low or high else None
        bound, told = _told(against, value, timed=TICKS in metrics)
        asked = most(self.exclusive) if high else least(self.exclusive)
        expected = f", {asked} {bound} expected" if low or high else ""
        return Verdict(
            status=Status.FAILED if low or high else Status.PASSED,
            message=f"{what} is {told}{expected}",
            metric_value=_rounded(value),
            threshold=_number(self.max if high or self.min is None else self.min),
        )

    def _value(self, metrics: Metrics) -> float | Fraction | None:
        if TICKS in metrics:
            ticks = metrics[VALUE]
            return None if ticks is None else Fraction(int(ticks), int(metrics[TICKS] or 1))
        if exact.COUNT in metrics:
            return self._of_sums(metrics)
        if exact.UNIT in metrics:
            return exact.value_of(metrics)
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

    def _of_sums(self, metrics: Metrics) -> float | Fraction | None:
        match self.statistic:
            case Name.SUM:
                return exact.total(metrics)
            case Name.MEAN:
                return exact.mean(metrics)
        variance = exact.variance(metrics)
        return exact.root(variance) if variance and self.statistic is Name.STDDEV else variance


def _instant(bound: str) -> Fraction | None:
    """Return a date or a time as exact seconds since 1970, in UTC unless it says otherwise; None of another text."""
    if ISO_DAY.match(bound) is None:
        return None
    seconds, _, rest = bound.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    try:
        moment = datetime.fromisoformat(seconds + rest[len(digits) :])
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    whole = (moment - EPOCH) // timedelta(seconds=1)
    return whole + Fraction(int(digits or 0), 10 ** len(digits))


def _comparable(bound: Bound | None, value: float | Fraction) -> float | Fraction | None:
    """Return a bound as what the value is: exact beside an exact one, where 0.1 is a tenth."""
    if isinstance(bound, str):
        return _instant(bound)
    if isinstance(bound, float) and isinstance(value, Fraction) and math.isfinite(bound):
        return Fraction(Decimal(repr(bound)))
    return bound


def _number(bound: Bound | None) -> float | None:
    return _rounded(_instant(bound) or Fraction(0)) if isinstance(bound, str) else bound


def _rounded(value: float | Fraction) -> float:
    """Return an exact number as the nearest that a float is; an integer of 64 bits as it is."""
    whole = value if isinstance(value, int) else value.numerator if isinstance(value, Fraction) else None
    if whole is None or (isinstance(value, Fraction) and value.denominator != 1):
        return float(value)
    return whole if abs(whole) < LARGEST_INTEGER else float(value)


def _told(bound: Bound | None, value: float | Fraction, *, timed: bool) -> tuple[str, str]:
    """Return a bound and a value for people, so that unequal numbers do not read the same."""
    if timed:
        return clean(bound, 40), _moment(Fraction(value))
    rounded = _rounded(value)
    if bound is None or isinstance(bound, str):
        return clean(bound, 40), quantity(rounded)
    told, shown = apart(bound, rounded)
    return told, shown


def _moment(seconds: Fraction) -> str:
    """Return a time of UTC, with as many digits of the second as it has."""
    whole = math.floor(seconds)
    try:
        shown = f"{EPOCH + timedelta(seconds=whole):%Y-%m-%d %H:%M:%S}"
    except OverflowError:
        return f"{quantity(_rounded(seconds))} s after 1970"
    digits = f"{int((seconds - whole) * 10**9):09d}".rstrip("0")
    return f"{shown}.{digits}" if digits else shown.removesuffix(" 00:00:00")


def _grown(value: float | None, doublings: int) -> float | None:
    """Return a value doubled so many times; infinity, if no float holds that."""
    try:
        return None if value is None else math.ldexp(value, doublings)
    except OverflowError:
        return math.inf
