"""Incidents: list, show, acknowledge, assign, snooze, resolve, reopen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Query, Response
from pydantic import Field

from idqp_cli.access.roles import Action as May
from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.core.incident import Incident, IncidentStatus, Reason
from idqp_cli.core.model import Severity
from idqp_cli.core.moments import ago, ahead
from idqp_cli.incidents.lifecycle import Action, Trigger, standing
from idqp_cli.pipeline import respond
from idqp_cli.pipeline.notify import tags
from idqp_cli.pipeline.respond import Deed
from idqp_cli.report import incident_page, listing
from idqp_cli.server.asking import Ask, Asked, Asking, answer
from idqp_cli.server.plain import page, timed
from idqp_cli.server.postman import post
from idqp_cli.server.problems import Problem, conflicts
from idqp_cli.server.shapes import After, Body, Limit, Names, Number, Page, Shape, Since, Text
from idqp_cli.store.values import Wanted

router = APIRouter(prefix="/incidents", tags=["incidents"])
MOST = 200


class IncidentShape(Shape):
    """A rule that fails on a dataset, or on one segment of it."""

    incident: int
    status: str
    severity: str
    dataset: str
    rule: str
    rule_type: str
    segment: str | None
    opened_at: str
    last_seen_at: str
    resolved_at: str | None
    occurrences: int
    metric_value: float | None
    message: str
    assignee: str | None
    snoozed_until: str | None
    resolution: str | None


class EventShape(Shape):
    """An entry of a timeline."""

    at: str
    kind: str
    actor: str
    metric_value: float | None
    detail: str
    reason: str | None


class WholeIncident(IncidentShape):
    """An incident with what happened to it, its failing rows, and the messages about it."""

    fingerprint: str
    timeline: list[EventShape]
    first_samples: list[dict[str, Any]]
    last_samples: list[dict[str, Any]]
    alerts: list[dict[str, Any]]


class Comment(Body):
    """What there is to say."""

    comment: Text = ""


class Acknowledgement(Body):
    """What you know, or do about it."""

    comment: Text = Field(min_length=1, examples=["the supplier sends a new file today"])


class Assignment(Comment):
    """Who takes care of it; null is nobody."""

    assignee: Annotated[str, Field(min_length=1, max_length=300)] | None = Field(examples=["bob@example.com"])


class Snooze(Comment):
    """Until when nobody is told: a time, or a duration."""

    until: str = Field(max_length=40, examples=["4h", "2026-12-24T08:00:00Z"])


class Resolution(Comment):
    """Why it is resolved; the detectors learn from it."""

    reason: Reason


class Response_(Body):  # noqa: N801 - `Response` is HTTP's
    """What is done to several incidents, or to none of them."""

    incidents: list[Annotated[int, Field(ge=1, le=(1 << 63) - 1)]] = Field(min_length=1, max_length=MOST)
    action: Literal["ack", "assign", "snooze", "resolve", "reopen"]
    comment: Text = ""
    assignee: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    until: str | None = Field(default=None, max_length=40)
    reason: Reason | None = None


@router.get("", response_model=Page[IncidentShape])
def list_incidents(  # noqa: PLR0913, PLR0917 - as many as the query has
    ask: Asking,
    status: Annotated[
        list[Literal["open", "acknowledged", "snoozed", "resolved", "all"]] | None, Query(max_length=5)
    ] = None,
    severity: Annotated[list[Severity] | None, Query(max_length=3)] = None,
    dataset: Names = None,
    rule: Names = None,
    assignee: Names = None,
    since: Since = None,
    q: Annotated[str, Query(max_length=200, description="A text in the dataset, the rule or the message.")] = "",
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """List incidents, newest number first; without a status, those that are not resolved."""
    chosen = IncidentStatus if "all" in (status or ()) else tuple(map(IncidentStatus, status or ()))

    def listed(asked: Asked) -> object:
        wanted = Wanted(
            at=asked.at,
            statuses=tuple(chosen),
            severities=tuple(severity or ()),
            datasets=tuple(dataset or ()),
            rules=tuple(rule or ()),
            assignees=tuple(assignee or ()),
            since=None if since is None else ago(since, asked.at, "since"),
            words=q,
            before=after,
            limit=limit + 1,
        )
        found = asked.store.wanted_incidents(wanted)
        more = str(found[limit - 1].number) if len(found) > limit else None
        return page(_rows(found[:limit], asked.at), more)

    return ask.read(listed)


@router.get("/{incident}", response_model=WholeIncident)
def show_incident(ask: Asking, incident: Number) -> Response:
    """Show an incident with its timeline, its failing rows, and the messages about it."""

    def shown(asked: Asked) -> object:
        found, store = _known(asked, incident), asked.store
        timeline = store.timeline(incident)
        whole = incident_page.as_values(found, timeline, store.evidence(incident), store.alerts_of(incident))
        events = zip(listing.event_rows(timeline), timeline, strict=True)
        return {
            **timed({**whole, "rule_type": found.rule_type}),
            "timeline": [timed({**row, "reason": event.reason}) for row, event in events],
            "alerts": [timed(row) for row in incident_page.alert_rows(store.alerts_of(incident))],
        }

    return ask.read(shown)


@router.post("/{incident}/ack", response_model=IncidentShape)
def acknowledge(ask: Asking, incident: Number, body: Acknowledgement, later: BackgroundTasks) -> Response:
    """Acknowledge an incident, so that no more alerts are sent for it."""
    return answer(_one(ask, incident, Action(Trigger.ACKNOWLEDGE), body.comment, later))


@router.post("/{incident}/assign", response_model=IncidentShape)
def assign(ask: Asking, incident: Number, body: Assignment, later: BackgroundTasks) -> Response:
    """Assign an incident to a person, or to nobody."""
    return answer(_one(ask, incident, Action(Trigger.ASSIGN, assignee=body.assignee), body.comment, later))


@router.post("/{incident}/snooze", response_model=IncidentShape)
def snooze(ask: Asking, incident: Number, body: Snooze, later: BackgroundTasks) -> Response:
    """Send no alerts for an incident until a time."""
    return answer(_one(ask, incident, _snoozing(body.until), body.comment, later))


@router.post("/{incident}/resolve", response_model=IncidentShape)
def resolve(ask: Asking, incident: Number, body: Resolution, later: BackgroundTasks) -> Response:
    """Resolve an incident, or set the reason of one that resolved itself."""
    return answer(_one(ask, incident, Action(Trigger.RESOLVE, reason=body.reason), body.comment, later))


@router.post("/{incident}/reopen", response_model=IncidentShape)
def reopen(ask: Asking, incident: Number, later: BackgroundTasks, body: Comment | None = None) -> Response:
    """Open a resolved incident again."""
    return answer(_one(ask, incident, Action(Trigger.REOPEN), "" if body is None else body.comment, later))


@router.post("/respond", response_model=Page[IncidentShape])
def respond_to_several(ask: Asking, body: Response_, later: BackgroundTasks) -> Response:
    """Do the same to several incidents, or to none if it cannot be done to one of them."""
    return answer({"items": _done(ask, body.incidents, _action(body), body.comment, later), "next": None})


def _action(body: Response_) -> Action:
    match body.action:
        case "ack":
            if not body.comment:
                raise Problem("invalid", "comment: say what you know, or do about it")
            return Action(Trigger.ACKNOWLEDGE)
        case "assign":
            return Action(Trigger.ASSIGN, assignee=body.assignee)
        case "snooze":
            return _snoozing(body.until or "")
        case "resolve":
            if body.reason is None:
                raise Problem("invalid", "reason: say why")
            return Action(Trigger.RESOLVE, reason=body.reason)
        case "reopen":
            return Action(Trigger.REOPEN)


def _snoozing(until: str) -> Action:
    return Action(Trigger.SNOOZE, until=ahead(until, datetime.now().astimezone(), "until"))


def _one(ask: Ask, number: int, action: Action, comment: str, later: BackgroundTasks) -> object:
    (row,) = _done(ask, [number], action, comment, later)
    return row


def _done(
    ask: Ask, numbers: Sequence[int], action: Action, comment: str, later: BackgroundTasks
) -> list[dict[str, object]]:
    """Do it to all of the incidents or to none, and tell whom it concerns."""
    project = ask.serving.project()
    alerts = project.alerts or AlertSettings()
    said = comment.encode("utf-8", "backslashreplace").decode()
    with ask.writing(May.RESPOND) as asked:
        for number in numbers:
            _known(asked, number)
        deed = Deed(action, said, asked.identity.actor, asked.at)
        with conflicts():
            done, told = respond.act(asked.store, numbers, deed, alerts, tags(project))
    if told:
        later.add_task(post, ask, alerts, told, asked.identity.actor)
    return _rows(done, asked.at)


def _known(asked: Asked, number: int) -> Incident:
    found = asked.store.incident(number)
    if found is None:
        raise Problem("not-found", f"there is no incident {number}")
    return standing(found, asked.at)


def _rows(incidents: Sequence[Incident], at: datetime) -> list[dict[str, object]]:
    now = [standing(incident, at) for incident in incidents]
    return [
        timed({**row, "rule_type": one.rule_type}) for row, one in zip(listing.incident_rows(now), now, strict=True)
    ]
