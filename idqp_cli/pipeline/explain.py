"""Say how data would be read, from what is known before its rows are."""

from __future__ import annotations

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.explained import Explained
from idqp_cli.core.urls import all_shown
from idqp_cli.engine import cost
from idqp_cli.engine.bind import demand
from idqp_cli.engine.explain import steps
from idqp_cli.ingest import describe
from idqp_cli.ingest.files import described
from idqp_cli.pipeline import veil
from idqp_cli.pipeline.elsewhere import refuse_on_cluster
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.sources import Session, everything
from idqp_cli.project.project import implied


def explain(request: Request) -> tuple[Explained, ...]:
    """Say how every target would be checked, from what is known before its rows are read.

    Raises:
        RulesError: a rule's pattern or SQL cannot be used.

    """
    refuse_on_cluster(request.project, "--explain")
    with everything(request, Memory(None)) as session:
        return tuple(_explained(session, target, request) for target in request.targets)


def _explained(session: Session, target: Target, request: Request) -> Explained:
    dataset, ingested, database = target.dataset, session.opened[target.dataset.name], session.database
    if isinstance(ingested, UnreadableError):
        return Explained(dataset.name, all_shown(target.paths), (), {}, str(ingested))
    target = veil.personal(database, target, ingested.relation)
    dataset = target.dataset
    rules = implied(dataset, target.rules, request.project.defaults, text=ingested.parsed) + target.rules
    others = session.relations
    asked = demand(rules, ingested.relation, others, dataset.pii, None)
    choice = cost.choose(database, ingested.relation, asked.needs)
    found = steps(ingested.relation, asked.needs, asked.divided, others, choice)
    reading = () if ingested.text is None else describe.of_text(ingested.text)
    if request.veiled:
        reading = veil.reading(reading)
    return Explained(dataset.name, described(ingested.source), tuple(found), asked.refused, reading=reading)
