"""Anomaly: is a metric where its own history says it should be?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from idqp_cli.anomaly.options import MIN_HISTORY, Direction, Sensitivity
from idqp_cli.anomaly.series import Series, Strange
from idqp_cli.core.model import Column, MetricKey, Metrics, Status, Verdict
from idqp_cli.core.text import apart, clean, count, percent, quantity
from idqp_cli.rules import metrics as named
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.given import Given, Refused
from idqp_cli.rules.needs import Need, Values
from idqp_cli.rules.rule import Portion, Rule, Smallest, Takes, filtered, rule
from idqp_cli.rules.staying import SAME_CHANGE, SAME_LEVEL, STAYS, offer

if TYPE_CHECKING:
    from idqp_cli.anomaly.history import Judgement
    from idqp_cli.anomaly.profile import Limits

# Of the runs that a profile remembers no smaller share can be seen.
LEAST_RATE = 0.005


def named_so(rules: Iterable[Rule], name: str) -> Anomaly | None:
    """Return the `anomaly` rule of a name, if there is one."""
    return next((one for one in rules if isinstance(one, Anomaly) and one.name == name), None)


def of_profile(rule: Rule) -> Anomaly | None:
    """Return the rule if it is an `anomaly` rule of the whole profile, else None."""
    return rule if isinstance(rule, Anomaly) and rule.metric == named.PROFILE else None


@rule("anomaly")
class Anomaly(Rule):
    """A metric of the dataset is within the range that its history predicts.

        {type: anomaly, metric: row_count, direction: down}

    `metric` is one of:

    - `row_count` or `duplicate_share`
    - a metric of a column: `completeness(email)` (the missing share),
      `mean(amount)`, `min`, `max`, `median`, `sum`, `stddev`, `variance`,
      `distinct_count`, `distinct_share`, `mode_share`, `mean_length` and others
    - the name of another rule of this dataset
    - `profile`: the metrics of all columns, judged together

    Every recorded run adds to the history. The rule is skipped until the history
    has `min_history` runs (at least 8). A failed run does not enter the history
    until its incident is resolved with the reason `expected`. The same content
    counts once.

    The metric of this rule is the distance from the predicted value, in half-widths
    of the band that holds 99.5 % of the usual values. `sensitivity` is low, medium
    or high. `direction: down` fails only for values that are too low, `up` only for
    values that are too high. `min_change` is the smallest change that can fail: a
    share of the usual value (below 1, or a percentage), or a number in the unit of
    the metric. `segment_by` judges each segment by its own history. A segment
    without rows has a `row_count` of 0.

    A metric that reveals a value of a column under `pii`, such as its max, is
    refused, and is not part of a profile.

    A profile fails if its three strangest metrics are stranger than in the runs
    before, each judged against the others. The rate of false alarms on usual runs
    is 1 % with low, 3 % with medium and 10 % with high sensitivity. It is
    approximate while the history is too short to show it. `false_alarms` sets
    another rate of at least 0.5 %. The rule is then skipped until the history is
    long enough to show that rate.
    """

    takes = Takes.ALL
    detects = True
    exact = False

    metric: str
    sensitivity: Sensitivity = Sensitivity.MEDIUM
    min_history: int = MIN_HISTORY
    direction: Direction = Direction.BOTH
    min_change: Smallest = 0.01
    false_alarms: Portion | None = None

    def __post_init__(self) -> None:
        """Refuse a metric that there is not, and a history that is too short."""
        if self.follows() and self.where is not None:
            raise ValueError("where: goes with a metric that is measured, not with that of another rule")
        if self.segment_by is not None and (self.follows() or self.metric == named.PROFILE):
            raise ValueError("segment_by: goes with a metric that is measured, not with a profile or another rule")
        if self.metric == named.PROFILE and self.direction is not Direction.BOTH:
            raise ValueError("direction: goes with one metric, not with a profile")
        if not (math.isfinite(self.min_change) and self.min_change >= 0):
            raise ValueError("min_change: at least 0")
        if self.false_alarms is not None and not (self.metric == named.PROFILE and LEAST_RATE <= self.false_alarms < 1):
            raise ValueError("false_alarms: goes with a profile, and is from 0.5 % to below 100 %")
        if self.min_history < MIN_HISTORY:
            raise ValueError(f"min_history: at least {MIN_HISTORY}")

    def follows(self) -> Sequence[str]:
        return () if self.metric == named.PROFILE or named.read(self.metric) else (self.metric,)

    def watches(self) -> MetricKey | None:
        return self._key(self.metric)

    def needs(self, columns: tuple[Column, ...]) -> Need:
        if self.follows():
            return Values({})
        one = named.read(self.metric)
        if one is not None and one.reveals(self.hidden):
            name = clean(one.column, 60)
            raise NotEvaluableError(f"{name} is pii, and a history of its {one.name} would keep values")
        known = named.profile(columns) if one is None else (one,)
        wanted = tuple(each for each in known if not each.reveals(self.hidden))
        if one is not None:
            named.refuse_unfit(one, columns)
        return Values(named.aggregates(wanted, columns, filtered(self)))

    def measured(self, metrics: Metrics) -> Mapping[MetricKey, float | None]:
        return {self._key(str(name)): _known(value) for name, value in metrics.items()}

    def of_nothing(self) -> Metrics:
        return {self.metric: 0.0 if self.metric == named.ROW_COUNT else None}

    def seen(self, series: Series) -> Series:
        """Return a series with what the rule says of how to look at it."""
        return replace(series, direction=self.direction, min_change=self.min_change)

    def judge(self, metrics: Metrics, given: Given) -> Verdict:
        if self.metric == named.PROFILE:
            return self._judge_profile(metrics, given)
        from idqp_cli.anomaly import history  # noqa: PLC0415 - only a check with such a rule has to pay

        name = clean(self.metric, 80)
        value = given.observed.get(self.metric) if self.follows() else metrics[self.metric]
        series = self.seen(given.history.get((self.name, given.segment), Series((), ())))
        known = [one for one in series.values if math.isfinite(one)]
        if (value is None or math.isnan(value)) and len(known) >= self.min_history:
            told = f"{name} is not known, though it was in {count(len(known), 'run')}"
            return Verdict(Status.FAILED, told, history.LARGEST_SCORE, self.sensitivity.threshold)
        if value is None or math.isnan(value):
            return Verdict(Status.SKIPPED, f"{name} is not known: there is too little to look at")
        if len(known) < self.min_history:
            return self._too_few(len(known))
        threshold = self.sensitivity.threshold
        found = history.judge(series, given.now.timestamp(), value, threshold)
        passed = found.score <= threshold
        seasonal = f", by {found.season}" if found.season is not None else ""
        shown, band = _band(value, found, self.direction)
        usual = f"{band} expected by {count(len(known), 'run')} before{seasonal}"
        why = "" if passed or found.view == "level" else f"; its {found.view} is unusual"
        if not passed:
            why += _offer(series, value, found.high - found.low)
        return Verdict(
            status=Status.PASSED if passed else Status.FAILED,
            message=f"{name} is {shown}, {usual}{why}",
            metric_value=found.score,
            threshold=threshold,
        )

    def _judge_profile(self, metrics: Metrics, given: Given) -> Verdict:
        own = self.own_profile(given.profiles)
        runs = max(map(len, own.values()), default=0)
        if runs < self.min_history:
            return self._too_few(runs)
        from idqp_cli.anomaly import profile  # noqa: PLC0415 - only a check with such a rule has to pay
        from idqp_cli.rules.naming import named_first  # noqa: PLC0415

        needed = self.least_history()
        if runs < needed:
            missing, rate = count(needed - runs, "more run"), percent(self.false_alarms or 0.0)
            return Verdict(
                Status.SKIPPED, f"{missing} needed to hold {rate} of false alarms: the history has {runs} of {needed}"
            )
        today = {str(name): _known(value) for name, value in metrics.items()}
        limits = self.limits({name: (*own.get(name, ()), today.get(name)) for name in {**own, **today}})
        alarmed = given.history.get((self.name, None))
        if alarmed is not None:
            limits = replace(limits, alarms=len(alarmed.refused), false_positives=alarmed.false_positives)
        found = profile.judge(own, today, limits)
        named_ = named_first([(one.metric, one) for one in found.strangest])
        shown = "; ".join(_shown(name, one) for name, one in named_ if one.score)
        refused = given.refused.get(self.name)
        stays = ""
        if found.unusual and refused is not None:
            stays = offer(_as_strange([one for _, one in named_], refused), refused.accept)
        return Verdict(
            status=Status.FAILED if found.unusual else Status.PASSED,
            message=f"unlike the {count(runs, 'run')} before: {shown}{stays}"
            if found.unusual
            else f"like the {count(runs, 'run')} before",
            metric_value=found.score,
            threshold=found.threshold,
        )

    def least_history(self) -> int:
        """Return how many runs the rule waits for."""
        if self.false_alarms is None:
            return self.min_history
        from idqp_cli.anomaly import profile  # noqa: PLC0415

        return max(self.min_history, profile.runs_needed(self.false_alarms))

    def limits(self, profiles: Mapping[str, Sequence[float | None]]) -> Limits:
        """Return when a batch is unusual, of whose metrics `profiles` has all values."""
        from idqp_cli.anomaly import profile  # noqa: PLC0415

        absolute = self.min_change if self.min_change >= 1 else 0.0
        least, reach = {}, named.reach(profiles)
        for name in profiles:
            metric = named.read(name)
            share = metric is not None and metric.share
            rounding = (
                profile.ROUNDING * reach.get(metric.column or "", 0.0) if metric is not None and not share else 0.0
            )
            least[name] = profile.LEAST_SHARE if share else max(absolute, rounding)
        return profile.Limits(
            threshold=self.sensitivity.threshold * profile.SHARE_OF_THRESHOLD,
            rate=self.sensitivity.false_alarms if self.false_alarms is None else self.false_alarms,
            min_change=self.min_change if self.min_change < 1 else 0.0,
            least=least,
        )

    def own_profile(self, profiles: Mapping[MetricKey, Sequence[float | None]]) -> dict[str, Sequence[float | None]]:
        """Return the kept metrics that the rule measures, by their names."""
        return {key.metric: values for key, values in profiles.items() if key.metric is not None and self.owns(key)}

    def _too_few(self, runs: int) -> Verdict:
        missing = count(self.min_history - runs, "more run")
        return Verdict(Status.SKIPPED, f"{missing} needed: the history has {runs:,} of {self.min_history:,}")

    def owns(self, key: MetricKey) -> bool:
        """Tell whether it is a metric of the profile that the rule measures."""
        metric = named.read(key.metric or "")
        known = metric is not None and metric.profiled and not metric.reveals(self.hidden)
        return known and key == self._key(str(metric))

    def _key(self, metric: str) -> MetricKey:
        """Return what the metric is stored under: metrics of some rows are the rule's own, and so is a rule's."""
        if self.follows():
            return MetricKey(metric)
        return MetricKey(None if self.where is None and self.segment_by is None else self.name, metric)


def _band(value: float, found: Judgement, direction: Direction) -> tuple[str, str]:
    """Return a value, and where it passes."""
    match direction:
        case Direction.DOWN:
            shown, low = apart(value, found.low)
            return shown, f"at least {low}"
        case Direction.UP:
            shown, high = apart(value, found.high)
            return shown, f"at most {high}"
        case _:
            shown, low, high = apart(value, found.low, found.high)
            return shown, f"{low} to {high}"


def _offer(series: Series, value: float, width: float) -> str:
    """Say what makes a level usual that stays."""
    near = max(SAME_LEVEL * abs(value), min(width, abs(value)) / 2)
    row = list(takewhile(lambda one: abs(one - value) <= near, reversed(series.refused)))
    if len(row) + 1 < STAYS or not series.accept:
        return ""
    level = sorted([*row, value])[(len(row) + 1) // 2]
    return f"; {len(row) + 1} runs at about {quantity(level)}: `{series.accept}` makes it usual"


def _as_strange(strangest: Sequence[Strange], refused: Refused) -> list[bool]:
    """Tell of each run that was refused, the last first, whether what is strange today was so then."""
    odd = [one for one in strangest if one.score]
    return [all(_as_then(one, run.get(one.metric)) for one in odd) for run in reversed(refused.metrics)]


def _as_then(one: Strange, value: float | None) -> bool:
    if one.value is None or value is None:
        return one.value is value
    change = abs(one.value - one.before) if one.before is not None else 0.0
    return abs(value - one.value) <= max(SAME_LEVEL * abs(one.value), SAME_CHANGE * change)


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _shown(name: str, one: Strange) -> str:
    if one.value is not None and one.before is not None:
        before, now = apart(one.before, one.value)
    else:
        before, now = ("not known" if known is None else quantity(known) for known in (one.before, one.value))
    return f"{clean(name, 80)} is {now}, usually {before}"
