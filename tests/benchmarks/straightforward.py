"""The checks of `suite.yaml` in straightforward SQL: one SELECT of filtered aggregates, and one anti join."""

import sys

import duckdb

TABLE = f"read_{'parquet' if sys.argv[1].endswith('parquet') else 'csv'}('{sys.argv[1]}')"

with duckdb.connect() as connection:
    connection.execute(
        f"""SELECT count(*), count(*) FILTER (order_id IS NULL), count(*) FILTER (customer_id IS NULL),
        avg((note IS NULL)::INT), count(DISTINCT order_id),
        count(*) FILTER (status NOT IN ('paid', 'shipped', 'new', 'cancelled', 'returned')),
        count(*) FILTER (currency NOT IN ('EUR', 'USD', 'GBP', 'CHF')),
        count(*) FILTER (amount < 0 OR amount > 1000), min(qty),
        count(*) FILTER (NOT regexp_full_match(email, '[^@ ]+@[^@ ]+\\.[a-z]+')),
        count(*) FILTER (NOT regexp_full_match(sku, 'SKU-[0-9]{{5}}')),
        count(*) FILTER (NOT (updated_at >= created_at)), max(created_at), avg(amount), approx_quantile(amount, 0.99)
        FROM {TABLE}"""
    ).fetchall()
    connection.execute(
        f"SELECT count(*) FROM {TABLE} o ANTI JOIN 'customers.parquet' c ON o.customer_id = c.id"
    ).fetchall()
