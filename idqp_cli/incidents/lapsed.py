"""Incidents that no rule moves: what could not be checked, was not checked in time, or is no longer checked; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from idqp_cli.core.frozen import frozen
from idqp_cli.core.incident import NO_LONGER_CHECKED, ChangeKind, Incident, IncidentChange, IncidentStatus
from idqp_cli.core.model import Result, RuleKey, Severity, Status, Verdict
from idqp_cli.core.naming import CHECK, PARSE, ROW_COUNT, SCHEMA
from idqp_cli.core.text import clean, count, duration, stamp

SHOWN = 3
IMPLIED = frozenset({PARSE, ROW_COUNT, SCHEMA})


@frozen
class Scope:
    """How much of a dataset a run judged.

    `left_out` are the rules that it was asked not to judge, `disabled` those that
    the store disables. `whole` says that it read all rows of the dataset's own files.
    """

    left_out: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    whole: bool = True


def checked(results: Iterable[Result], message: str | None, scope: Scope, severity: Severity) -> Result | None:
    """Say whether a dataset could be checked, as a result; None where a run judged too little to say so.

    `message` says why the dataset could not be read.
    """
    errors = [result for result in results if result.status is Status.ERROR]
    if message is not None:
        return _result(severity, Verdict(Status.FAILED, f"could not be checked: {message}"))
    if errors:
        named = "; ".join(f"{clean(result.rule, 60)}: {result.verdict.message}" for result in errors[:SHOWN])
        more = f"; and {len(errors) - SHOWN:,} more" if len(errors) > SHOWN else ""
        told = f"{count(len(errors), 'rule')} could not be checked: {named}{more}"
        return _result(severity, Verdict(Status.FAILED, told))
    return None if scope.left_out else _result(severity, Verdict(Status.PASSED, "was checked"))


def missed(last: datetime | None, every: timedelta, at: datetime, severity: Severity) -> Result:
    """Say that a dataset was not checked in time; `last` is when it was, None for never."""
    expected = f"expected every {duration(every.total_seconds())}"
    when = "has never been checked" if last is None else f"was not checked since {stamp(last)}"
    late = "" if last is None else f", {duration((at - last).total_seconds())} ago"
    return _result(severity, Verdict(Status.FAILED, f"{when}{late}; {expected}"))


def lapsed(
    unresolved: Iterable[Incident], results: Iterable[Result], message: str | None, scope: Scope, at: datetime
) -> tuple[IncidentChange, ...]:
    """End the incidents of a dataset of which this run shows that nothing judges them any more.

    Gone is a rule without a result that the run was not asked to leave out, and
    a segment of a rule that was judged on all rows and has it no longer.
    """
    by_rule: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_rule[result.rule].append(result)
    places = {(result.rule, result.segment) for results_of_rule in by_rule.values() for result in results_of_rule}
    return tuple(
        ended(incident, at)
        for incident in unresolved
        if incident.rule != CHECK and _gone(incident, by_rule.get(incident.rule, []), places, message, scope)
    )


def _gone(incident: Incident, results: list[Result], places: set[RuleKey], message: str | None, scope: Scope) -> bool:
    if incident.rule in scope.left_out:
        return False
    if incident.rule in scope.disabled:
        return True
    if message is not None or (incident.rule, incident.segment) in places:
        return False
    if not results and incident.rule not in IMPLIED:
        return True
    judged = all(result.status not in {Status.ERROR, Status.SKIPPED} for result in results)
    return scope.whole and judged


def ended(incident: Incident, at: datetime) -> IncidentChange:
    """Return the end of an incident that nothing judges any more."""
    verdict = Verdict(Status.SKIPPED, NO_LONGER_CHECKED)
    result = Result(incident.rule, incident.rule_type, (), incident.severity, verdict, segment=incident.segment)
    after = replace(
        incident,
        status=IncidentStatus.RESOLVED,
        resolved_at=at,
        resolution=NO_LONGER_CHECKED,
        snoozed_until=None,
    )
    return IncidentChange(ChangeKind.RESOLVED, incident.dataset, result, incident.number, after, incident)


def _result(severity: Severity, verdict: Verdict) -> Result:
    return Result(CHECK, CHECK, (), severity, verdict)
