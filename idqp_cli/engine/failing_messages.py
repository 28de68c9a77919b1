"""Which messages of a batch fail, and which rules: those that go to a dead letter topic."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.core.errors import OutputError, UnreadableError
from idqp_cli.core.relation import Relation, RowPlace
from idqp_cli.core.text import clean
from idqp_cli.engine import row_flags
from idqp_cli.engine.measure import Measured
from idqp_cli.ingest import relation
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.rules import parse
from idqp_cli.rules.needs import Need

# By the line of the message in the batch's file, the names of the rules that it fails.
Failing = Mapping[int, str]


def failing(
    database: Database, measured: Measured, needs: Mapping[str, Need], others: Mapping[str, Relation]
) -> Failing:
    """Return the messages that fail a rule, or do not parse.

    Raises:
        UnreadableError: the rows cannot be read to their end.
        OutputError: which rows fail cannot be told.

    """
    ingested = measured.ingested
    found: dict[RowPlace, str] = {}
    if ingested.relation.columns:
        statement = row_flags.places(ingested.relation, needs, others)
        try:
            rows = database.fetch(statement)
        except QueryError as error:
            raise OutputError(f"{clean(ingested.relation.dataset)}: failing messages: {clean(error.kind)}") from None
        found = {RowPlace(int(str(file)), int(str(row))): str(rules) for file, row, rules in rows}
    try:
        total = measured.rows if ingested.relation.columns else 0
        lines, reject_lines = relation.locate(ingested, {0: total}, list(found), measured.rejects)
    except KeyError:
        raise UnreadableError(f"{ingested.source.shown}: its messages are not told apart") from None
    return dict.fromkeys(reject_lines.values(), parse.NAME) | {lines[place]: told for place, told in found.items()}
