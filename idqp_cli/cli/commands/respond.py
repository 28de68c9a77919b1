"""What the commands by which people respond to incidents share."""

from __future__ import annotations

from idqp_cli.access.admission import admitted
from idqp_cli.alerts.outbox import deliver
from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.cli.commands import options
from idqp_cli.cli.commands.incident_filter import Chosen
from idqp_cli.core.errors import StoreError, UsageError
from idqp_cli.core.incident import IncidentStatus
from idqp_cli.incidents.lifecycle import Action
from idqp_cli.pipeline import respond as acting
from idqp_cli.pipeline.notify import tags
from idqp_cli.pipeline.respond import Deed
from idqp_cli.report import stderr
from idqp_cli.store.values import Wanted

DONE = {
    "acknowledge": "acknowledged", "assign": "assigned", "snooze": "snoozed", "resolve": "resolved",
    "reopen": "reopened",
}  # fmt: skip


def respond(
    command: str,
    action: Action,
    chosen: Chosen,
    otherwise: tuple[IncidentStatus, ...],
    message: str | None,
) -> None:
    """Do something to the incidents that are chosen; where no status is asked for, to those that are `otherwise`."""
    numbers, wanted = list(chosen.numbers), chosen.wanted
    said = "" if message is None else options.comment(message)
    if numbers and wanted != Wanted(wanted.at):
        raise UsageError("name incidents by their numbers or by options, not by both")
    if not numbers and wanted == Wanted(wanted.at):
        raise UsageError("name incidents: by their numbers, or by --dataset, --rule, --severity, --status, …")
    project = options.project(chosen.rules)
    alerts = project.alerts or AlertSettings()
    with admitted(chosen.store or project.store, command) as (opened, identity):
        found = numbers or acting.chosen(opened, wanted, otherwise)
        if not found:
            stderr.note("no incident is so; nothing is done")
            return
        done, told = acting.act(opened, found, Deed(action, said, identity.actor, wanted.at), alerts, tags(project))
        stderr.note(f"{DONE[action.trigger]} {', '.join(str(incident.number) for incident in done)}")
        try:
            for line in deliver(opened, alerts, told, identity.actor):
                stderr.note(line)
        except StoreError as error:
            stderr.note(f"not alerted: {error}")
