"""Detect anomalies: judge the rules that know what is usual, after the other rules.

Some of them need a model, or bounds that the data itself sets; what they need comes
down to rows that fail before they are judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.relation import Relation
from idqp_cli.engine.judge import Judged, judge
from idqp_cli.engine.measure import Measured
from idqp_cli.engine.settle import settle
from idqp_cli.ingest.database import Database
from idqp_cli.rules.given import Given
from idqp_cli.rules.rule import Rule


def detect(
    database: Database,
    dataset: Dataset,
    rules: Sequence[Rule],
    measured: Measured,
    others: Mapping[str, Relation],
    given: Given,
    judged: Sequence[Judged],
) -> tuple[Measured, tuple[Judged, ...]]:
    """Judge the rules that detect anomalies.

    `judged` are the verdicts of the other rules, whose metrics an `anomaly` rule may
    watch. Returns what was measured with what their needs came down to, and the
    verdicts of all rules in the order of the rules.
    """
    detectors = [rule for rule in rules if rule.detects]
    settled = settle(database, dataset, detectors, measured, others)
    observed = {one.rule.name: one.verdict.metric_value for one in judged if one.place[1] is None}
    found = judge(detectors, settled, replace(given, observed=observed))
    order = {rule.name: number for number, rule in enumerate(rules)}
    return settled, tuple(sorted((*judged, *found), key=lambda one: order[one.rule.name]))
