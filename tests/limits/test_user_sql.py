"""What the examination of the user's SQL lets through, and what it says of the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from idqp_cli.engine.user_sql import objection, select_objection
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.database import Database


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with connect(()) as opened:
        yield opened


@pytest.mark.parametrize(
    "statement",
    [
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r",
        "SELECT * FROM t PIVOT (count(*) FOR a IN (1, 2))",
        "SELECT * FROM t UNPIVOT (v FOR n IN (a, b))",
        "PIVOT t ON a IN (1, 2) USING count(*)",
        "SELECT * FROM t ORDER BY a COLLATE NOCASE",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t",
        "SELECT '0xFF', \"0xFF\", 'it''s 0xFF' FROM t",
    ],
)
def test_honest_selects(database: Database, statement: str) -> None:
    assert select_objection(database, statement, "t") is None


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("WITH r AS (SELECT * FROM r) SELECT * FROM r", "there is no table r"),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n FROM other) SELECT * FROM r", "no table other"),
        ("WITH a AS (WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n FROM a) FROM r) FROM a", "no table a"),
        ("WITH RECURSIVE t AS (SELECT 1 UNION ALL SELECT 2 FROM t) SELECT * FROM t", "no name for a CTE"),
        ("WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT read_text('/x') FROM r) SELECT * FROM r", "read_text"),
        ("SELECT * FROM other PIVOT (count(*) FOR a IN (1, 2))", "no table other"),
        ("SELECT * FROM t PIVOT (max(getenv('HOME')) FOR a IN (1))", "getenv"),
        ("SELECT * FROM read_csv('/etc/passwd') UNPIVOT (v FOR n IN (a, b))", "read_csv"),
        ("PIVOT t ON a USING count(*)", "has to name the values"),
        ("SELECT 0xFF FROM t", "write 255 in the place of 0xFF"),
    ],
)
def test_what_is_refused_is_told(database: Database, statement: str, told: str) -> None:
    assert told in (select_objection(database, statement, "t") or "")


@pytest.mark.parametrize("expression", ["a = 0xFF", "a IN (1, 0XFF)", "a & 0xff = 1"])
def test_hexadecimal_numbers(database: Database, expression: str) -> None:
    assert "write 255 in the place of" in (objection(database, expression) or "")


@pytest.mark.parametrize("expression", ["x = '0xFF'", "x COLLATE NOCASE = 'a'", "a10x5 = 1"])
def test_honest_expressions(database: Database, expression: str) -> None:
    assert objection(database, expression) is None
