"""Drift: are the values distributed as they were?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from idqp_cli.anomaly.options import Method
from idqp_cli.anomaly.summary import BINS as MOST_BINS
from idqp_cli.anomaly.summary import TEXTS, Shape, Summary
from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, Distribution, MetricName, Metrics, Status, Verdict
from idqp_cli.core.text import apart, clean, count, duration, percent
from idqp_cli.rules.bin_words import NO_VALUE, bin_of, rounded
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.given import Given, Refused
from idqp_cli.rules.literals import NUMBERS, TEXT, TIMES
from idqp_cli.rules.needs import Need, Values
from idqp_cli.rules.rule import INNER, Baseline, Confidence, Rule, filtered, rule
from idqp_cli.rules.staying import offer

if TYPE_CHECKING:
    from idqp_cli.anomaly import drift

BINS = [f"bin {place}" for place in range(max(MOST_BINS, TEXTS) + 10)]
MEANS = [f"mean {place}" for place in range(len(BINS))]
MISSING = "missing"
NAMES = {
    Method.PSI: "PSI", Method.JS: "JS distance", Method.KS: "KS distance", Method.CHI2: "chi² distance",
    Method.WASSERSTEIN: "Wasserstein distance",
}  # fmt: skip


@frozen
class Unfit:
    """The name of the number of values of a column that cannot be compared with its baseline, and why."""

    why: str


@rule("drift")
class Drift(Rule):
    """The values of a column have the same distribution as in a baseline.

        {type: drift, column: delay, baseline: {window: 28d}}

    The rule fails if the distance is above `threshold` (by default 0.2 for psi,
    otherwise 0.1) and the difference is significant (p below `alpha`). It needs
    `min_rows` values on both sides.

    `method` is psi, js, ks, chi2 or wasserstein. ks and wasserstein work only for
    numbers and times. `baseline` is `previous` (the last recorded run),
    `{window: 28d}`, `{snapshot: NAME}` (see `idqp baseline save`) or
    `{file: PATH}`. Values below or above the whole baseline, new texts, and missing
    cells are counted separately. A failed run is not a baseline for later runs until
    its incident is resolved with the reason `expected`.
    """

    divisible = False
    exact = False
    detects = True
    keys: ClassVar[Mapping[str, str]] = {"baseline": "against"}

    method: Method = Method.PSI
    against: Baseline = Baseline()
    threshold: float | None = None
    alpha: Confidence = 0.01
    min_rows: int = 100
    known: Mapping[str, Summary] | None = field(default=None, metadata=INNER)
    unknown: str | None = field(default=None, metadata=INNER)

    def __post_init__(self) -> None:
        """Refuse a threshold below 0, and some rows of a snapshot, which was taken of all."""
        if self.where is not None and self.against.snapshot is not None:
            raise ValueError("where: goes with baseline: previous, window or file; a snapshot is of all rows")
        if self.threshold is not None and not self.threshold >= 0:
            raise ValueError("threshold: at least 0")

    def baseline(self) -> Baseline:
        return self.against

    def knowing(self, given: Given) -> Rule:
        known = given.baselines.get(self.name)
        if known:
            from idqp_cli.anomaly import summaries  # noqa: PLC0415 - only what has a baseline has to pay

            known = {column: summaries.bounded(summary) for column, summary in known.items()}
        return replace(self, known=known, unknown=given.faults.get(self.name))

    def needs(self, columns: tuple[Column, ...]) -> Need:
        (column,) = columns
        if self.unknown is not None:
            raise NotEvaluableError(self.unknown)
        shape = shape_of(column)
        summary = self._summary()
        unfit = self._unfit(column, shape, summary)
        gone = sql.count_where(sql.both(filtered(self), f"NOT ({sql.present(column)})"))
        if unfit is not None:
            looked = sql.both(filtered(self), sql.present(column))
            return Values({Unfit(unfit): sql.count_where(looked), MISSING: gone})
        if summary is None:
            return Values({})
        counts: dict[MetricName, str] = dict(zip(BINS, counts_of(column, summary, filtered(self)), strict=False))
        means: dict[MetricName, str] = (
            dict(zip(MEANS, means_of(column, summary, filtered(self)), strict=False))
            if self.method is Method.WASSERSTEIN and summary.means
            else {}
        )
        return Values({**counts, **means, MISSING: gone})

    def judge(self, metrics: Metrics, given: Given) -> Verdict:
        name, summary = clean(self.columns[0], 60), self._summary()
        threshold = self.method.threshold if self.threshold is None else self.threshold
        unfit = next((name for name in metrics if isinstance(name, Unfit)), None)
        if unfit is not None and (metrics[unfit] or summary is None or (summary.missing is None)):
            # A column without a value is read as text, whatever it was.
            status = Status.ERROR if metrics[unfit] else Status.SKIPPED
            return Verdict(status, unfit.why if metrics[unfit] else f"{name} has no value", threshold=threshold)
        if summary is None and self.known is not None and (self.against.file or self.against.snapshot):
            return Verdict(Status.ERROR, f"the baseline has no column {name} to compare with", threshold=threshold)
        if summary is None:
            told = f"nothing to compare {name} with yet: no run that passed before had other data"
            return Verdict(Status.SKIPPED, told, threshold=threshold)
        counts = [int(metrics.get(bin_) or 0) for bin_ in BINS[: len(summary.counts)]]
        gone = int(metrics[MISSING] or 0) if summary.missing is not None else 0
        for rows, where in ((sum(counts) + gone, "here"), (summary.rows + (summary.missing or 0), "in the baseline")):
            if rows < max(1, self.min_rows):
                told = f"{name} has {count(rows, 'row')} {where}; min_rows asks for {self.min_rows:,}"
                return Verdict(Status.SKIPPED, told, threshold=threshold, rows_evaluated=sum(counts))
        from idqp_cli.anomaly import drift  # noqa: PLC0415 - only what has a baseline has to pay

        means = tuple(metrics[mean] for mean in MEANS[: len(counts)] if mean in metrics)
        seen = drift.Seen(counts, None if summary.missing is None else gone, means)
        distance = drift.distance(self.method, summary, counts, seen)
        chance = drift.significance(self.method, summary, counts, seen)
        failed = distance > threshold and chance < self.alpha
        stays = self._stays(summary, seen, given.refused.get(self.name), threshold) if failed else ""
        moved = (
            ""
            if self.private
            else "; most moved: "
            + ", ".join(
                f"{bin_of(summary, place)} from {' to '.join(apart(before, after, show=percent))}"
                for place, before, after in drift.moved(summary, counts, seen=seen)
            )
        )
        likely = "p < 0.0001" if chance < 0.0001 else f"p = {chance:.4f}"
        bound, far = apart(threshold, distance, show=rounded)
        found = f"{NAMES[self.method]} {far} against {self._before()} ({likely}, {bound} allowed)"
        by_chance = "; the difference may be chance" if distance > threshold else ""
        return Verdict(
            status=Status.FAILED if failed else Status.PASSED,
            message=f"{name} has drifted: {found}{moved}{stays}"
            if failed
            else f"{name} has not drifted: {found}{by_chance}",
            metric_value=distance,
            threshold=threshold,
            rows_evaluated=sum(counts),
            distribution=compared(summary, counts, gone),
        )

    def _before(self) -> str:
        """Say what the values are compared with."""
        if self.against.window is not None:
            return f"the runs of the last {duration(self.against.window)}"
        if self.against.snapshot is not None:
            return f"the snapshot {clean(self.against.snapshot, 60)}"
        return "the last run" if self.against.file is None else f"the file {clean(self.against.file, 200)}"

    def _stays(self, summary: Summary, seen: drift.Seen, refused: Refused | None, threshold: float) -> str:
        """Say what makes the values usual if they are distributed as in the runs before that were refused."""
        if refused is None:
            return ""
        alike = []
        for one in reversed(refused.summaries):
            own = _of(one, kept_as(self))
            alike.append(own is not None and self._alike(summary, seen, own, threshold))
            if not alike[-1]:
                break
        return offer(alike, refused.accept)

    def _alike(self, summary: Summary, seen: drift.Seen, own: Summary, threshold: float) -> bool:
        from idqp_cli.anomaly import drift, summaries  # noqa: PLC0415 - only what has a baseline has to pay

        before = summaries.in_bins(summary, own)
        if own.shape is not summary.shape or before.rows + (before.missing or 0) < max(1, self.min_rows):
            return False
        counted = drift.Seen(seen.counts, None if before.missing is None else seen.missing)
        if drift.distance(self.method, before, counted.counts, counted) <= threshold:
            return True
        return drift.significance(self.method, before, counted.counts, counted) >= self.alpha

    def _unfit(self, column: Column, shape: Shape, summary: Summary | None) -> str | None:
        name = clean(column.name, 60)
        if shape is Shape.TEXT and self.method.ordered:
            if TEXT.fullmatch(column.type):
                return f"{name} is text, which has no order; use psi, js or chi2"
            return f"{name} is {clean(column.type, 60)}, no number and no date; use psi, js or chi2"
        if summary is not None and summary.shape is not shape and summary.rows:
            return f"{name} is {shape}, and was {summary.shape} in the baseline"
        return None

    def _summary(self) -> Summary | None:
        return _of(self.known or {}, kept_as(self))


def _of(summaries: Mapping[str, Summary], name: str) -> Summary | None:
    """Return the summary of a column, whatever the case of its name."""
    return {column.casefold(): summary for column, summary in summaries.items()}.get(name.casefold())


def compared(summary: Summary, counts: Sequence[int], gone: int) -> Distribution:
    """Return the shares of the bins before and now, without those that hold nothing on either side."""
    bins = [(bin_of(summary, place), *pair) for place, pair in enumerate(zip(summary.counts, counts, strict=True))]
    bins = [(NO_VALUE, summary.missing or 0, gone), *bins]
    bins = [one for one in bins if one[1] or one[2]]
    before, now = sum(own for _, own, _ in bins), sum(own for _, _, own in bins)
    return Distribution(
        bins=tuple(name for name, _, _ in bins),
        before=tuple(number / before for _, number, _ in bins),
        now=tuple(number / now for _, _, number in bins),
    )


def kept_as(rule: Rule) -> str:
    """Return what the summary of the rule's column is kept under: that of some rows is the rule's own."""
    return rule.columns[0] if rule.where is None else f"{rule.name}: {rule.columns[0]}"


def shape_of(column: Column) -> Shape:
    """Return how the column's values are put in bins."""
    if NUMBERS.fullmatch(column.type):
        return Shape.NUMBER
    return Shape.TIME if TIMES.fullmatch(column.type) else Shape.TEXT


def number(column: Column) -> str:
    """Return SQL for the value as a DOUBLE; a time as seconds of UTC. NULL where it is not there."""
    name = sql.identifier(column.name)
    if TIMES.fullmatch(column.type):
        moment = sql.moment(column)
        return f"CASE WHEN isfinite({moment}) THEN epoch({moment}::TIMESTAMP) END"
    there = f"CASE WHEN NOT isnan({name}) THEN {name} END" if column.type in sql.FLOATS else name
    return f"({there})::DOUBLE"


def counts_of(column: Column, summary: Summary, where: str | None) -> list[str]:
    """Return an SQL aggregate for the count of each bin."""
    conditions = _conditions(column, summary)
    return [sql.count_where(sql.both(where, sql.present(column), one)) for one in conditions]


def means_of(column: Column, summary: Summary, where: str | None) -> list[str]:
    """Return an SQL aggregate for the mean of each bin of numbers or times."""
    conditions = [sql.both(where, sql.present(column), one) for one in _conditions(column, summary)]
    return [f"avg({sql.where(one, number(column))})" for one in conditions]


def _conditions(column: Column, summary: Summary) -> list[str]:
    if summary.shape is Shape.TEXT:
        cell = sql.as_text(column)
        conditions = [f"{cell} = {sql.literal(text)}" for text in summary.texts]
        known = sql.listing(summary.texts)
        return [*conditions, f"{cell} NOT IN ({known})" if known else f"{cell} IS NOT NULL"]
    value, edges = number(column), [sql.literal(edge) for edge in summary.edges]
    if not edges:
        return [f"{value} IS NOT NULL"]
    between = [f"{value} > {a} AND {value} <= {b}" for a, b in pairwise(edges)]
    return [f"{value} <= {edges[0]}", *between, f"{value} > {edges[-1]}"]
