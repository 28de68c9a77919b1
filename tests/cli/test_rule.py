"""`idqp rule lint` and `idqp rule types`, and the JSON Schema that editors get."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from conftest import Shell, rules_text
from generated import ROOT, fresh
from idqp_cli.core.errors import RulesError
from idqp_cli.project import editor_schema, project, rule_reference
from idqp_cli.rules import RULE_TYPES

GOOD = {"type": "range", "column": "id", "min": 0}


def test_lint_passes_good_rules_without_reading_data(shell: Shell) -> None:
    shell.rules(GOOD, {"type": "unique", "column": "id"}, path="there/is/none.csv")
    ran = shell.idqp("rule", "lint")
    assert (ran.code, ran.out, ran.err) == (0, "rules.yaml: 1 dataset, 2 rules: ok\n", "")


@pytest.mark.parametrize(("rule", "said"), [
    ({"type": "range", "column": "id", "mn": 0}, "range: unknown key 'mn'; did you mean 'min'?"),
    ({"type": "pattern", "column": "id", "regex": "("}, "pattern(id): regex '(' does not compile: missing ): ("),
    ({"type": "format", "column": "id", "strptime": "%Q%"}, ":15:18: t: format(id): strptime '%Q%' is no format"),
    ({"type": "pattern", "column": "id", "regex": "[", "enabled": False}, "does not compile"),
    ({"type": "expression", "expression": "a +"}, "not an SQL expression"),
    ({"type": "query", "sql": "SELECT * FROM 'x.csv'"}, "there is no table x.csv"),
    ({"type": "range", "column": "id", "min": 0, "where": "getenv('HOME') = ''"}, "the function getenv is not for rules"),
])  # fmt: skip
def test_lint_says_what_is_wrong_and_where(shell: Shell, rule: dict[str, object], said: str) -> None:
    shell.rules(GOOD, rule)
    ran = shell.idqp("rule", "lint")
    line = ran.err.split(":")[3]
    assert (ran.code, ran.out, line.isdigit()) == (2, "", True)
    assert ran.err.startswith("idqp: error: rules.yaml:")
    assert said in ran.err


def test_lint_tells_every_fault_of_every_file(shell: Shell) -> None:
    bad = {"type": "pattern", "column": "id", "regex": "("}
    shell.write("one.yaml", rules_text([bad, {**bad, "regex": "["}]))
    shell.write("two.yaml", "version: 2\n")
    shell.write("three.yaml", rules_text([GOOD]))
    ran = shell.idqp("rule", "lint", "one.yaml", "two.yaml", "gone.yaml", "three.yaml")
    begun = [line.split(": ")[2].split(":")[0] for line in ran.err.splitlines()]
    assert (ran.code, begun) == (2, ["one.yaml", "one.yaml", "two.yaml", "gone.yaml"])
    assert ran.out == "three.yaml: 1 dataset, 1 rule: ok\n"


def test_lint_fills_variables(shell: Shell) -> None:
    shell.rules(GOOD, path="${{ day }}.csv")
    assert shell.idqp("rule", "lint").code == 2
    assert shell.idqp("rule", "lint", "--set", "day=monday").code == 0


def test_types_are_listed_as_table_json_and_csv(shell: Shell) -> None:
    table = shell.idqp("rule", "types").out
    listed = json.loads(shell.idqp("rule", "types", "--format", "json").out)
    rows = list(csv.DictReader(io.StringIO(shell.idqp("rule", "types", "--format", "csv").out)))
    names = sorted(RULE_TYPES)
    assert [line.split()[0] for line in table.splitlines()[1:] if not line.startswith(" ")] == names
    assert [one["type"] for one in listed] == [row["type"] for row in rows] == names
    (one,) = json.loads(shell.idqp("rule", "types", "range", "--format", "json").out)
    keys = {key["key"]: key for key in one["keys"]}
    assert keys["exclusive"]["takes"] == "min, max or both"
    assert keys["column"]["required"]
    assert "there is no rule type 'rnge'" in shell.idqp("rule", "types", "rnge").err


def test_every_rule_type_is_described() -> None:
    for one in rule_reference.entries():
        assert one.dimension, one.type
        assert one.summary.endswith("."), one.type
        assert all(key.takes and key.schema for key in one.keys), one.type


@pytest.mark.parametrize("name", sorted(RULE_TYPES))
def test_every_rule_type_shows_an_example_first(name: str, tmp_path: Path) -> None:
    (entry,) = (one for one in rule_reference.entries() if one.type == name)
    example = entry.description.split("\n\n")[1]
    assert example.startswith("    {"), example
    rule = yaml.safe_load(example)
    assert rule["type"] == name
    others = {other: {"path": f"{other}.csv"} for other in ("orders", "customers")}
    file = {"version": 1, "datasets": {**others, "t": {"path": "t.csv", "rules": [rule]}}}
    assert taken(tmp_path, yaml.safe_dump(file))


def test_the_page_of_the_rule_types() -> None:
    fresh("docs/rule-types.md", rule_reference.as_markdown(rule_reference.entries()))


def test_the_schema_for_editors() -> None:
    fresh("docs/rules.schema.json", json.dumps(editor_schema.schema(), indent=2) + "\n")
    Draft7Validator.check_schema(editor_schema.schema())


def whole(rules: list[object]) -> dict[str, object]:
    return {"version": 1, "datasets": {"t": {"path": "t.csv", "rules": rules}}}


def written_rules() -> list[Any]:
    """Return every rule that the cases of the rule types write."""
    found = []
    for path in sorted((Path(__file__).parents[1] / "cases").glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            column = {"column": "x"} if "values" in case else {}
            found.append({"type": path.stem, **column, **case.get("with", {})})
    return found


def taken(folder: Path, text: str) -> bool:
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    try:
        project.load(str(folder / "rules.yaml"), {})
    except RulesError:
        return False
    return True


def test_what_idqp_takes_the_schema_takes(tmp_path: Path) -> None:
    validator = Draft7Validator(editor_schema.schema())
    validator.validate(yaml.safe_load((ROOT / "rules.yaml.example").read_text(encoding="utf-8")))
    checked = 0
    for rule in written_rules():
        text = json.dumps(whole([rule]))
        if taken(tmp_path, text):
            checked += 1
            assert not list(validator.iter_errors(json.loads(text))), text
    assert checked > 50


@pytest.mark.parametrize("broken", [
    {"version": 2, "datasets": {}},
    {"version": 1},
    {"version": 1, "datasets": {}, "dataset": {}},
    {"version": 1, "datasets": {"a b": {"path": "x"}}},
    {"version": 1, "datasets": {"t": {"pth": "x"}}},
    {"version": 1, "datasets": {"t": {"path": "x", "read": {"delimiter": ",,,,,"}}}},
    {"version": 1, "datasets": {"t": {"path": "x", "schema": "sideways"}}},
    whole([{"column": "id"}]),
    whole([{"type": "rnge", "column": "id"}]),
    whole([{"type": "range", "column": "id", "mn": 1}]),
    whole([{"type": "range", "column": "id", "min": [1]}]),
    whole([{"type": "range", "min": 1}]),
    whole([{"type": "unique", "column": "id", "threshold": "1"}]),
    whole([{"type": "unique", "column": "id", "severity": "high"}]),
    whole([{"type": "freshness", "max_age": "1 day"}]),
    whole([{"type": "accepted_values", "column": "id", "values": []}]),
    whole([{"type": "statistic", "column": "id", "statistic": "avg"}]),
], ids=json.dumps)  # fmt: skip
def test_what_the_schema_refuses_idqp_refuses(tmp_path: Path, broken: dict[str, object]) -> None:
    assert list(Draft7Validator(editor_schema.schema()).iter_errors(broken))
    assert not taken(tmp_path, json.dumps(broken))


KEYS = [
    ({"type": "range", "column": "id", "min": 0, "max": 9.5, "threshold": 0.07}, ["min", "0", "max", "9.5", "7 %"]),
    ({"type": "range", "column": "id", "min": "2026-01-01", "threshold": "100 rows"}, ["2026-01-01", "100 rows"]),
    ({"type": "unique", "columns": ["id", "no"], "threshold": "0.123456%"}, ["id, no", "0.123456 %"]),
    ({"type": "unique", "column": "id", "threshold": "100%"}, ["100 %"]),
    ({"type": "dependency", "columns": ["id", "no"], "column": "at"}, ["columns  id, no", "column   at"]),
    ({"type": "freshness", "column": "at", "max_age": "90s"}, ["max_age  1 min 30 s"]),
    ({"type": "accepted_values", "column": "s", "values": ["", "a ", "b"]}, ["values  '', 'a ', b"]),
    ({"type": "accepted_values", "column": "s", "values": [*range(60)]}, [" 49, and 10 more"]),
    ({"type": "drift", "column": "id", "baseline": {"window": "28d"}}, ["baseline  window 28 d", "by default: method psi"]),
    ({"type": "drift", "column": "id"}, ["baseline previous, alpha 0.01"]),
    (
        {"type": "schema", "columns": {"id": "BIGINT", "b": {"type": "TEXT", "nullable": False}}},
        ["columns  id BIGINT, b VARCHAR (nullable false)"],
    ),
    ({"type": "range", "column": "id", "min": 0, "warn": "1%", "fail": "5%"}, ["warning or critical, enabled"]),
    ({"type": "range", "column": "id", "min": 0, "severity": "info", "tags": ["a", "b"]}, ["info, enabled", "tags    a, b"]),
    ({"type": "range", "column": "id", "min": 0, "enabled": False}, ["warning, disabled in the rules file"]),
    ({"type": "range", "column": "id", "min": 0, "description": "For \x1b[31m red"}, ["\n  For \\x1b[31m red\n"]),
    ({"type": "expression", "expression": "id > 0\n  AND no < 1", "where": "id > 3"}, [
        "\n  expression\n    id > 0\n      AND no < 1\n", "\n  where\n    id > 3\n",
    ]),
    ({"type": "query", "sql": "SELECT *\nFROM t\nWHERE id > 'é\x1b'"}, ["\n    SELECT *\n    FROM t\n    WHERE id > 'é\\x1b'"]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "said"), KEYS)
def test_a_rule_is_shown_by_what_its_file_says(shell: Shell, rule: dict[str, object], said: list[str]) -> None:
    shell.rules({"name": "mine", **rule})
    ran = shell.idqp("rule", "show", "t", "mine")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("t: mine\n  ")
    assert f"\n  {rule['type']}: {rule_reference.entry(RULE_TYPES[str(rule['type'])]).summary}\n" in ran.out
    for text in said:
        assert text in ran.out
    for inner in ("marks", "hidden", "siblings", "None", "Fraction", "min_rows  1"):
        assert inner not in ran.out


def test_personal_values_of_a_rule_are_not_shown(shell: Shell) -> None:
    rules: list[dict[str, object]] = [
        {"type": "accepted_values", "column": "MAIL", "values": ["secret@x"]},
        {"type": "expression", "expression": "mail <> 'secret@x'"},
        {"type": "pattern", "column": "mail", "regex": "secret"},
        {"type": "query", "sql": "SELECT * FROM t WHERE \"mail\" = 'secret@x'"},
    ]
    shell.write("rules.yaml", rules_text(rules, pii=["mail"]))
    for name in ("accepted_values(MAIL)", "expression", "pattern(mail)", "query"):
        ran = shell.idqp("rule", "show", "t", name)
        assert (ran.code, "secret" in ran.out) == (0, False)
