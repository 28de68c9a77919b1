"""Soda's checks say here what they say there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from idqp_cli.importing import Tool
from idqp_cli.pipeline import beginning
from importing.judged import VERDICTS, cases, verdict


@pytest.mark.parametrize("case", cases("soda"), ids=lambda case: case["it"])
def test_sodacl(case: dict[str, Any], tmp_path: Path) -> None:
    text = json.dumps({"checks for t": case["checks"]}, ensure_ascii=False)
    for expected in VERDICTS:
        for table in case.get(expected, ()):
            assert verdict(tmp_path, Tool.SODA, {"checks.yml": text}, table) == expected, table


@pytest.mark.parametrize("case", cases("soda_contract"), ids=lambda case: case["it"])
def test_contract(case: dict[str, Any], tmp_path: Path) -> None:
    text = json.dumps({"dataset": "warehouse/db/public/t", "columns": [], **case["contract"]})
    for expected in VERDICTS:
        for table in case.get(expected, ()):
            assert verdict(tmp_path, Tool.SODA, {"contract.yml": text}, table) == expected, table


@pytest.mark.parametrize(
    "checks",
    [
        [{"failed_rows": {"expression": "a = '${soda.DATASET}'"}}],
        [{"failed_rows": {"query": "SELECT * FROM t WHERE a > '${soda.NOW}T00'"}}],
        [{"missing": {"column": "a", "filter": "a > '${soda.SCAN-TIME}'"}}],
        [{"invalid": {"column": "a", "valid_values": ["${var.x}", "y"]}}],
    ],
)
def test_a_variable_that_nobody_can_set_is_a_line(checks: list[object], tmp_path: Path) -> None:
    place = tmp_path / "contract.yml"
    place.write_text(json.dumps({"dataset": "w/d/t", "columns": [], "checks": checks}), encoding="utf-8")
    found = beginning.imported(Tool.SODA, [str(place)], {}, {}, "-")
    assert len(found.untaken) == 1
    assert "has no value" in str(found.untaken[0])
    assert "type:" not in found.text


def test_a_check_of_a_scope_is_a_line(tmp_path: Path) -> None:
    contract = {
        "dataset": "w/d/t",
        "filter": "a > 0",
        "scopes": {"recent": {"name": "Recent", "filter": "d > DATE '2025-01-01'"}},
        "columns": [{"name": "a", "checks": [{"missing": {"scope": "recent"}}, {"duplicate": None}]}],
        "checks": [{"row_count": {"scope": "recent", "threshold": {"must_be_greater_than": 9}}}],
    }
    place = tmp_path / "contract.yml"
    place.write_text(json.dumps(contract), encoding="utf-8")
    found = beginning.imported(Tool.SODA, [str(place)], {}, {}, "-")
    assert ["its scope 'recent' has its own filter" in str(one) for one in found.untaken] == [True, True]
    assert [line.split(",")[0].strip() for line in found.text.splitlines() if "type:" in line] == ["- {type: unique"]


def test_what_is_understood_of_a_check_is_taken(tmp_path: Path) -> None:
    checks = [
        "row_count same as t in input_db",
        {"freshness(d) < 2h": {"warn_threshold": "1h"}},
        {"schema": {"fail": {"when required columns missing": ["a"], "when column type changed": {"a": "int"}}}},
    ]
    place = tmp_path / "checks.yml"
    place.write_text(json.dumps({"checks for t": checks}), encoding="utf-8")
    found = beginning.imported(Tool.SODA, [str(place)], {}, {}, "-")
    assert [("when column type changed" in str(one)) for one in found.untaken] == [True]
    for said in (
        "{type: row_count, equals: t_input_db}",
        "max_age: 2h}",
        "max_age: 1h, severity: warning}",
        "columns: {a: any}",
        "  t_input_db:",
    ):
        assert said in found.text


def test_a_name_of_other_letters_becomes_one_that_is_told(tmp_path: Path) -> None:
    place = tmp_path / "checks.yml"
    place.write_text(
        "checks for \u6ce8\u6587:\n- row_count > 0\nchecks for \u9867\u5ba2:\n- row_count > 0\n", encoding="utf-8"
    )
    text = beginning.imported(Tool.SODA, [str(place)], {}, {}, "-").text
    assert "  dataset:\n    # There it is called \u6ce8\u6587." in text
    assert "  dataset_2:\n    # There it is called \u9867\u5ba2." in text


def test_failed_rows_under_another_name_and_checks_of_listed_tables(tmp_path: Path) -> None:
    checks = [
        {"invalid_email": {"fail condition": "a = 'x'", "name": "valid"}},
        {"row_count > 0": {"tables": ["t", "public.u"]}},
        {"other": {"a": "b"}},
    ]
    place = tmp_path / "checks.yml"
    place.write_text(json.dumps({"checks for p": checks}), encoding="utf-8")
    found = beginning.imported(Tool.SODA, [str(place)], {}, {}, "-")
    assert ["'other' is not a check" in str(one) for one in found.untaken] == [True]
    assert found.text.count("{type: row_count, min: 1}") == 2
    assert "name: valid" in found.text


def test_a_table_that_only_a_query_names_is_a_dataset(tmp_path: Path) -> None:
    query = "SELECT o.* FROM ${SCHEMA}.t o LEFT JOIN ${SCHEMA}.customers c ON o.cid = c.id, w WHERE c.id IS DISTINCT FROM o.cid"
    place = tmp_path / "checks.yml"
    place.write_text(json.dumps({"checks for t": [{"failed rows": {"fail query": query}}]}), encoding="utf-8")
    found = beginning.imported(Tool.SODA, [str(place)], {}, {}, "-")
    assert not found.untaken
    assert found.datasets == 3
    assert "  customers:\n    # A rule names it" in found.text
    assert "  w:\n" in found.text


@pytest.mark.parametrize("line", ["avg(a) - avg(b) > 0", "sum(coalesce(a, 0)) > 1", "max(a) / min(a) < 3"])
def test_what_is_no_call_of_one_metric_is_a_line(line: str, tmp_path: Path) -> None:
    place = tmp_path / "checks.yml"
    place.write_text(json.dumps({"checks for t": [line]}), encoding="utf-8")
    found = beginning.imported(Tool.SODA, [str(place)], {}, {}, "-")
    assert "is not a check of SodaCL" in str(*found.untaken)
    assert "type:" not in found.text


@pytest.mark.parametrize(
    ("check", "why"),
    [
        ("change avg last 7 for row_count < 50", "with the average of several earlier values"),
        ("change same day last week for row_count < 50", "with the value of another day"),
        ("change for avg(a) < 50", "with one earlier value"),
        ("freshness(d, NOW_UTC) < 1d", "the time in a variable"),
        ("freshness using d with NOW_UTC < 1d", "the time in a variable"),
    ],
)
def test_what_compares_with_something_else_is_a_line_that_says_so(check: str, why: str, tmp_path: Path) -> None:
    place = tmp_path / "checks.yml"
    place.write_text(
        json.dumps({"checks for t": [check], "reconciliation r": {}, "automated monitoring": {}}), encoding="utf-8"
    )
    found = beginning.imported(Tool.SODA, [str(place)], {}, {}, "-")
    assert sorted([why in str(one) for one in found.untaken]) == [False, False, True]
    assert any("watches every dataset" in str(one) for one in found.untaken)
    assert any("compares two data sources" in str(one) for one in found.untaken)
