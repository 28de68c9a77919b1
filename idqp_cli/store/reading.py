"""What is read from a store: one SQL for both backends, and the values that its rows are.

A time is text in ISO 8601 and a JSON value is JSON text, whatever the backend
keeps them as; `?` stands for a value.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from idqp_cli.errors import StoreError
from idqp_cli.incidents import Place
from idqp_cli.model import Severity
from idqp_cli.schemas.schema import SchemaVersion, from_plain
from idqp_cli.store.identity import Role
from idqp_cli.store.values import (
    AuditEntry,
    Baseline,
    MetricPoint,
    Model,
    RecordedDataset,
    RecordedRule,
    Token,
    User,
    Wanted,
)
from idqp_cli.tracking import Alert, Event, Evidence, Incident, IncidentStatus, PastEvent, PastRun

INCIDENTS = (
    "SELECT i.id, d.name, i.rule, i.rule_type, i.segment, i.severity, i.status, i.created_at, i.last_seen_at,"
    " i.resolved_at, i.occurrences, i.metric_value, i.description, i.assignee, i.snoozed_until, i.resolution,"
    " i.passes, i.fingerprint, i.alerted_at FROM incidents i JOIN datasets d ON d.id = i.dataset_id"
)
SCHEMAS = (
    "SELECT s.version, s.schema, s.created_at FROM schema_versions s JOIN datasets d ON d.id = s.dataset_id"
    " WHERE d.name = ? ORDER BY s.id"
)
BASELINES = (
    "SELECT d.name, b.name, b.summary, b.created_at, b.created_by"
    " FROM baselines b JOIN datasets d ON d.id = b.dataset_id"
)
ALERTS = "SELECT channel, dedup_key, payload, created_at, next_at, id, attempts, delivered_at, last_error FROM alerts"
AUDIT = "SELECT seq, at, actor, action, object, detail, previous_hash, hash FROM audit_events"
AUDIT_PAGE = 5_000
TABLES = (
    "users", "datasets", "rules", "check_runs", "metrics", "incidents", "acknowledgements", "schema_versions",
    "baselines", "models", "alerts", "audit_events",
)  # fmt: skip

Row = Sequence[Any]


class Reading:
    """The reading half of a `Store`, on whatever `_fetch` asks."""

    @abstractmethod
    def _fetch(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement and return its rows; raise StoreError."""

    def schema_versions(self, dataset: str, last: int | None = None) -> tuple[SchemaVersion, ...]:
        limit = "" if last is None else f" LIMIT {int(last)}"
        rows = self._fetch(f"{SCHEMAS} DESC{limit}", [dataset])
        with damage_told():
            return tuple(
                SchemaVersion(version, from_plain(json.loads(schema)), time(at))
                for version, schema, at in reversed(rows)
            )

    def incidents(self, *, resolved: bool) -> tuple[Incident, ...]:
        chosen = "" if resolved else " WHERE i.status <> 'resolved'"
        rows = self._fetch(f"{INCIDENTS}{chosen} ORDER BY i.id DESC")
        with damage_told():
            return tuple(map(incident_of, rows))

    def incident(self, number: int) -> Incident | None:
        rows = self._fetch(f"{INCIDENTS} WHERE i.id = ?", [number])
        with damage_told():
            return incident_of(rows[0]) if rows else None

    def wanted_incidents(self, wanted: Wanted) -> tuple[Incident, ...]:
        conditions, values = _conditions(wanted)
        rows = self._fetch(f"{INCIDENTS} WHERE {' AND '.join(conditions)} ORDER BY i.id DESC", values)
        with damage_told():
            return tuple(map(incident_of, rows))

    def evidence(self, number: int) -> Evidence:
        rows = self._fetch("SELECT first_samples, last_samples FROM incidents WHERE id = ?", [number])
        return Evidence(*rows[0]) if rows else Evidence(None, None)

    def events(self, since: datetime) -> tuple[PastEvent, ...]:
        rows = self._fetch(
            "SELECT e.incident_id, d.name, e.at, e.kind, i.resolution FROM incident_events e"
            " JOIN incidents i ON i.id = e.incident_id JOIN datasets d ON d.id = i.dataset_id"
            " WHERE e.kind NOT IN ('seen', 'passed')"
            " AND e.incident_id IN (SELECT x.incident_id FROM incident_events x WHERE x.at >= ?) ORDER BY e.id",
            [stamp(since)],
        )
        with damage_told():
            return tuple(PastEvent(number, dataset, time(at), *rest) for number, dataset, at, *rest in rows)

    def runs(self, since: datetime) -> tuple[PastRun, ...]:
        rows = self._fetch(
            "SELECT d.name, r.run_at, r.score FROM check_runs r JOIN datasets d ON d.id = r.dataset_id"
            " WHERE r.run_at >= ? ORDER BY r.run_at, r.id",
            [stamp(since)],
        )
        with damage_told():
            return tuple(PastRun(dataset, time(at), score) for dataset, at, score in rows)

    def last_runs(self, datasets: Collection[str]) -> Mapping[str, datetime]:
        return last_runs(self._fetch, datasets)

    def timeline(self, number: int) -> tuple[Event, ...]:
        rows = self._fetch(
            "SELECT at, kind, actor, detail, metric_value FROM incident_events WHERE incident_id = ? ORDER BY id",
            [number],
        )
        with damage_told():
            return tuple(Event(time(at), *rest) for at, *rest in rows)

    def users(self) -> tuple[User, ...]:
        rows = self._fetch(
            "SELECT email, full_name, role, created_at, database_role, disabled_at, locked_until"
            " FROM users ORDER BY email"
        )
        with damage_told():
            return tuple(user_of(row) for row in rows)

    def tokens(self) -> tuple[Token, ...]:
        rows = self._fetch(
            "SELECT name, scopes, created_by, created_at, expires_at, last_used_at, revoked_at"
            " FROM tokens ORDER BY name"
        )
        with damage_told():
            return tuple(
                Token(name, tuple(scopes.split()), by, time(at), time(end), time_or_none(used), time_or_none(revoked))
                for name, scopes, by, at, end, used, revoked in rows
            )

    def datasets(self) -> tuple[RecordedDataset, ...]:
        rows = self._fetch("SELECT name, description, owner, created_at, removed_at FROM datasets ORDER BY name")
        with damage_told():
            return tuple(
                RecordedDataset(name, description, owner, time(at), time_or_none(removed))
                for name, description, owner, at, removed in rows
            )

    def rules(self, dataset: str) -> tuple[RecordedRule, ...]:
        rows = self._fetch(
            "SELECT r.name, r.rule_type, r.params, r.threshold, r.severity,"
            " CASE WHEN coalesce(s.enabled, r.enabled) THEN 1 ELSE 0 END"
            " FROM check_run_rules c JOIN rules r ON r.id = c.rule_id"
            " LEFT JOIN rule_switches s ON s.dataset_id = r.dataset_id AND s.rule = r.name"
            " WHERE c.check_run_id = (SELECT max(x.id) FROM check_runs x JOIN datasets d ON d.id = x.dataset_id"
            " WHERE d.name = ?) ORDER BY r.id",
            [dataset],
        )
        with damage_told():
            return tuple(
                RecordedRule(name, kind, json.loads(params), threshold, severity, bool(enabled))
                for name, kind, params, threshold, severity, enabled in rows
            )

    def disabled_rules(self) -> frozenset[tuple[str, str]]:
        rows = self._fetch(
            "SELECT d.name, s.rule FROM rule_switches s JOIN datasets d ON d.id = s.dataset_id WHERE NOT s.enabled"
        )
        return frozenset((dataset, rule) for dataset, rule in rows)

    def metrics(
        self, dataset: str, rule: str | None = None, segment: str | None = None, since: datetime | None = None
    ) -> Mapping[Place, tuple[MetricPoint, ...]]:
        wanted, values = ["d.name = ?"], [dataset]
        for condition, value in (("m.rule = ?", rule), ("m.segment = ?", segment)):
            if value is not None:
                wanted.append(condition)
                values.append(value)
        if since is not None:
            wanted.append("m.run_at >= ?")
            values.append(stamp(since))
        rows = self._fetch(
            "SELECT m.rule, m.segment, r.run_id, m.run_at, m.value, m.status, m.rows_evaluated, m.rows_failed,"
            " r.content, r.source FROM metrics m JOIN datasets d ON d.id = m.dataset_id"
            " JOIN check_runs r ON r.id = m.check_run_id AND r.run_at = m.run_at"
            f" WHERE {' AND '.join(wanted)} ORDER BY m.run_at, m.id",
            values,
        )
        found: dict[Place, list[MetricPoint]] = {}
        with damage_told():
            for name, own, run_id, at, *rest in rows:
                found.setdefault((name, own), []).append(MetricPoint(run_id, time(at), *rest))
        return {place: tuple(points) for place, points in found.items()}

    def baseline(self, dataset: str, name: str) -> Baseline | None:
        rows = self._fetch(f"{BASELINES} WHERE d.name = ? AND b.name = ?", [dataset, name])
        with damage_told():
            return _baseline(rows[0]) if rows else None

    def baselines(self, dataset: str | None = None) -> tuple[Baseline, ...]:
        chosen, values = ("", []) if dataset is None else (" WHERE d.name = ?", [dataset])
        rows = self._fetch(f"{BASELINES}{chosen} ORDER BY d.name, b.name", values)
        with damage_told():
            return tuple(map(_baseline, rows))

    def model(self, dataset: str, name: str) -> Model | None:
        rows = self._fetch(
            "SELECT d.name, m.name, m.settings, m.arrays, m.created_at"
            " FROM models m JOIN datasets d ON d.id = m.dataset_id WHERE d.name = ? AND m.name = ?",
            [dataset, name],
        )
        with damage_told():
            return _model(rows[0]) if rows else None

    def models(self, dataset: str) -> Mapping[str, datetime]:
        rows = self._fetch(
            "SELECT m.name, m.created_at FROM models m JOIN datasets d ON d.id = m.dataset_id WHERE d.name = ?"
            " ORDER BY m.name",
            [dataset],
        )
        with damage_told():
            return {name: time(at) for name, at in rows}

    def alerts(self, *, failed: bool) -> tuple[Alert, ...]:
        chosen = " WHERE delivered_at IS NULL AND attempts > 0" if failed else ""
        rows = self._fetch(f"{ALERTS}{chosen} ORDER BY id DESC LIMIT 1000")
        with damage_told():
            return tuple(map(alert_of, rows))

    def alerts_of(self, incident: int) -> tuple[Alert, ...]:
        rows = self._fetch(
            f"{ALERTS} WHERE id IN (SELECT alert_id FROM alert_incidents WHERE incident_id = ?) ORDER BY id",
            [incident],
        )
        with damage_told():
            return tuple(map(alert_of, rows))

    def audit(self, *, after: int = 0, limit: int | None = None, newest: bool = False) -> Iterator[AuditEntry]:
        left = limit if limit is not None else 1 << 62
        order, past, edge = ("DESC", "<", 1 << 62) if newest else ("ASC", ">", after)
        while left > 0:
            rows = self._fetch(
                f"{AUDIT} WHERE seq > ? AND seq {past} ? ORDER BY seq {order} LIMIT ?",
                [after, edge, min(left, AUDIT_PAGE)],
            )
            yield from (AuditEntry(*row) for row in rows)
            if len(rows) < min(left, AUDIT_PAGE):
                return
            left, edge = left - len(rows), rows[-1][0]

    def audit_head(self) -> str:
        rows = self._fetch("SELECT seq, hash FROM audit_head")
        with damage_told():
            ((sequence, head),) = rows
            return f"{sequence}:{head}"

    def _counts(self) -> Mapping[str, int]:
        return {table: self._fetch(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def last_runs(fetch: Callable[[str, Sequence[object]], list[Row]], datasets: Collection[str]) -> Mapping[str, datetime]:
    """Return when each of these datasets that was ever checked was so last."""
    if not datasets:
        return {}
    rows = fetch(
        "SELECT d.name, max(r.run_at) FROM check_runs r JOIN datasets d ON d.id = r.dataset_id"
        f" WHERE d.name IN ({', '.join('?' * len(datasets))}) GROUP BY d.name",
        sorted(datasets),
    )
    with damage_told():
        return {name: time(at) for name, at in rows}


def _conditions(wanted: Wanted) -> tuple[list[str], list[object]]:
    """Return the SQL that an incident has to meet, and its values."""
    conditions, values = [], list[object]()
    asleep = "i.status = 'snoozed' AND i.snoozed_until > ?"
    states = {
        # One whose snooze has ended is open.
        IncidentStatus.OPEN: (f"(i.status IN ('open', 'snoozed') AND NOT ({asleep}))", True),
        IncidentStatus.SNOOZED: (f"({asleep})", True),
        IncidentStatus.ACKNOWLEDGED: ("i.status = 'acknowledged'", False),
        IncidentStatus.RESOLVED: ("i.status = 'resolved'", False),
    }
    if wanted.statuses:
        conditions.append(f"({' OR '.join(states[one][0] for one in wanted.statuses)})")
        values += [stamp(wanted.at) for one in wanted.statuses if states[one][1]]
    elif not wanted.numbers:
        conditions.append("i.status <> 'resolved'")
    for column, listed in (
        ("i.id", wanted.numbers), ("i.severity", wanted.severities), ("d.name", wanted.datasets),
        ("i.rule", wanted.rules), ("i.assignee", wanted.assignees),
    ):  # fmt: skip
        if listed:
            conditions.append(f"{column} IN ({', '.join('?' * len(listed))})")
            values += listed
    if wanted.since is not None:
        conditions.append("i.last_seen_at >= ?")
        values.append(stamp(wanted.since))
    return conditions or ["1 = 1"], values


@contextmanager
def damage_told() -> Iterator[None]:
    """Say that a row is damaged where it holds what no version of idqp writes."""
    try:
        yield
    except (ValueError, KeyError, TypeError, OverflowError, AttributeError, IndexError):
        raise StoreError("the store does not answer: a row is damaged; --no-store checks without it") from None


def stamp(at: datetime) -> str:
    """Return a time as the text that a store keeps: UTC, ISO 8601."""
    return at.astimezone(UTC).isoformat()


def stamp_or_none(at: datetime | None) -> str | None:
    """Return a time as the text that a store keeps, None where there is none."""
    return None if at is None else stamp(at)


def time(text: str) -> datetime:
    """Return the time that a store's text says."""
    return datetime.fromisoformat(text)


def time_or_none(text: str | None) -> datetime | None:
    """Return the time that a store's text says, None where there is none."""
    return None if text is None else time(text)


def incident_of(row: Row) -> Incident:
    """Return the incident that a row of `INCIDENTS` is."""
    (
        number, dataset, rule, rule_type, segment, severity, status, opened, seen, resolved, times, value, message,
        assignee, snoozed, resolution, passes, fingerprint, alerted,
    ) = row  # fmt: skip
    return Incident(
        number=int(number),
        dataset=dataset,
        rule=rule,
        rule_type=rule_type,
        segment=segment,
        severity=Severity(severity),
        status=IncidentStatus(status),
        opened_at=time(opened),
        last_seen_at=time(seen),
        resolved_at=time_or_none(resolved),
        occurrences=int(times),
        metric_value=None if value is None else float(value),
        message=message,
        assignee=assignee,
        snoozed_until=time_or_none(snoozed),
        resolution=resolution,
        passes=int(passes),
        fingerprint=fingerprint or "",
        alerted_at=time_or_none(alerted),
    )


def user_of(row: Row) -> User:
    """Return the user that a row (email, name, role, created, database role, disabled, locked) is."""
    email, name, role, at, database_role, disabled, locked = row
    return User(email, name, Role(role), time(at), database_role, time_or_none(disabled), time_or_none(locked))


def alert_of(row: Row) -> Alert:
    """Return the message that a row of `ALERTS` is."""
    channel, key, payload, created, due, number, attempts, delivered, error = row
    return Alert(
        channel=channel,
        dedup_key=key,
        payload=payload,
        created_at=time(created),
        next_at=time(created if due is None else due),
        number=number,
        attempts=attempts,
        delivered_at=time_or_none(delivered),
        last_error=error,
        given_up=due is None and delivered is None,
    )


def _baseline(row: Row) -> Baseline:
    dataset, name, summary, at, by = row
    return Baseline(dataset, name, summary, time(at), by)


def _model(row: Row) -> Model:
    dataset, name, settings, arrays, at = row
    return Model(dataset, name, settings, bytes(arrays), time(at))
