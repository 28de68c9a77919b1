"""`idqp incident`: what is wrong, since when, and who is at it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli.access.admission import admitted
from idqp_cli.cli.commands import flags, incident_filter, options
from idqp_cli.cli.commands.incident_filter import Chosen
from idqp_cli.cli.commands.respond import respond
from idqp_cli.cli.help import App
from idqp_cli.core.errors import UsageError
from idqp_cli.core.incident import IncidentStatus, Reason
from idqp_cli.core.moments import ahead
from idqp_cli.incidents.lifecycle import Action, Trigger, standing
from idqp_cli.report import incident_page, listing, stdout
from idqp_cli.report.listing import Format

app = App("List, show, acknowledge, assign, snooze, resolve and reopen incidents.")

COLUMNS = ("incident", "status", "severity", "dataset", "rule", "assignee", "opened_at", "occurrences", "message")
UNRESOLVED = tuple(status for status in IncidentStatus if status is not IncidentStatus.RESOLVED)


@app.command("list")
@incident_filter.listed
def list_incidents(
    chosen: Chosen,
    resolved: Annotated[bool, typer.Option("--all", help="Include resolved incidents.")] = False,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
) -> None:
    """List the incidents that are not resolved, newest first.

    Examples:
      idqp incident list
      idqp incident list --dataset orders --since 7d --all

    """
    wanted = chosen.wanted
    if resolved and not wanted.statuses:
        wanted = replace(wanted, statuses=tuple(IncidentStatus))
    with admitted(chosen.store or options.project(chosen.rules).store, "incident list") as (opened, _):
        incidents = opened.wanted_incidents(wanted)
    rows = listing.incident_rows(standing(incident, wanted.at) for incident in incidents)
    match format:
        case Format.JSON:
            stdout.write(listing.as_json(rows))
        case Format.CSV:
            stdout.write(listing.as_csv(rows, listing.INCIDENT_COLUMNS))
        case Format.TABLE:
            stdout.show(listing.table(rows, COLUMNS) if rows else [stdout.line("no incident")])


@app.command("show")
def show_incident(
    number: Annotated[int, typer.Argument(min=1, max=options.LAST_ID, metavar="ID", help="The incident's number.")],
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Show one incident with its runs, failing rows, messages, and what people did.

    Examples:
      idqp incident show 7
      idqp incident show 7 --format json

    """
    with admitted(store or options.project(rules).store, "incident show") as (opened, _):
        incident = opened.incident(number)
        timeline, evidence, alerts = opened.timeline(number), opened.evidence(number), opened.alerts_of(number)
    if incident is None:
        raise UsageError(f"there is no incident {number}; `idqp incident list --all` shows them")
    incident = standing(incident, datetime.now(UTC))
    match format:
        case Format.JSON:
            stdout.write(listing.as_json(incident_page.as_values(incident, timeline, evidence, alerts)))
        case Format.CSV:
            stdout.write(listing.as_csv(listing.event_rows(timeline), listing.EVENT_COLUMNS))
        case Format.TABLE:
            stdout.show(incident_page.lines(incident, timeline, evidence, alerts))


@app.command("ack")
@incident_filter.chosen
def acknowledge(
    chosen: Chosen,
    message: flags.MESSAGE,
) -> None:
    """Acknowledge incidents, so that no more alerts are sent for them. The same as `idqp ack`.

    Examples:
      idqp incident ack 7 -m "the supplier sends a new file today"
      idqp incident ack --rule 'unique(id)' -m "known"

    """
    respond("incident ack", Action(Trigger.ACKNOWLEDGE), chosen, (IncidentStatus.OPEN,), message)


@app.command("assign")
@incident_filter.chosen
def assign(
    chosen: Chosen,
    to: Annotated[str | None, typer.Option(metavar="NAME", help="Who takes care of the incidents.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Remove the assignee.")] = False,
    message: incident_filter.MESSAGE = None,
) -> None:
    """Assign incidents to a person, or to nobody.

    Examples:
      idqp incident assign 7 --to ann@example.com
      idqp incident assign --dataset orders --nobody

    """
    if nobody == (to is not None):
        raise UsageError("say --to NAME, or --nobody")
    action = Action(Trigger.ASSIGN, assignee=None if to is None else options.name(to, "--to"))
    respond("incident assign", action, chosen, UNRESOLVED, message)


@app.command("snooze")
@incident_filter.chosen
def snooze(
    chosen: Chosen,
    until: Annotated[str, typer.Option(metavar="TIME", help="A time, or a duration like 4h.")],
    message: incident_filter.MESSAGE = None,
) -> None:
    """Send no alerts for incidents until a time.

    Examples:
      idqp incident snooze 7 --until 4h
      idqp incident snooze --dataset orders --until 2026-12-24T08:00:00Z

    """
    action = Action(Trigger.SNOOZE, until=ahead(until, chosen.wanted.at, "--until"))
    respond("incident snooze", action, chosen, UNRESOLVED, message)


@app.command("resolve")
@incident_filter.chosen
def resolve(
    chosen: Chosen,
    reason: Annotated[Reason, typer.Option(help="The reason. Detectors learn from it.")],
    message: incident_filter.MESSAGE = None,
) -> None:
    """Resolve incidents, or set the reason of incidents that resolved themselves.

    With the reason `expected`, the values that failed count as usual from now on.

    Examples:
      idqp incident resolve 7 --reason fixed -m "loaded again"
      idqp incident resolve 9 --reason expected

    """
    action = Action(Trigger.RESOLVE, reason=reason)
    respond("incident resolve", action, chosen, UNRESOLVED, message)


@app.command("reopen")
@incident_filter.chosen
def reopen(
    chosen: Chosen,
    message: incident_filter.MESSAGE = None,
) -> None:
    """Open resolved incidents again.

    Examples:
      idqp incident reopen 7 -m "it came back"

    """
    resolved = (IncidentStatus.RESOLVED,)
    respond("incident reopen", Action(Trigger.REOPEN), chosen, resolved, message)
