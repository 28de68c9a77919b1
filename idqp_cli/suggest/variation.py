"""What files of one dataset, one after the other, say of its rules: how it varies, and which rules will not hold.

Values in, rules out. The rules that need a history have been judged on each file by the files before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from idqp_cli.anomaly.options import Sensitivity
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Status, Verdict
from idqp_cli.core.statistics import student_quantile
from idqp_cli.core.text import count, duration
from idqp_cli.rules.anomaly import Anomaly
from idqp_cli.rules.completeness import Completeness
from idqp_cli.rules.drift import Drift
from idqp_cli.rules.rule import Rule
from idqp_cli.rules.statistics import Name, Statistic
from idqp_cli.rules.timeliness import Freshness
from idqp_cli.rules.volume import RowCount
from idqp_cli.suggest.candidate import Candidate, share
from idqp_cli.suggest.candidates.keys import is_key
from idqp_cli.suggest.judge import Suggestion
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile

# Of fewer files nothing is known of the next one.
LEAST_FILES = 3
DAY, HOUR = 86_400.0, 3_600.0
# A bound of what varies is passed by one file of so many.
ONE_OF = 1_000
# So much lower than the lowest number of rows is no other number.
ROOM = 0.8
# The newest time goes on from file to file in so many of them; the next file may take so many times as long.
GOES_ON, PATIENCE = 0.9, 2.0
# Columns of so many different texts have a distribution; of so many columns it is looked at.
MOST_TEXTS, MOST_COLUMNS = 50, 20
# A distance from the run before may be so many times as large as the largest seen, and is never larger than this.
FURTHER, FURTHEST = 1.5, 0.5
NEWEST = "newest "
Verdicts = Mapping[str, Verdict]


@frozen
class File:
    """A file of a dataset: when it is of, in seconds since 1970, and the verdicts on it, by rule."""

    at: float
    verdicts: Verdicts


def asked(profile: Profile) -> tuple[Candidate, ...]:
    """Return the rules that are judged by the files before: of the rows, of all columns together, of each by itself."""
    found: list[Rule] = [
        Anomaly(name="", line=0, metric="row_count"),
        Anomaly(name="", line=0, metric="profile", sensitivity=Sensitivity.LOW),
    ]
    able = [one for one in profile.columns if _has_distribution(one)][:MOST_COLUMNS]
    found += [Drift(name="", line=0, columns=(one.name,)) for one in able]
    return tuple(Candidate(rule, "") for rule in found)


def _has_distribution(column: ColumnProfile) -> bool:
    if column.distinct < 2 or is_key(column) or column.ordered:
        return False
    if column.kind is Kind.TEXT:
        return column.complete and column.distinct <= MOST_TEXTS
    return column.kind in {Kind.NUMBER, Kind.BOOLEAN}


def measures(profile: Profile) -> tuple[Rule, ...]:
    """Return the rules whose metrics tell of each file how new its newest times are."""
    return tuple(
        Statistic(name=NEWEST + one.name, line=0, columns=(one.name,), statistic=Name.MAX, min="0001-01-01")
        for one in profile.columns
        if one.kind is Kind.TIME
    )


def kept(suggestions: Sequence[Suggestion], files: Sequence[File], bent: frozenset[str]) -> tuple[Suggestion, ...]:
    """Return the suggestions that hold in each file, with limits that allow for how the files vary.

    `bent` names the rules that earlier files taught otherwise, and that later ones broke: what
    has given way to new values once will again. What rows fail today is a finding, not a change.
    """
    found = (one if one.finding else _kept(one, files, bent) for one in suggestions)
    return tuple(one for one in found if one is not None)


def _kept(one: Suggestion, files: Sequence[File], bent: frozenset[str]) -> Suggestion | None:
    verdicts = [file.verdicts[one.rule.name] for file in files if one.rule.name in file.verdicts]
    rule = one.rule
    if isinstance(rule, Completeness) and rule.threshold:
        shares = [verdict.metric_value for verdict in verdicts if verdict.metric_value is not None]
        limit = _most(shares)
        if limit is None or limit <= float(rule.threshold):
            return one
        if limit >= 1:
            return None
        why = f"{one.why}; up to {max(shares):.1%} in one of {count(len(shares), 'file')}"
        return replace(one, rule=replace(rule, threshold=share(limit, 2)), why=why)
    if rule.name in bent or any(verdict.status is Status.FAILED for verdict in verdicts):
        return None
    return one


def _most(shares: Sequence[float]) -> float | None:
    """Return the share that few files pass, by those of some files."""
    if len(shares) < LEAST_FILES:
        return None
    values = np.array(shares)
    far = student_quantile(1 - 1 / ONE_OF, len(values) - 1) * math.sqrt(1 + 1 / len(values))
    return float(max(values.mean() + far * values.std(ddof=1), values.max()))


def candidates(profile: Profile, files: Sequence[File], now: float) -> Iterator[Candidate]:
    """Ask for as many rows as the files have, for new ones as often as they came, and for what few files depart from.

    How sure a rule is follows from the number of files that it held for (Laplace's rule of succession).
    """
    if len(files) < LEAST_FILES:
        return
    rows = _rows(files)
    if rows is not None:
        yield rows
    fresh = _fresh(profile, files, now)
    if fresh is not None:
        yield fresh


def _rows(files: Sequence[File]) -> Candidate | None:
    verdicts = [one.verdicts.get("row_count") for one in files]
    rows = [one.metric_value for one in verdicts if one is not None and one.metric_value]
    if len(rows) < len(files):
        return None
    logs = np.log(np.array(rows))
    far = student_quantile(1 - 1 / ONE_OF, len(logs) - 1) * math.sqrt(1 + 1 / len(logs))
    least = min(math.exp(float(logs.mean() - far * logs.std(ddof=1))), ROOM * min(rows))
    digits = 10.0 ** max(0, math.floor(math.log10(max(1.0, least))) - 1)
    bound = int(math.floor(least / digits) * digits)
    if bound < 2:
        return None
    why = f"{count(len(rows), 'file')} of {min(rows):,.0f} to {max(rows):,.0f} rows"
    return Candidate(RowCount(name="", line=0, min=bound), why, strength=succession(len(rows)))


def _fresh(profile: Profile, files: Sequence[File], now: float) -> Candidate | None:
    """Ask that the newest time is not much older than the next file would make it, where it is not today."""
    best: tuple[float, str, float] | None = None
    for column in profile.columns:
        found = [one.verdicts.get(NEWEST + column.name) for one in files]
        newest = [one.metric_value for one in found if one is not None and one.metric_value is not None]
        if len(newest) < len(files):
            continue
        steps = [after - before for before, after in pairwise(newest)]
        if sum(step > 0 for step in steps) < GOES_ON * len(steps):
            continue
        longest = PATIENCE * max(steps)
        unit = DAY if longest >= 2 * DAY or column.type == "DATE" else HOUR
        allowed = math.ceil(longest / unit) * unit
        if 0 <= now - newest[-1] <= allowed and (best is None or allowed < best[0]):
            best = (allowed, column.name, max(steps))
    if best is None:
        return None
    allowed, name, longest = best
    why = f"in {count(len(files), 'file')} it went on by {duration(longest)} or less"
    rule = Freshness(name="", line=0, columns=(name,), max_age=allowed)
    return Candidate(rule, why, strength=succession(len(files)))


def by_history(candidate: Candidate, files: Sequence[File]) -> Candidate | None:
    """Return a rule that is judged by the files before with what they said; None where it would have alarmed."""
    found = [one.verdicts.get(candidate.rule.name) for one in files]
    judged = [one for one in found if one is not None and one.status in {Status.PASSED, Status.FAILED}]
    rule = candidate.rule
    if isinstance(rule, Drift):
        furthest = max((one.metric_value or 0.0 for one in judged), default=0.0) * FURTHER
        if furthest > FURTHEST:
            return None
        if furthest > rule.method.threshold:
            rule = replace(rule, threshold=math.ceil(furthest * 20) / 20)
    elif any(one.status is Status.FAILED for one in judged):
        return None
    if not judged:
        return None
    why = f"so in {count(len(judged), 'file')}, each by those before; it needs a history: idqp check --backfill"
    return Candidate(rule, why, strength=succession(len(judged)))


def succession(files: int) -> float:
    """Return how sure it is that the next file passes what so many passed."""
    return (files + 1) / (files + 2)
