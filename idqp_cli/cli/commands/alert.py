"""`idqp alert`: who is told, and did it arrive?"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli.access.admission import admitted, system_user
from idqp_cli.access.roles import Action, may
from idqp_cli.alerts import outbox
from idqp_cli.alerts.channel import Delivery
from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core.errors import NotDeliveredError
from idqp_cli.core.text import clean, count
from idqp_cli.pipeline.sweep import looked_after
from idqp_cli.report import incident_page, listing, stderr
from idqp_cli.report.listing import Format

app = App("Test the alert channels, and see which messages wait for delivery.")

COLUMNS = ("alert", "channel", "created_at", "status", "attempts", "delivered_at", "next_at", "error")
RETRY_CHANNEL = Annotated[str | None, typer.Argument(metavar="[CHANNEL]", help="Only this one.  [default: all]")]


@app.command("test")
def try_channel(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="A channel of the rules file.")],
    rules: flags.RULES = None,
) -> None:
    """Send a test message to a channel.

    A channel that tracks incidents, like PagerDuty, also gets the message that ends the test.

    Examples:
      idqp alert test team-slack

    """
    settings = options.project(rules).alerts or AlertSettings()
    now = datetime.now(UTC)
    outcome = outbox.test(settings, channel, system_user(), Delivery(now, os.environ, settings.allow_private))
    if outcome.error is not None:
        raise NotDeliveredError(f"{clean(channel)}: {outcome.error}")
    stderr.note(f"delivered to {channel}")


@app.command("list")
def list_alerts(
    failed: Annotated[bool, typer.Option("--failed", help="Only messages whose delivery failed.")] = False,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """List the last 1,000 messages, newest first.

    Examples:
      idqp alert list --failed
      idqp alert list --format json

    """
    with admitted(store or options.project(rules).store, "alert list") as (opened, _):
        rows = incident_page.alert_rows(opened.alerts(failed=failed))
    listing.write(rows, COLUMNS, format, "no alert")


@app.command("retry")
def retry(channel: RETRY_CHANNEL = None, rules: flags.RULES = None, store: flags.STORE = None) -> None:
    """Send the messages that were not delivered, including those that were given up.

    Datasets that were not checked within their `expect_every` become incidents, too.

    Examples:
      idqp alert retry
      idqp alert retry team-slack

    """
    project = options.project(rules)
    with admitted(store or project.store, "alert retry") as (opened, identity):
        chosen = outbox.only(project.alerts or AlertSettings(), channel)
        if may(identity, Action.RECORD):
            looked_after(opened, project, store or project.store, identity.actor)
        waiting = opened.retry_alerts(datetime.now(UTC), channel, identity.actor)
        failures = outbox.deliver(opened, chosen, tuple(chosen.channels), identity.actor)
        left = sum(alert.channel in chosen.channels for alert in opened.alerts(failed=True))
    if failures:
        raise NotDeliveredError("; ".join(failures))
    stderr.note(f"delivered {count(waiting - left, 'message')}" if waiting else "nothing waits for delivery")
