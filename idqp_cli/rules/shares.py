"""How many rows may fail: exact shares and numbers of rows, and the verdict on them; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Self

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Metrics, Severity, Status, Verdict
from idqp_cli.core.statistics import Z95, normal_quantile, power, settled_by, wilson
from idqp_cli.core.text import apart, count, percent
from idqp_cli.rules.needs import EFFECTIVE, EVALUATED, FAILED, UNSEEN


class Share(float):
    """A share, 0 to 1: the nearest float of what was written, and beside it `exact`, what was written."""

    exact: Fraction

    def __new__(cls, exact: Fraction) -> Self:
        """Make it of what was written."""
        made = super().__new__(cls, exact)
        made.exact = exact
        return made

    def __getnewargs__(self) -> tuple[Fraction]:  # type: ignore[override] # it is made of what was written
        """Return what a copy is made of."""
        return (self.exact,)


class Count(int):
    """A number of rows."""


NOTHING = Share(Fraction(0))
# The most rows that may fail.
Limit = float | Share | Count


@frozen
class Level:
    """The most rows that may fail, and how bad more are; None: as bad as the rule says."""

    limit: Limit
    severity: Severity | None = None


def leveled(warn: Limit | None, fail: Limit | None) -> tuple[Level, ...]:
    """Return the levels that `warn` and `fail` say, the most severe first."""
    written = ((fail, Severity.CRITICAL), (warn, Severity.WARNING))
    return tuple(Level(limit, severity) for limit, severity in written if limit is not None)


def limit_text(limit: Limit) -> str:
    """Show a limit as it may be written: `0.7 %`, `100 rows`."""
    return count(int(limit), "row") if isinstance(limit, Count) else percent(limit)


def refusal(written: Mapping[str, object]) -> tuple[str, str] | None:
    """Say which of the keys `threshold`, `warn`, `fail`, `min_share` and `severity` cannot stand together, and why."""
    levels = [key for key in ("warn", "fail") if key in written]
    if levels:
        for key in ("threshold", "min_share", "severity"):
            if key in written:
                said = "warn has severity warning, fail has critical" if key == "severity" else "they are limits too"
                return key, f"goes without {' and '.join(levels)}; {said}"
    if "threshold" in written and "min_share" in written:
        return "min_share", "goes without threshold; min_share: 95% is threshold: 5%"
    warn, fail = written.get("warn"), written.get("fail")
    if len(levels) == 2 and isinstance(warn, Count) == isinstance(fail, Count) and _exact(warn) >= _exact(fail):
        return "warn", "must be below fail, or no failure is a warning"
    if written.get("confidence") is None:
        return None
    limits = [written[key] for key in ("threshold", "warn", "fail") if key in written]
    if isinstance(written.get("min_share"), Share):
        limits.append(1 - _exact(written["min_share"]))
    if not any(limit and not isinstance(limit, Count) for limit in limits):
        return "confidence", "needs a threshold above 0 that is a share, which an interval can lie below"
    return None


def _exact(limit: object) -> Fraction:
    if isinstance(limit, Share):
        return limit.exact
    return Fraction(limit) if isinstance(limit, (int, float)) else Fraction(0)


def limit_words(limits: Mapping[str, object]) -> str | None:
    """Show the limits of a rule by their keys, as they may be written; None where it has none."""
    told = {key: limits.get(key) for key in ("warn", "fail", "min_share")}
    shown = [f"{key} {limit_text(limit)}" for key, limit in told.items() if isinstance(limit, (float, int))]
    threshold = limits.get("threshold")
    return ", ".join(shown) or (limit_text(threshold) if isinstance(threshold, Count) else None)


def within(failed: int, evaluated: int, limit: Limit) -> bool:
    """Tell whether so many failing rows are allowed, by integers alone."""
    if isinstance(limit, Count):
        return failed <= limit
    exact = _exact(limit)
    return failed * exact.denominator <= exact.numerator * evaluated


@frozen
class _Seen:
    """The rows that were looked at: their number, those that fail, and what is known of the rows behind a sample."""

    evaluated: int
    failed: int
    interval: tuple[float, float]
    worth: float
    sampled: bool
    confident: bool
    z: float

    @property
    def share(self) -> float:
        """The share of the rows that fail."""
        return self.failed / self.evaluated if self.evaluated else 0.0

    def status(self, limit: Limit) -> Status:
        """Return what a limit means for the rows."""
        if self.unproved(limit):
            return Status.PASSED
        if isinstance(limit, Count):
            allowed = within(self.failed, self.evaluated, limit)
            # A sample has at most as many failing rows as all rows have.
            return Status.FAILED if not allowed else Status.INCONCLUSIVE if self.sampled else Status.PASSED
        if not self.sampled and not self.confident:
            return Status.PASSED if within(self.failed, self.evaluated, limit) else Status.FAILED
        low, high = self.interval
        if high <= limit:
            return Status.PASSED
        return Status.FAILED if low > limit else Status.INCONCLUSIVE

    def unproved(self, limit: Limit) -> bool:
        """Tell whether none may fail and none does, in a sample: no sample shows more, and what it shows is said."""
        none = bool(self.evaluated) and not self.failed and not limit
        return self.sampled and not self.confident and none

    def unsettled(self, limit: Limit) -> str:
        """Say how many rows would settle what this number did not."""
        settled = isinstance(limit, Count) or self.failed == _exact(limit) * self.evaluated
        rows = None if settled else settled_by(self.share, limit, self.z)
        if rows is None:
            return f"; {'only the whole file' if self.sampled else 'no number of rows'} would settle it"
        needed = count(math.ceil(rows / self.worth), "row")
        return f"; {'a sample of ' if self.sampled else ''}{needed} would settle it"


def _seen(metrics: Metrics, confidence: float | None) -> _Seen:
    evaluated, failed = int(metrics[EVALUATED] or 0), int(metrics[FAILED] or 0)
    z = Z95 if confidence is None else normal_quantile((1 + confidence) / 2)
    effective = metrics.get(EFFECTIVE, evaluated) or 0
    worth = effective / evaluated if evaluated else 1.0
    low, high = wilson(failed * worth, evaluated * worth, z)
    interval = (low, min(1.0, high + (metrics.get(UNSEEN) or 0)))
    return _Seen(evaluated, failed, interval, worth, EFFECTIVE in metrics, confidence is not None, z)


def judged_share(metrics: Metrics, limit: Limit, confidence: float | None, fault: str) -> Verdict:
    """Judge the share of rows that fail; `fault` says in a few words what is wrong with them."""
    return judged_levels(metrics, (Level(limit),), confidence, fault)


def judged_levels(metrics: Metrics, levels: Sequence[Level], confidence: float | None, fault: str) -> Verdict:
    """Judge the rows that fail by levels, the most severe first.

    A level that is certainly passed decides, and of those the most severe one;
    where none is, a level that cannot be settled leaves the rule inconclusive.
    """
    seen = _seen(metrics, confidence)
    found = [(level, seen.status(level.limit)) for level in levels]
    for status in (Status.FAILED, Status.INCONCLUSIVE, Status.PASSED):
        decisive = [level for level, own in found if own is status]
        if decisive:
            level = decisive[-1 if status is Status.PASSED else 0]
            break
    unsettled = seen.unsettled(level.limit) if status is Status.INCONCLUSIVE else ""
    if seen.unproved(level.limit):
        unsettled = f"; of all at most {percent(seen.interval[1])} may"
    worse = [one for one, own in found[: levels.index(level)] if own is Status.INCONCLUSIVE]
    if status is Status.FAILED and worse:
        unsettled = f"; whether it is {worse[0].severity} is not settled"
    rows = count(seen.evaluated, "row") + (" sampled" if seen.sampled else "")
    fails = f"{seen.failed:,} of {rows}: {fault} ({_compared(seen, levels)})"
    return Verdict(
        status=status,
        message=(fails if seen.failed else f"none of {rows} fails") + unsettled,
        metric_value=seen.share,
        threshold=_as_share(level.limit, seen.evaluated),
        confidence_interval=seen.interval,
        statistical_power=power(round(seen.evaluated * seen.worth), _as_share(level.limit, seen.evaluated)),
        rows_evaluated=seen.evaluated,
        rows_failed=seen.failed,
        severity=None if status is Status.PASSED else level.severity,
    )


def judged_number(number: int, levels: Sequence[Level], found: str) -> Verdict:
    """Judge a number by levels, the most severe first; `found` says what was counted, with the number."""
    broken = next((level for level in levels if number > level.limit), None)
    level = broken or levels[-1]
    plain = level.severity is None
    allowed = f", at most {level.limit:,} allowed" if plain and level.limit else ""
    if not plain and number:
        allowed = f" ({', '.join(f'{one.severity} above {one.limit:,}' for one in reversed(levels))})"
    return Verdict(
        status=Status.PASSED if broken is None else Status.FAILED,
        message=found + allowed,
        metric_value=number,
        threshold=int(level.limit),
        severity=None if broken is None else level.severity,
    )


def _as_share(limit: Limit, evaluated: int) -> float:
    """Return a limit as a share of the rows that were looked at."""
    if not isinstance(limit, Count):
        return float(limit)
    return min(1.0, limit / evaluated) if evaluated else 0.0


def _compared(seen: _Seen, levels: Sequence[Level]) -> str:
    """Show the share beside the limits, with as many digits as tell it from them."""
    told = [_told(seen, level) for level in levels]
    shown = max((share for _, share in told), key=len)
    if len(levels) == 1 and levels[0].severity is None:
        return f"{shown}, {told[0][0]} allowed" if levels[0].limit else shown
    above = ", ".join(
        f"{one.severity} above {limit}" for one, (limit, _) in reversed([*zip(levels, told, strict=True)])
    )
    return f"{shown}; {above}"


def _told(seen: _Seen, level: Level) -> tuple[str, str]:
    """Show a limit, and the share beside it."""
    if isinstance(level.limit, Count):
        return limit_text(level.limit), percent(seen.share)
    bound, shown, *_ = apart(level.limit, seen.share, *seen.interval, show=percent)
    return bound, shown
