"""Messages about what somebody did are delivered when they have been answered."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from idqp_cli.alerts.outbox import deliver
from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.core.errors import IdqpError
from idqp_cli.server.asking import Ask
from idqp_cli.store.pool import NOBODY


def post(ask: Ask, alerts: AlertSettings, told: Sequence[str], actor: str) -> None:
    """Deliver what waits for these channels; what does not arrive stays in the outbox for the next check."""
    open_to_all = ask.secret is None
    try:
        with ask.serving.pool.lent(None if open_to_all else ask.secret or NOBODY) as store:
            for line in deliver(store, alerts, told, actor):
                sys.stderr.write(f"idqp: {line}\n")
    except IdqpError as error:
        sys.stderr.write(f"idqp: not alerted: {error}\n")
