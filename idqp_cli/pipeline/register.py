"""Register a schema because a person says so, and close the incident that it was."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from idqp_cli.core.errors import StoreError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.incident import Act, ChangeKind, Incident, IncidentStatus, Reason
from idqp_cli.core.model import SchemaReport
from idqp_cli.core.text import clean
from idqp_cli.incidents import lifecycle
from idqp_cli.incidents.lifecycle import Action, Trigger
from idqp_cli.schemas import registry
from idqp_cli.schemas.registry import BREAKING, Policy
from idqp_cli.schemas.schema import Schema, SchemaVersion
from idqp_cli.store import Ledger, Store
from idqp_cli.store.values import IncidentUpdate

if TYPE_CHECKING:
    from idqp_cli.alerts.routing import AlertSettings


@frozen
class Proposal:
    """A schema for a dataset to have; `compared` is how it is held against the versions before.

    `why` accepts what is breaking; None accepts nothing.
    """

    dataset: str
    schema: Schema
    compared: Schema
    policy: Policy
    why: str | None = None


@frozen
class Registered:
    """What the registry says to a schema, the version that it is now, and the incident that it resolved.

    `version` is None where the change is breaking and not accepted. `told` are
    the channels that wait for a message.
    """

    report: SchemaReport
    version: str | None
    incident: int | None = None
    told: tuple[str, ...] = ()


def register(
    store: Store,
    proposal: Proposal,
    at: datetime,
    actor: str,
    alerts: AlertSettings | None = None,
) -> Registered:
    """Register a schema as the dataset's next version; a breaking change only if somebody says why.

    Who keeps track of the incident that this resolves is told, as `alerts` say.

    Raises:
        StoreError: it cannot be kept, or another run has registered a version meanwhile.

    """
    dataset, why = proposal.dataset, proposal.why
    history = store.schema_versions(dataset)
    report = registry.validate(history, proposal.compared, proposal.policy)
    if report.status == BREAKING and why is None:
        return Registered(report, None)
    latest = history[-1].version if history else None
    number = registry.accepted(history, proposal.compared, proposal.policy.mode)
    with store.writing() as ledger:
        if number is not None:
            ledger.record_schema(dataset, latest, SchemaVersion(number, proposal.schema, comment=why), at, actor)
        resolved = None if why is None else _resolve(ledger, dataset, why, at, actor)
        told: tuple[str, ...] = ()
        if resolved is not None and alerts is not None:
            from idqp_cli.pipeline.notify import tell_of_person  # noqa: PLC0415 - only who is alerted has to pay

            act = Act(f"{at.isoformat()}:{os.urandom(4).hex()}", at, actor)
            told = tell_of_person(ledger, alerts, [resolved], act, {})
    kept = store.schema_versions(dataset, 1)[-1]
    if number is not None and (kept.version, kept.columns) != (number, proposal.schema):
        raise StoreError(
            f"{clean(dataset)}: another run has registered version {kept.version} meanwhile; run the command again"
        )
    return Registered(report, number or latest, None if resolved is None else resolved[1].number, told)


def _resolve(ledger: Ledger, dataset: str, why: str, at: datetime, actor: str) -> tuple[ChangeKind, Incident] | None:
    """Resolve the dataset's schema incident as expected, if it is not resolved yet; return what that is."""
    place = (registry.RULE, None)
    incident = ledger.latest_incidents(dataset, [place]).get(place)
    if incident is None or incident.status is IncidentStatus.RESOLVED:
        return None
    kind, after = lifecycle.act(incident, Action(Trigger.RESOLVE, reason=Reason.EXPECTED), at)
    update = IncidentUpdate(
        number=incident.number,
        kind=kind,
        detail=why,
        status=after.status,
        assignee=after.assignee,
        resolution=after.resolution,
    )
    ledger.update_incident(update, actor, at)
    return kind, after
