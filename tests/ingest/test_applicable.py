"""The keys of `read` that do not apply to a format are refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import checked


@pytest.mark.parametrize(
    ("key", "value"), [("delimiter", ";"), ("quote", "'"), ("header", False), ("skip", 0), ("skip", 2)]
)
def test_what_json_has_not_is_refused_by_name(tmp_path: Path, key: str, value: object) -> None:
    (tmp_path / "t.jsonl").write_text('{"a":1}\n')
    (report,) = checked(tmp_path, (), path="t.jsonl", read={key: value}).datasets
    assert report.message is not None
    assert f"read.{key} does not apply to JSON" in report.message


def test_missing_values_and_types_apply_to_json(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"a":"007","b":"NA"}\n{"a":"x","b":-999}\n{"a":"12","b":5}\n')
    rules: list[dict[str, object]] = [
        {"type": "completeness", "column": "b"},
        {"type": "range", "column": "a", "max": 10},
    ]
    read = {"missing_values": ["NA", "-999"], "types": {"a": "INTEGER"}}
    (report,) = checked(tmp_path, rules, path="t.jsonl", read=read).datasets
    found = {result.rule: result for result in report.results}
    assert found["completeness(b)"].verdict.rows_failed == 2
    assert [(one.line, one.column) for one in found["parse"].samples] == [(2, "a")]
    assert [one.line for one in found["range(a)"].samples] == [3]
