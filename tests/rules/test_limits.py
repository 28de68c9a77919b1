"""How many rows may fail: exact shares, numbers of rows, levels, and shares that must hold."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from conftest import checked, reported
from idqp_cli import decode
from idqp_cli.document import Node
from idqp_cli.errors import RulesError
from idqp_cli.model import Mark, Result
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
        exact = decode.limit(node, decode.Place("rules.yaml"))
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
    ({"min_share": 1}, "write 100%"), ({"min_share": "95%", "warn": "1%"}, "min_share: goes without warn"),
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
