"""dbt's tests say here what they say there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Shell
from idqp_cli.importing import Tool
from importing.judged import VERDICTS, cases, verdict


@pytest.mark.parametrize("case", cases("dbt"), ids=lambda case: case["it"])
def test_generic_tests(case: dict[str, Any], tmp_path: Path) -> None:
    key = "tests" if len(case["it"]) % 2 else "data_tests"
    column = {"name": "a", key: case.get("column", []), **case.get("column_keys", {})}
    model = {
        "name": "t",
        "columns": [column, *case.get("more_columns", [])],
        key: case.get("model", []),
        **case.get("model_keys", {}),
    }
    text = json.dumps({"version": 2, "models": [model]}, ensure_ascii=False)
    for expected in VERDICTS:
        for table in case.get(expected, ()):
            assert verdict(tmp_path, Tool.DBT, {"schema.yml": text}, table) == expected, table


PROPERTIES = """\
version: 2
x-tests: &both
  - unique
  - not_null
models:
  - name: orders
    description: "{{ doc('orders') }}"
    meta: {owner: shop@example.com}
    config: {tags: [nightly]}
    columns:
      - name: id
        description: The number of the order.
        data_tests: *both
      - name: email
        meta: {contains_pii: true}
        tests:
          - not_null:
              severity: "{{ 'error' if target.name == 'prod' else 'warn' }}"
          - not_null:
              config: {enabled: "{{ var('strict', false) }}", tags: daily, meta: {issue: X-1}}
      - name: day
        tests:
          - my_own_test: {x: 1}
          - accepted_values: {values: [2024-01-01], config: {where: "day >= '{{ var('day') }}'"}}
sources:
  - name: raw
    loaded_at_field: loaded
    freshness: {warn_after: {count: 12, period: hour}, error_after: {count: 1, period: day}}
    tables:
      - name: orders
        columns: [{name: id, tests: [unique]}]
"""


def test_what_surrounds_the_tests(shell: Shell) -> None:
    shell.write("schema.yml", PROPERTIES)
    shell.write("docs.md", "{% docs orders %}\nOrders of\nthe shop.\n{% enddocs %}\n")
    ran = shell.idqp("init", "--from", "dbt", "schema.yml", "docs.md")
    assert ran.code == 1
    told = [line for line in ran.err.splitlines() if "not converted" in line]
    assert [line.split(": ", 2)[2] for line in told if not line.startswith("idqp: rules")] == [
        "schema.yml:23: my_own_test(day): a custom generic test; give its macro's .sql file, too, or the project: idqp init --from dbt FOLDER",
    ]
    text = (shell.folder / "rules.yaml").read_text()
    assert "  orders:\n" in text
    assert "  raw.orders:\n" in text
    assert "description: Orders of the shop.\n" in text
    assert "owner: 'shop@example.com'\n" in text
    assert "pii: [email]\n" in text
    assert "# id: The number of the order.\n      - {type: unique, column: id, tags: [nightly]}\n" in text
    assert "its severity depends on the target of dbt; taken as error" in text
    assert "enabled: false" in text
    assert "tags: [nightly, daily, issue:X-1]" in text
    assert "max_age: 1d}" in text
    assert "max_age: 12h, severity: warning}" in text
    assert "values: [2024-01-01]" in text or "values: ['2024-01-01']" in text
    assert "${{ day }}" in text
    assert shell.idqp("rule", "lint", "--set", "day=2024-01-01").code == 0


def test_a_singular_test_and_a_manifest(shell: Shell) -> None:
    shell.write("assert_paid.sql", "{{ config(severity='warn') }}\nselect * from {{ ref('orders') }} where paid < 0;\n")
    ran = shell.idqp("init", "--from", "dbt", "assert_paid.sql", "--output", "-")
    assert ran.code == 0
    assert 'select * from "orders" where paid < 0' in ran.out
    assert "severity: warning" in ran.out
    manifest = {
        "metadata": {},
        "nodes": {
            "model.x.orders": {"resource_type": "model", "name": "orders", "description": "Orders.", "columns": {}},
            "test.x.1": {
                "resource_type": "test", "attached_node": "model.x.orders", "column_name": "id",
                "test_metadata": {"name": "relationships", "namespace": None, "kwargs": {
                    "to": "ref('customers')", "field": "id", "column_name": "id",
                    "model": "{{ get_where_subquery(ref('orders')) }}"}},
                "config": {"severity": "warn", "error_if": "!= 0", "warn_if": "!= 0", "fail_calc": "count(*)", "where": None},
            },
        },
        "sources": {},
    }  # fmt: skip
    shell.write("manifest.json", json.dumps(manifest))
    ran = shell.idqp("init", "--from", "dbt", "manifest.json", "--output", "-")
    assert ran.code == 0
    assert "{type: references, column: id, dataset: customers, severity: warning}" in ran.out


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("", [("query", "critical", None, True)]),
        ("{{ config(severity='warn') }}", [("query", "warning", None, True)]),
        ("{{- config(severity = 'warn', tags=['a', 'b']) -}}", [("query", "warning", None, True)]),
        ("{{ config(enabled=false) }}", [("query", "critical", None, False)]),
        ("{{ config(enabled=var('on', True)) }}", [("query", "critical", None, True)]),
        ("{{ config(error_if='>10', warn_if='>2') }}", [("query", "critical", "10 rows", True), ("query", "warning", "2 rows", True)]),
        ("{{ config(store_failures=true, limit=10, schema='audit') }}", [("query", "critical", None, True)]),
    ],
)  # fmt: skip
def test_what_a_singular_test_sets_for_itself(
    shell: Shell, config: str, said: list[tuple[str, str, str | None, bool]]
) -> None:
    shell.write("t.sql", f"{config}\nselect * from {{{{ ref('orders') }}}} where paid < 0\n")
    ran = shell.idqp("init", "--from", "dbt", "t.sql", "--output", "-")
    assert ran.code == 0, ran.err
    rules = yaml.safe_load(ran.out)["datasets"]["orders"]["rules"]
    found = [
        (one["type"], one.get("severity", "critical"), one.get("threshold"), one.get("enabled", True)) for one in rules
    ]
    assert found == said
    assert all(one.get("tags") == ["a", "b"] for one in rules if "tags" in config)


@pytest.mark.parametrize(
    "config", ["where='a > 1'", "severity='loud'", "error_if='many'", "fail_calc='sum(n)'", "**more"]
)
def test_what_a_singular_test_sets_and_cannot_be_said_is_a_line(shell: Shell, config: str) -> None:
    shell.write("t.sql", f"{{{{ config({config}) }}}}\nselect * from {{{{ ref('orders') }}}} where paid < 0\n")
    ran = shell.idqp("init", "--from", "dbt", "t.sql", "--output", "-")
    assert ran.code == 1
    assert "not converted: t.sql:1: t: " in ran.err


MISPLACED = """\
version: 2
models:
  - name: hosts
columns:
  - name: id
    tests: [unique, not_null]
seeds: {name: kinds}
sources:
  - name: crm
    loaded_at_field: loaded
    freshness: {error_after: {count: 1, period: day}}
    tables:
      - {name: old, freshness: null}
      - {name: older, config: {freshness: null}}
      - {name: deals}
"""


def test_tests_at_the_wrong_place_are_told_and_a_table_can_be_without_freshness(shell: Shell) -> None:
    shell.write("schema.yml", MISPLACED)
    ran = shell.idqp("init", "--from", "dbt", "schema.yml", "--output", "-")
    assert ran.code == 1
    assert "schema.yml:4: columns: a file of dbt has no such section" in ran.err
    assert "schema.yml:1: seeds: seeds must be a list, not a mapping" in ran.err
    assert ran.out.count("type: freshness") == 1
    assert ran.out.index("\n  deals:\n") < ran.out.index("type: freshness")


def test_the_project_file_beside_the_properties_is_no_fault(shell: Shell) -> None:
    shell.write("dbt_project.yml", "name: shop\nprofile: shop\nmodels: {shop: {+materialized: view}}\nvars: {low: 1}\n")
    test = {"dbt_utils.accepted_range": {"min_value": "{{ var('low') }}"}}
    models = [{"name": "t", "columns": [{"name": "a", "tests": [test]}]}]
    shell.write("schema.yml", json.dumps({"models": models}))
    ran = shell.idqp("init", "--from", "dbt", "dbt_project.yml", "schema.yml", "--output", "-")
    assert (ran.code, ran.err) == (0, "idqp: standard output: 1 dataset, 1 rule\n")
    assert "{type: range, column: a, min: 1}" in ran.out


VERSIONS = """\
models:
  - name: orders
    latest_version: 2
    columns: [{name: id, tests: [unique]}]
    versions:
      - v: 1
      - v: 2
        columns: [{include: all}, {name: paid, tests: [not_null]}]
      - {v: 3, defined_in: orders_next, tests: [{dbt_utils.at_least_one: {column_name: id}}]}
"""


def test_versions_of_a_model_with_tests_of_their_own_are_told(shell: Shell) -> None:
    shell.write("schema.yml", VERSIONS)
    ran = shell.idqp("init", "--from", "dbt", "schema.yml", "--output", "-")
    assert ran.code == 1
    assert "{type: unique, column: id}" in ran.out
    assert [line.split(": ")[2:4] for line in ran.err.splitlines() if "not converted: " in line] == [
        ["schema.yml:7", "version 2 of orders"], ["schema.yml:9", "version 3 of orders"],
    ]  # fmt: skip


def test_anomalies_of_elementary(shell: Shell) -> None:
    tests = [
        {"elementary.dimension_anomalies": {"arguments": {"dimensions": ["kind"], "anomaly_direction": "drop"}}},
        {"elementary.dimension_anomalies": {"dimensions": ["kind", "b"]}},
    ]
    column = [
        {"elementary.column_anomalies": {"column_anomalies": ["null_count", "null_percent", "average"]}},
        {"elementary.column_anomalies": {"column_anomalies": ["zero_count"]}},
        "elementary.column_anomalies",
    ]
    model = {"name": "orders", "data_tests": tests, "columns": [{"name": "a", "data_tests": column}]}
    shell.write("schema.yml", json.dumps({"models": [model]}))
    ran = shell.idqp("init", "--from", "dbt", "schema.yml", "--output", "-")
    assert ran.code == 1
    assert ran.err.count("not converted: schema.yml") == 3
    for said in ("segment_by takes one column", "does not have zero_count", "does not name its metrics"):
        assert said in ran.err
    for rule in (
        "metric: row_count, segment_by: kind, direction: down}",
        "{type: anomaly, metric: completeness(a)}",
        "{type: anomaly, metric: mean(a)}",
    ):
        assert ran.out.count(rule) == 1, ran.out
