"""What is written for other tools is read again with the same meaning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Shell, reported, rules_text
from idqp_cli import exporting
from idqp_cli.core.model import Status
from idqp_cli.exporting import Target
from idqp_cli.importing import Tool
from idqp_cli.pipeline import beginning
from idqp_cli.project import project

ENDINGS = {Target.GX: "t.json", Target.JSONSCHEMA: "t.json"}
ALL = {"soda", "dbt", "gx", "odcs", "jsonschema"}
COLUMNAR = ALL - {"jsonschema"}
TABLES = ["a,b,c\n1,x,10\n2,y,20\n3,z,30", "a,b,c\n1,x,10\n1,,-5\n,xyz,\n9,w,7"]
# The rule, and the tools that can say it.
RULES: list[tuple[dict[str, Any], set[str]]] = [
    ({"type": "completeness", "column": "a"}, ALL),
    ({"type": "completeness", "column": "b", "threshold": "25%"}, COLUMNAR),
    ({"type": "completeness", "column": "b", "threshold": "1 row", "where": "c > 0"}, {"soda", "dbt", "odcs"}),
    ({"type": "completeness", "column": "a", "severity": "warning"}, COLUMNAR),
    ({"type": "completeness", "column": "a", "warn": "0 rows", "fail": "1 row"}, {"soda", "dbt", "odcs"}),
    ({"type": "unique", "column": "a"}, COLUMNAR),
    ({"type": "unique", "columns": ["a", "b"], "nulls": "compare"}, COLUMNAR),
    ({"type": "accepted_values", "column": "b", "values": ["x", "y", "z"]}, ALL),
    ({"type": "accepted_values", "column": "b", "values": ["x"], "threshold": "70%"}, {"soda", "gx", "odcs"}),
    ({"type": "rejected_values", "column": "b", "values": ["w"]}, ALL),
    ({"type": "range", "column": "c", "min": 0, "max": 100}, ALL),
    ({"type": "range", "column": "c", "min": 7, "exclusive": "min"}, ALL),
    ({"type": "length", "column": "b", "max": 2}, ALL),
    ({"type": "pattern", "column": "b", "regex": "^[a-z]$"}, ALL),
    ({"type": "pattern", "column": "b", "regex": ["y", "z"], "negate": True, "where": "a > 1"}, COLUMNAR),
    ({"type": "expression", "expression": "a < c", "where": "c IS NOT NULL"}, COLUMNAR),
    ({"type": "row_count", "min": 2, "max": 3}, COLUMNAR),
    ({"type": "statistic", "column": "c", "statistic": "mean", "min": 5, "max": 21}, {"soda", "dbt", "gx"}),
    ({"type": "statistic", "column": "c", "statistic": "quantile", "q": 0.5, "max": 10}, {"soda", "dbt", "gx"}),
    ({"type": "schema", "columns": {"a": "any", "d": "any"}, "allow_extra": True}, COLUMNAR),
    ({"type": "query", "sql": "SELECT * FROM t WHERE c < 0"}, {"soda", "gx", "odcs"}),
    ({"type": "query", "sql": "SELECT max(c) - min(c) FROM t", "max": 25}, {"soda", "odcs"}),
    ({"type": "format", "column": "a", "format": "integer"}, {"jsonschema"}),
    ({"type": "sequence", "column": "a"}, {"gx"}),
    ({"type": "drift", "column": "a"}, set()),
]


def worst(folder: Path) -> list[str]:
    """Return what the rules of the folder say, with how bad it is."""
    (report,) = reported(folder).datasets
    own = [one for one in report.results if one.type not in {"parse", "check"}]
    assert not [one.verdict.message for one in own if one.status is Status.ERROR]
    return sorted({f"{one.severity}" for one in own if one.status is Status.FAILED})


@pytest.mark.parametrize(("rule", "tools"), RULES, ids=[json.dumps(rule) for rule, _ in RULES])
def test_a_round_trip_keeps_the_meaning(rule: dict[str, Any], tools: set[str], tmp_path: Path) -> None:
    severe = {} if {"severity", "warn", "type"} & set(rule) - {"type"} else {"severity": "critical"}
    for table in TABLES:
        (tmp_path / "t.csv").write_text(table + "\n", encoding="utf-8")
        (tmp_path / "rules.yaml").write_text(rules_text([{**rule, **severe}]), encoding="utf-8")
        loaded = project.load(str(tmp_path / "rules.yaml"), {})
        owned = [(loaded.datasets[0], loaded.rules["t"])]
        made = {target: exporting.write(target, owned) for target in Target}
        assert {str(target) for target, one in made.items() if not one.untaken} == tools
        expected = worst(tmp_path) if tools else []
        for target in map(Target, sorted(tools)):
            path = tmp_path / ENDINGS.get(target, "t.yml")
            path.write_text(made[target].text, encoding="utf-8")
            found = beginning.imported(Tool(target), [str(path)], {}, {}, "-")
            assert not found.untaken, (list(map(str, found.untaken)), made[target].text)
            (tmp_path / "rules.yaml").write_text(found.text, encoding="utf-8")
            assert worst(tmp_path) == expected, (target, table, made[target].text, found.text)


def test_the_command(shell: Shell) -> None:
    shell.rules({"type": "completeness", "column": "a"}, {"type": "drift", "column": "a"}, owner="me", pii=["a"])
    ran = shell.idqp("rule", "export", "--to", "dbt")
    assert ran.code == 1
    assert ran.err == "idqp: not converted: t: drift(a): drift has no equivalent; write a singular test\n"
    assert "owner: me" in ran.out
    assert "- not_null" in ran.out
    assert shell.idqp("rule", "export", "--to", "odcs", "t", "--output", "c.yaml").code == 1
    assert shell.idqp("rule", "export", "--to", "odcs", "t", "--output", "c.yaml").code == 2
    assert shell.idqp("rule", "export", "--to", "soda", "u").code == 2
    shell.write("t.csv", "a,b\n,1\n1,1\n")
    assert shell.idqp("check", "--rules", "c.yaml", "--no-store").code == 1


@pytest.mark.parametrize("kind", ["any text", "VARCHAR"])
def test_a_text_in_a_json_schema_is_one_again(kind: str, shell: Shell) -> None:
    shell.rules(
        {
            "type": "schema",
            "columns": {"a": {"type": kind, "required": False}},
            "allow_extra": True,
            "severity": "critical",
        },
        {"type": "format", "column": "a", "format": "email", "severity": "critical"},
    )
    assert shell.idqp("rule", "export", "--to", "jsonschema", "t", "--output", "t.schema.json").code == 0
    ran = shell.idqp("init", "--from", "jsonschema", "t.schema.json", "--output", "-")
    assert "columns: {a: {type: any text, required: false}}" in ran.out
    assert "{type: format, column: a, format: email}" in ran.out
