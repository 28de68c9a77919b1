"""Rules that hold rows against others: `duplicates` and `dependency`, in any form of file, with what they show."""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Shell, checked
from idqp_cli.core.model import Cause, DatasetReport, Result
from idqp_cli.engine import cost

ZIPS: dict[str, Any] = {"type": "dependency", "columns": ["zip"], "column": "city"}
TOWNS = (
    "id,zip,city\n1,10115,Berlin\n2,10115,Berlin\n3,10115,Berlni\n4,20095,Hamburg\n5,20095,Altona\n6,99999,Nowhere\n"
)
Check = Callable[..., DatasetReport]


def failing(result: Result) -> list[int | None]:
    return [sample.line for sample in result.samples]


def test_a_sample_names_what_most_rows_have(check: Check) -> None:
    result = check(TOWNS, ZIPS, key=["id"]).results[-1]
    assert (result.rule, result.columns) == ("dependency(zip, city)", ("zip", "city"))
    assert result.verdict.message.startswith("3 of 5 rows: city is not that of most rows with the same zip")
    assert failing(result) == [4, 5, 6]
    assert [sample.causes for sample in result.samples] == [(Cause("city", "Berlin"),), (), ()]


def test_no_output_shows_what_is_usual_in_a_column_of_personal_values(shell: Shell) -> None:
    shell.write("t.csv", TOWNS)
    shell.rules(ZIPS, key=["id"], pii=["city"])
    for form in ("table", "json", "markdown", "html", "junit", "sarif", "github"):
        ran = shell.idqp("check", "--no-store", "--format", form)
        assert ran.code == 1
        assert "Berl" not in ran.out + ran.err, form


def test_the_table_says_what_is_usual(shell: Shell) -> None:
    shell.write("t.csv", TOWNS)
    shell.rules(ZIPS, key=["id"])
    assert (
        "line 4: id = 3 → zip = 10115, city = Berlni: city is usually Berlin" in shell.idqp("check", "--no-store").out
    )


@pytest.mark.parametrize("form", ["csv", "csv.gz", "jsonl", "parquet"])
def test_rows_of_several_files_are_held_against_each_other(form: str, shell: Shell) -> None:
    for name, rows in (("a", [(1, "x", "p"), (2, "x", "p")]), ("b", [(3, "x", "q"), (4, "y", "p")])):
        table = [dict(zip(("id", 'k"ey', "ordér"), row, strict=True)) for row in rows]
        path = shell.folder / f"{name}.{form}"
        if form == "parquet":
            pq.write_table(pa.Table.from_pylist(table), path)
        elif form == "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in table))
        else:
            text = 'id,"k""ey",ordér\n' + "".join(f"{row[0]},{row[1]},{row[2]}\n" for row in rows)
            path.write_bytes(gzip.compress(text.encode()) if form.endswith("gz") else text.encode())
    rules: list[dict[str, Any]] = [
        {"type": "dependency", "columns": ['k"ey'], "column": "ordér"},
        {"type": "duplicates", "except": "id"},
        {"type": "duplicates", "columns": ['k"ey'], "where": "ordér = 'p'"},
    ]
    shell.rules(*rules, path=f"*.{form}", key=["id"])
    ran = shell.idqp("check", "--no-store", "--format", "json", "--quarantine", "bad")
    assert ran.code == 1, ran.err
    results = ran.json["datasets"][0]["results"][-3:]
    assert [[sample["key"]["id"] for sample in result["samples"]] for result in results] == [[3], [2], [2]]
    assert [(result["rows_evaluated"], result["rows_failed"]) for result in results] == [(3, 1), (4, 1), (3, 1)]
    assert results[0]["samples"][0]["causes"] == [{"column": "ordér", "usual": "p"}]
    if form == "parquet":
        written = pq.read_table(shell.folder / "bad" / "t.parquet").to_pylist()
    else:
        with (shell.folder / "bad" / "t.csv").open(newline="") as file:
            written = list(csv.DictReader(file))
    assert {str(row["id"]): row["idqp_failed_rules"] for row in written} == {
        "2": 'duplicates; duplicates(k"ey)',
        "3": 'dependency(k"ey, ordér)',
    }


def test_rows_are_held_against_those_of_their_segment(check: Check) -> None:
    text = "g,a,b\n1,x,p\n2,x,q\n1,x,p\n2,x,q\n1,x,q\n"
    ways: list[dict[str, Any]] = [
        {"type": "duplicates", "columns": ["a", "b"]},
        ZIPS | {"columns": ["a"], "column": "b"},
    ]
    results = check(text, *(way | {"segment_by": "g"} for way in ways)).results[-4:]
    assert [(one.segment, one.verdict.rows_evaluated, failing(one)) for one in results] == [
        ("1", 3, [4]), ("2", 2, [5]), ("1", 3, [6]), ("2", 2, []),
    ]  # fmt: skip


def test_texts_are_copies_as_they_are_written(check: Check) -> None:
    text = "id,v,w\n1,1.10,2024-01-01\n2,1.1,2024-01-01\n3,1.10,2024-01-01\n4,2,2024-01-02\n5,2.0,2024-01-02\n"
    rule = {"type": "duplicates", "except": "id"}
    assert failing(check(text, rule).results[-1]) == [4]
    assert failing(check(text, rule, read={"types": {"v": "DOUBLE"}}).results[-1]) == [3, 4, 6]


@pytest.mark.parametrize("types", [{}, {"v": "BIGINT"}])
def test_rows_with_a_cell_that_does_not_parse_are_looked_at(check: Check, types: dict[str, str]) -> None:
    rows = "".join(f"{number},{number}\n" for number in range(1, 20))
    text = f"id,v\n{rows}20,n/a\n21,n/a\n22,-\n23,\n24,\n"
    result = check(text, {"type": "duplicates", "except": "id"}, read={"types": types}, key=["id"]).results[-1]
    assert (result.verdict.rows_evaluated, [sample.key["id"] for sample in result.samples]) == (24, [21, 24])


def test_cells_that_do_not_parse_have_no_say_in_a_group(check: Check) -> None:
    text = "a,b\nx,1\nx,1\nx,oops\nx,oops\nx,oops\nx,2\n"
    result = check(text, ZIPS | {"columns": ["a"], "column": "b"}, read={"types": {"b": "BIGINT"}}).results[-1]
    assert (result.verdict.rows_evaluated, failing(result)) == (3, [7])


def test_values_of_any_type_are_held_against_others(tmp_path: Path) -> None:
    rows = {
        "id": pa.array([1, 2, 3, 4, 5]),
        "l": pa.array([[0.0, None], [-0.0, None], [1.0], [1.0], [math.nan]]),
        "s": pa.array([{"a": 1, "b": None}, {"a": 1, "b": None}, {"a": 2, "b": "x"}, {"a": 2, "b": "x"}, None]),
        "m": pa.array([[("k", 1)], [("k", 1)], [("k", 2)], [("k", 3)], None], pa.map_(pa.string(), pa.int64())),
        "e": pa.array(["a", "a", "b", "b", "b"]).dictionary_encode(),
        "d": pa.array([1, 1, 1, 1, 2], pa.decimal128(38, 0)),
        "y": pa.array([b"a", b"a", b"a", b"a", b"b"]),
    }
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")
    rules: list[tuple[dict[str, Any], list[int]]] = [
        ({"type": "duplicates", "except": "id"}, [2]),
        ({"type": "duplicates", "columns": ["l", "s", "y"]}, [2, 4]),
        ({"type": "duplicates", "column": "m"}, [2]),
        ({"type": "dependency", "columns": ["s"], "column": "m"}, [3, 4]),
        ({"type": "dependency", "columns": ["l"], "column": "s"}, []),
        ({"type": "dependency", "columns": ["e"], "column": "y"}, [5]),
        ({"type": "dependency", "columns": ["d", "y"], "column": "e"}, [1, 2, 3, 4]),
        ({"type": "dependency", "columns": ["y"], "column": "l"}, [1, 2, 3, 4]),
    ]
    results = checked(tmp_path, [rule for rule, _ in rules], path="t.parquet", key=["id"]).datasets[0].results[-8:]
    assert [(one.rule, failing(one)) for one in results] == [
        (one.rule, lines) for one, (_, lines) in zip(results, rules, strict=True)
    ]


def test_a_large_text_file_has_the_same_copies(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "id,a\n" + "".join(f"{number},{number % 7}\n" for number in range(20))
    rule = {"type": "duplicates", "except": "id"}
    small = check(text, rule).results[-1].verdict
    monkeypatch.setattr(cost, "MAX_PROVEN_BYTES", 0)
    large = check(text, rule).results[-1].verdict
    assert (small.rows_evaluated, small.rows_failed) == (large.rows_evaluated, large.rows_failed) == (20, 13)


def test_rows_that_are_all_different_need_one_scan(check: Check) -> None:
    verdict = check("id,a\n1,x\n2,x\n", {"type": "duplicates"}).results[-1].verdict
    assert (verdict.status, verdict.rows_evaluated, verdict.rows_failed) == ("passed", 2, 0)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"type": "duplicates", "columns": ["a"], "except": ["b"]}, "except: is of all columns"),
        ({"type": "duplicates", "column": "a", "columns": ["b"]}, "set column or columns, not both"),
        ({"type": "dependency", "column": "b"}, "columns: is missing; column is the one that depends on columns"),
        ({"type": "dependency", "columns": ["a"]}, "column: is missing; column is the one that depends on columns"),
        ({"type": "dependency", "columns": [], "column": "b"}, "columns: must name at least one column"),
        ({"type": "dependency", "columns": ["A", "b"], "column": "a"}, "column: 'a' is also in columns"),
        ({"type": "dependency", "columns": "a", "column": "b"}, "columns: must be a list"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(keys: dict[str, Any], told: str, shell: Shell) -> None:
    shell.write("t.csv", "a,b\n1,2\n")
    shell.rules(keys)
    ran = shell.idqp("check", "--no-store")
    assert (ran.code, told in ran.err) == (2, True), ran.err


def test_a_sample_of_rows_cannot_tell(shell: Shell) -> None:
    shell.write("t.csv", TOWNS)
    shell.rules(ZIPS, {"type": "duplicates", "except": "id"})
    ran = shell.idqp("check", "--no-store", "--sample", "3", "--format", "json")
    assert [one["status"] for one in ran.json["datasets"][0]["results"][-2:]] == ["skipped", "skipped"]
