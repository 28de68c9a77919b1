"""What the guard refuses and what it lets through: hostile SQL, honest SQL, and both from a grammar."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from hostile.escapes import CALLS
from hostile.extent import AGAIN, LONG, SEED, spread
from hostile.sentences import Speaker
from idqp_cli.engine.user_sql import objection, select_objection
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError

HERE = Path(__file__).parent
# A row that has the columns of public checks.
ROW = (HERE / "row.sql").read_text()
# Of the calls, those that are none: a value that DuckDB always has, or a column and a comment.
HARMLESS = frozenset({"current_user", "session_user", "U&'\\0067etenv'", "a --"})
# What lets an aggregate be named by a text calls nothing else; DuckDB refuses it.
BY_NAME = "list_aggregate(['@secret'], 'read_text')"
AROUND = (
    "@it = 'x'", "CASE WHEN @it = 'x' THEN true END", "len([y FOR y IN [@it] IF y = 'x']) > 0",
    "a IN ('x', (@it))", "NOT (coalesce(@it, 'x') IS NULL)", "({'k': [@it]}.k)[1] BETWEEN 'a' AND 'b'",
)  # fmt: skip


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with connect(()) as opened:
        opened.fetch(f"CREATE TABLE t AS {ROW}")
        yield opened


def test_no_hostile_expression_runs(database: Database) -> None:
    calls = [one for one in CALLS if one not in HARMLESS and one != BY_NAME]
    tried = [around.replace("@it", one) for one in calls for around in AROUND]
    assert len(tried) > 300
    through = [one for one in spread(tried, 150) if objection(database, one) is None]
    # What closes the text around it and begins a comment is itself an honest expression around no call.
    assert [one for one in through if ran(database, f"SELECT (\n{one}\n) IS FALSE FROM t")] == []


def ran(database: Database, statement: str) -> bool:
    try:
        database.fetch(statement)
    except QueryError:
        return False
    return True


@pytest.mark.parametrize("kind", ["expressions", "selects"])
def test_honest_sql_runs(database: Database, kind: str) -> None:
    written = [line for line in (HERE / f"honest-{kind}.sql").read_text().splitlines() if line]
    assert len(set(written)) == len(written) > 100
    refused = []
    for text in written:
        if kind == "expressions":
            fault, statement = objection(database, text), f"SELECT (\n{text}\n) IS FALSE FROM t"
        else:
            fault, statement = select_objection(database, text, "t"), f"SELECT * FROM (\n{text}\n) AS r"
        if fault is not None or not ran(database, statement):
            refused.append((text, fault))
    assert refused == []


def test_sentences_of_a_grammar(database: Database) -> None:
    speaker = Speaker(random.Random(SEED))
    wrong = []
    for number in range(10_000 if LONG else 250):
        said = speaker.sentence(hostile=number % 2 == 0)
        if (objection(database, said.text) is not None) != said.hostile:
            wrong.append(said)
    assert [one.text for one in wrong if one.hostile] == [], AGAIN
    # Of honest ones none is refused.
    assert [one.text for one in wrong] == [], AGAIN
