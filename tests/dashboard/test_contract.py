"""The dashboard's idea of the API's answers is the API's own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TYPES = ROOT / "dashboard" / "src" / "api" / "types.ts"
# What the dashboard calls an answer, and what the API calls it.
SHAPES = {
    "ServerStatus": "StatusShape", "Me": "Me", "Incident": "IncidentShape", "IncidentEvent": "EventShape",
    "WholeIncident": "WholeIncident", "Dataset": "DatasetShape", "LastRun": "LastRun", "RecordedRule": "RuleShape",
    "Run": "RunShape", "CheckedDataset": "DatasetOfRun", "WholeRun": "WholeRun", "RunResult": "ResultShape",
    "DayScore": "DayScore", "DatasetScores": "DatasetScores", "Scores": "Scores", "SchemaVersion": "VersionShape", "Schema": "WholeVersion",
    "SchemaColumn": "ColumnShape", "SchemaChange": "ChangeShape",
    "Person": "PersonShape", "Token": "TokenShape", "AuditEntry": "EntryShape", "AuditState": "Verified",
    "Review": "ReviewShape", "Times": "Times", "Check": "CheckShape", "Bin": "BinShape", "Distribution": "DistributionShape",
}  # fmt: skip


def interfaces() -> Mapping[str, Mapping[str, str]]:
    """Return the fields of each interface with their types, those of the interface that it extends too."""
    found: dict[str, dict[str, str]] = {}
    pattern = r"export interface (\w+)(?: extends (\w+))? \{\n(.*?)\n\}"
    for name, parent, body in re.findall(pattern, TYPES.read_text(encoding="utf-8"), re.DOTALL):
        own = dict(re.findall(r"readonly (\w+\??): ([^;]+);", body))
        found[name] = {**found.get(parent, {}), **own}
    return found


@cache
def shapes() -> Mapping[str, Any]:
    return dict(json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["components"]["schemas"])


@pytest.mark.parametrize(("ours", "theirs"), SHAPES.items())
def test_the_fields_are_those_of_the_api(ours: str, theirs: str) -> None:
    answered = shapes()[theirs]["properties"]
    for name, written in interfaces()[ours].items():
        assert name in answered, name
        null = any(one.get("type") == "null" for one in answered[name].get("anyOf", ()))
        assert not null or "null" in written, f"{name} may be null"
