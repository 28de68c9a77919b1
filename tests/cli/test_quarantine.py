"""`--quarantine` and `--good`: the rows of a dataset, set apart and all there."""

from __future__ import annotations

import csv
import io
import stat
from typing import Any

import duckdb
import pytest

from conftest import Shell

RULES: list[dict[str, Any]] = [
    {"type": "range", "column": "n", "min": 0},
    {"type": "unique", "column": "n", "where": "t <> 'x'"},
    {"type": "sequence", "column": "s", "name": "in order"},
    {"type": "completeness", "column": "t", "threshold": "100%"},
    {"type": "row_count", "min": 1},
    {"type": "query", "sql": "SELECT * FROM t"},
    {"type": "range", "column": "nope", "min": 0},
]
BODY = 'id,n,t,s\n1,5,a,1\n2,-1,b,2\n3,5,"c\nd",3\n4,abc,,2\n5,5,x,5\n6,7,"e,""f""",6\n7\n'
FAILED = {"1": "unique(n)", "2": "range(n)", "3": "unique(n)", "4": "parse; in order; completeness(t)"}


def read(shell: Shell, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((shell.folder / name).read_text(), newline="")))


def test_every_row_is_in_one_of_the_two(shell: Shell) -> None:
    shell.write("t.csv", BODY)
    shell.rules(*RULES)
    ran = shell.idqp("check", "--quarantine", "bad", "--good", "good")
    assert ran.code == 3
    assert "idqp: wrote 4 rows to bad/t.csv\nidqp: wrote 2 rows to good/t.csv\n" in ran.err
    bad, good = read(shell, "bad/t.csv"), read(shell, "good/t.csv")
    assert {row["id"]: row.pop("idqp_failed_rules") for row in bad} == FAILED
    original = {row["id"]: row for row in csv.DictReader(io.StringIO(BODY, newline="")) if row["id"] != "7"}
    assert {row["id"]: row for row in [*bad, *good]} == original
    assert stat.S_IMODE((shell.folder / "bad" / "t.csv").stat().st_mode) == 0o600


def test_parquet_stays_parquet_with_its_types(shell: Shell) -> None:
    duckdb.execute(
        "COPY (SELECT range AS n, range / 2 AS x, DATE '2024-01-01' AS d FROM range(10))"
        f" TO '{shell.folder / 't.parquet'}'"
    )
    shell.rules({"type": "range", "column": "n", "max": 6}, path="t.parquet")
    assert "add --quarantine DIR" in shell.idqp("check", "--no-store", "--good", "good").out
    ran = shell.idqp("check", "--no-store", "--quarantine", "bad", "--good", "good")
    assert (ran.code, "--quarantine" in ran.out) == (1, False)
    for folder, rows in (("bad", 3), ("good", 7)):
        file = shell.folder / folder / "t.parquet"
        types = duckdb.execute(f"SELECT column_type FROM (DESCRIBE SELECT n, x, d FROM '{file}')").fetchall()
        assert duckdb.execute(f"SELECT count(*) FROM '{file}'").fetchall() == [(rows,)]
        assert types == [("BIGINT",), ("DOUBLE",), ("DATE",)]


def test_clean_data_leaves_an_empty_quarantine(shell: Shell) -> None:
    shell.write("t.csv", "id,n\n1,2\n")
    shell.rules({"type": "range", "column": "n", "min": 0})
    assert shell.idqp("check", "--quarantine", "bad").code == 0
    assert read(shell, "bad/t.csv") == []


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.write_text(""), "bad: cannot be written to"),
        (lambda path: (path.mkdir(), (path / "t.csv").mkdir()), "bad/t.csv: is there, and not as idqp wrote it"),
    ],
)
def test_a_folder_that_cannot_be_written_to_is_4_and_one_line(shell: Shell, make: Any, why: str) -> None:  # noqa: ANN401
    shell.write("t.csv", "id,n\n1,-2\n")
    shell.rules({"type": "range", "column": "n", "min": 0})
    make(shell.folder / "bad")
    ran = shell.idqp("check", "--quarantine", "bad")
    assert (ran.code, ran.err.count("\n"), why in ran.err) == (4, 1, True)
    assert "1 of 1 row: n is outside" in ran.out


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_rows_are_set_apart_by_their_segment(shell: Shell, form: str) -> None:
    shell.write("t.csv", "id,g,a\n1,x,p\n2,y,p\n3,x,q\n4,y,a\n5,y,p\n6,r,q\n7,s,q\n")
    if form == "parquet":
        duckdb.execute(f"COPY (FROM '{shell.folder / 't.csv'}') TO '{shell.folder / 't.parquet'}'")
    rules: list[dict[str, Any]] = [
        {"type": "unique", "column": "a"},
        {"type": "duplicates", "column": "a"},
        {"type": "sequence", "column": "a"},
        {"type": "dependency", "columns": ["a"], "column": "id"},
    ]
    shell.rules(*(rule | {"segment_by": "g", "min_rows": 2, "name": rule["type"]} for rule in rules), path=f"t.{form}")
    ran = shell.idqp("check", "--quarantine", "bad", "--format", "json")
    counted = {rule["type"]: 0 for rule in rules}
    for result in ran.json["datasets"][0]["results"]:
        if result["segment"] is not None:
            counted[result["type"]] += result["rows_failed"]
    found = duckdb.execute(f"SELECT id, idqp_failed_rules FROM '{shell.folder / 'bad' / f't.{form}'}' ORDER BY id")
    flagged = {number: names.split("; ") for number, names in found.fetchall()}
    assert flagged == {
        2: ["unique", "dependency"], 4: ["sequence"], 5: ["unique", "duplicates", "dependency"],
        6: ["unique", "dependency"], 7: ["unique", "duplicates", "dependency"],
    }  # fmt: skip
    assert counted == {name: sum(name in names for names in flagged.values()) for name in counted}
