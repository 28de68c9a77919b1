"""JSON Schema and Frictionless say here what they say there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from conftest import Shell
from idqp_cli.importing import Tool
from importing.judged import VERDICTS, cases, verdict


@pytest.mark.parametrize("case", cases("jsonschema"), ids=lambda case: case["it"])
def test_json_schema(case: dict[str, Any], tmp_path: Path) -> None:
    text = json.dumps(case["schema"])
    for expected in VERDICTS:
        for table in case.get(expected, ()):
            assert verdict(tmp_path, Tool.JSONSCHEMA, {"t.schema.json": text}, table) == expected, table


@pytest.mark.parametrize("case", cases("frictionless"), ids=lambda case: case["it"])
def test_frictionless(case: dict[str, Any], tmp_path: Path) -> None:
    schema = {"fields": case["fields"], **case.get("schema", {})}
    schema |= {"missingValues": case["missingValues"]} if "missingValues" in case else {}
    schema |= {"fieldsMatch": [case["match"]]} if "match" in case else {}
    package = {"resources": [{"name": "t", "path": "t.csv", "schema": schema}]}
    for expected in VERDICTS:
        for table in case.get(expected, ()):
            files = {"datapackage.json": json.dumps(package)}
            assert verdict(tmp_path, Tool.FRICTIONLESS, files, table, parse=True) == expected, table


def test_what_surrounds_the_fields(shell: Shell) -> None:
    package = {
        "title": "Observations",
        "contributors": [{"title": "Someone", "email": "some@example.com"}],
        "resources": [
            {"name": "obs", "path": ["data/obs.csv"], "schema": "schemas/obs.json", "encoding": "latin-1", "dialect": {"delimiter": ";"}},
        ],
    }  # fmt: skip
    fields = [
        {
            "name": "id",
            "type": "integer",
            "description": "Its number.",
            "constraints": {"required": True, "esb$enum": [1]},
        }
    ]
    shell.write("pkg/datapackage.json", json.dumps(package))
    shell.write("pkg/schemas/obs.json", json.dumps({"fields": fields, "primaryKey": "id"}))
    ran = shell.idqp("init", "--from", "frictionless", "pkg/datapackage.json")
    assert ran.code == 1
    assert "its schema is in schemas/obs.json; give that file too" in ran.err
    ran = shell.idqp("init", "--from", "frictionless", "pkg/datapackage.json", "pkg/schemas/obs.json", "--force")
    assert ran.code == 1
    assert "the standard has no constraint esb$enum" in ran.err
    text = (shell.folder / "rules.yaml").read_text()
    for line in (
        "path: pkg/data/obs.csv", "delimiter: ';'", "encoding: latin-1", "key: [id]", "owner: 'some@example.com'",
        "description: Observations", "# id: Its number.", 'missing_values: [""]',
    ):  # fmt: skip
        assert line in text, (line, text)


def test_keys_at_another_level_are_taken_and_keys_that_are_unknown_have_a_line(shell: Shell) -> None:
    fields = [
        {"name": "id", "unique": True, "Constraint": {"required": True}},
        {"name": "k", "colour": "red", "uniqueKeys": ["k"]},
    ]
    foreign = [{"fields": "k", "reference": {"resource": "u", "fields": "k"}}]
    resource = {"name": "t", "path": "t.csv", "bytes": 3, "primarykey": "id", "foreignKeys": foreign}
    resources = [{**resource, "schema": {"fields": fields, "uniqueKeys": [["id", "k"]]}, "uniqueKeys": [["k"]]},
                 {"name": "u", "path": "u.csv", "fields": [{"name": "k"}, {"name": "p", "format": "wkt"}]}]  # fmt: skip
    shell.write("datapackage.json", json.dumps({"resources": resources}))
    ran = shell.idqp("init", "--from", "frictionless", "datapackage.json", "--output", "-")
    assert ran.code == 1
    for line in (
        "a resource: primarykey: a resource has no key 'primarykey'; if primaryKey is meant, write that",
        "a field: Constraint: a field has no key 'Constraint'; if constraints is meant, write that",
        "foreignKeys stands beside schema", "unique stands beside constraints", "uniqueKeys stands at two places",
        "a field: uniqueKeys: a field has no key 'uniqueKeys'; it is one of another level",
        "a field has no key 'colour'; not read", "bytes is of one version of the file; not checked",
        "p: type string: the format 'wkt' of a text has no equivalent",
    ):  # fmt: skip
        assert line in ran.err, (line, ran.err)
    assert "# foreignKeys stands beside schema" in ran.out
    for rule in ("{type: references, column: k, dataset: u}", "{type: unique, column: id}", "{k: any, p: any}"):
        assert rule in ran.out, ran.out


def test_a_resource_without_a_name_has_that_of_its_file(shell: Shell) -> None:
    fields = [{"name": "id", "type": "integer", "constraints": {"required": True}}]
    resources = [{"path": "data/sites_2024.csv", "schema": {"fields": fields}}, {"schema": {"fields": fields}}]
    shell.write("datapackage.json", json.dumps({"resources": resources}))
    ran = shell.idqp("init", "--from", "frictionless", "datapackage.json", "--output", "-")
    assert ran.code == 1
    assert "\n  sites_2024:\n" in ran.out
    assert "a resource: it has neither a name nor a path" in ran.err


def test_a_form_of_a_date_that_is_none_leaves_the_other_columns_read(shell: Shell) -> None:
    fields = [{"name": "n", "type": "number"}, {"name": "at", "type": "datetime", "format": "ISO8601"}]
    fields.append({"name": "day", "type": "date", "format": "YYYY-MM-DD"})
    package = {"resources": [{"name": "t", "path": "t.csv", "schema": {"fields": fields}}]}
    shell.write("datapackage.json", json.dumps(package))
    ran = shell.idqp("init", "--from", "frictionless", "datapackage.json")
    assert ran.code == 1
    assert "the format 'ISO8601' of a datetime has no equivalent" in ran.err
    read = yaml.safe_load((shell.folder / "rules.yaml").read_text())["datasets"]["t"]["read"]
    assert read["columns"] == {"n": {"type": "DOUBLE"}, "day": {"date_format": "%Y-%m-%d"}}


TYPED = "1 AS i, 'x' AS s, DATE '2024-01-31' AS d, uuid() AS u, 'a'::BLOB AS b, 'x'::ENUM('x') AS e, NULL::VARCHAR AS n"


@pytest.mark.parametrize(
    ("given", "holding"),
    [
        ({"type": "string"}, "suen"),
        ({"type": ["string", "null"]}, "suen"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "suen"),
        ({"$ref": "#/$defs/name"}, "suen"),
        ({"type": "string", "format": "hostname", "minLength": 1}, "suen"),
        ({"type": "string", "format": "date"}, "dn"),
        ({"type": "string", "format": "byte"}, "isdbuen"),
        ({"type": ["string", "integer"]}, "isdbuen"),
        ({}, "isdbuen"),
    ],
)
def test_a_text_of_json_schema_is_no_column_of_another_type(given: dict[str, Any], holding: str, shell: Shell) -> None:
    duckdb.sql(f"COPY (SELECT {TYPED}) TO '{shell.folder / 't.parquet'}'")
    for name in "isdbuen":
        schema = {"properties": {name: given}, "$defs": {"name": {"type": "string"}}}
        shell.write("t.schema.json", json.dumps(schema))
        arguments = ("--path", "t=t.parquet", "--output", "rules.yaml", "--force")
        assert shell.idqp("init", "--from", "jsonschema", "t.schema.json", *arguments).code == 0
        assert (shell.idqp("check", "--no-store").code == 0) == (name in holding), name


@pytest.mark.parametrize(
    ("field", "holding"),
    [({"type": "string"}, "suen"), ({"type": "string", "format": "binary"}, "in"), ({"type": "any"}, "isdbuen")],
)
def test_a_text_of_frictionless_is_no_column_of_another_type(field: dict[str, Any], holding: str, shell: Shell) -> None:
    duckdb.sql(f"COPY (SELECT {TYPED}) TO '{shell.folder / 't.parquet'}'")
    for name in holding if "format" in field else "isdbuen":
        schema = {"fields": [{"name": name, **field}], "fieldsMatch": ["subset"]}
        shell.write(
            "datapackage.json", json.dumps({"resources": [{"name": "t", "path": "t.parquet", "schema": schema}]})
        )
        shell.idqp("init", "--from", "frictionless", "datapackage.json", "--force")
        if "format" in field:
            assert "any text" not in (shell.folder / "rules.yaml").read_text()
        else:
            assert (shell.idqp("check", "--no-store").code == 0) == (name in holding), name


def test_a_range_of_a_duration_is_a_line(shell: Shell) -> None:
    fields = [{"name": "a", "type": "duration", "constraints": {"maximum": "P1Y"}}]
    package = {"resources": [{"name": "t", "path": "t.csv", "schema": {"fields": fields}}]}
    shell.write("datapackage.json", json.dumps(package))
    ran = shell.idqp("init", "--from", "frictionless", "datapackage.json", "--output", "-")
    assert ran.code == 1
    assert "a: range: a range of the type duration has no equivalent" in ran.err
