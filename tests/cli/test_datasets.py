"""Rules that look at other datasets, and SELECTs that look at one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import Ran, Shell


@pytest.fixture
def orders(shell: Shell) -> Shell:
    shell.write("customers.csv", "id,name\n1,Ann\n2,Bob\n2,Bob\n")
    shell.write("orders.csv", "id,customer,amount\n10,1,5\n11,3,6\n12,,7\n13,2,8\n14,3,9\n")
    return shell


def check(shell: Shell, *rules: dict[str, Any], customers: str = "customers.csv") -> Ran:
    datasets = {"customers": {"path": customers}, "orders": {"path": "orders.csv", "key": ["id"], "rules": list(rules)}}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}, indent=1))
    return shell.idqp("check", "orders", "--format", "json")


def last(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = ran.json["datasets"][0]["results"][-1]
    return found


def test_references_to_another_dataset(orders: Shell) -> None:
    found = last(check(orders, {"type": "references", "column": "customer", "dataset": "customers", "to": "id"}))
    assert (found["status"], found["rows_evaluated"], found["rows_failed"]) == ("failed", 4, 2)
    assert [(sample["line"], sample["key"]["id"]) for sample in found["samples"]] == [(3, 11), (6, 14)]


def test_as_many_rows_as_another_dataset(orders: Shell) -> None:
    found = last(check(orders, {"type": "row_count", "equals": "customers", "where": "customer is not null"}))
    assert (found["status"], found["metric_value"], found["threshold"]) == ("failed", 4, 3)
    assert (
        last(check(orders, {"type": "row_count", "equals": "customers", "where": "amount > 6"}))["status"] == "passed"
    )


def test_another_dataset_that_cannot_be_read_is_an_error_of_the_rule(orders: Shell) -> None:
    rule = {"type": "references", "column": "customer", "dataset": "customers", "to": "id"}
    ran = check(orders, rule, {"type": "range", "column": "amount", "min": 0}, customers="gone.csv")
    assert ran.code == 3
    assert "the dataset customers cannot be read" in ran.err
    assert last(ran)["status"] == "passed"


def test_another_dataset_that_is_not_in_the_file_is_a_rules_file_error(orders: Shell) -> None:
    ran = check(orders, {"type": "references", "column": "customer", "dataset": "clients"})
    assert (ran.code, ran.out) == (2, "")
    assert "orders: references: there is no dataset 'clients'; the file has customers, orders" in ran.err


def test_a_query_shows_the_rows_that_it_returns(orders: Shell) -> None:
    found = last(check(orders, {"type": "query", "sql": "SELECT id, amount * 2 AS twice FROM orders WHERE amount > 7"}))
    assert (found["metric_value"], found["rows_failed"]) == (2, 2)
    assert found["samples"] == [
        {"line": None, "key": {}, "values": {"id": "13", "twice": "16"}},
        {"line": None, "key": {}, "values": {"id": "14", "twice": "18"}},
    ]


@pytest.mark.parametrize("statement", [
    "SELECT 1; SELECT 2", "DROP TABLE orders", "COPY orders TO 'x'", "SELECT * FROM customers", "SELECT * FROM 'orders.csv'",
    "SELECT * FROM read_csv('/etc/passwd')", "FROM read_text('/etc/passwd')", "SELECT * FROM glob('*')",
    "WITH x AS (COPY (SELECT 666) TO 'orders.csv' (USE_TMP_FILE false)) SELECT 1", "SELECT * FROM duckdb_settings()",
    "WITH orders AS (SELECT 1) SELECT * FROM orders", "SELECT current_setting('threads')", "SELECT getvariable('x')",
    "WITH x AS (DELETE FROM orders RETURNING *) SELECT * FROM x", "SELECT * FROM information_schema.tables",
    "ATTACH 'x.db'", "SET threads=1", "PRAGMA version", "CALL pragma_version()", "SELECT * FROM memory.main.orders",
    "SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('orders')", "SELECT random() FROM orders", "", "SELECT",
    "SELECT * FROM orders) SELECT * FROM (SELECT 1", "SELECT sleep_ms(10)", "EXPLAIN SELECT 1", "DESCRIBE orders", "SHOW TABLES",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r", "SELECT * FROM orders USING SAMPLE 1",
    "SELECT * FROM (SELECT * FROM orders) TABLESAMPLE 10%", "PIVOT orders ON amount", "SELECT ?", "SELECT $1", "VALUES (getenv('HOME'))",
    "SELECT * FROM orders WHERE id IN (SELECT count(*) FROM '/etc/passwd')", "INSERT INTO orders VALUES (1)", "SELECT nextval('s')",
    "SELECT (SELECT content FROM read_text('x'))", "SELECT * FROM orders, LATERAL (FROM read_blob('x'))", "FROM sniff_csv('orders.csv')",
    'SELECT * FROM "customers.csv" WHERE EXISTS (WITH "customers.csv" AS (SELECT 1) SELECT 1)',
    "SELECT * FROM customers WHERE EXISTS (WITH customers AS (SELECT 1) SELECT 1)", "WITH c AS (SELECT * FROM c) SELECT * FROM c",
    "WITH customers AS (SELECT * FROM customers) SELECT * FROM customers", "SELECT * FROM idqp_again WHERE EXISTS (WITH idqp_again AS (SELECT 1) SELECT 1)",
    "WITH duckdb_tables AS (SELECT 1) SELECT * FROM duckdb_tables", "SELECT 1; -- x", "SELECT 1;;",
    "SELECT json_execute_serialized_sql('{}')", "SELECT * FROM parquet_metadata('x')", "LOAD httpfs", "INSTALL httpfs",
])  # fmt: skip
def test_a_query_that_is_more_than_a_select_from_its_dataset_is_refused(orders: Shell, statement: str) -> None:
    before = (orders.folder / "orders.csv").read_bytes()
    ran = check(orders, {"type": "query", "sql": statement or " "})
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("idqp: error: rules.yaml:")
    assert (orders.folder / "orders.csv").read_bytes() == before


@pytest.mark.parametrize("statement", [
    "FROM orders", "SELECT DISTINCT customer FROM orders ORDER BY 1 LIMIT 2", "SELECT * FROM orders o JOIN orders p USING (id)",
    "SELECT *, row_number() OVER (PARTITION BY customer ORDER BY id) AS n FROM orders QUALIFY n > 1",
    "SELECT customer, list(id) FROM orders GROUP BY ALL HAVING count(*) > 1", "SELECT * EXCLUDE (id) FROM orders",
    "SELECT 1 WHERE (SELECT count(*) FROM orders) > 3", "SELECT * FROM orders WHERE amount > (SELECT avg(amount) FROM orders)",
    "SELECT * FROM range(3) r WHERE r.range NOT IN (SELECT id FROM orders)", "SELECT id FROM orders EXCEPT SELECT 10",
    "SELECT * FROM orders WHERE regexp_matches(id::VARCHAR, '^1') AND date_diff('day', DATE '2020-01-01', current_date) > 0",
    "WITH a AS (SELECT * FROM orders), b AS (SELECT * FROM a) SELECT * FROM b -- done", "SELECT unnest([1, 2]) FROM orders;",
    "SELECT {'a': id} FROM orders WHERE list_contains([1, 2], customer) OR EXISTS (SELECT 1 FROM orders)",
])  # fmt: skip
def test_an_honest_query_runs(orders: Shell, statement: str) -> None:
    ran = check(orders, {"type": "query", "sql": statement})
    assert (ran.code, ran.err) == (1, "")


def test_a_query_that_fails_on_a_value_is_an_error_without_the_value(orders: Shell) -> None:
    orders.write("orders.csv", "id,customer,amount\nsecretcell,1,2\n")
    ran = check(orders, {"type": "query", "sql": "SELECT CAST(id AS INTEGER) FROM orders", "threshold": 5})
    assert ran.code == 3
    assert "a value cannot be converted to the type that the SQL asks for" in ran.err
    assert "secretcell" not in ran.out + ran.err


def test_a_query_may_name_its_columns_as_it_likes(orders: Shell) -> None:
    found = last(check(orders, {"type": "query", "sql": "SELECT id AS r FROM orders LIMIT 1"}))
    assert found["samples"] == [{"line": None, "key": {}, "values": {"r": "10"}}]


def test_another_dataset_is_read_by_the_types_that_all_of_it_confirms(orders: Shell) -> None:
    ids = ["2" if number != 30_000 else "1.5" for number in range(60_000)]
    orders.write("customers.csv", "id,name\n" + "".join(f"{one},x\n" for one in ids))
    orders.write("orders.csv", "id,customer,amount\n1,1.5,1\n2,2,2\n3,3,3\n")
    found = last(check(orders, {"type": "references", "column": "customer", "dataset": "customers", "to": "id"}))
    assert [sample["key"]["id"] for sample in found["samples"]] == [3]


def test_a_statistic_beyond_64_bits_is_recorded(shell: Shell) -> None:
    shell.write("t.csv", "id,n\n1,9223372036854775807\n2,9223372036854775807\n")
    shell.rules({"type": "statistic", "statistic": "sum", "column": "n", "max": 5})
    assert shell.idqp("check").code == 1
    assert shell.idqp("incident", "list", "--format", "json").json[0]["metric_value"] == pytest.approx(2**64)
