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
from idqp_cli import config, reference, rules_schema
from idqp_cli.errors import RulesError
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
    for one in reference.entries():
        assert one.dimension, one.type
        assert one.summary.endswith("."), one.type
        assert all(key.takes not in {"", key.kind} or key.words for key in one.keys), one.type


def test_the_page_of_the_rule_types() -> None:
    fresh("docs/rule-types.md", reference.as_markdown(reference.entries()))


def test_the_schema_for_editors() -> None:
    fresh("docs/rules.schema.json", json.dumps(rules_schema.schema(), indent=2) + "\n")
    Draft7Validator.check_schema(rules_schema.schema())


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
        config.load(str(folder / "rules.yaml"), {})
    except RulesError:
        return False
    return True


def test_what_idqp_takes_the_schema_takes(tmp_path: Path) -> None:
    validator = Draft7Validator(rules_schema.schema())
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
    assert list(Draft7Validator(rules_schema.schema()).iter_errors(broken))
    assert not taken(tmp_path, json.dumps(broken))
