"""What `idqp rule lint` says of rules that can be used and cannot be meant; and honest rules, of which it says nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from idqp_cli.pipeline.lint import lint

Rule = dict[str, Any]


def linted(folder: Path, *rules: Rule, **dataset: object) -> list[str]:
    """Return what is said of the rules of one dataset, without the place."""
    numbered = [{"name": f"r{number}", "column": "a", **rule} for number, rule in enumerate(rules)]
    listed = [{key: value for key, value in rule.items() if value is not None} for rule in numbered]
    document = {"version": 1, "datasets": {"t": {"path": "t.csv", "rules": listed, **dataset}}}
    path = folder / "rules.yaml"
    path.write_text(json.dumps(document, indent=1).replace("Infinity", ".inf"), encoding="utf-8")
    return [str(fault).partition(": t: ")[2] or str(fault) for fault in lint(str(path), {}).faults]


RANGE = {"type": "range", "min": 0}
ACCEPTED = {"type": "accepted_values", "values": ["x", "y"]}
WHOLE: Rule = {"column": None}


@pytest.mark.parametrize(("rule", "told"), [
    ({**RANGE, "threshold": "100%"}, "every row may fail, so the rule never does"),
    ({**ACCEPTED, "fail": "100%"}, "every row may fail, so the rule never does at the level fail"),
    ({**RANGE, "min_share": 0}, "no row has to hold, so the rule never fails"),
    ({**RANGE, "min_share": "0%", "of": "all"}, "no row has to hold"),
    ({"type": "required_values", "values": [1, 2], "threshold": "100%"}, "so the rule never does"),
    ({"type": "outliers", "method": "iqr", "threshold": "100%"}, "so the rule never does"),
    ({"type": "unique", "threshold": "100 %"}, "so the rule never does"),
    ({"type": "range", "min": float("-inf")}, "no number is outside of infinity"),
    ({"type": "range", "min": float("-inf"), "max": float("inf")}, "no number is outside of infinity"),
    ({"type": "length", "min": 0}, "no text is shorter than 0 characters"),
    ({"type": "pattern", "regex": ".*"}, "'.*' is found in every text"),
    ({"type": "pattern", "regex": ["^x", "^"]}, "'^' is found in every text"),
    ({"type": "pattern", "like": "%"}, "every text is like '%'"),
    ({**WHOLE, "type": "row_count", "min": 0}, "there are never fewer than 0 rows"),
    ({"type": "statistic", "statistic": "stddev", "min": 0}, "a stddev is never below 0"),
    ({"type": "statistic", "statistic": "distinct_share", "min": -1, "max": 1}, "a distinct share is never below 0"),
    ({"type": "statistic", "statistic": "mode_share", "max": 2}, "a mode share is never above 1"),
    ({**WHOLE, "type": "query", "sql": "SELECT count(*) FROM t WHERE a > 1", "min": 0}, "a count is never below 0"),
    ({**WHOLE, "type": "schema", "columns": {"a": {"required": False}}, "allow_extra": True}, "no column has to be there"),
    ({**WHOLE, "type": "schema", "min_columns": 0}, "there are never fewer than 0 columns"),
    ({**WHOLE, "type": "expression", "expression": "1 = 1"}, "it names no column, so it is the same for every row"),
    ({**RANGE, "where": "1 = 2"}, "it is true of no row, so the rule never fails"),
    ({**RANGE, "threshold": "100%", "enabled": False}, "every row may fail"),
])  # fmt: skip
def test_a_rule_that_can_never_fail(tmp_path: Path, rule: Rule, told: str) -> None:
    (found,) = linted(tmp_path, rule)
    assert found.startswith("r0: ")
    assert told in found


@pytest.mark.parametrize(("first", "second", "told"), [
    ({"type": "range", "min": 10}, {"type": "range", "max": 5}, "no value is in both ranges"),
    ({"type": "range", "max": 5}, {"type": "range", "min": 5, "exclusive": "min"}, "no value is in both ranges"),
    ({"type": "range", "min": "2024-01-01"}, {"type": "range", "max": "2023-12-31"}, "no value is in both ranges"),
    ({"type": "range", "min": "m"}, {"type": "range", "max": "b"}, "no value is in both ranges"),
    ({"type": "range", "min": 10, "threshold": "40%"}, {"type": "range", "max": 5, "min_share": "50%"}, "both ranges"),
    ({"type": "range", "min": 10, "where": "b > 1"}, {"type": "range", "max": 5}, "no value is in both ranges"),
    ({"type": "length", "min": 5}, {"type": "length", "max": 4}, "no text has both lengths"),
    ({**WHOLE, "type": "row_count", "min": 10}, {**WHOLE, "type": "row_count", "max": 9}, "no number of rows"),
    ({"type": "statistic", "statistic": "mean", "min": 2}, {"type": "statistic", "statistic": "mean", "max": 1}, "no mean"),
    (ACCEPTED, {"type": "rejected_values", "values": ["z", "y"]}, "y is accepted and rejected"),
    ({"type": "rejected_values", "values": ["x", "y"], "threshold": "5%"}, {**ACCEPTED, "min_share": "90%"}, "x is accepted and rejected"),
    (ACCEPTED, {"type": "accepted_values", "values": ["z"]}, "no value is accepted by both"),
    (ACCEPTED, {"type": "required_values", "values": ["x", "z"]}, "z is required and not accepted"),
    ({"type": "required_values", "values": [1, 2]}, {"type": "rejected_values", "values": [2]}, "2 is required and rejected"),
    ({"type": "range", "max": 5}, {"type": "accepted_values", "values": [6, 7]}, "no accepted value is in the range"),
    ({"type": "required_values", "values": [6]}, {"type": "range", "max": 5}, "6 is required and outside of the range"),
    ({"type": "pattern", "regex": "^a"}, {"type": "pattern", "regex": "^a", "negate": True}, "must not match"),
    ({"type": "completeness"}, {**WHOLE, "type": "expression", "expression": "A is null"}, "has to be there in one, and NULL"),
    ({"type": "completeness"}, {**WHOLE, "type": "expression", "expression": '"a" IS NULL'}, "has to be there in one, and NULL"),
])  # fmt: skip
def test_two_rules_that_contradict_each_other(tmp_path: Path, first: Rule, second: Rule, told: str) -> None:
    for rules in ((first, second), (second, first)):
        (found,) = linted(tmp_path, *rules)
        assert found.startswith("r1: cannot pass where 'r0' (line ")
        assert told in found


@pytest.mark.parametrize(("first", "second", "who", "told"), [
    (RANGE, RANGE, "r1", "says what 'r0' (line"), (RANGE, {**RANGE, "severity": "critical"}, "r0", "says what 'r1' (line"),
    ({**RANGE, "where": "b"}, {**RANGE, "where": "b"}, "r1", "says what"), (RANGE, {**RANGE, "column": "A"}, "r1", "says what"),
    ({**WHOLE, "type": "unique", "columns": ["a", "b"]}, {**WHOLE, "type": "unique", "columns": ["b", "a"]}, "r1", "says what"),
    ({**WHOLE, "type": "query", "sql": "SELECT 1 FROM t"}, {**WHOLE, "type": "query", "sql": "SELECT 1 FROM t"}, "r1", "says what"),
    ({"type": "unique"}, {**WHOLE, "type": "unique", "columns": ["a", "b"]}, "r1", "says nothing beside 'r0'"),
    ({**WHOLE, "type": "unique", "columns": ["b", "a"]}, {"type": "unique"}, "r0", "says nothing beside 'r1'"),
    ({**WHOLE, "type": "completeness", "columns": ["a", "b"]}, {"type": "completeness"}, "r1", "which is stricter"),
    ({"type": "range", "min": 0, "max": 5}, {"type": "range", "max": 9}, "r1", "which is stricter"),
    ({"type": "length", "min": 2}, {"type": "length", "min": 1}, "r1", "which is stricter"),
    (ACCEPTED, {**ACCEPTED, "values": ["x", "y", "z"]}, "r1", "which is stricter"),
    ({"type": "rejected_values", "values": [1, 2]}, {"type": "rejected_values", "values": [2]}, "r1", "which is stricter"),
    (RANGE, {**RANGE, "threshold": "5%"}, "r1", "which is stricter"), (RANGE, {**RANGE, "where": "b > 1"}, "r1", "which is stricter"),
    (RANGE, {**RANGE, "min_share": "95%"}, "r1", "which is stricter"), ({"type": "pattern", "regex": "a", "threshold": "3 rows"}, {"type": "pattern", "regex": "a"}, "r0", "which is stricter"),
])  # fmt: skip
def test_a_rule_that_another_makes_needless(tmp_path: Path, first: Rule, second: Rule, who: str, told: str) -> None:
    (found,) = linted(tmp_path, first, second)
    assert found.startswith(f"{who}: ")
    assert told in found


@pytest.mark.parametrize("rules", [
    [{**RANGE, "severity": "warning"}, {**RANGE, "threshold": "5%", "severity": "critical"}],
    [{"type": "range", "min": 0, "max": 50, "severity": "info"}, {"type": "range", "min": 0, "max": 100}],
    [{**RANGE, "where": "b = 1"}, {"type": "range", "max": -1, "where": "b = 2"}],
    [{**RANGE, "where": "b = 1"}, {**RANGE, "where": "b = 2"}], [RANGE, {**RANGE, "segment_by": "s"}],
    [{"type": "range", "min": 0}, {"type": "range", "max": 0}], [{"type": "range", "min": 0}, {"type": "range", "min": 1, "column": "b"}],
    [{**ACCEPTED, "min_share": "60%"}, {"type": "rejected_values", "values": ["y"], "threshold": "50%"}],
    [ACCEPTED, {"type": "rejected_values", "values": ["z"]}], [ACCEPTED, {"type": "required_values", "values": ["x"]}],
    [{**ACCEPTED, "values": [1, 2]}, {**ACCEPTED, "values": ["1", "2"], "severity": "info"}],
    [{"type": "unique"}, {"type": "completeness"}], [{"type": "unique"}, {"type": "unique", "nulls": "compare", "severity": "critical"}],
    [{**WHOLE, "type": "unique", "columns": ["a", "b"]}, {**WHOLE, "type": "unique", "columns": ["a", "c"]}],
    [{"type": "pattern", "regex": "^.*$"}, {"type": "pattern", "regex": "x", "negate": True}], [{"type": "pattern", "like": "%x"}],
    [{**WHOLE, "type": "row_count", "min": 0, "exclusive": "min"}], [{**WHOLE, "type": "row_count", "min": 0, "change": "10%"}],
    [{"type": "length", "min": 0, "max": 3}], [{"type": "statistic", "statistic": "mean", "min": 0}], [{"type": "statistic", "statistic": "stddev", "min": 0, "exclusive": "min"}],
    [{"type": "statistic", "statistic": "mean", "min": 2}, {"type": "statistic", "statistic": "median", "max": 1}],
    [{**WHOLE, "type": "query", "sql": "SELECT sum(a) FROM t", "min": 0}], [{**WHOLE, "type": "query", "sql": "SELECT count(*) FROM t", "min": 0, "max": 5}],
    [{**WHOLE, "type": "schema", "columns": {"a": {"required": False}}}], [{**WHOLE, "type": "schema", "columns": {"a": {"required": False, "type": "BIGINT"}}, "allow_extra": True}],
    [{**WHOLE, "type": "expression", "expression": "a IS NULL OR b > 1"}, {"type": "completeness"}], [{**RANGE, "where": "current_date > DATE '2999-01-01'"}],
    [{**WHOLE, "type": "expression", "expression": "b IS NULL"}, {"type": "completeness"}], [{**RANGE, "threshold": "99%"}], [{**RANGE, "fail": "1 row", "warn": 0}],
    [RANGE, {**RANGE, "enabled": False}], [RANGE, {**RANGE, "of": "all", "min_share": "95%"}], [{**RANGE, "min_share": "1%"}],
    [{"type": "range", "min": 10, "threshold": "50%"}, {"type": "range", "max": 5, "threshold": "50%"}],
    [{"type": "range", "min": "2024-01-01T00:00:00+02:00"}, {"type": "range", "max": "2024-01-01T00:00:00Z"}],
    [{"type": "required_values", "values": ["z"], "where": "b = 1"}, {**ACCEPTED, "where": "b = 2"}],
    [{"type": "outliers", "method": "iqr"}, {"type": "outliers", "method": "iqr", "where": "b = 1"}], [{"type": "sequence"}, {"type": "sequence", "strict": True, "severity": "info"}],
])  # fmt: skip
def test_of_honest_rules_nothing_is_said(tmp_path: Path, rules: list[Rule]) -> None:
    assert linted(tmp_path, *rules) == []


def test_personal_values_are_not_told(tmp_path: Path) -> None:
    rejected = {"type": "rejected_values", "values": ["y"]}
    (found,) = linted(tmp_path, ACCEPTED, rejected, pii=["A"])
    assert found.endswith("a value is accepted and rejected")


def test_a_rule_that_cannot_be_used_is_told_beside_one_that_is_needless(tmp_path: Path) -> None:
    broken = {"type": "pattern", "regex": "("}
    found = linted(tmp_path, RANGE, broken, {**RANGE, "threshold": "100%"})
    assert [one.partition(":")[0] for one in found] == ["r1", "r2", "r2"]
