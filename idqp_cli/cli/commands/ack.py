"""`idqp ack`: I know, and I am at it."""

from __future__ import annotations

from idqp_cli.cli.commands import flags, incident_filter
from idqp_cli.cli.commands.incident_filter import Chosen
from idqp_cli.cli.commands.respond import respond
from idqp_cli.cli.help import App
from idqp_cli.core.incident import IncidentStatus
from idqp_cli.incidents.lifecycle import Action, Trigger

app = App()


@app.command()
@incident_filter.chosen
def ack(
    chosen: Chosen,
    message: flags.MESSAGE,
) -> None:
    """Acknowledge incidents, so that no more alerts are sent for them.

    If one of the incidents cannot be acknowledged, none of them is.

    Examples:
      idqp ack 7 -m "the supplier sends a new file today"
      idqp ack --dataset orders --severity warning -m "known, see TICKET-12"

    """
    respond("ack", Action(Trigger.ACKNOWLEDGE), chosen, (IncidentStatus.OPEN,), message)
