"""Say how data would be read, from what is known before its rows are."""

from __future__ import annotations

from idqp_cli.config import implied
from idqp_cli.database import Database
from idqp_cli.dataset import Explained
from idqp_cli.demand import demand
from idqp_cli.engine import prices
from idqp_cli.engine.explain import steps
from idqp_cli.errors import UnreadableError
from idqp_cli.ingest import Ingested, told
from idqp_cli.ingest.files import described
from idqp_cli.opening import Opened, everything
from idqp_cli.recording import Memory
from idqp_cli.request import Request, Target
from idqp_cli.text import clean


def explain(request: Request) -> tuple[Explained, ...]:
    """Say how every target would be checked, from what is known before its rows are read.

    Raises:
        RulesError: a rule's pattern or SQL cannot be used.

    """
    with everything(request, Memory(None)) as (database, opened, _):
        return tuple(_explained(database, target, opened, request) for target in request.targets)


def _explained(database: Database, target: Target, opened: Opened, request: Request) -> Explained:
    dataset, ingested = target.dataset, opened[target.dataset.name]
    if isinstance(ingested, UnreadableError):
        return Explained(dataset.name, clean(", ".join(target.paths)), (), {}, str(ingested))
    rules = implied(dataset, target.rules, request.project.defaults, text=ingested.parsed) + target.rules
    others = {name: one.relation for name, one in opened.items() if isinstance(one, Ingested)}
    asked = demand(rules, ingested.relation, others, dataset.pii, None)
    choice = prices.choose(database, ingested.relation, asked.needs)
    found = steps(ingested.relation, asked.needs, asked.divided, others, choice)
    reading = () if ingested.text is None else told.of_text(ingested.text)
    return Explained(dataset.name, described(ingested.source), tuple(found), asked.refused, reading=reading)
