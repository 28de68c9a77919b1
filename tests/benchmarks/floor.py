"""The least that a check must cost: start, DuckDB, one aggregate over the file, one row in SQLite."""

import sqlite3
import sys

import duckdb

with duckdb.connect() as connection:
    columns = "count(*), count(order_id), count(customer_id), min(amount), max(amount), max(created_at)"
    ((rows, *_),) = connection.execute(f"SELECT {columns} FROM read_csv('{sys.argv[1]}')").fetchall()
store = sqlite3.connect("floor.db")
with store:
    store.execute("CREATE TABLE IF NOT EXISTS runs (at TEXT, rows INTEGER)")
    store.execute("INSERT INTO runs VALUES (datetime('now'), ?)", [rows])
store.close()
