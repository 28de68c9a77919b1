"""What is written into a PostgreSQL store, inside one transaction, by the store's own functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from idqp_cli.core.dataset import SeenFile
from idqp_cli.core.errors import MovedOnError, StoreError
from idqp_cli.core.incident import Alert, Incident, IncidentChange
from idqp_cli.core.model import DatasetReport, MetricPlace, RuleKey
from idqp_cli.core.text import clean
from idqp_cli.core.topics import Position
from idqp_cli.schemas.schema import SchemaVersion, as_plain
from idqp_cli.store.ledger_reads import LedgerReading
from idqp_cli.store.plain import NOTHING, beginning, metrics_of, moved_on, real, rule_digest, samples_of, state_of
from idqp_cli.store.postgres.connection import as_jsonb, call, fitting, storable
from idqp_cli.store.reading import INCIDENTS
from idqp_cli.store.rows import Row, damage_told, incident_of, stamp
from idqp_cli.store.values import IncidentUpdate, RecordedRule

if TYPE_CHECKING:
    from psycopg import Connection

AT_PLACES = (
    " JOIN idqp.incident_places p ON p.dataset_id = d.id AND p.id = i.id AND p.created_at = i.created_at"
    " JOIN jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS w(place, n) ON p.rule = w.place->>0"
    " AND coalesce(p.segment, '') = coalesce(w.place->>1, '') AND (p.segment IS NULL) = (w.place->>1 IS NULL)"
    " WHERE d.name = %s"
)


class PostgresLedger(LedgerReading):
    """A `Ledger` inside a transaction that holds the head of the audit chain, as every writer does."""

    _numbers = "(SELECT n::bigint FROM jsonb_array_elements_text(?::jsonb) n)"

    def __init__(self, connection: Connection[Row]) -> None:
        self._connection = connection

    def _read(self, sql: str, values: Sequence[object]) -> list[Row]:
        stored = fitting(self._connection, values)
        return self._connection.execute(sql.replace("?", "%s").encode(), stored).fetchall()

    def latest_incidents(self, dataset: str, places: Collection[RuleKey]) -> Mapping[RuleKey, Incident]:
        asked = list(places)
        sql = INCIDENTS.replace(" FROM", ", w.n FROM") + AT_PLACES
        rows = self._connection.execute(sql.encode(), fitting(self._connection, [as_jsonb(asked), dataset])).fetchall()
        with damage_told():
            return {asked[row[-1] - 1]: incident_of(row[:-1]) for row in rows}

    def incident(self, number: int) -> Incident | None:
        rows = self._connection.execute(f"{INCIDENTS} WHERE i.id = %s".encode(), [number]).fetchall()
        with damage_told():
            return incident_of(rows[0]) if rows else None

    def record_run(
        self,
        run_id: str,
        at: datetime,
        actor: str,  # noqa: ARG002 - the server knows
        report: DatasetReport,
        rules: Sequence[RecordedRule],
        measured: Mapping[MetricPlace, float | None] = NOTHING,
    ) -> None:
        run = {
            "run_id": run_id, "at": stamp(at), "dataset": report.dataset, "source": report.source, "rows": report.rows,
            "status": report.status, "score": report.score, "metrics": metrics_of(report, measured),
            "content": report.content,
            "results": [
                {
                    "rule": result.rule, "segment": result.segment, "status": result.status,
                    "value": real(result.verdict.metric_value), "rows_evaluated": result.verdict.rows_evaluated,
                    "rows_failed": result.verdict.rows_failed,
                }
                for result in report.results
            ],
            "measured": [
                {"rule": key.rule, "metric": key.metric, "segment": segment, "value": real(value)}
                for (key, segment), value in measured.items()
            ],
            "rules": [
                {
                    "name": rule.name, "type": rule.type, "params": rule.params, "threshold": rule.threshold,
                    "severity": rule.severity, "enabled": rule.enabled, "digest": rule_digest(rule),
                }
                for rule in rules
            ],
        }  # fmt: skip
        self._refuse_unkept([report.dataset, *(rule.name for rule in rules)])
        self._refuse_unkept([*(result.segment for result in report.results), *(segment for _, segment in measured)])
        call(self._connection, "record_run", as_jsonb(run))

    def _refuse_unkept(self, names: Iterable[str | None]) -> None:
        """Refuse names of which the database's encoding lacks characters: a later run would not know them again."""
        for name in names:
            if name is not None and fitting(self._connection, [name]) != [storable(name)]:
                encoding = self._connection.info.parameter_status("server_encoding")
                raise StoreError(f"'{clean(name, 60)}' cannot be kept: the database is in {encoding}, not in UTF8")

    def record_seen(self, run_id: str, at: datetime, dataset: str, files: Collection[SeenFile]) -> None:
        listed = as_jsonb([[one.digest, one.name] for one in files])
        call(self._connection, "record_seen", run_id, dataset, listed, at)

    def begin_stream(
        self,
        at: datetime,
        actor: str,  # noqa: ARG002
        dataset: str,
        positions: Collection[Position],
        *,
        again: bool,
    ) -> None:
        listed = as_jsonb([[one.topic, one.partition, one.next] for one in positions])
        call(self._connection, "begin_stream", dataset, listed, as_jsonb(beginning(positions)), again, at)

    def record_positions(self, run_id: str, at: datetime, dataset: str, positions: Collection[Position]) -> None:
        listed = as_jsonb([[one.topic, one.partition, one.start, one.next] for one in positions])
        ((number,),) = call(self._connection, "record_positions", run_id, dataset, listed, at)
        if number is not None:
            raise MovedOnError(moved_on(list(positions)[number]))

    def record_schema(
        self,
        dataset: str,
        after: str | None,
        version: SchemaVersion,
        at: datetime,
        actor: str,  # noqa: ARG002
    ) -> None:
        columns = as_jsonb(as_plain(version.columns))
        call(self._connection, "record_schema", dataset, after, version.version, columns, at, version.comment)

    def record_changes(
        self,
        run_id: str,
        at: datetime,
        actor: str,  # noqa: ARG002
        changes: Sequence[IncidentChange],
    ) -> Mapping[RuleKey, int]:
        if not changes:
            return {}
        listed = [
            {
                "kind": change.kind, "dataset": change.dataset, "number": change.number, "rule": change.result.rule,
                "segment": change.result.segment, "fingerprint": change.after.fingerprint,
                "value": real(change.result.verdict.metric_value), "message": change.result.verdict.message,
                "samples": samples_of(change), **state_of(change),
            }
            for change in changes
        ]  # fmt: skip
        ((numbers,),) = call(self._connection, "record_changes", run_id, at, as_jsonb(listed))
        return {
            (change.result.rule, change.result.segment): number for change, number in zip(changes, numbers, strict=True)
        }

    def recent(self, dataset: str, place: RuleKey, limit: int) -> tuple[float, ...]:
        rows = self._connection.execute(
            b"SELECT m.value FROM idqp.metrics m JOIN idqp.datasets d ON d.id = m.dataset_id"
            b" WHERE d.name = %s AND m.rule = %s AND m.metric IS NULL AND m.segment IS NOT DISTINCT FROM %s"
            b" AND m.value IS NOT NULL"
            b" ORDER BY m.run_at DESC, m.id DESC LIMIT %s",
            fitting(self._connection, [dataset, *place, limit]),
        ).fetchall()
        return tuple(float(value) for (value,) in reversed(rows))

    def update_incident(self, update: IncidentUpdate, actor: str, at: datetime) -> None:  # noqa: ARG002
        change = {
            "number": update.number, "kind": update.kind, "detail": update.detail, "status": update.status,
            "assignee": update.assignee, "resolution": update.resolution,
            "snoozed_until": None if update.snoozed_until is None else stamp(update.snoozed_until),
        }  # fmt: skip
        call(self._connection, "update_incident", as_jsonb(change), at)

    def belongs(self, dataset: str, rules_file: str) -> None:
        call(self._connection, "belongs", dataset, rules_file)

    def enqueue(self, alerts: Sequence[Alert], actor: str = "") -> None:  # noqa: ARG002
        if alerts:
            listed = [
                {
                    "channel": alert.channel, "dedup_key": alert.dedup_key, "payload": alert.payload,
                    "created_at": stamp(alert.created_at), "next_at": stamp(alert.next_at),
                    "incidents": alert.incidents, "told": alert.told,
                }
                for alert in alerts
            ]  # fmt: skip
            call(self._connection, "enqueue", as_jsonb(listed))

    def head(self) -> str:
        ((sequence, last_hash),) = self._connection.execute("SELECT seq, hash FROM idqp.audit_head").fetchall()
        return f"{sequence}:{last_hash}"
