"""`idqp alert`: who is told, and did it arrive?"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli import delivery
from idqp_cli.access.admission import admitted, system_user
from idqp_cli.access.roles import Action, may
from idqp_cli.alerts.channel import Delivery
from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.commands import options
from idqp_cli.errors import NotDeliveredError
from idqp_cli.output import incident_page, listing, notes
from idqp_cli.output.listing import Format
from idqp_cli.sweeping import looked_after
from idqp_cli.text import clean, count

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    help="Try a channel, and see what waits for delivery.",
)

COLUMNS = ("alert", "channel", "created_at", "status", "attempts", "delivered_at", "next_at", "error")
RETRY_CHANNEL = Annotated[str | None, typer.Argument(metavar="[CHANNEL]", help="Only this one.  [default: all]")]


@app.command("test")
def try_channel(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="A channel of the rules file.")],
    rules: options.RULES = None,
) -> None:
    """Send a message that says it is a test; what keeps track of incidents also hears its end."""
    settings = options.project(rules).alerts or AlertSettings()
    now = datetime.now(UTC)
    outcome = delivery.test(settings, channel, system_user(), Delivery(now, os.environ, settings.allow_private))
    if outcome.error is not None:
        raise NotDeliveredError(f"{clean(channel)}: {outcome.error}")
    notes.note(f"delivered to {channel}")


@app.command("list")
def list_alerts(
    failed: Annotated[
        bool, typer.Option("--failed", help="Only those that did not arrive though it was tried.")
    ] = False,
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """List the last 1,000 messages, newest first."""
    with admitted(store or options.project(rules).store, "alert list") as (opened, _):
        rows = incident_page.alert_rows(opened.alerts(failed=failed))
    listing.write(rows, COLUMNS, format, "no alert")


@app.command("retry")
def retry(channel: RETRY_CHANNEL = None, rules: options.RULES = None, store: options.STORE = None) -> None:
    """Deliver now what has not arrived, also what was given up.

    Datasets that were not checked in their `expect_every` are seen, and told of, too.
    """
    project = options.project(rules)
    with admitted(store or project.store, "alert retry") as (opened, identity):
        chosen = delivery.only(project.alerts or AlertSettings(), channel)
        if may(identity, Action.RECORD):
            looked_after(opened, project, store or project.store, identity.actor)
        waiting = opened.retry_alerts(datetime.now(UTC), channel, identity.actor)
        failures = delivery.deliver(opened, chosen, tuple(chosen.channels), identity.actor)
        left = sum(alert.channel in chosen.channels for alert in opened.alerts(failed=True))
    if failures:
        raise NotDeliveredError("; ".join(failures))
    notes.note(f"delivered {count(waiting - left, 'message')}" if waiting else "nothing waits for delivery")
