"""What is written into an SQLite store, inside one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest

from idqp_cli.core.dataset import SeenFile
from idqp_cli.core.errors import UsageError
from idqp_cli.core.incident import Alert, ChangeKind, Incident, IncidentChange, IncidentStatus
from idqp_cli.core.model import DatasetReport, MetricPlace, RuleKey
from idqp_cli.core.topics import Position
from idqp_cli.schemas.schema import SchemaVersion, as_plain
from idqp_cli.store import sqlite_offsets
from idqp_cli.store.ledger_reads import LedgerReading
from idqp_cli.store.plain import (
    NOTHING,
    UNREMARKABLE,
    beginning,
    metrics_of,
    real,
    rule_digest,
    samples_of,
    state_of,
    unknown_incident,
)
from idqp_cli.store.reading import INCIDENTS
from idqp_cli.store.registry_reads import SCHEMAS
from idqp_cli.store.rows import Row, damage_told, incident_of, stamp
from idqp_cli.store.sqlite_connection import PROGRAM, as_json, audit, dataset_id, head
from idqp_cli.store.values import IncidentUpdate, RecordedRule


class SqliteLedger(LedgerReading):
    """A `Ledger` inside an immediate transaction."""

    _numbers = "(SELECT value FROM json_each(?))"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _read(self, sql: str, values: Sequence[object]) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def latest_incidents(self, dataset: str, places: Collection[RuleKey]) -> Mapping[RuleKey, Incident]:
        incidents = {}
        for rule, segment in places:
            row = self._connection.execute(
                f"{INCIDENTS} WHERE d.name = ? AND i.rule = ? AND coalesce(i.segment, '') = ?"
                " AND (i.segment IS NULL) = ?",
                [dataset, rule, segment or "", segment is None],
            ).fetchone()
            if row is not None:
                with damage_told():
                    incidents[rule, segment] = incident_of(row)
        return incidents

    def incident(self, number: int) -> Incident | None:
        row = self._connection.execute(f"{INCIDENTS} WHERE i.id = ?", [number]).fetchone()
        with damage_told():
            return None if row is None else incident_of(row)

    def record_run(
        self,
        run_id: str,
        at: datetime,
        actor: str,
        report: DatasetReport,
        rules: Sequence[RecordedRule],
        measured: Mapping[MetricPlace, float | None] = NOTHING,
    ) -> None:
        dataset = dataset_id(self._connection, report.dataset, at)
        run = self._connection.execute(
            "INSERT INTO check_runs (run_id, dataset_id, run_at, actor, source, rows, status, score, metrics, content)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                run_id, dataset, stamp(at), actor, report.source, report.rows, report.status, report.score,
                as_json(metrics_of(report, measured)), report.content,
            ],
        ).lastrowid  # fmt: skip
        self._record_metrics(run, dataset, at, report, measured)
        self._record_rules(run, dataset, at, rules)
        audit(self._connection, at, actor, "check.record", report.dataset, {"run_id": run_id, "status": report.status})

    def record_seen(self, run_id: str, at: datetime, dataset: str, files: Collection[SeenFile]) -> None:
        own = dataset_id(self._connection, dataset, at)
        self._connection.executemany(
            "INSERT OR IGNORE INTO seen_files (dataset_id, digest, name, run_id, seen_at) VALUES (?, ?, ?, ?, ?)",
            [(own, one.digest, one.name, run_id, stamp(at)) for one in files],
        )

    def begin_stream(
        self, at: datetime, actor: str, dataset: str, positions: Collection[Position], *, again: bool
    ) -> None:
        own = dataset_id(self._connection, dataset, at)
        sqlite_offsets.begin(self._connection, own, at, positions, "REPLACE" if again else "IGNORE")
        audit(self._connection, at, actor, "stream.begin", dataset, beginning(positions))

    def record_positions(self, run_id: str, at: datetime, dataset: str, positions: Collection[Position]) -> None:
        sqlite_offsets.move(self._connection, dataset_id(self._connection, dataset, at), run_id, at, positions)

    def record_schema(self, dataset: str, after: str | None, version: SchemaVersion, at: datetime, actor: str) -> None:
        latest = self._connection.execute(f"{SCHEMAS} DESC LIMIT 1", [dataset]).fetchone()
        if (latest[0] if latest else None) != after:
            return
        self._connection.execute(
            "INSERT INTO schema_versions (dataset_id, version, schema, created_at) VALUES (?, ?, ?, ?)",
            [dataset_id(self._connection, dataset, at), version.version, as_json(as_plain(version.columns)), stamp(at)],
        )
        why = {} if version.comment is None else {"comment": version.comment}
        audit(self._connection, at, actor, "schema.record", dataset, {"version": version.version, **why})

    def record_changes(
        self, run_id: str, at: datetime, actor: str, changes: Sequence[IncidentChange]
    ) -> Mapping[RuleKey, int]:
        numbers = {}
        for change in changes:
            number = self._record_change(at, change)
            result = change.result
            numbers[result.rule, result.segment] = number
            seen = {
                "kind": change.kind, "detail": result.verdict.message, "run_id": run_id,
                "metric_value": real(result.verdict.metric_value),
            }  # fmt: skip
            self._event(number, at, actor, seen)
            if change.kind not in UNREMARKABLE:
                detail = {"rule": result.rule, "run_id": run_id}
                audit(self._connection, at, actor, f"incident.{change.kind}", str(number), detail)
        return numbers

    def recent(self, dataset: str, place: RuleKey, limit: int) -> tuple[float, ...]:
        rows = self._connection.execute(
            "SELECT m.value FROM metrics m JOIN datasets d ON d.id = m.dataset_id"
            " WHERE d.name = ? AND m.rule = ? AND m.metric IS NULL AND m.segment IS ? AND m.value IS NOT NULL"
            " ORDER BY m.run_at DESC, m.id DESC LIMIT ?",
            [dataset, *place, limit],
        ).fetchall()
        return tuple(float(value) for (value,) in reversed(rows))

    def update_incident(self, update: IncidentUpdate, actor: str, at: datetime) -> None:
        done = self._connection.execute(
            "UPDATE incidents SET status = :status, assignee = :assignee, snoozed_until = :snoozed_until,"
            " resolution = :resolution,"
            " resolved_at = CASE :status WHEN 'resolved' THEN coalesce(resolved_at, :at) END,"
            " passes = CASE :kind WHEN 'reopened' THEN 0 ELSE passes END WHERE id = :number",
            {
                "status": update.status,
                "assignee": update.assignee,
                "snoozed_until": None if update.snoozed_until is None else stamp(update.snoozed_until),
                "resolution": update.resolution,
                "at": stamp(at),
                "kind": update.kind,
                "number": update.number,
            },
        )
        if not done.rowcount:
            raise UsageError(unknown_incident(update.number))
        if update.kind == IncidentStatus.ACKNOWLEDGED:
            self._connection.execute(
                "INSERT INTO acknowledgements (incident_id, actor, comment, acknowledged_at) VALUES (?, ?, ?, ?)",
                [update.number, actor, update.detail, stamp(at)],
            )
        said = {"kind": update.kind, "detail": update.detail, "reason": update.resolution}
        self._event(update.number, at, actor, said)
        audit(self._connection, at, actor, f"incident.{update.kind}", str(update.number), {"comment": update.detail})

    def belongs(self, dataset: str, rules_file: str) -> None:
        self._connection.execute(
            "UPDATE datasets SET rules_file = :file WHERE name = :name AND rules_file IS NOT :file",
            {"file": rules_file, "name": dataset},
        )

    def enqueue(self, alerts: Sequence[Alert], actor: str = PROGRAM) -> None:
        queued: dict[str, list[int]] = {}
        for alert in alerts:
            made = self._connection.execute(
                "INSERT INTO alerts (channel, dedup_key, payload, created_at, next_at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (channel, dedup_key) DO NOTHING",
                [alert.channel, alert.dedup_key, alert.payload, stamp(alert.created_at), stamp(alert.next_at)],
            )
            if made.rowcount:
                queued.setdefault(alert.channel, []).append(made.lastrowid or 0)
                told = [
                    (made.lastrowid, number, *(said or (None, None)))
                    for number, said in zip_longest(alert.incidents, alert.told[: len(alert.incidents)])
                ]
                self._connection.executemany(
                    "INSERT INTO alert_incidents (alert_id, incident_id, told, severity) VALUES (?, ?, ?, ?)", told
                )
                self._connection.executemany(
                    "UPDATE incidents SET alerted_at = ? WHERE id = ?",
                    [(stamp(alert.created_at), number) for number in alert.incidents],
                )
        for channel, numbers in queued.items():
            detail = {"first": numbers[0], "messages": len(numbers)}
            audit(self._connection, alerts[0].created_at, actor, "alert.queue", channel, detail)

    def head(self) -> str:
        sequence, last_hash = head(self._connection)
        return f"{sequence}:{last_hash}"

    def _record_change(self, at: datetime, change: IncidentChange) -> int:
        state, samples = state_of(change), samples_of(change)
        if change.kind is ChangeKind.OPENED:
            opened = {
                "dataset_id": dataset_id(self._connection, change.dataset, at), "rule": change.result.rule,
                "segment": change.result.segment, "created_at": stamp(at), "fingerprint": change.after.fingerprint,
                "first_samples": samples, "last_samples": samples, **state,
            }  # fmt: skip
            marks = ", ".join("?" * len(opened))
            done = self._connection.execute(
                f"INSERT INTO incidents ({', '.join(opened)}) VALUES ({marks})", list(opened.values())
            )
            return int(done.lastrowid or 0)
        written = ", ".join(f"{column} = ?" for column in state)
        if samples is not None:
            self._connection.execute("UPDATE incidents SET last_samples = ? WHERE id = ?", [samples, change.number])
        self._connection.execute(f"UPDATE incidents SET {written} WHERE id = ?", [*state.values(), change.number])
        return change.number or 0

    def _record_metrics(
        self,
        run: int | None,
        dataset: int,
        at: datetime,
        report: DatasetReport,
        measured: Mapping[MetricPlace, float | None],
    ) -> None:
        self._connection.executemany(
            "INSERT INTO metrics"
            " (check_run_id, dataset_id, rule, segment, run_at, status, value, rows_evaluated, rows_failed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    run, dataset, result.rule, result.segment, stamp(at), result.status,
                    real(result.verdict.metric_value), result.verdict.rows_evaluated, result.verdict.rows_failed,
                )
                for result in report.results
            ],
        )  # fmt: skip
        self._connection.executemany(
            "INSERT INTO metrics (check_run_id, dataset_id, rule, metric, segment, run_at, value)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (run, dataset, key.rule, key.metric, segment, stamp(at), real(value))
                for (key, segment), value in measured.items()
            ],
        )

    def _record_rules(self, run: int | None, dataset: int, at: datetime, rules: Sequence[RecordedRule]) -> None:
        digests = [(rule, rule_digest(rule)) for rule in rules]
        self._connection.executemany(
            "INSERT INTO rules"
            " (dataset_id, name, rule_type, params, threshold, severity, enabled, digest, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dataset_id, digest) DO NOTHING",
            [
                (
                    dataset, rule.name, rule.type, as_json(rule.params), rule.threshold, rule.severity, rule.enabled,
                    digest, stamp(at),
                )
                for rule, digest in digests
            ],
        )  # fmt: skip
        self._connection.executemany(
            "INSERT OR IGNORE INTO check_run_rules SELECT ?, id FROM rules WHERE dataset_id = ? AND digest = ?",
            [(run, dataset, digest) for _, digest in digests],
        )

    def _event(self, number: int, at: datetime, actor: str, said: Mapping[str, object]) -> None:
        """Add an entry to the timeline of an incident; `said` are its other columns."""
        columns = {"incident_id": number, "at": stamp(at), "actor": actor, **said}
        self._connection.execute(
            f"INSERT INTO incident_events ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            list(columns.values()),
        )
