"""The five rules of `five.yaml` by hand: five aggregates over a typed `read_csv`, which reads no other column."""

import sys

import duckdb

COLUMNS = (
    "{order_id: 'BIGINT', customer_id: 'BIGINT', email: 'VARCHAR', status: 'VARCHAR', currency: 'VARCHAR',"
    " amount: 'DOUBLE', qty: 'BIGINT', sku: 'VARCHAR', created_at: 'TIMESTAMP', updated_at: 'TIMESTAMP',"
    " day: 'DATE', note: 'VARCHAR'}"
)

with duckdb.connect() as connection:
    connection.execute(
        f"""SELECT count(*), count(customer_id),
        count(*) FILTER (status NOT IN ('paid', 'shipped', 'new', 'cancelled', 'returned')),
        count(*) FILTER (amount < 0 OR amount > 1000), min(qty), max(created_at)
        FROM read_csv('{sys.argv[1]}', header=true, delim=',', quote='"', escape='"', columns={COLUMNS})"""
    ).fetchall()
