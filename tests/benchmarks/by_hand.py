"""The aggregates of `rules.yaml` in one query, as an experienced person writes it."""

import sys

import duckdb

with duckdb.connect() as connection:
    connection.execute(
        f"""SELECT count(*),
        count(*) FILTER (WHERE order_id IS NULL),
        count(*) FILTER (WHERE customer_id IS NULL),
        count(*) FILTER (WHERE note IS NULL),
        count(*) FILTER (WHERE status NOT IN ('paid', 'shipped', 'new', 'cancelled', 'returned')), count(status),
        count(*) FILTER (WHERE currency NOT IN ('EUR', 'USD', 'GBP', 'CHF')), count(currency),
        count(*) FILTER (WHERE amount < 0 OR amount > 1000), count(amount),
        count(*) FILTER (WHERE qty < 1 OR qty > 20), count(qty),
        count(*) FILTER (WHERE NOT regexp_matches(email, '^[^@ ]+@[^@ ]+\\.[a-z]+$')), count(email),
        count(*) FILTER (WHERE NOT regexp_matches(sku, '^SKU-[0-9]{{5}}$')), count(sku),
        count(*) FILTER (WHERE (updated_at >= created_at) IS FALSE),
        count(*) FILTER (WHERE (amount * qty < 100000) IS FALSE),
        max(created_at),
        count(*) FILTER (WHERE day < DATE '2026-01-01' OR day > DATE '2027-01-01'), count(day),
        count(*) FILTER (WHERE updated_at < TIMESTAMP '2020-01-01'), count(updated_at)
        FROM read_parquet('{sys.argv[1]}')"""
    ).fetchall()
