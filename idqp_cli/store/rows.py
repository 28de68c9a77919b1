"""Rows of a store as the values that they are; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from idqp_cli.anomaly.saved_model import Lesson
from idqp_cli.core.errors import StoreError
from idqp_cli.core.incident import Alert, Incident, IncidentStatus
from idqp_cli.core.model import Severity
from idqp_cli.store.identity import Role
from idqp_cli.store.values import Baseline, Model, ModelKey, OfRun, OfSnapshot, Origin, User

Row = Sequence[Any]


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


def origin_columns(origin: Origin) -> tuple[str | None, str | None, str | None]:
    """Return an origin as the columns `snapshot`, `run_at` and `content`."""
    if isinstance(origin, OfSnapshot):
        return origin.name, None, None
    return None, stamp(origin.at), origin.content


def origin_of(snapshot: str | None, run_at: str, content: str | None) -> Origin:
    """Return the origin that the columns `snapshot`, `run_at` and `content` are."""
    return OfRun(time(run_at), content) if snapshot is None else OfSnapshot(snapshot)


def baseline_of(row: Row) -> Baseline:
    """Return the baseline that a row of `BASELINES` is."""
    dataset, snapshot, run_at, content, summary, at, by = row
    return Baseline(dataset, origin_of(snapshot, run_at, content), summary, time(at), by)


def model_key_of(row: Row) -> ModelKey:
    """Return the key that a row that begins with `MODEL_KEY` has."""
    snapshot, run_at, content, rule, digest, *_ = row
    return ModelKey(origin_of(snapshot, run_at, content), Lesson(rule, digest))


def model_of(dataset: str, key: ModelKey, row: Row) -> Model:
    """Return the model that a row (settings, arrays, created) is."""
    settings, arrays, at = row
    return Model(dataset, key, settings, bytes(arrays), time(at))
