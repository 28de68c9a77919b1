"""Data contracts say here what they say there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Shell
from idqp_cli.importing import Tool
from importing.judged import VERDICTS, cases, verdict


@pytest.mark.parametrize("case", cases("odcs"), ids=lambda case: case["it"])
def test_contract(case: dict[str, Any], tmp_path: Path) -> None:
    table = {"name": "t", "properties": case["properties"], "quality": case.get("quality")}
    table |= {"physicalName": case["physical"]} if "physical" in case else {}
    text = json.dumps({"apiVersion": "v3.1.0", "kind": "DataContract", "id": "x", "schema": [table]})
    for expected in VERDICTS:
        for content in case.get(expected, ()):
            assert verdict(tmp_path, Tool.ODCS, {"c.yaml": text}, content) == expected, content


SPECIFIED = """\
dataContractSpecification: 1.1.0
id: orders
info: {title: Orders, version: 1.0.0, owner: Checkout Team}
servers:
  production: {type: s3, location: "s3://key:secret@bucket/{model}.csv", format: csv}
  local: {type: local, path: "data/{model}_*.csv", delimiter: ";"}
models:
  orders:
    description: Placed orders.
    type: table
    fields:
      id: {$ref: '#/definitions/id'}
      email: {type: string, format: email, pii: true, description: Of the customer.}
      customer: {type: text, references: customers.id, enum: [a, b]}
      at: {type: timestamp, required: true}
    quality:
      - {type: text, description: It is fine.}
      - {type: sql, query: SELECT COUNT(*) FROM orders, mustBeGreaterThan: 5}
  customers: {fields: {id: {type: integer, primaryKey: true}}}
definitions:
  id: {type: integer, unique: true, minimum: 1}
servicelevels:
  freshness: {threshold: 25h, timestampField: orders.at}
  frequency: {interval: daily}
  retention: {period: P1Y, description: A year.}
quality:
  type: SodaCL
  specification:
    checks for orders:
      - row_count > 0
      - what_is_this > 5
"""


def test_the_data_contract_specification(shell: Shell) -> None:
    shell.write("c.yaml", SPECIFIED)
    ran = shell.idqp("init", "--from", "odcs", "c.yaml")
    assert ran.code == 1
    assert ran.err.count("not converted: ") == 1
    assert "c.yaml:31: what_is_this > 5" in ran.err
    text = (shell.folder / "rules.yaml").read_text()
    assert "secret" not in text
    for line in (
        "path: 'data/orders_*.csv'", "read: {delimiter: ';'}", "description: Placed orders.", "owner: Checkout Team",
        "pii: [email]", "expect_every: 1d", "{type: freshness, column: at, max_age: 25h}", "{type: unique, column: id}",
        "{type: range, column: id, min: 1}", "{type: references, column: customer, dataset: customers, to: id}",
        "words, and no check: It is fine.", "retention: a service level that idqp does not check: A year.",
        "{type: format, column: email, format: email}", "key: [id]", "# email: Of the customer.",
    ):  # fmt: skip
        assert line in text, (line, text)


CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: t
schema:
  - name: t
    properties:
      - {name: a, logicalType: integer, required: true}
      - name: b
        logicalType: string
        quality: [{type: custom, engine: ours, implementation: x}]
slaProperties: [{property: latency, value: 4, unit: d, element: t.day}]
"""


def test_a_contract_is_a_rules_file(shell: Shell) -> None:
    shell.write(
        "t.odcs.yaml", CONTRACT.replace("quality: [{type: custom, engine: ours, implementation: x}]", "required: true")
    )
    shell.write("t.csv", "a,b,day\n1,x,2999-01-01\n,y,2024-01-01\n")
    ran = shell.idqp("check", "--rules", "t.odcs.yaml", "--no-store", "--format", "json", "--as-of", "2024-01-02")
    assert ran.code == 1
    (dataset,) = ran.json["datasets"]
    failed = {one["rule"]: one for one in dataset["results"] if one["status"] == "failed"}
    assert set(failed) == {"completeness(a)"}
    assert failed["completeness(a)"]["samples"][0]["line"] == 3
    assert shell.idqp("rule", "list", "--rules", "t.odcs.yaml").code == 0
    assert shell.idqp("rule", "lint", "t.odcs.yaml").code == 0


def test_a_check_of_a_contract_that_is_not_understood_is_an_error_and_not_silence(shell: Shell) -> None:
    shell.write("t.odcs.yaml", CONTRACT)
    shell.write("t.csv", "a,b,day\n1,x,2024-01-01\n")
    ran = shell.idqp("check", "--rules", "t.odcs.yaml", "--no-store", "--as-of", "2024-01-02")
    assert ran.code == 3
    assert "the engine 'ours' is not read" in ran.out


def test_a_contract_in_another_folder_finds_its_data_beside_it(shell: Shell) -> None:
    shell.write(
        "sub/t.odcs.yaml",
        CONTRACT.replace("quality: [{type: custom, engine: ours, implementation: x}]", "required: true"),
    )
    shell.write("sub/t.csv", "a,b,day\n1,x,2024-01-01\n")
    assert shell.idqp("check", "--rules", "sub/t.odcs.yaml", "--no-store", "--as-of", "2024-01-02").code == 0


INSIDE = """\
apiVersion: v3.1.0
kind: DataContract
name: visits
schema:
  properties:
    id: {logicalType: integer, required: true}
    guest:
      logicalType: object
      properties: [{name: mail, logicalType: string, required: true, logicalTypeOptions: {format: email}}]
    tags: {logicalType: array, items: {logicalType: string, logicalTypeOptions: {maxLength: 5}}}
    words: {logicalType: array, logicalTypeOptions: {minItems: 1}}
slaProperties: [{property: data_freshness, value: 7}]
"""


def test_a_table_without_a_list_and_what_is_inside_a_cell(shell: Shell) -> None:
    shell.write("c.yaml", INSIDE)
    ran = shell.idqp("init", "--from", "odcs", "c.yaml", "--output", "-")
    assert ran.code == 1
    assert "\n  visits:\n" in ran.out
    assert "{type: completeness, column: id}" in ran.out
    for told in ("guest: required mail", "guest.mail: ", "tags[]: ", "words: minItems"):
        assert f"description: '{told}" in ran.out or f"description: {told}" in ran.out, (told, ran.out)
    assert [line.partition(": c.yaml:")[2] for line in ran.err.splitlines() if "not converted: c" in line] == [
        "12: slaProperties: data_freshness: '7' is not a duration like 24h",
    ]


def test_a_latency_is_between_two_times_of_a_row(shell: Shell) -> None:
    contract = {
        "dataContractSpecification": "1.1.0",
        "models": {"t": {"fields": {"placed": {"type": "timestamp"}, "loaded": {"type": "timestamp"}}}},
        "servicelevels": {
            "latency": {"threshold": "1h", "sourceTimestampField": "t.placed", "processedTimestampField": "t.loaded"}
        },
    }
    for loaded, expected in (("10:59:00", "passes"), ("11:00:01", "fails"), ("", "passes")):
        table = f"placed,loaded\n2024-01-01T10:00:00Z,{loaded and f'2024-01-01T{loaded}Z'}"
        assert verdict(shell.folder, Tool.ODCS, {"c.yaml": json.dumps(contract)}, table) == expected, loaded


def test_a_type_that_has_no_equivalent_is_told(shell: Shell) -> None:
    properties = [
        {"name": "a", "logicalType": "object", "physicalType": "MAP<STRING, INT>"},
        {"name": "b", "physicalType": "GEO"},
        {"name": "c", "logicalType": "string", "physicalType": "XMLTYPE"},
        {"name": "d", "logicalType": "integer", "physicalType": "ODD"},
        {"name": "e", "logicalType": "array", "physicalType": "ARRAY<STRING>"},
    ]
    contract = {"apiVersion": "v3.1.0", "kind": "DataContract", "schema": [{"name": "t", "properties": properties}]}
    shell.write("c.yaml", json.dumps(contract))
    ran = shell.idqp("init", "--from", "odcs", "c.yaml", "--output", "-")
    assert ran.code == 1
    assert "{type: format, column: d, format: integer}" in ran.out
    assert "e: 'VARCHAR[]'" in ran.out
    told = [line.partition("c.yaml:1: ")[2] for line in ran.err.splitlines() if "not converted: c" in line]
    assert told == [
        "a: type: the type 'MAP<STRING, INT>' has no equivalent",
        "b: physicalType: the type 'GEO' has no equivalent",
    ]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"logicalType": "string"}, "any text"),
        ({"logicalType": "String"}, "any text"),
        ({"type": "varchar(20)"}, "any text"),
        ({"logicalType": "string", "physicalType": "geography"}, "any"),
        ({"logicalType": "string", "physicalType": "char(2)"}, "VARCHAR"),
        ({"logicalType": "number", "physicalType": "numeric"}, "any number"),
        ({"logicalType": "number"}, "any"),
        ({"logicalType": "object"}, "any"),
    ],
)
def test_the_type_in_the_schema(given: dict[str, str], kind: str, shell: Shell) -> None:
    schema = [{"name": "t", "properties": [{"name": "a", **given}]}]
    contract = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "x", "schema": schema}
    shell.write("c.yaml", json.dumps(contract))
    assert f"columns: {{a: {kind}}}" in shell.idqp("init", "--from", "odcs", "c.yaml", "--output", "-").out


@pytest.mark.parametrize("quality", [{"type": "SodaChecks", "checks": []}, {"type": "SodaCL", "checks": None}])
def test_no_checks_are_nothing_to_refuse_and_an_unchecked_service_level_is_told(
    quality: dict[str, object], shell: Shell
) -> None:
    options = {"format": "unix_epoch_ms"}
    schema = [{"name": "t", "properties": [{"name": "a", "logicalType": "timestamp", "logicalTypeOptions": options}]}]
    contract = {"apiVersion": "v2.2.2", "kind": "DataContract", "id": "x", "schema": schema, "quality": quality}
    contract |= {"slaProperties": [{"property": "availability", "value": 99}]}
    shell.write("c.yaml", json.dumps(contract))
    ran = shell.idqp("init", "--from", "odcs", "c.yaml", "--output", "-")
    assert ran.code == 0
    assert "availability 99: a service level that idqp does not check" in ran.err
    assert "{type: format, column: a, format: integer}" in ran.out


def test_a_schema_that_is_no_list_is_one_table_or_several(shell: Shell) -> None:
    columns = {"a": {"type": "integer", "required": True}, "b": {"type": "string", "enum": ["x"]}}
    contract = {"apiVersion": "v3.0.0", "kind": "DataContract", "id": "own"}
    shell.write("columns.yaml", json.dumps({**contract, "schema": columns, "quality": []}))
    shell.write(
        "tables.yaml", json.dumps({**contract, "schema": {"t": {"columns": columns}, "u": {"fields": columns}}})
    )
    shell.write("odd.yaml", json.dumps({**contract, "schema": {"t": {"columns": columns}, "u": 1}, "quality": []}))
    for name, tables in (("columns", ["own"]), ("tables", ["t", "u"])):
        ran = shell.idqp("init", "--from", "odcs", f"{name}.yaml", "--output", "-")
        assert ran.code == 0, ran.err
        made = yaml.safe_load(ran.out)["datasets"]
        assert list(made) == tables
        types = {"schema", "format", "completeness", "accepted_values"}
        assert all({rule["type"] for rule in one["rules"]} == types for one in made.values())
    ran = shell.idqp("init", "--from", "odcs", "odd.yaml", "--output", "-")
    assert (ran.code, "schema is neither a list of tables nor a mapping of columns" in ran.err) == (1, True), ran.err


def test_what_is_inside_a_map_and_a_word_that_is_no_condition_are_lines(shell: Shell) -> None:
    counts = {"key": {"logicalType": "string"}, "value": {"logicalType": "integer"}}
    properties = [
        {"name": "a", "logicalType": "map", "map": counts},
        {"name": "b", "logicalType": "number", "quality": [{"type": "library", "rule": "between"}]},
    ]
    contract = {"apiVersion": "v3.2.0", "kind": "DataContract", "id": "x"}
    shell.write("c.yaml", json.dumps({**contract, "schema": [{"name": "t", "properties": properties}]}))
    ran = shell.idqp("init", "--from", "odcs", "c.yaml", "--output", "-")
    assert ran.code == 1
    for told in ("a: map: what is inside a map has no equivalent", "the metric 'between' is not known"):
        assert told in ran.err, ran.err
    assert "type: expression" not in ran.out
