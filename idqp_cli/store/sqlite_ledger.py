"""What is written into an SQLite store, inside one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from idqp_cli import incidents
from idqp_cli.errors import UsageError
from idqp_cli.incidents import Place
from idqp_cli.model import ChangeKind, DatasetReport, Incident, IncidentChange, IncidentStatus, Severity
from idqp_cli.schemas.compare import Schema
from idqp_cli.store.audit import GENESIS, entry_hash
from idqp_cli.store.interface import RecordedRule

INCIDENTS = (
    "SELECT i.id, d.name, i.rule, i.rule_type, i.segment, i.severity, i.status, i.created_at, i.last_seen_at,"
    " i.resolved_at, i.occurrences, i.metric_value, i.description"
    " FROM incidents i JOIN datasets d ON d.id = i.dataset_id"
)


class SqliteLedger:
    """A `Ledger` inside an immediate transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def latest_incidents(self, dataset: str) -> Mapping[Place, Incident]:
        rows = self._connection.execute(f"{INCIDENTS} WHERE d.name = ? ORDER BY i.id", [dataset]).fetchall()
        return {(incident.rule, incident.segment): incident for incident in map(incident_of, rows)}

    def record_run(
        self, run_id: str, at: datetime, actor: str, report: DatasetReport, rules: Sequence[RecordedRule]
    ) -> None:
        dataset = self._dataset_id(report.dataset, at)
        metrics = {
            result.rule: {
                "status": result.status,
                "metric_value": result.verdict.metric_value,
                "rows_evaluated": result.verdict.rows_evaluated,
                "rows_failed": result.verdict.rows_failed,
            }
            for result in report.results
        }
        run = self._connection.execute(
            "INSERT INTO check_runs (run_id, dataset_id, run_at, actor, source, rows, status, score, metrics)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                run_id,
                dataset,
                at.isoformat(),
                actor,
                report.source,
                report.rows,
                report.status,
                report.score,
                _json(metrics),
            ],
        ).lastrowid
        for rule in rules:
            recorded = asdict(rule)
            digest = entry_hash("", recorded)[:32]
            self._connection.execute(
                "INSERT INTO rules"
                " (dataset_id, name, rule_type, params, threshold, severity, enabled, digest, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dataset_id, digest) DO NOTHING",
                [
                    dataset, rule.name, rule.type, _json(rule.params), rule.threshold, rule.severity, rule.enabled,
                    digest, at.isoformat(),
                ],
            )  # fmt: skip
            self._connection.execute(
                "INSERT INTO check_run_rules SELECT ?, id FROM rules WHERE dataset_id = ? AND digest = ?",
                [run, dataset, digest],
            )
        self._audit(at, actor, "check.record", report.dataset, {"run_id": run_id, "status": report.status})

    def record_schema(
        self, dataset: str, after: str | None, version: str, schema: Schema, at: datetime, actor: str
    ) -> None:
        latest = latest_schema(self._connection, dataset)
        if (latest[0] if latest else None) != after:
            return
        columns = [{"name": name, "type": kind, "nullable": True} for name, kind in schema]
        self._connection.execute(
            "INSERT INTO schema_versions (dataset_id, version, schema, created_at) VALUES (?, ?, ?, ?)",
            [self._dataset_id(dataset, at), version, _json(columns), at.isoformat()],
        )
        self._audit(at, actor, "schema.record", dataset, {"version": version})

    def record_changes(
        self, run_id: str, at: datetime, actor: str, changes: Sequence[IncidentChange]
    ) -> Mapping[Place, int]:
        numbers = {}
        for change in changes:
            number = self._record_change(at, change)
            numbers[change.result.rule, change.result.segment] = number
            self._event(
                number,
                at,
                change.kind,
                actor,
                change.result.verdict.message,
                run_id,
                change.result.verdict.metric_value,
            )
            if change.kind is not ChangeKind.SEEN:
                self._audit(
                    at, actor, f"incident.{change.kind}", str(number), {"rule": change.result.rule, "run_id": run_id}
                )
        return numbers

    def acknowledge(
        self, numbers: Sequence[int], comment: str, actor: str, at: datetime
    ) -> Mapping[int, IncidentStatus]:
        before: dict[int, IncidentStatus] = {}
        for number in numbers:
            row = self._connection.execute("SELECT status FROM incidents WHERE id = ?", [number]).fetchone()
            if row is None:
                raise UsageError(f"there is no incident {number}; `idqp incident list --all` shows them")
            if row[0] == IncidentStatus.RESOLVED:
                raise UsageError(f"incident {number} is resolved; there is nothing to acknowledge")
            before[number] = IncidentStatus(row[0])
        for number in numbers:
            self._connection.execute("UPDATE incidents SET status = 'acknowledged' WHERE id = ?", [number])
            self._connection.execute(
                "INSERT INTO acknowledgements (incident_id, actor, comment, acknowledged_at) VALUES (?, ?, ?, ?)",
                [number, actor, comment, at.isoformat()],
            )
            self._event(number, at, IncidentStatus.ACKNOWLEDGED, actor, comment, None, None)
            self._audit(at, actor, "incident.acknowledged", str(number), {"comment": comment})
        return before

    def head(self) -> str:
        sequence, previous = self._head()
        return f"{sequence}:{previous}"

    def _record_change(self, at: datetime, change: IncidentChange) -> int:
        verdict, when = change.result.verdict, at.isoformat()
        if change.kind is ChangeKind.OPENED:
            return int(
                self._connection.execute(
                    "INSERT INTO incidents (dataset_id, rule, rule_type, segment, severity, status, created_at,"
                    " last_seen_at, occurrences, metric_value, description) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)",
                    [
                        self._dataset_id(change.dataset, at), change.result.rule, change.result.type,
                        change.result.segment, change.result.severity, incidents.after(change, None), when, when,
                        _real(verdict.metric_value), verdict.message,
                    ],
                ).lastrowid or 0
            )  # fmt: skip
        number = change.number or 0
        if change.kind is ChangeKind.RESOLVED:
            self._connection.execute(
                "UPDATE incidents SET status = 'resolved', resolved_at = ? WHERE id = ?", [when, number]
            )
            return number
        reopened = "status = 'open', resolved_at = NULL, " if change.kind is ChangeKind.REOPENED else ""
        self._connection.execute(
            f"UPDATE incidents SET {reopened}last_seen_at = ?,"
            " occurrences = occurrences + 1, severity = ?, metric_value = ?, description = ? WHERE id = ?",
            [when, change.result.severity, _real(verdict.metric_value), verdict.message, number],
        )
        return number

    def _event(
        self, number: int, at: datetime, kind: str, actor: str, detail: str, run_id: str | None, value: float | None
    ) -> None:
        self._connection.execute(
            "INSERT INTO incident_events (incident_id, at, kind, actor, run_id, metric_value, detail)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [number, at.isoformat(), kind, actor, run_id, _real(value), detail],
        )

    def _dataset_id(self, name: str, at: datetime) -> int:
        self._connection.execute(
            "INSERT INTO datasets (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
            [name, at.isoformat()],
        )
        return int(self._connection.execute("SELECT id FROM datasets WHERE name = ?", [name]).fetchone()[0])

    def _head(self) -> tuple[int, str]:
        row = self._connection.execute("SELECT seq, hash FROM audit_events ORDER BY seq DESC LIMIT 1").fetchone()
        return (0, GENESIS) if row is None else (row[0], row[1])

    def _audit(self, at: datetime, actor: str, action: str, concerned: str, detail: Mapping[str, str]) -> None:
        sequence, previous = self._head()
        entry = {
            "seq": sequence + 1, "at": at.isoformat(), "actor": actor, "action": action, "object": concerned,
            "detail": _json(detail),
        }  # fmt: skip
        self._connection.execute(
            "INSERT INTO audit_events (seq, at, actor, action, object, detail, previous_hash, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [*entry.values(), previous, entry_hash(previous, entry)],
        )


def latest_schema(connection: sqlite3.Connection, dataset: str) -> tuple[str, Schema] | None:
    """Return the last schema version of the dataset and its columns, or None."""
    row = connection.execute(
        "SELECT s.version, s.schema FROM schema_versions s JOIN datasets d ON d.id = s.dataset_id"
        " WHERE d.name = ? ORDER BY s.id DESC LIMIT 1",
        [dataset],
    ).fetchone()
    if row is None:
        return None
    with damage_told():
        return (row[0], [(column["name"], column["type"]) for column in json.loads(row[1])])


@contextmanager
def damage_told() -> Iterator[None]:
    """Say that a row is damaged where it holds what no version of idqp writes."""
    try:
        yield
    except (ValueError, KeyError, TypeError):
        raise sqlite3.DatabaseError("a row is damaged") from None


def incident_of(row: Sequence[object]) -> Incident:
    """Return the incident that a row of `INCIDENTS` is."""
    number, dataset, rule, rule_type, segment, severity, status, opened, seen, resolved, times, value, message = row
    with damage_told():
        return Incident(
            number=int(str(number)),
            dataset=str(dataset),
            rule=str(rule),
            rule_type=str(rule_type),
            segment=None if segment is None else str(segment),
            severity=Severity(str(severity)),
            status=IncidentStatus(str(status)),
            opened_at=datetime.fromisoformat(str(opened)),
            last_seen_at=datetime.fromisoformat(str(seen)),
            resolved_at=None if resolved is None else datetime.fromisoformat(str(resolved)),
            occurrences=int(str(times)),
            metric_value=None if value is None else float(str(value)),
            message=str(message),
        )


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _real(value: float | None) -> float | None:
    """Return a number as SQLite's REAL; its integers end at 2^63."""
    return None if value is None else float(value)
