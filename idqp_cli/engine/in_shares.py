"""Where a statement may be stopped, rules with the user's SQL come last, each with its share of the time.

A function call that DuckDB does not end takes the process with it, and with it
whatever it has not said yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from idqp_cli.core.errors import DeadlineError
from idqp_cli.core.model import Metrics
from idqp_cli.core.relation import Relation
from idqp_cli.engine import fetch, user_sql
from idqp_cli.engine.bind import Demand
from idqp_cli.engine.query_errors import Unmeasured
from idqp_cli.ingest.database import Database
from idqp_cli.rules.needs import Division, Need, Unsettled
from idqp_cli.rules.rule import Rule


def written(database: Database, rules: Iterable[Rule]) -> dict[str, str]:
    """Return the user's SQL by rule, where a statement may be stopped; nothing where none is."""
    if not database.limited:
        return {}
    found = {rule.name: [*rule.conditions().values(), *map(_select, rule.selects().values())] for rule in rules}
    return {name: "\n".join(texts) for name, texts in found.items() if texts}


def _select(text: str) -> str:
    return f"SELECT {text}"


def measure(
    database: Database,
    relation: Relation,
    planned: Demand,
    others: Mapping[str, Relation],
    texts: Mapping[str, str],
) -> dict[str, Metrics | Unmeasured]:
    """Fetch the metrics of the rules with the user's SQL in `texts` that are judged for all rows."""
    needs = {name: planned.needs[name] for name in texts if name in planned.needs}
    later = sum(isinstance(need, Unsettled) for need in planned.needs.values())
    later += sum(name in texts for own in planned.divided.values() for name in own)
    needs = {name: need for name, need in needs.items() if not isinstance(need, Unsettled)}
    found: dict[str, Metrics | Unmeasured] = {}
    had: dict[str, float] = {}
    groups = _grouped({name: texts[name] for name in needs})
    for number, group in enumerate(groups):
        with database.share(len(groups) - number + later) as seconds:
            had |= dict.fromkeys(group, seconds / len(group))
            found |= _in_time(database, relation, {name: needs[name] for name in group}, others)
    late = [name for name, one in found.items() if isinstance(one, Unmeasured) and one.late and not database.waiting]
    for number, name in enumerate(late):
        with database.share(len(late) - number + later) as seconds:
            # In less time it would be stopped again.
            if seconds > had[name]:
                found |= _in_time(database, relation, {name: needs[name]}, others)
    return found


def _in_time(
    database: Database, relation: Relation, needs: Mapping[str, Need], others: Mapping[str, Relation]
) -> dict[str, Metrics | Unmeasured]:
    """Fetch the metrics of rules; where the deadline has passed, none."""
    try:
        return fetch.measure(database, relation, needs, others)
    except DeadlineError as error:
        return dict.fromkeys(needs, Unmeasured(str(error)))


def first(planned: Demand, texts: Mapping[str, str]) -> Iterator[tuple[Division, Mapping[str, Need]]]:
    """Yield the rules that are divided alike, without those with the user's SQL in `texts`."""
    for division, needs in planned.divided.items():
        if plain := {name: need for name, need in needs.items() if name not in texts}:
            yield division, plain


def divided(
    database: Database, planned: Demand, texts: Mapping[str, str]
) -> Iterator[tuple[Division, Mapping[str, Need]]]:
    """Yield the divided rules with the user's SQL in `texts`, each with its share of the time."""
    groups = [
        (division, {name: needs[name] for name in group})
        for division, needs in planned.divided.items()
        for group in _grouped({name: texts[name] for name in needs if name in texts})
    ]
    for number, one in enumerate(groups):
        with database.share(len(groups) - number):
            yield one


def _grouped(texts: Mapping[str, str]) -> list[list[str]]:
    """Divide rules into those that one scan serves together, and each that may grow by itself."""
    alone = [name for name, text in texts.items() if user_sql.may_grow(text)]
    together = [name for name in texts if name not in alone]
    return [*([together] if together else []), *([name] for name in alone)]
