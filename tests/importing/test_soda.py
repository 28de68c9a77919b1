"""Soda's checks say here what they say there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from idqp_cli.importing import Tool
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
