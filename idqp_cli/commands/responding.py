"""What the commands by which people respond to incidents share."""

from __future__ import annotations

from idqp_cli import acting
from idqp_cli.access.admission import admitted
from idqp_cli.acting import Deed
from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.commands import options
from idqp_cli.delivery import deliver
from idqp_cli.errors import StoreError, UsageError
from idqp_cli.incidents import Action
from idqp_cli.output import notes
from idqp_cli.store.values import Wanted
from idqp_cli.telling import tags
from idqp_cli.tracking import IncidentStatus

DONE = {
    "acknowledge": "acknowledged", "assign": "assigned", "snooze": "snoozed", "resolve": "resolved",
    "reopen": "reopened",
}  # fmt: skip


def respond(
    command: str,
    action: Action,
    numbers: list[int] | None,
    wanted: Wanted,
    otherwise: tuple[IncidentStatus, ...],
    message: str | None,
    rules: str | None,
    store: str | None,
) -> None:
    """Do something to the incidents named, or to those wanted: where no status is, to those that are `otherwise`."""
    said = "" if message is None else options.comment(message)
    if numbers and wanted != Wanted(wanted.at):
        raise UsageError("name incidents by their numbers or by options, not by both")
    if not numbers and wanted == Wanted(wanted.at):
        raise UsageError("name incidents: by their numbers, or by --dataset, --rule, --severity, --status, …")
    project = options.project(rules)
    alerts = project.alerts or AlertSettings()
    with admitted(store or project.store, command) as (opened, identity):
        chosen = numbers or acting.chosen(opened, wanted, otherwise)
        if not chosen:
            notes.note("no incident is so; nothing is done")
            return
        done, told = acting.act(opened, chosen, Deed(action, said, identity.actor, wanted.at), alerts, tags(project))
        notes.note(f"{DONE[action.trigger]} {', '.join(str(incident.number) for incident in done)}")
        try:
            for line in deliver(opened, alerts, told, identity.actor):
                notes.note(line)
        except StoreError as error:
            notes.note(f"not alerted: {error}")
