"""`idqp ack`: I know, and I am at it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli.commands import filters, options
from idqp_cli.commands.responding import respond
from idqp_cli.incidents import Action, Trigger
from idqp_cli.tracking import IncidentStatus

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def ack(
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
    wanted = filters.wanted(datetime.now(UTC), dataset, rule, severity, status, assignee, since)
    respond("ack", Action(Trigger.ACKNOWLEDGE), numbers, wanted, (IncidentStatus.OPEN,), message, rules, store)
