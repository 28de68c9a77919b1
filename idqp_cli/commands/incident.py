"""`idqp incident`: what is wrong, since when, and who is at it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli.access.admission import admitted
from idqp_cli.commands import filters, options
from idqp_cli.commands.responding import respond
from idqp_cli.errors import UsageError
from idqp_cli.incidents import Action, Trigger, standing
from idqp_cli.output import incident_page, listing, screen
from idqp_cli.output.listing import Format
from idqp_cli.tracking import IncidentStatus, Reason

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    help="Show incidents, and say who does what about them.",
)

COLUMNS = ("incident", "status", "severity", "dataset", "rule", "assignee", "opened_at", "occurrences", "message")
UNRESOLVED = tuple(status for status in IncidentStatus if status is not IncidentStatus.RESOLVED)


@app.command("list")
def list_incidents(
    dataset: filters.DATASET = None,
    rule: filters.RULE = None,
    severity: filters.SEVERITY = None,
    status: filters.STATUS = None,
    assignee: filters.ASSIGNEE = None,
    since: filters.SINCE = None,
    resolved: Annotated[bool, typer.Option("--all", help="Also those that are resolved.")] = False,
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """List the incidents that are not resolved, newest first."""
    now = datetime.now(UTC)
    wanted = filters.wanted(now, dataset, rule, severity, status, assignee, since)
    if resolved and not wanted.statuses:
        wanted = replace(wanted, statuses=tuple(IncidentStatus))
    with admitted(store or options.project(rules).store, "incident list") as (opened, _):
        found = opened.wanted_incidents(wanted)
    rows = listing.incident_rows(standing(incident, now) for incident in found)
    match format:
        case Format.JSON:
            screen.write(listing.as_json(rows))
        case Format.CSV:
            screen.write(listing.as_csv(rows, listing.INCIDENT_COLUMNS))
        case Format.TABLE:
            screen.write(listing.as_table(rows, COLUMNS) if rows else "no incident\n")


@app.command("show")
def show_incident(
    number: Annotated[int, typer.Argument(min=1, max=options.LAST_ID, metavar="ID", help="The incident's number.")],
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Show one incident with all that happened to it: runs, people, failing rows, messages."""
    with admitted(store or options.project(rules).store, "incident show") as (opened, _):
        incident = opened.incident(number)
        timeline, evidence, alerts = opened.timeline(number), opened.evidence(number), opened.alerts_of(number)
    if incident is None:
        raise UsageError(f"there is no incident {number}; `idqp incident list --all` shows them")
    incident = standing(incident, datetime.now(UTC))
    match format:
        case Format.JSON:
            screen.write(listing.as_json(incident_page.as_values(incident, timeline, evidence, alerts)))
        case Format.CSV:
            screen.write(listing.as_csv(listing.event_rows(timeline), listing.EVENT_COLUMNS))
        case Format.TABLE:
            screen.show(incident_page.lines(incident, timeline, evidence, alerts))


@app.command("ack")
def acknowledge(
    message: Annotated[str, typer.Option("--message", "-m", metavar="TEXT", help="What you know, or do about it.")],
    numbers: filters.NUMBERS = None,
    dataset: filters.DATASET = None,
    rule: filters.RULE = None,
    severity: filters.SEVERITY = None,
    status: filters.STATUS = None,
    assignee: filters.ASSIGNEE = None,
    since: filters.SINCE = None,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Acknowledge incidents: all of them, or none if one cannot be."""
    now = datetime.now(UTC)
    wanted = filters.wanted(now, dataset, rule, severity, status, assignee, since)
    respond("incident ack", Action(Trigger.ACKNOWLEDGE), numbers, wanted, (IncidentStatus.OPEN,), message, rules, store)


@app.command("assign")
def assign(
    numbers: filters.NUMBERS = None,
    to: Annotated[str | None, typer.Option(metavar="NAME", help="Who is to see to it.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Take it from whoever has it.")] = False,
    message: filters.MESSAGE = None,
    dataset: filters.DATASET = None,
    rule: filters.RULE = None,
    severity: filters.SEVERITY = None,
    status: filters.STATUS = None,
    assignee: filters.ASSIGNEE = None,
    since: filters.SINCE = None,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Give incidents to someone."""
    if nobody == (to is not None):
        raise UsageError("say --to NAME, or --nobody")
    action = Action(Trigger.ASSIGN, assignee=None if to is None else options.name(to, "--to"))
    wanted = filters.wanted(datetime.now(UTC), dataset, rule, severity, status, assignee, since)
    respond("incident assign", action, numbers, wanted, UNRESOLVED, message, rules, store)


@app.command("snooze")
def snooze(
    until: Annotated[str, typer.Option(metavar="TIME", help="A time, or a length like 4h; it speaks again then.")],
    numbers: filters.NUMBERS = None,
    message: filters.MESSAGE = None,
    dataset: filters.DATASET = None,
    rule: filters.RULE = None,
    severity: filters.SEVERITY = None,
    status: filters.STATUS = None,
    assignee: filters.ASSIGNEE = None,
    since: filters.SINCE = None,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Send no alerts of incidents until a time."""
    now = datetime.now(UTC)
    action = Action(Trigger.SNOOZE, until=filters.ahead(until, now, "--until"))
    wanted = filters.wanted(now, dataset, rule, severity, status, assignee, since)
    respond("incident snooze", action, numbers, wanted, UNRESOLVED, message, rules, store)


@app.command("resolve")
def resolve(
    reason: Annotated[Reason, typer.Option(help="Why it is over; the detectors learn from it.")],
    numbers: filters.NUMBERS = None,
    message: filters.MESSAGE = None,
    dataset: filters.DATASET = None,
    rule: filters.RULE = None,
    severity: filters.SEVERITY = None,
    status: filters.STATUS = None,
    assignee: filters.ASSIGNEE = None,
    since: filters.SINCE = None,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Resolve incidents, or say why some were that resolved by themselves."""
    action = Action(Trigger.RESOLVE, reason=reason)
    wanted = filters.wanted(datetime.now(UTC), dataset, rule, severity, status, assignee, since)
    respond("incident resolve", action, numbers, wanted, UNRESOLVED, message, rules, store)


@app.command("reopen")
def reopen(
    numbers: filters.NUMBERS = None,
    message: filters.MESSAGE = None,
    dataset: filters.DATASET = None,
    rule: filters.RULE = None,
    severity: filters.SEVERITY = None,
    status: filters.STATUS = None,
    assignee: filters.ASSIGNEE = None,
    since: filters.SINCE = None,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Open incidents again that are resolved."""
    wanted = filters.wanted(datetime.now(UTC), dataset, rule, severity, status, assignee, since)
    resolved = (IncidentStatus.RESOLVED,)
    respond("incident reopen", Action(Trigger.REOPEN), numbers, wanted, resolved, message, rules, store)
