"""What both kinds of store keep of a run, as plain values; pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from idqp_cli.core.incident import ChangeKind, IncidentChange
from idqp_cli.core.model import DatasetReport, MetricPlace
from idqp_cli.core.text import clean
from idqp_cli.core.topics import Position
from idqp_cli.store.audit import entry_hash
from idqp_cli.store.rows import stamp
from idqp_cli.store.values import RecordedRule

# A run that measured nothing besides its results.
NOTHING: Mapping[MetricPlace, float | None] = {}
# What the place of a sample counts, unless it says so.
LINES = ("unit", "line")
# These changes leave no row in the audit log.
UNREMARKABLE = frozenset({ChangeKind.SEEN, ChangeKind.PASSED})


def metrics_of(report: DatasetReport, measured: Mapping[MetricPlace, float | None]) -> Mapping[str, object]:
    """Return a run's metrics as people find them in `check_runs`: by name, with the segment if there is one."""
    return {
        **{
            _placed(f"metric: {key}", segment): {"metric_value": _finite(value)}
            for (key, segment), value in measured.items()
        },
        **{
            _placed(result.rule, result.segment): {
                "status": result.status,
                "metric_value": _finite(result.verdict.metric_value),
                "rows_evaluated": result.verdict.rows_evaluated,
                "rows_failed": result.verdict.rows_failed,
            }
            for result in report.results
        },
    }


def _placed(name: str, segment: str | None) -> str:
    return name if segment is None else f"{name}[{segment}]"


def rule_digest(rule: RecordedRule) -> str:
    """Return what tells a rule from another, and from itself before a key of it was changed."""
    return entry_hash("", asdict(rule))[:32]


def state_of(change: IncidentChange) -> Mapping[str, str | float | None]:
    """Return what a run may change of an incident, by column, as it is after the change."""
    after = change.after
    return {
        "status": after.status,
        "rule_type": after.rule_type,
        "severity": after.severity,
        "last_seen_at": stamp(after.last_seen_at),
        "resolved_at": None if after.resolved_at is None else stamp(after.resolved_at),
        "snoozed_until": None if after.snoozed_until is None else stamp(after.snoozed_until),
        "resolution": after.resolution,
        "occurrences": after.occurrences,
        "passes": after.passes,
        "metric_value": real(after.metric_value),
        "description": after.message,
        "alerted_at": None if after.alerted_at is None else stamp(after.alerted_at),
    }


def samples_of(change: IncidentChange) -> str | None:
    """Return the rows that show the failure as JSON text, None where there are none."""
    samples = [
        {name: value for name, value in asdict(sample).items() if value is not None and (name, value) != LINES}
        for sample in change.result.samples
    ]
    return json.dumps(samples, default=str) if samples else None


def unknown_incident(number: int) -> str:
    """Return the message about an unknown incident."""
    return f"there is no incident {number}; `idqp incident list --all` shows them"


def beginning(positions: Iterable[Position]) -> Mapping[str, object]:
    """Return what the audit row says of where reading begins: by topic and partition, the offset."""
    return {f"{one.topic}/{one.partition}": one.next for one in positions}


def moved_on(position: Position) -> str:
    """Return the message that another run has read on in a partition."""
    return f"partition {position.partition} of {clean(position.topic, 250)}: another run has recorded its messages"


def real(value: float | None) -> float | None:
    """Return a number as a REAL; integers of the databases end at 2^63."""
    return None if value is None else float(value)


def _finite(value: float | None) -> float | str | None:
    """Return a number as JSON can hold it."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
