"""Outliers: which rows are unlike the others?"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from idqp_cli.anomaly.options import FEW, RARE
from idqp_cli.anomaly.saved_model import Lesson
from idqp_cli.core import sql
from idqp_cli.core.model import Column, Metrics, Status, Verdict
from idqp_cli.core.text import clean, count, percent, quantity
from idqp_cli.rules.column_facts import Fact, of_columns
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.given import Given
from idqp_cli.rules.literals import NOTHING, NUMBERS, TIMES
from idqp_cli.rules.needs import EVALUATED, OWN, TRAINED, Fences, Need, Scores, Values
from idqp_cli.rules.rule import INNER, Baseline, Confidence, Rule, Takes, filtered, rule
from idqp_cli.rules.shares import Level, Limit, judged_levels, leveled
from idqp_cli.rules.staying import SAME_CHANGE, offer

if TYPE_CHECKING:
    from idqp_cli.anomaly.saved_model import Learnt

# So many standard errors above `alpha`: one clean batch in a thousand has more.
CHANCE = 3.1
# No share of more than so many training rows is known.
REFERENCE = 2_000
# What DuckDB can square.
SQUARABLE = "1e150"
# A message names so many columns.
NAMED = 5


class Method(StrEnum):
    """How it is told whether a row is an outlier."""

    ZSCORE = "zscore"
    MAD = "mad"
    IQR = "iqr"
    ISOLATION_FOREST = "isolation_forest"
    KNN = "knn"
    LSTM = "lstm"
    ENSEMBLE = "ensemble"


# The least and the largest usual value of x. Where the middle half is one value, standard deviations take its place.
SPREADS = {
    Method.ZSCORE: ("avg({x})", "stddev_samp({x})"),
    Method.MAD: ("median({x})", "coalesce(nullif(1.4826 * mad({x}), 0), stddev_samp({x}))"),
}
CUTOFFS = {Method.ZSCORE: 3.0, Method.MAD: 3.5, Method.IQR: 1.5}
FAULTS = {
    Method.ZSCORE: "a value is more than {cutoff} standard deviations from the mean",
    Method.MAD: "a value is more than {cutoff} scaled median absolute deviations from the median",
    Method.IQR: "a value is more than {cutoff} interquartile ranges outside of the quartiles",
}


@rule("outliers")
class Outliers(Rule):
    """No row is unlike the others, in `columns` or in all columns.

        {type: outliers, baseline: previous}

    `method` is one of:

    - knn (the default): the distance to the nearest rows
    - isolation_forest
    - lstm: the error of a forecast of the row from the rows before it, in the order
      of `order_by`
    - ensemble: isolation forest (weight 0.4), z-score (0.3) and LSTM (0.3), added as
      surprise; without `order_by` the weight of the LSTM goes to the others
    - `zscore`, `mad` and `iqr`: each number and time by itself, with a `cutoff` of 3,
      3.5 or 1.5 by default

    The first four learn from a `baseline`: `previous` (the last recorded run of other
    data), `{snapshot: NAME}` (see `idqp baseline save`) or `{file: PATH}`. Without a
    baseline, or before the first recorded run, they learn from the file itself. They
    use numbers, times, booleans, texts and missing cells. A run or a snapshot keeps
    nothing of columns under `pii`.

    With a baseline, rows fail if more rows are far out than chance explains, and at
    least 70 % of the failing rows are expected to be anomalous. A single row also
    fails if it is far beyond the whole baseline and alone in its file. Without a
    baseline, one clean file in a hundred has a failing row if its numbers are
    normal, and up to one in seven with the heaviest tails. With `alpha`, every row
    fails that is farther out than this share of the usual rows, and `threshold`
    defaults to the share that chance explains instead of 0.
    """

    takes = Takes.ANY
    detects = True
    exact = False
    divisible = False
    keys: ClassVar[Mapping[str, str]] = {"baseline": "against"}

    method: Method = Method.KNN
    against: Baseline | None = None
    order_by: str | None = None
    cutoff: float | None = None
    alpha: Confidence | None = None
    seed: int = 0
    threshold: Limit | None = None
    warn: Limit | None = None
    fail: Limit | None = None
    confidence: Confidence | None = None
    known: Learnt | None = field(default=None, metadata=INNER)
    unknown: str | None = field(default=None, metadata=INNER)

    def __post_init__(self) -> None:
        """Refuse keys that the method has no use for."""
        fenced = self.method in CUTOFFS
        if fenced and any(given is not None for given in (self.against, self.order_by, self.alpha)):
            raise ValueError(f"method {self.method}: takes no baseline, order_by or alpha")
        if self.cutoff is not None and (not fenced or not self.cutoff > 0):
            raise ValueError("cutoff: goes with zscore, mad and iqr, and is above 0")
        if self.order_by is not None and self.method not in {Method.LSTM, Method.ENSEMBLE}:
            raise ValueError("order_by: goes with lstm and ensemble")
        if self.against is not None and self.against.window is not None:
            raise ValueError(
                "baseline: outliers have no window of runs; say previous, {snapshot: NAME} or {file: PATH}"
            )
        if self.method is Method.LSTM and self.order_by is None:
            raise ValueError("order_by: is missing; lstm needs the column of time that puts the rows in order")

    def baselines(self) -> Sequence[str]:
        return () if self.against is None or self.against.file is None else (self.against.file,)

    def learns_from(self) -> Baseline | None:
        return None if self.against is None or self.against.file is not None else self.against

    def knowing(self, given: Given) -> Rule:
        return replace(self, known=given.models.get(self.name), unknown=given.faults.get(self.name))

    def needs(self, columns: tuple[Column, ...]) -> Need:
        if self.method in CUTOFFS:
            return self._fences(columns)
        if self.unknown is not None:
            raise NotEvaluableError(self.unknown)
        against = self.against or Baseline()
        if against.snapshot is not None and self.known is None:
            return Values({})
        asked = self.trains_on(columns)
        return replace(asked, baseline=against.file, known=self.known, lenient=against.snapshot is None)

    def trains_on(self, columns: tuple[Column, ...]) -> Scores:
        """Return the need for a model of these columns that is trained on the rows themselves."""
        return Scores(columns, self.method, self.seed, self.order_by, None, self.alpha, filtered(self))

    def _fences(self, columns: tuple[Column, ...]) -> Fences:
        kinds = (NUMBERS, TIMES, re.compile(NOTHING))
        usable = [column for column in columns if any(kind.fullmatch(column.type) for kind in kinds)]
        wrong = next((column for column in columns if column not in usable), None)
        if not usable or (self.columns and wrong is not None):
            if wrong is None or not self.columns:
                raise NotEvaluableError(f"no column is a number or a time, and {self.method} looks at those alone")
            named = f"{clean(wrong.name, 60)} is {clean(wrong.type, 60)}"
            raise NotEvaluableError(f"{named}; {self.method} looks at numbers and times alone")
        return Fences(tuple(usable), tuple(self._bounds(column) for column in usable), filtered(self))

    def _bounds(self, column: Column) -> tuple[str, str, str]:
        """Return the value to compare, and the aggregates of the least and the largest that is usual."""
        name = sql.identifier(column.name)
        value = f"epoch({sql.moment(column)})" if TIMES.fullmatch(column.type) else f"CAST({name} AS DOUBLE)"
        finite = f"CASE WHEN abs({value}) < {SQUARABLE} THEN {value} END"
        cutoff = sql.literal(self.cutoff or CUTOFFS[self.method])
        if self.method is Method.IQR:
            low, high = f"quantile_cont({finite}, 0.25)", f"quantile_cont({finite}, 0.75)"
            spread = f"coalesce(nullif({high} - {low}, 0), 2 * stddev_samp({finite}))"
        else:
            middle, spread = (part.format(x=finite) for part in SPREADS[self.method])
            low = high = middle
        return value, f"CAST({low} - {cutoff} * {spread} AS DOUBLE)", f"CAST({high} + {cutoff} * {spread} AS DOUBLE)"

    def judge(self, metrics: Metrics, given: Given) -> Verdict:
        if EVALUATED not in metrics:
            return Verdict(Status.SKIPPED, "there is no store that could have the snapshot")
        levels = self.levels() or (Level(self._allowed(metrics)),)
        found = judged_levels(metrics, levels, self.confidence, self._fault(metrics))
        found = replace(found, message=found.message + _moved(metrics))
        refused, share = given.refused.get(self.name), found.metric_value
        usable = self.trained_without(found.rows_failed, found.rows_evaluated)
        if found.status is not Status.FAILED or refused is None or share is None or usable:
            return found
        alike = [abs(one - share) <= SAME_CHANGE * share for one in reversed(refused.shares)]
        return replace(found, message=found.message + offer(alike, refused.accept))

    def trained_without(self, failed: int | None, evaluated: int | None) -> bool:
        """Tell whether so few rows failed that the model of the run was trained without them."""
        if self.alpha is not None or not failed:
            return False
        return failed <= max(FEW, RARE * (evaluated or 0))

    def levels(self) -> tuple[Level, ...]:
        return leveled(self.warn, self.fail)

    def _allowed(self, metrics: Metrics) -> Limit:
        """Return the share that is allowed: `threshold`, or what chance makes of `alpha`."""
        if self.threshold is not None:
            return self.threshold
        if self.alpha is None:
            return 0.0
        evaluated, trained = max(1, int(metrics[EVALUATED] or 0)), min(REFERENCE, max(1, int(metrics[TRAINED] or 0)))
        return min(1.0, self.alpha + CHANCE * math.sqrt(self.alpha * (1 - self.alpha) * (1 / evaluated + 1 / trained)))

    def _fault(self, metrics: Metrics) -> str:
        if self.method in CUTOFFS:
            return FAULTS[self.method].format(cutoff=quantity(self.cutoff or CUTOFFS[self.method]))
        from idqp_cli.anomaly import lstm  # noqa: PLC0415 - only a check with such a rule has to pay

        trained = count(int(metrics[TRAINED] or 0), "row")
        source = self._source(own=bool(metrics[OWN]))
        ordered = self.order_by is not None and int(metrics[TRAINED] or 0) >= lstm.LEAST_ROWS
        shared = (
            f"; without the LSTM the weights are {_weights()}" if self.method is Method.ENSEMBLE and not ordered else ""
        )
        rare = "" if self.alpha is None else f", where {percent(self.alpha)} are so far out"
        return f"unlike {trained} of {source}{rare}{shared}"

    def _source(self, *, own: bool) -> str:
        """Say whose rows were learnt from."""
        against = self.against
        if against is None:
            return "the same data"
        if own:
            found = "what the last run left does not fit"
            why = "no run before had other data" if self.known is None else found
            return f"the same data ({why})"
        if against.file is not None:
            return f"the file {clean(against.file, 200)}"
        return "the last run" if against.snapshot is None else f"the snapshot {clean(against.snapshot, 60)}"


def learners(rules: Iterable[Rule]) -> tuple[Outliers, ...]:
    """Return the rules whose models learn from an earlier run or a snapshot."""
    return tuple(rule for rule in rules if isinstance(rule, Outliers) and rule.learns_from() is not None)


def lesson(rule: Outliers) -> Lesson:
    """Return what the rule's model is kept under: a rule that learns something else has another.

    Of runs `where` may differ from day to day, by a variable.
    """
    own = rule.learns_from()
    where = rule.where if own is not None and own.snapshot is not None else None
    learnt = (rule.name, rule.method, rule.columns, rule.seed, rule.order_by, where)
    return Lesson(rule.name, hashlib.sha256(repr(learnt).encode()).hexdigest()[:12])


def _moved(metrics: Metrics) -> str:
    """Name the columns that have shifted, and those in which all rows have moved, so that none is judged by it."""
    shifted, moved = _named(metrics, Fact.SHIFTED), _named(metrics, Fact.MOVED)
    beyond = f"; nearly all of {shifted} lies beyond the baseline's" if shifted else ""
    return beyond + (f"; no row is judged by the level of {moved}: all have moved" if moved else "")


def _named(metrics: Metrics, fact: Fact) -> str:
    names = [clean(column, 60) for column in of_columns(metrics, fact)]
    more = [f"and {len(names) - NAMED:,} more"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more])


def _weights() -> str:
    """Say what the other members weigh where there is no forecast."""
    from idqp_cli.anomaly import rows  # noqa: PLC0415 - only a check with such a rule has to pay

    present = {name: weight for name, weight in rows.WEIGHTS.items() if name != rows.LSTM}
    return ", ".join(f"{name} {weight / sum(present.values()):.2f}" for name, weight in present.items())
