"""What is read from a store: one SQL for both backends, and the values that its rows are.

A time is text in ISO 8601 and a JSON value is JSON text, whatever the backend
keeps them as; `?` stands for a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime

from idqp_cli.core.incident import Alert, Event, Evidence, Incident, IncidentStatus, PastEvent, PastRun
from idqp_cli.store.rows import (
    Row,
    alert_of,
    damage_told,
    incident_of,
    stamp,
    time,
    time_or_none,
    user_of,
)
from idqp_cli.store.run_reads import RunReading
from idqp_cli.store.values import (
    AuditEntry,
    Token,
    User,
    Wanted,
)

INCIDENTS = (
    "SELECT i.id, d.name, i.rule, i.rule_type, i.segment, i.severity, i.status, i.created_at, i.last_seen_at,"
    " i.resolved_at, i.occurrences, i.metric_value, i.description, i.assignee, i.snoozed_until, i.resolution,"
    " i.passes, i.fingerprint, i.alerted_at FROM incidents i JOIN datasets d ON d.id = i.dataset_id"
)
ALERTS = "SELECT channel, dedup_key, payload, created_at, next_at, id, attempts, delivered_at, last_error FROM alerts"
AUDIT = "SELECT seq, at, actor, action, object, detail, previous_hash, hash FROM audit_events"
AUDIT_PAGE = 5_000
TABLES = (
    "users", "datasets", "rules", "check_runs", "metrics", "incidents", "acknowledgements", "schema_versions",
    "baselines", "models", "alerts", "audit_events",
)  # fmt: skip


class Reading(RunReading):
    """The reading half of a `Store`, on whatever `_fetch` asks."""

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
        limit = "" if wanted.limit is None else f" LIMIT {int(wanted.limit)}"
        rows = self._fetch(f"{INCIDENTS} WHERE {' AND '.join(conditions)} ORDER BY i.id DESC{limit}", values)
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
            "SELECT at, kind, actor, detail, metric_value, reason FROM incident_events"
            " WHERE incident_id = ? ORDER BY id",
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

    def knows(self) -> bool:
        return bool(self._fetch("SELECT 1 FROM audit_head"))

    def audit_head(self) -> str:
        rows = self._fetch("SELECT seq, hash FROM audit_head")
        with damage_told():
            ((sequence, head),) = rows
            return f"{sequence}:{head}"

    def _counts(self) -> Mapping[str, int]:
        return {table: self._fetch(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def last_runs(fetch: Callable[[str, Sequence[object]], list[Row]], datasets: Collection[str]) -> Mapping[str, datetime]:
    """Return when each of these datasets was last checked; one that never was is left out."""
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
        conditions.append(f"({' OR '.join(states[status][0] for status in wanted.statuses)})")
        values += [stamp(wanted.at) for status in wanted.statuses if states[status][1]]
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
    if wanted.before is not None:
        conditions.append("i.id < ?")
        values.append(wanted.before)
    if wanted.words:
        conditions.append("lower(d.name || ' ' || i.rule || ' ' || coalesce(i.description, '')) LIKE ? ESCAPE '!'")
        values.append("%" + re.sub("([!%_])", r"!\1", wanted.words.lower()) + "%")
    return conditions or ["1 = 1"], values
