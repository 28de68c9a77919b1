"""What a JSON Schema says inside cells holds of the same rows as for the library `jsonschema`, in JSON lines and Parquet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
import yaml

from conftest import Shell, reported
from idqp_cli.core.model import Status
from idqp_cli.importing import Tool
from idqp_cli.pipeline import beginning

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "jsonschema_inside.yaml").read_text(encoding="utf-8"))
ENDINGS = ("jsonl", "parquet")


def _write(folder: Path, rows: list[dict[str, Any]], ending: str) -> None:
    lines = folder / "t.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    if ending == "parquet":
        duckdb.sql(f"COPY (FROM read_json('{lines}')) TO '{folder / 't.parquet'}'")
        lines.unlink()


def _fails(folder: Path, schema: dict[str, Any], rows: list[dict[str, Any]], ending: str) -> bool:
    (folder / "t.schema.json").write_text(json.dumps(schema), encoding="utf-8")
    _write(folder, rows, ending)
    found = beginning.imported(Tool.JSONSCHEMA, [str(folder / "t.schema.json")], {}, {}, "-")
    assert not found.untaken, list(map(str, found.untaken))
    (folder / "rules.yaml").write_text(found.text.replace("path: t.csv", f"path: t.{ending}"), encoding="utf-8")
    (report,) = reported(folder).datasets
    errors = [one.verdict.message for one in report.results if one.status is Status.ERROR]
    assert not errors, (errors, found.text)
    return any(one.status is Status.FAILED for one in report.results)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["it"])
def test_inside(case: dict[str, Any], ending: str, tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(
        case["schema"], format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    good, bad = case["valid"], case["invalid"] if ending == "jsonl" else case.get("typed", case["invalid"])
    assert all(validator.is_valid(row) for row in good)
    assert not any(validator.is_valid(row) for row in bad)
    assert not _fails(tmp_path, case["schema"], good, ending)
    for row in bad:
        # Beside rows that are right, from which columns that are not in this one have their types.
        assert _fails(tmp_path, case["schema"], [*good, row], ending), row


def test_what_is_not_said_has_a_line(shell: Shell) -> None:
    schema = {
        "properties": {
            "a": {"properties": {"b": {"const": {"c": 1}}, "d": {"format": "strange"}, "e": {"$ref": "other.json"}}},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        },
        "$defs": {"line": {"properties": {"line": {"$ref": "#/$defs/line"}}}},
        "patternProperties": {"^x": {"type": "integer"}},
        "minProperties": 2,
    }
    shell.write("t.json", json.dumps(schema))
    ran = shell.idqp("init", "--from", "jsonschema", "t.json", "--output", "-")
    assert ran.code == 1
    for told in ("a.b: enum", "a.d: format", "a.e: ", "nested deeper", "patternProperties", "minProperties"):
        assert told in ran.err, ran.err
