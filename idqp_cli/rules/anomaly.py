"""Anomaly: is a metric where its own history says it should be?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from idqp_cli.anomaly.choices import MIN_HISTORY, Direction, Sensitivity
from idqp_cli.model import Column, Metrics, Status, Verdict
from idqp_cli.rules import metrics as named
from idqp_cli.rules.needs import Given, Need, Values
from idqp_cli.rules.rule import NotEvaluableError, Rule, Smallest, Takes, filtered, rule
from idqp_cli.text import apart, clean, count, quantity

if TYPE_CHECKING:
    from idqp_cli.anomaly.batch import Strange
    from idqp_cli.anomaly.history import Judgement, Series

# So many runs in a row within this share of each other are a level that stays.
STAYS, SAME_LEVEL = 3, 0.05


@rule("anomaly")
class Anomaly(Rule):
    """A metric of this dataset is where its own history says it should be.

    `metric` is `row_count`, `duplicate_share`, or one of a column:
    `completeness(email)` (the share that is missing), `mean(amount)`, `min`,
    `max`, `median`, `sum`, `stddev`, `variance`, `distinct_count`,
    `distinct_share`, `mode_share`, `mean_length` and others; the name of another
    rule of this dataset; or `profile`, the metrics of all columns, judged
    together. Every recorded run adds to the history.
    Before `min_history` runs (at least 8) the rule is skipped. `sensitivity` is
    low, medium or high. The metric is the distance from what is usual, in
    half-widths of the band in which all but the most extreme half percent lies.
    A run that fails is no part of the history until its incident is resolved with
    the reason `expected`; one content of a file counts once. With `direction: down`
    or `up` only a value below or above what is usual fails. `min_change` is the
    smallest change that matters: a share of what is usual (below 1, or a
    percentage), or a number of the metric's unit. `segment_by` judges each segment
    by its own history; one without a row has `row_count` 0. A metric
    that is a value of a column under `pii`, like its max, is refused, and left out
    of a profile.
    """

    takes = Takes.ALL
    exact = False

    metric: str
    sensitivity: Sensitivity = Sensitivity.MEDIUM
    min_history: int = MIN_HISTORY
    direction: Direction = Direction.BOTH
    min_change: Smallest = 0.01

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
        if self.min_history < MIN_HISTORY:
            raise ValueError(f"min_history: at least {MIN_HISTORY}")

    def follows(self) -> Sequence[str]:
        return () if self.metric == named.PROFILE or named.read(self.metric) else (self.metric,)

    def watches(self) -> str | None:
        return named.PROFILE if self.metric == named.PROFILE else self._key(self.metric)

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

    def measured(self, metrics: Metrics) -> Mapping[str, float | None]:
        return {self._key(name): _known(value) for name, value in metrics.items()}

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
        series = self.seen(given.history.get((self.name, given.segment), history.Series((), ())))
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
        usual = f"{band} expected after {count(len(known), 'run')}{seasonal}"
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
        from idqp_cli.anomaly import batch  # noqa: PLC0415 - only a check with such a rule has to pay

        today = self.measured(metrics)
        shares = frozenset(name for name in {**own, **today} if (one := named.read(self._bare(name))) and one.share)
        score, strangest = batch.judge(own, today, shares)
        threshold = self.sensitivity.threshold * batch.SHARE_OF_THRESHOLD
        shown = "; ".join(_shown(self._bare(one.metric), one) for one in strangest if one.score)
        passed = score <= threshold
        return Verdict(
            status=Status.PASSED if passed else Status.FAILED,
            message=f"as usual after {count(runs, 'run')}"
            if passed
            else f"unusual after {count(runs, 'run')}: {shown}",
            metric_value=score,
            threshold=threshold,
        )

    def own_profile(self, profiles: Mapping[str, Sequence[float | None]]) -> dict[str, Sequence[float | None]]:
        """Return the kept metrics that the rule measures."""
        return {name: one for name, one in profiles.items() if self._owns(name)}

    def _too_few(self, runs: int) -> Verdict:
        missing = count(self.min_history - runs, "more run")
        return Verdict(Status.SKIPPED, f"{missing} needed; {count(runs, 'run')} of {self.min_history} so far")

    def _key(self, metric: str) -> str:
        """Return what the metric is stored under: metrics of some rows are the rule's own, and so is a rule's."""
        if self.follows():
            return metric
        return named.stored(metric if self.where is None and self.segment_by is None else f"{self.name}: {metric}")

    def _owns(self, key: str) -> bool:
        metric = named.read(self._bare(key))
        known = metric is not None and metric.profiled and not metric.reveals(self.hidden)
        return known and key == self._key(str(metric))

    def _bare(self, key: str) -> str:
        bare = named.bare(key)
        return bare if self.where is None else bare.removeprefix(f"{self.name}: ")


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


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _shown(name: str, one: Strange) -> str:
    if one.value is not None and one.before is not None:
        before, now = apart(one.before, one.value)
    else:
        before, now = ("not known" if known is None else quantity(known) for known in (one.before, one.value))
    return f"{clean(name, 80)} is {now}, usually {before}"
