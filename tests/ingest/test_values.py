"""How the text of a cell becomes a value: codes stay what they are written as, and nothing is rounded unsaid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Shell
from idqp_cli.dataset import ReadOptions
from idqp_cli.ingest import text_table
from idqp_cli.ingest.files import find
from idqp_cli.model import DatasetReport, Result

Check = Callable[..., DatasetReport]
LATE = 60_000


def result(report: DatasetReport, rule: str) -> Result:
    assert report.message is None
    return next(found for found in report.results if found.rule == rule)


def failing(report: DatasetReport, rule: str) -> list[int | None]:
    return [sample.line for sample in result(report, rule).samples]


def column(*cells: str) -> str:
    """Return a table of the column `x`; each cell is in quotes where it must be."""
    return "id,x\n" + "".join(f'k,"{cell}"\n' if "," in cell else f"k,{cell}\n" for cell in cells)


def kinds(folder: Path, text: str, **options: Any) -> dict[str, str]:  # noqa: ANN401
    (folder / "t.csv").write_text(text, encoding="utf-8")
    return dict(text_table.examine(find(["t.csv"], folder), ReadOptions(**options), {}, {}).kinds)


UNIQUE = {"type": "unique", "column": "x"}


@pytest.mark.parametrize(
    "cells", [("1.10", "1.1", "1.2"), ("1E5", "100000", "2"), ("1.0", "1", "2"), ("1e3", "1000.0"), ("2.50", "2.5")]
)
def test_unique_tells_decimals_apart_by_how_they_are_written(check: Check, cells: tuple[str, ...]) -> None:
    assert result(check(column(*cells), UNIQUE), "unique(x)").status == "passed"
    report = check(column(*cells, cells[0]), UNIQUE)
    assert failing(report, "unique(x)") == [2, len(cells) + 2]


def test_unique_by_segment_and_in_quarantine_tells_spellings_apart(shell: Shell) -> None:
    shell.write("t.csv", "g,x\na,1.10\na,1.1\nb,1.1\nb,1.1\n")
    shell.rules({**UNIQUE, "segment_by": "g"}, {"type": "unique", "columns": ["g", "x"]})
    ran = shell.idqp("check", "--format", "json", "--no-store", "--quarantine", "bad")
    found = {one["rule"] + (one["segment"] or ""): one["rows_failed"] for one in ran.json["datasets"][0]["results"]}
    assert (found["unique(x)a"], found["unique(x)b"], found["unique(g, x)"]) == (0, 2, 2)
    assert (shell.folder / "bad" / "t.csv").read_text().count("\nb,1.1") == 2


def test_a_declared_number_is_compared_as_a_number(check: Check) -> None:
    report = check(column("1.10", "1.1", "1.2"), UNIQUE, read={"types": {"x": "DOUBLE"}})
    assert failing(report, "unique(x)") == [2, 3]


@pytest.mark.parametrize("kind", ["accepted_values", "rejected_values"])
def test_values_in_quotes_are_texts(check: Check, kind: str) -> None:
    report = check(column("1.10", "1.1", "1.2"), {"type": kind, "column": "x", "values": ["1.10", "1.2"]})
    assert failing(report, f"{kind}(x)") == ([3] if kind == "accepted_values" else [2, 4])
    report = check(column("1.10", "1.1", "1.2"), {"type": kind, "column": "x", "values": [1.1]})
    assert failing(report, f"{kind}(x)") == ([4] if kind == "accepted_values" else [2, 3])


def test_a_required_value_in_quotes_is_a_text(check: Check) -> None:
    rule = {"type": "required_values", "column": "x", "values": ["1.10", "1.2"]}
    assert result(check(column("1.1", "1.2"), rule), "required_values(x)").verdict.metric_value == 0.5


def test_the_enum_of_a_schema_rule_in_quotes_is_of_texts(check: Check) -> None:
    rule = {"type": "schema", "columns": {"id": "any", "x": {"enum": ["1.10", "1.2"]}}}
    (found,) = (one for one in check(column("1.1", "1.2"), rule).results if one.type == "schema")
    assert found.verdict.metric_value == 1


CARDS = ["K", *map(str, range(1, 13))]


@pytest.mark.parametrize(
    "rule",
    [
        {"type": "accepted_values", "values": ["K", *range(1, 12)]},
        {"type": "pattern", "regex": "^(K|[1-9]|1[01])$"},
        {"type": "format", "format": "integer"},
        {"type": "length", "max": 1},
    ],
)
def test_a_rule_about_texts_reads_a_column_as_text(check: Check, rule: dict[str, Any]) -> None:
    report = check(column(*CARDS), {**rule, "column": "x"})
    assert result(report, "parse").status == "passed"
    found = result(report, f"{rule['type']}(x)")
    assert (found.verdict.rows_evaluated, found.status) == (13, "failed")


def test_a_rule_about_values_goes_before_one_about_texts(check: Check) -> None:
    rules = [{"type": "accepted_values", "column": "x", "values": CARDS}, {"type": "range", "column": "x", "max": 11}]
    report = check(column(*CARDS), *rules)
    assert result(report, "accepted_values(x)").status == "passed"
    assert failing(report, "range(x)") == [14]
    assert failing(report, "parse") == [2]


def test_a_pattern_leaves_numbers_numbers_for_other_rules(check: Check) -> None:
    rules = [{"type": "pattern", "column": "x", "regex": r"^\d+$"}, {"type": "expression", "expression": "x > 9"}]
    assert failing(check(column("10", "9", "100"), *rules), "expression") == [3]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["+4915112345678", "+4930123456"], "VARCHAR"),
        (["+1", "-2", "+3"], "BIGINT"),
        (["1E5", "2E7", "3E10"], "VARCHAR"),
        (["1E5", "7", "8", "9"], "DOUBLE"),
        (["1.5E5", "2.5e-7"], "DOUBLE"),
        (["12345678901234567", "NaN", "3"], "BIGINT"),
        (["1234567890123456789", "inf", "3"], "HUGEINT"),
        (["1.5", "NaN", "3"], "DOUBLE"),
        (["0.1234567890123456789", "2.5"], "DECIMAL(38,19)"),
        (["9007199254740993", "1.5"], "DECIMAL(38,1)"),
        (["9007199254740993.0", "1.5"], "DECIMAL(38,1)"),
        (["0." + "1" * 40, "2"], "VARCHAR"),
        (["1" * 30 + ".5", "0.123456789"], "VARCHAR"),
        (["0.30000000000000004", "0.1"], "DOUBLE"),
        (["1.000000000000000056e-01", "2.5e+00"], "DOUBLE"),
        (["2024-01-01 10:00:00.123456789", "2024-01-01 10:00:00"], "TIMESTAMP_NS"),
        (["2024-01-01 10:00:00.123456000", "2024-01-01 10:00:00"], "TIMESTAMP"),
        (["2024-01-01T10:00:00.123456789Z", "2024-01-01T10:00:00Z"], "VARCHAR"),
    ],
)
def test_what_no_type_holds_exactly_is_not_rounded(tmp_path: Path, cells: list[str], kind: str) -> None:
    assert kinds(tmp_path, column(*cells))["x"] == kind


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ("-0.5", ["0.1234567890123456788", "0.1234567890123456789"]),
        ("-0.5", ["9007199254740992.0", "9007199254740993.0"]),
        ("-0.5", ["9007199254740992", "9007199254740993"]),
        ("2024-01-01 10:00:00", ["2024-01-01 11:00:00.123456788", "2024-01-01 11:00:00.123456789"]),
    ],
)
@pytest.mark.parametrize("kind", ["unique", "sequence"])
def test_what_comes_late_is_not_rounded_either(check: Check, early: str, late: list[str], kind: str) -> None:
    keys = {"strict": True} if kind == "sequence" else {}
    report = check(column(early, *[""] * LATE, *late), {"type": kind, "column": "x", **keys})
    assert result(report, "parse").status == "passed"
    assert result(report, f"{kind}(x)").status == "passed"


def test_one_nan_beside_long_ids_is_a_finding_and_the_ids_are_exact(check: Check) -> None:
    ids = ["9007199254740992", "9007199254740993", "9007199254740994"]
    report = check(column(*ids, "NaN"), UNIQUE, {"type": "completeness", "column": "x"})
    assert result(report, "unique(x)").status == "passed"
    assert failing(report, "parse") == [5]
    report = check(column(*ids, "NaN"), {"type": "completeness", "column": "x"}, read={"missing_values": ["NaN"]})
    assert failing(report, "completeness(x)") == [5]


def test_a_declared_timestamp_does_not_round(check: Check) -> None:
    cell = "2024-01-01 10:00:00.123456789"
    assert failing(check(column(cell), read={"types": {"x": "TIMESTAMP"}}), "parse") == [2]


def test_a_range_of_nanoseconds(check: Check) -> None:
    cells = ["2024-01-01 10:00:00.123456789", "2024-01-01 10:00:00.123456788"]
    for bound, lines in (("2024-01-01 10:00:00.123456788", [2]), ("9999-12-31", []), ("1000-01-01", [2, 3])):
        report = check(column(*cells), {"type": "range", "column": "x", "max": bound})
        assert failing(report, "range(x)") == lines


@pytest.mark.parametrize(
    "cells", [("10115", "01067"), ("5", "+4915112345678"), ("7", "4B"), ("3", "2024-12-31"), ("01067", "10115")]
)
def test_the_types_of_the_first_file_give_way_to_those_of_the_next(shell: Shell, cells: tuple[str, str]) -> None:
    values = [cells[1], "0"]
    shell.rules(
        UNIQUE, {"type": "accepted_values", "column": "x", "values": values}, {"type": "sequence", "column": "x"}
    )
    shell.write("t.csv", column(cells[0]))
    shell.idqp("check")
    shell.write("t.csv", column(*[cells[1]] * 3))
    found = [shell.idqp("check", "--format", "json", *words).json["datasets"][0] for words in ((), ("--no-store",))]
    with_store, without = (
        {one["rule"]: (one["status"], one["rows_failed"]) for one in dataset["results"] if one["rule"] != "schema"}
        for dataset in found
    )
    assert with_store == without
    assert with_store["parse"] == ("passed", 0)
    assert (with_store["unique(x)"], with_store["accepted_values(x)"]) == (("failed", 3), ("passed", 0))
    assert [one["status"] for one in found[0]["results"] if one["rule"] == "schema"] == ["passed"]


def test_a_type_that_changes_from_file_to_file_makes_no_new_version_each_time(shell: Shell) -> None:
    shell.rules()
    for cell in ("10115", "01067", "10115", "01067"):
        shell.write("t.csv", column(cell))
        assert shell.idqp("check").code == 0
    versions = shell.idqp("schema", "history", "t", "--format", "json").json
    assert len(versions) == 2
