"""Rules that look at other datasets, and SELECTs that look at one."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from conftest import Ran, Shell
from idqp_cli.rules.tables import tables


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
    "SELECT 1; SELECT 2", "DROP TABLE orders", "COPY orders TO 'x'", "SELECT * FROM clients", "SELECT * FROM 'orders.csv'",
    "SELECT * FROM read_csv('/etc/passwd')", "FROM read_text('/etc/passwd')", "SELECT * FROM glob('*')",
    "WITH x AS (COPY (SELECT 666) TO 'orders.csv' (USE_TMP_FILE false)) SELECT 1", "SELECT * FROM duckdb_settings()",
    "WITH orders AS (SELECT 1) SELECT * FROM orders", "SELECT current_setting('threads')", "SELECT getvariable('x')",
    "WITH x AS (DELETE FROM orders RETURNING *) SELECT * FROM x", "SELECT * FROM information_schema.tables",
    "ATTACH 'x.db'", "SET threads=1", "PRAGMA version", "CALL pragma_version()", "SELECT * FROM memory.main.orders",
    "SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('orders')", "SELECT random() FROM orders", "", "SELECT",
    "SELECT * FROM orders) SELECT * FROM (SELECT 1", "SELECT sleep_ms(10)", "EXPLAIN SELECT 1", "DESCRIBE orders", "SHOW TABLES",
    "SELECT * FROM orders USING SAMPLE 1",
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


@pytest.mark.parametrize(("statement", "names"), [
    ("SELECT * FROM a, b x, c AS y JOIN d USING (id), e", "a b c d e"), ("FROM a", "a"), ("TABLE a", "a"),
    ("SELECT 'FROM x' FROM a -- FROM y\n, b /* , c */ WHERE z IN (SELECT q, r FROM d)", "a b d"),
    ("SELECT * FROM (a JOIN b ON f(a.x, b.y)) CROSS JOIN (SELECT c.x, d FROM c), e", "a b c e"),
    ("WITH a AS (SELECT * FROM b), d (x, y) AS NOT MATERIALIZED (SELECT 1, 2 FROM e) SELECT * FROM a, d, f", "b e f"),
    ('SELECT a FROM "b ""c.d", \'e\', E\'f\', $$g$$ h ORDER BY i, j', 'b "c.d|e|f|g'), ("SELECT * FROM range(3), a.b, c", "c"),
    ("SELECT a IS DISTINCT FROM b, c FROM d UNION ALL SELECT e FROM f", "d f"), ("SELECT max(x), y FROM A, LATERAL (SELECT 1 FROM B)", "A B"),
    ("SELECT * FROM x: a, y: b", "a b"), ("SELECT 1", ""), ("", ""), (") FROM a, (", "a"), ("SELECT * FROM été, 日本", "été 日本"),
    ("SELECT * FROM a GROUP BY b, c HAVING d > (SELECT e FROM f) LIMIT 3", "a f"), ("SELECT * FROM a AS t(x, y), b", "a b"),
])  # fmt: skip
def test_the_tables_of_a_select_are_found_by_its_words(statement: str, names: str) -> None:
    assert list(tables(statement)) == (names.split("|") if "|" in names else names.split())


def related(shell: Shell, form: str, *rules: dict[str, Any], pii: bool = False) -> Ran:
    """Check orders by queries that may read customers, in two files, and a dataset whose name is no word of SQL."""
    names = {"customers": "customer-*", "select.all": "odd", "orders": "orders"}
    texts = {
        "customer-1": "id,name\n1,Ann\n", "customer-2": "id,name\n2,Bob\n", "odd": 'id,"a ""b"\n1,x\n',
        "orders": "id,customer,amount\n10,1,5\n11,3,6\n12,,7\n13,2,8\n14,3,9\n",
    }  # fmt: skip
    for name, text in texts.items():
        if form == "parquet":
            parquet.write_table(arrow_csv.read_csv(io.BytesIO(text.encode())), shell.folder / f"{name}.parquet")
        else:
            shell.write(f"{name}.{form}", gzip.compress(text.encode()) if form == "csv.gz" else text)
    datasets: dict[str, Any] = {name: {"path": f"{path}.{form}"} for name, path in names.items()}
    datasets["orders"]["rules"] = list(rules)
    if pii:
        datasets["customers"]["pii"] = ["name"]
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}, indent=1))
    return shell.idqp("check", "orders", "--format", "json", "--no-store")


JOINED = "SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer"


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
def test_a_query_joins_other_datasets(shell: Shell, form: str) -> None:
    ran = related(
        shell,
        form,
        {"type": "query", "name": "rows", "sql": f"{JOINED} WHERE c.id IS NULL"},
        {"type": "query", "name": "number", "sql": "SELECT count(*) FROM CUSTOMERS, orders", "min": 10, "max": 10},
        {"type": "query", "name": "quoted", "sql": 'SELECT "a ""b" FROM "select.all" WHERE id IN (SELECT id FROM customers)'},
        {"type": "query", "name": "cte", "sql": "WITH c AS (FROM customers) SELECT sum(id) FROM c", "max": 2},
        {"type": "query", "name": "levels", "sql": JOINED, "warn": "4 rows", "fail": 5},
        {"type": "query", "name": "worse", "sql": JOINED, "fail": 4},
    )  # fmt: skip
    found = {one["rule"]: one for one in ran.json["datasets"][0]["results"]}
    told = {
        name: (one["status"], one["severity"], one["metric_value"])
        for name, one in found.items()
        if one["type"] == "query"
    }
    assert told == {
        "rows": ("failed", "warning", 3), "number": ("passed", "warning", 10), "quoted": ("failed", "warning", 1),
        "cte": ("failed", "warning", 3), "levels": ("failed", "warning", 5), "worse": ("failed", "critical", 5),
    }  # fmt: skip
    assert sorted(sample["values"]["id"] for sample in found["rows"]["samples"]) == ["11", "12", "14"]
    assert found["levels"]["message"] == "5 rows returned (warning above 4, critical above 5)"


def test_a_query_over_a_dataset_with_personal_values_shows_none(shell: Shell) -> None:
    rules: list[dict[str, Any]] = [
        {"type": "query", "name": "rows", "sql": f"{JOINED} WHERE c.name = 'Ann' OR o.id > 13"},
        {"type": "query", "sql": f"{JOINED} WHERE c.name = 'Ann'"},
        {"type": "query", "name": "count", "sql": "SELECT count(name) FROM customers", "max": 1},
        {"type": "query", "name": "own", "sql": "SELECT id FROM orders WHERE id = 10"},
        {"type": "query", "name": "number", "sql": "SELECT max(987654 + length(name)) FROM customers", "max": 1},
    ]
    ran = related(shell, "csv", *rules, pii=True)
    for marker in ("Ann", "987657"):
        assert marker not in ran.out + ran.err
    found = {one["rule"]: one for one in ran.json["datasets"][0]["results"]}
    assert [sample["values"] for sample in found["rows"]["samples"]] == [
        {"id": "1*", "name": "A**"},
        {"id": "1*", "name": None},
    ]
    assert found["own"]["samples"][0]["values"] == {"id": "10"}
    assert (found["count"]["metric_value"], found["number"]["metric_value"]) == (2, None)
    assert found["number"]["message"] == "the number is above what is allowed (pii, not shown)"
    table = shell.idqp("check", "orders", "--no-store")
    assert "Ann" not in table.out + table.err


@pytest.mark.parametrize("statement", [
    "SELECT max(length(c)) + 765000 FROM customers AS t(i, c)", "SELECT max(length(c)) + 765000 FROM customers t(i, c)",
    "SELECT max(length(c)) + 765000 FROM (FROM customers) t(i, c)", "WITH t(i, c) AS (FROM customers) SELECT max(length(c)) + 765000 FROM t",
    "SELECT max(length(c)) + 765000 FROM (SELECT 1 AS i, 'a' AS c UNION ALL FROM customers)", "SELECT max(length(NAME)) + 765000 FROM customers",
    "SELECT count(*) + max(length(name)) + 765000 FROM customers", "SELECT max(length(COLUMNS('n.*'))) + 765000 FROM customers",
])  # fmt: skip
def test_a_number_that_may_be_of_a_personal_value_is_not_shown(shell: Shell, statement: str) -> None:
    ran = related(shell, "csv", {"type": "query", "sql": statement, "max": 1}, pii=True)
    assert last(ran)["message"] == "the number is above what is allowed (pii, not shown)"
    assert "76500" not in (ran.out + ran.err).replace("765000", "")
    plain = related(
        shell,
        "csv",
        {
            "type": "query",
            "sql": "SELECT sum(amount) FROM orders o LEFT JOIN customers USING (id) WHERE (o.id) IN (10, 11)",
            "min": 1,
        },
        pii=True,
    )
    assert last(plain)["metric_value"] == 11


@pytest.mark.parametrize(("statement", "told"), [
    ("SELECT * FROM custmers", "there is no table custmers; did you mean customers? there are customers, select.all, orders"),
    ("WITH near AS (SELECT 1) SELECT * FROM neer", "there is no table neer; did you mean near?"),
    ("SELECT * FROM q", "there is no table q; there are customers, select.all, orders"),
    ("WITH customers AS (SELECT * FROM customers) FROM customers", "has the name customers, too; give the CTE another name"),
])  # fmt: skip
def test_a_table_that_is_not_there_is_refused_before_any_data_is_read(shell: Shell, statement: str, told: str) -> None:
    ran = related(shell, "csv", {"type": "query", "sql": statement})
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("idqp: error: rules.yaml:")
    assert told in ran.err
    assert ran.err.count("\n") == 1


def test_a_query_over_other_datasets_takes_every_row_and_is_an_error_where_one_cannot_be_read(shell: Shell) -> None:
    related(shell, "parquet", {"type": "query", "sql": JOINED})
    sampled = last(shell.idqp("check", "orders", "--format", "json", "--no-store", "--sample", "3"))
    assert (sampled["status"], sampled["message"]) == ("skipped", "takes every row; check without --sample")
    (shell.folder / "customer-1.parquet").unlink()
    (shell.folder / "customer-2.parquet").unlink()
    ran = shell.idqp("check", "orders", "--no-store")
    assert ran.code == 3
    assert "the dataset customers cannot be read" in ran.err


@pytest.mark.parametrize(("keys", "told"), [
    ({"warn": "1%"}, "warn: must be a number of rows"), ({"warn": 2, "fail": "2 rows"}, "warn: must be below fail"),
    ({"threshold": -1}, "threshold: must be a number of rows"), ({"fail": 1, "min": 3}, "fail: goes without min and max"),
    ({"fail": 1, "threshold": 3}, "threshold: goes without fail"), ({"fail": 1, "severity": "info"}, "severity: goes without"),
])  # fmt: skip
def test_limits_of_a_query_that_are_refused(shell: Shell, keys: dict[str, Any], told: str) -> None:
    ran = related(shell, "csv", {"type": "query", "sql": "SELECT 1", **keys})
    assert ran.code == 2
    assert told in ran.err
