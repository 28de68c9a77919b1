"""Judge rules by what was measured; pure.

The verdicts are the rules' own, from metrics alone; a rule that cannot be
evaluated is one result `error`, and the others stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Metrics, RuleKey, Status, Verdict
from idqp_cli.engine.measure import Measured
from idqp_cli.engine.query_errors import Unmeasured
from idqp_cli.rules.given import Given
from idqp_cli.rules.needs import ROWS
from idqp_cli.rules.rule import Rule


@frozen
class Judged:
    """The verdict of a rule, for all rows or for a segment."""

    rule: Rule
    place: RuleKey
    verdict: Verdict


def judge(rules: Iterable[Rule], measured: Measured, given: Given) -> tuple[Judged, ...]:
    """Judge each rule for all rows, or for each of its segments."""
    return tuple(
        Judged(rule, place, _verdict(rule, place, measured, given))
        for rule in rules
        for place in places(rule, measured, given)
    )


def places(rule: Rule, measured: Measured, given: Given) -> list[RuleKey]:
    """Return what the rule is judged for; segments that it has a history of are, also where they have no row left."""
    found = measured.places(rule)
    if rule.segment_by is None or rule.watches() is None or rule.name in measured.planned.refused:
        return found
    gone = [place for place in given.history if place[0] == rule.name and place[1] is not None and place not in found]
    if any(isinstance(measured.metrics.get(place), Unmeasured) for place in found):
        return found
    return [*(place for place in found if place in measured.metrics or not gone), *gone]


def of_place(rule: Rule, place: RuleKey, measured: Measured) -> Metrics:
    """Return what was measured at a place; of a segment without a row what is known of no row."""
    found = measured.metrics.get(place)
    if found is None:
        return {} if place[1] is None else rule.of_nothing()
    return {} if isinstance(found, Unmeasured) else found


def _verdict(rule: Rule, place: RuleKey, measured: Measured, given: Given) -> Verdict:
    refused, relation = measured.planned.refused, measured.ingested.relation
    unknown = rule.name in refused and relation.columns
    if measured.rows == 0 and rule.needs_rows and place[1] is None and not unknown:
        return Verdict(Status.SKIPPED, "there is no row to look at")
    if rule.name in refused:
        return Verdict(Status.ERROR, refused[rule.name])
    if rule.name in measured.planned.unsampled:
        return Verdict(Status.SKIPPED, measured.planned.unsampled[rule.name])
    metrics = measured.metrics.get(place)
    if metrics is None and place[1] is not None:
        metrics = rule.of_nothing()
    if metrics is None:
        return Verdict(Status.SKIPPED, "there is no segment to look at")
    if isinstance(metrics, Unmeasured):
        return Verdict(Status.SKIPPED if metrics.skipped else Status.ERROR, metrics.reason)
    drawn = measured.ingested.drawn
    if rule.sizes and drawn is not None:
        metrics = {ROWS: drawn.of}
    read = replace(relation, doubts=(*relation.doubts, *measured.doubts))
    return rule.on(read).judge(metrics, replace(given, segment=place[1]))
