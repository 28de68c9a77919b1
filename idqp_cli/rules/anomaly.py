"""Anomaly: is a metric where its own history says it should be?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from idqp_cli.anomaly.choices import MIN_HISTORY, Sensitivity
from idqp_cli.model import Column, Metrics, Status, Verdict
from idqp_cli.rules import metrics as named
from idqp_cli.rules.needs import Given, Need, Values
from idqp_cli.rules.rule import Rule, Takes, filtered, rule
from idqp_cli.text import apart, clean, count, quantity

if TYPE_CHECKING:
    from idqp_cli.anomaly.batch import Strange


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
    """

    takes = Takes.ALL
    exact = False
    divisible = False

    metric: str
    sensitivity: Sensitivity = Sensitivity.MEDIUM
    min_history: int = MIN_HISTORY

    def __post_init__(self) -> None:
        """Refuse a metric that there is not, and a history that is too short."""
        if self.follows() and self.where is not None:
            raise ValueError("where: goes with a metric that is measured, not with that of another rule")
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
        wanted = named.profile(columns) if one is None else (one,)
        if one is not None:
            named.refuse_unfit(one, columns)
        return Values(named.aggregates(wanted, columns, filtered(self)))

    def measured(self, metrics: Metrics) -> Mapping[str, float | None]:
        return {self._key(name): _known(value) for name, value in metrics.items()}

    def judge(self, metrics: Metrics, given: Given) -> Verdict:
        if self.metric == named.PROFILE:
            return self._judge_profile(metrics, given)
        from idqp_cli.anomaly import history  # noqa: PLC0415 - only a check with such a rule has to pay

        name = clean(self.metric, 80)
        value = given.observed.get(self.metric) if self.follows() else metrics[self.metric]
        series = given.history.get(self.name, history.Series((), ()))
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
        shown, low, high = apart(value, found.low, found.high)
        usual = f"{low} to {high} expected after {count(len(known), 'run')}{seasonal}"
        why = "" if passed or found.view == "level" else f"; its {found.view} is unusual"
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
        return named.stored(metric if self.where is None else f"{self.name}: {metric}")

    def _owns(self, key: str) -> bool:
        metric = named.read(self._bare(key))
        return metric is not None and metric.profiled and key == self._key(str(metric))

    def _bare(self, key: str) -> str:
        bare = named.bare(key)
        return bare if self.where is None else bare.removeprefix(f"{self.name}: ")


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _shown(name: str, one: Strange) -> str:
    if one.value is not None and one.before is not None:
        before, now = apart(one.before, one.value)
    else:
        before, now = ("not known" if known is None else quantity(known) for known in (one.before, one.value))
    return f"{clean(name, 80)} is {now}, usually {before}"
