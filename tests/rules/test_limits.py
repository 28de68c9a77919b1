"""How many rows may fail: exact shares, numbers of rows, levels, and shares that must hold."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from conftest import checked, reported
from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import Mark, Result
from idqp_cli.core.yaml import Node
from idqp_cli.project import decode
from idqp_cli.project.place import Place
from idqp_cli.rules.needs import EFFECTIVE, EVALUATED, FAILED
from idqp_cli.rules.shares import Count, Level, Share, judged_levels, judged_share


def result(folder: Path, failed: int, rows: int, rule: dict[str, Any], missing: int = 0) -> Result:
    cells = ["0"] * failed + ["1"] * (rows - failed) + [""] * missing
    body = "".join(f"{number},{cell}\n" for number, cell in enumerate(cells))
    (folder / "t.csv").write_text("id,x\n" + body, encoding="utf-8")
    report = checked(folder, [{"type": "range", "column": "x", "min": 1, **rule}], path="t.csv")
    return report.datasets[0].results[-1]


def test_a_share_that_is_exactly_the_threshold_passes() -> None:
    for tenths in range(1, 1000):
        node = Node(f"{tenths / 10}%", Mark(1, 1), {})
        exact = decode.limit(node, Place("rules.yaml"))
        found = [judged_share({EVALUATED: 1000, FAILED: tenths + more}, exact, None, "wrong").status for more in (0, 1)]
        assert (tenths, found) == (tenths, ["passed", "failed"])


@pytest.mark.parametrize(("threshold", "failed", "rows", "status"), [
    ("0.7%", 7, 1000, "passed"), ("0.7 %", 8, 1000, "failed"), (0.007, 7, 1000, "passed"),
    ("2.9%", 29, 1000, "passed"), ("33.333333333333333%", 1, 3, "failed"), ("33.333333333333333334%", 1, 3, "passed"),
    ("0%", 0, 3, "passed"), ("100%", 3, 3, "passed"), (0, 1, 3, "failed"),
    ("1 row", 1, 3, "passed"), ("1 rows", 2, 3, "failed"), ("0 rows", 1, 3, "failed"), ("1,000 rows", 3, 3, "passed"),
])  # fmt: skip
def test_threshold(tmp_path: Path, threshold: object, failed: int, rows: int, status: str) -> None:
    assert result(tmp_path, failed, rows, {"threshold": threshold}).status == status


def test_a_number_of_yaml_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,x\n1,0\n2,1\n3,1\n", encoding="utf-8")
    for written, status in (("0.33333333333333333", "failed"), ("0.33333333333333334", "passed")):
        text = (
            "version: 1\ndatasets:\n  t:\n    path: t.csv\n    rules:\n"
            f"      - {{type: range, column: x, min: 1, threshold: {written}}}\n"
        )
        (tmp_path / "rules.yaml").write_text(text, encoding="utf-8")

        assert reported(tmp_path).datasets[0].results[-1].status == status


@pytest.mark.parametrize(("rule", "message"), [
    ({"threshold": 1}, "write 100% for all rows, or 1 row"), ({"threshold": 1.0}, "write 100% for all rows, or 1 row"),
    ({"threshold": 3}, "write 3 rows"), ({"threshold": "3"}, "like 0.01, 1% or 100 rows"),
    ({"threshold": "-1 rows"}, "like 0.01"), ({"threshold": "101%"}, "like 0.01"), ({"threshold": True}, "like 0.01"),
    ({"warn": "1%", "threshold": "2%"}, "threshold: goes without warn"),
    ({"fail": "1%", "severity": "info"}, "severity: goes without fail"),
    ({"warn": "2%", "fail": "1%"}, "warn: must be below fail"), ({"warn": "2 rows", "fail": "2 rows"}, "warn: must be"),
    ({"min_share": "95%", "threshold": "2%"}, "min_share: goes without threshold"),
    ({"min_share": 1}, "Write 100% for all rows"), ({"min_share": "95%", "warn": "1%"}, "min_share: goes without warn"),
    ({"confidence": 0.95, "threshold": "3 rows"}, "confidence: needs a threshold"),
    ({"confidence": 0.95, "min_share": "100%"}, "confidence: needs a threshold"),
    ({"of": "rows"}, "of: must be one of values, all"),
])  # fmt: skip
def test_limits_that_are_refused(tmp_path: Path, rule: dict[str, Any], message: str) -> None:
    with pytest.raises(RulesError) as refused:
        result(tmp_path, 0, 1, rule)
    assert message in str(refused.value)


@pytest.mark.parametrize(("failed", "status", "severity"), [
    (0, "passed", "critical"), (1, "passed", "critical"), (2, "failed", "warning"), (5, "failed", "warning"),
    (6, "failed", "critical"),
])  # fmt: skip
def test_one_rule_has_two_levels(tmp_path: Path, failed: int, status: str, severity: str) -> None:
    found = result(tmp_path, failed, 100, {"warn": "1%", "fail": "5 rows"})
    assert (found.status, found.severity) == (status, severity)
    assert not failed or "warning above 1 %, critical above 5 rows" in found.verdict.message or status == "passed"


def test_one_level_alone(tmp_path: Path) -> None:
    assert result(tmp_path, 2, 100, {"warn": "1%"}).severity == "warning"
    assert result(tmp_path, 2, 100, {"fail": "1%"}).severity == "critical"


def test_levels_of_segments_are_each_its_own(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("s,x\na,0\na,0\na,1\nb,0\nb,1\nb,1\nc,1\n", encoding="utf-8")
    rule = {"type": "range", "column": "x", "min": 1, "segment_by": "s", "warn": "10%", "fail": "1 row"}
    results = checked(tmp_path, [rule]).datasets[0].results
    found = {one.segment: (one.status, one.severity) for one in results if one.type == "range"}
    assert found == {"a": ("failed", "critical"), "b": ("failed", "warning"), "c": ("passed", "critical")}


def test_levels_of_a_sample() -> None:
    levels = (Level(Count(100), None), Level(Share(Fraction(1, 100)), None))
    certain = judged_levels({EVALUATED: 1000, FAILED: 101, EFFECTIVE: 1000}, levels, None, "wrong")
    assert certain.status == "failed"
    assert "settled" not in certain.message
    open_ = judged_levels({EVALUATED: 1000, FAILED: 0, EFFECTIVE: 1000}, levels, None, "wrong")
    assert (open_.status, "only the whole file would settle it" in open_.message) == ("inconclusive", True)
    mild = judged_levels({EVALUATED: 1000, FAILED: 50, EFFECTIVE: 1000}, levels, None, "wrong")
    assert (mild.status, "is not settled" in mild.message) == ("failed", True)


@pytest.mark.parametrize(("rule", "status", "evaluated", "failed"), [
    ({"min_share": "60%"}, "passed", 5, 2), ({"min_share": "60.1%"}, "failed", 5, 2),
    ({"min_share": "30%", "of": "all"}, "passed", 10, 7), ({"min_share": "31%", "of": "all"}, "failed", 10, 7),
    ({"threshold": "20%", "of": "all"}, "passed", 10, 2), ({"threshold": "19%", "of": "all"}, "failed", 10, 2),
    ({"threshold": "20%"}, "failed", 5, 2), ({"min_share": "3%", "of": "all", "where": "id < 2"}, "failed", 2, 2),
])  # fmt: skip
def test_a_share_of_all_rows_and_one_that_must_hold(
    tmp_path: Path, rule: dict[str, Any], status: str, evaluated: int, failed: int
) -> None:
    verdict = result(tmp_path, 2, 5, rule, missing=5).verdict
    assert (verdict.status, verdict.rows_evaluated, verdict.rows_failed) == (status, evaluated, failed)


def test_no_value_is_no_share_that_holds(tmp_path: Path) -> None:
    assert result(tmp_path, 0, 0, {"min_share": "5%"}, missing=3).status == "skipped"
    assert result(tmp_path, 0, 0, {"min_share": "5%", "of": "all"}, missing=3).status == "failed"


def test_a_share_just_above_the_threshold_is_shown_apart_from_it() -> None:
    message = judged_share({EVALUATED: 142_857, FAILED: 1001}, Share(Fraction(7, 1000)), None, "wrong").message
    assert "(0.7 %, 0.7 % allowed)" not in message


@pytest.mark.parametrize(("rule", "wrong", "right"), [
    ({"type": "unique", "column": "x"}, [7, 7, 7], list(range(10, 20))),
    ({"type": "references", "column": "x", "dataset": "t", "to": "y"}, [70, 71, 72], [1] * 10),
    ({"type": "sequence", "column": "x"}, [9, 8, 7, 6], [9] * 10),
    ({"type": "query", "sql": "SELECT * FROM t WHERE x = 7"}, [7, 7, 7], [1] * 10),
    ({"type": "outliers", "column": "x", "method": "iqr"}, [900, 901, 902], [1, 2, 3, 4, 5] * 10),
    ({"type": "completeness", "column": "x"}, ["", "", ""], [1] * 10),
])  # fmt: skip
def test_levels_are_numbers_of_rows_for_every_type_about_rows(
    tmp_path: Path, rule: dict[str, Any], wrong: list[object], right: list[object]
) -> None:
    cells = "".join(f"{cell},1\n" for cell in (*wrong, *right))
    (tmp_path / "t.csv").write_text("x,y\n" + cells, encoding="utf-8")
    levels = [("4 rows", "5 rows"), ("1 row", "5 rows"), ("1 row", "2 rows")]
    found = [checked(tmp_path, [{**rule, "warn": warn, "fail": fail}]).datasets[0].results[-1] for warn, fail in levels]
    assert [(one.status, one.severity) for one in found] == [
        ("passed", "critical"),
        ("failed", "warning"),
        ("failed", "critical"),
    ]
    assert "warning above 1" in found[1].verdict.message
    assert "critical above 5" in found[1].verdict.message


def test_levels_of_values_and_of_differences(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y\na,1\nb,2\n", encoding="utf-8")
    rules: list[dict[str, Any]] = [
        {"type": "required_values", "column": "x", "values": ["a", "b", "c", "d"], "warn": "25%", "fail": "50%"},
        {"type": "required_values", "column": "x", "values": ["a", "c", "d"], "warn": "25%", "fail": "50%"},
        {"type": "schema", "columns": {"x": "any", "z": "any", "w": "any"}, "warn": 1, "fail": 3},
        {"type": "schema", "columns": {"x": "any", "z": "any", "w": "any"}, "warn": 1, "fail": 2},
    ]
    found = checked(tmp_path, rules).datasets[0].results[-4:]
    assert [(one.status, one.severity) for one in found] == [("failed", "warning"), ("failed", "critical")] * 2
    assert "(warning above 1, critical above 3)" in found[2].verdict.message


@pytest.mark.parametrize(("rule", "failed", "evaluated"), [
    ({"type": "unique", "column": "x"}, {"a": 2, "b": 0, "c": 0}, {"a": 4, "b": 2, "c": 1}),
    ({"type": "sequence", "column": "x"}, {"a": 1, "b": 1, "c": 0}, {"a": 4, "b": 2, "c": 1}),
    ({"type": "references", "column": "x", "dataset": "t", "to": "y"}, {"a": 2, "b": 1, "c": 0}, {"a": 4, "b": 2, "c": 1}),
])  # fmt: skip
def test_segments_have_a_share_of_all_their_rows(
    tmp_path: Path, rule: dict[str, Any], failed: dict[str, int], evaluated: dict[str, int]
) -> None:
    (tmp_path / "t.csv").write_text("s,x,y\na,7,1\na,7,3\na,,\na,3,\nb,9,\nb,1,\nc,,\n", encoding="utf-8")
    results = checked(tmp_path, [{**rule, "segment_by": "s", "of": "all"}]).datasets[0].results
    found = {str(one.segment): one.verdict for one in results if one.type == rule["type"]}
    assert {name: one.rows_failed for name, one in found.items()} == failed
    assert {name: one.rows_evaluated for name, one in found.items()} == evaluated


@pytest.mark.parametrize(("rule", "message"), [
    ({"type": "unique", "of": "all", "min_share": "5%"}, "of: goes without min_share here"),
    ({"type": "sequence", "of": "all", "min_share": "5%"}, "of: goes without min_share here"),
    ({"type": "required_values", "values": [1], "fail": "2 rows"}, "fail: must be"),
    ({"type": "outliers", "fail": 2}, "fail: must be a share of the rows or a number of them"),
    ({"type": "outliers", "warn": "2 rows", "threshold": "1%"}, "threshold: goes without warn"),
])  # fmt: skip
def test_limits_that_a_type_refuses(tmp_path: Path, rule: dict[str, Any], message: str) -> None:
    (tmp_path / "t.csv").write_text("x\n1\n", encoding="utf-8")
    with pytest.raises(RulesError) as refused:
        checked(tmp_path, [{"column": "x", **rule}])
    assert message in str(refused.value)
