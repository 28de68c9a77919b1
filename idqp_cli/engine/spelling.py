"""Find texts that are variants of more frequent ones: the column's texts are counted, and compared as a list."""

from __future__ import annotations

from idqp_cli.core import sql
from idqp_cli.core.errors import DeadlineError
from idqp_cli.core.model import Column
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean
from idqp_cli.engine import plan
from idqp_cli.engine.query_errors import Unmeasured, told
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.rules import spelling
from idqp_cli.rules.needs import Spelled, Twins


def settle(database: Database, relation: Relation, need: Twins) -> Spelled | Unmeasured:
    """Count the texts, and return the rows that have one which is a variant."""
    text = sql.as_text(need.column)
    try:
        rows = database.fetch(counted(relation, need))
    except QueryError as error:
        return Unmeasured(told(error))
    except DeadlineError as error:
        return Unmeasured(str(error))
    if len(rows) > spelling.MAX_VALUES:
        name = clean(need.column.name, 60)
        return Unmeasured(
            f"{name} has more than {spelling.MAX_VALUES:,} different texts; variants are looked for where texts repeat"
        )
    usual = spelling.variants(((str(value), int(str(number))) for value, number in rows), need.right)
    failing = f"{text} IN ({sql.listing(sorted(usual))})" if usual else "false"
    column = need.column if need.column.text is None else Column(need.column.text, "VARCHAR")
    return Spelled((column,), failing, need.where, need.column.name, usual)


def counted(relation: Relation, need: Twins) -> str:
    """Return the SELECT of the texts with their numbers of rows, one text more than are compared."""
    text = sql.as_text(need.column)
    looked = sql.both(need.where, f"length({text}) <= {spelling.MAX_TEXT}")
    source = plan.source(relation, relation.rescan)
    return f"SELECT {text}, count(*) FROM {source} WHERE {looked} GROUP BY 1 LIMIT {spelling.MAX_VALUES + 1}"
