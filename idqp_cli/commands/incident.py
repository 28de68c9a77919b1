"""`idqp incident`: what is wrong, and since when?"""

from __future__ import annotations

from typing import Annotated

import typer

from idqp_cli.access.admission import admitted
from idqp_cli.commands import options
from idqp_cli.errors import UsageError
from idqp_cli.output import listing, screen
from idqp_cli.output.listing import Format

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    help="Show incidents: rules that failed, from the first failure until resolved.",
)

COLUMNS = ("incident", "status", "severity", "dataset", "rule", "opened_at", "occurrences", "message")
FORMAT = Annotated[Format, typer.Option(help="How to show it.")]


@app.command("list")
def list_incidents(
    resolved: Annotated[bool, typer.Option("--all", help="Also those that are resolved.")] = False,
    format: FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """List the incidents that are not resolved, newest first."""
    with admitted(store or options.project(rules).store, "incident list") as (opened, _):
        rows = listing.incident_rows(opened.incidents(resolved=resolved))
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
    format: FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Show one incident with all that happened to it."""
    with admitted(store or options.project(rules).store, "incident show") as (opened, _):
        incident = opened.incident(number)
        timeline = opened.timeline(number)
    if incident is None:
        raise UsageError(f"there is no incident {number}; `idqp incident list --all` shows them")
    match format:
        case Format.JSON:
            screen.write(listing.as_json(listing.incident_json(incident, timeline)))
        case Format.CSV:
            screen.write(listing.as_csv(listing.event_rows(timeline), listing.EVENT_COLUMNS))
        case Format.TABLE:
            screen.show(listing.incident(incident, timeline))
