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
