"""One verdict for each value of `segment_by`, as if the others were not there."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from conftest import checked, csv_text
from idqp_cli.core.model import Result

ROWS: list[list[Any]] = [
    ["a", 1, 5.0], ["a", 1, 6.0], ["b", 1, 7.0], ["b", None, 8.0], ["b", 2, 1.0], [None, 3, 2.0], ["c", 4, 3.0],
]  # fmt: skip


def results(folder: Path, rule: dict[str, Any], rows: list[list[Any]]) -> dict[str | None, Result]:
    (folder / "t.csv").write_text(csv_text(["s", "n", "x"], rows), encoding="utf-8")
    report = checked(folder, [rule], path="t.csv").datasets[0]
    return {result.segment: result for result in report.results if result.rule not in {"parse", "row_count"}}


@pytest.mark.parametrize(("rule", "failed"), [
    ({"type": "completeness", "column": "n"}, {"(missing)": 0, "a": 0, "b": 1, "c": 0}),
    ({"type": "range", "column": "x", "min": 4}, {"(missing)": 1, "a": 0, "b": 1, "c": 1}),
    ({"type": "range", "column": "x", "min": 4, "where": "n = 1"}, {"(missing)": 0, "a": 0, "b": 0, "c": 0}),
    ({"type": "unique", "column": "n"}, {"(missing)": 0, "a": 2, "b": 0, "c": 0}),
    ({"type": "sequence", "column": "x"}, {"(missing)": 0, "a": 0, "b": 1, "c": 0}),
    ({"type": "range", "column": "x", "min": 4, "min_rows": 2}, {"(rare)": 2, "a": 0, "b": 1}),
    ({"type": "unique", "column": "n", "min_rows": 2}, {"(rare)": 0, "a": 2, "b": 0}),
])  # fmt: skip
def test_failed_rows_by_segment(tmp_path: Path, rule: dict[str, Any], failed: dict[str, int]) -> None:
    found = results(tmp_path, {**rule, "segment_by": "s"}, ROWS)
    assert {segment: result.verdict.rows_failed for segment, result in found.items()} == failed


def test_statistics_by_segment(tmp_path: Path) -> None:
    found = results(
        tmp_path, {"type": "statistic", "statistic": "mean", "column": "x", "max": 5.4, "segment_by": "s"}, ROWS
    )
    assert {segment: result.verdict.metric_value for segment, result in found.items()} == {
        "(missing)": 2.0, "a": 5.5, "b": pytest.approx(16 / 3), "c": 3.0,
    }  # fmt: skip
    assert {segment for segment, result in found.items() if result.status == "failed"} == {"a"}


def test_rows_of_a_segment_are_shown_with_it(tmp_path: Path) -> None:
    found = results(tmp_path, {"type": "range", "column": "x", "min": 4, "segment_by": "s"}, ROWS)
    assert {segment: [sample.line for sample in result.samples] for segment, result in found.items()} == {
        "(missing)": [7], "a": [], "b": [6], "c": [8],
    }  # fmt: skip


def test_too_many_segments_are_an_error_that_says_so(tmp_path: Path) -> None:
    rows = [[f"s{number}", number, 1.0] for number in range(1001)]
    found = results(tmp_path, {"type": "completeness", "column": "n", "segment_by": "s"}, rows)
    assert found[None].status == "error"
    assert found[None].verdict.message == "s has more than 1,000 values; say min_rows"
    assert len(results(tmp_path, {"type": "completeness", "column": "n", "segment_by": "s"}, rows[:1000])) == 1000


def test_segments_of_a_column_that_is_not_there_are_an_error(tmp_path: Path) -> None:
    found = results(tmp_path, {"type": "completeness", "column": "n", "segment_by": "nope"}, ROWS)
    assert found[None].status == "error"


def test_counts_of_segments_add_up(tmp_path: Path) -> None:
    chance = random.Random(7)
    rows: list[list[Any]] = [
        [chance.choice("abcde"), chance.choice([None, 1, 2, 3]), chance.random()] for _ in range(500)
    ]
    (whole,) = results(tmp_path, {"type": "range", "column": "n", "max": 2}, rows).values()
    parts = results(tmp_path, {"type": "range", "column": "n", "max": 2, "segment_by": "s"}, rows).values()
    assert sum(part.verdict.rows_evaluated or 0 for part in parts) == whole.verdict.rows_evaluated
    assert sum(part.verdict.rows_failed or 0 for part in parts) == whole.verdict.rows_failed


def test_a_segment_is_no_place_for_personal_values(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(csv_text(["s", "n", "x"], ROWS))
    rule = {"type": "range", "column": "x", "min": 4, "segment_by": "s"}
    (result,) = (
        one for one in checked(tmp_path, [rule], path="t.csv", pii=["s"]).datasets[0].results if one.type == "range"
    )
    assert result.status == "error"
    assert result.segment is None


def test_no_rows_have_no_segments(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("s,n\n")
    rule = {"type": "row_count", "max": 5, "segment_by": "s"}
    report = checked(tmp_path, [rule], path="t.csv", allow_empty=True).datasets[0]
    assert report.results[-1].status == "skipped"


@pytest.mark.parametrize(
    "kind", [{"type": "unique"}, {"type": "sequence"}, {"type": "statistic", "statistic": "distinct_count", "min": 1}]
)
def test_nothing_is_rare_where_nothing_is(tmp_path: Path, kind: dict[str, Any]) -> None:
    rows: list[list[Any]] = [["a", number, 1.0] for number in range(5)]
    assert set(results(tmp_path, {**kind, "column": "n", "segment_by": "s", "min_rows": 2}, rows)) == {"a"}


def test_cells_that_do_not_parse_are_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,x\n1,5\n2,aaa\n3,zzz\n")
    rules: list[dict[str, Any]] = [
        {"type": "length", "column": "x", "max": 1},
        {"type": "pattern", "column": "x", "regex": "^[0-9]$"},
        {"type": "format", "column": "x", "format": "integer"},
    ]
    report = checked(tmp_path, rules, path="t.csv", read={"types": {"x": "BIGINT"}}).datasets[0]
    assert [(one.verdict.rows_evaluated, one.verdict.rows_failed) for one in report.results[-3:]] == [(1, 0)] * 3


def test_a_cell_that_says_missing_or_rare_is_a_segment_of_its_own(tmp_path: Path) -> None:
    cells = [
        None,
        "(missing)",
        "(missing)",
        '"(missing)"',
        '"(missing)"',
        "(rare)",
        "(rare)",
        "x",
        "y",
        None,
        "(a)",
        "(a)",
    ]
    rows: list[list[Any]] = [[cell, None, 1.0] for cell in cells]
    rule = {"type": "completeness", "column": "n", "segment_by": "s", "min_rows": 2}
    found = {segment: result.verdict.rows_failed for segment, result in results(tmp_path, rule, rows).items()}
    assert found == {"(missing)": 2, '"(missing)"': 2, '""(missing)""': 2, '"(rare)"': 2, "(rare)": 2, "(a)": 2}
