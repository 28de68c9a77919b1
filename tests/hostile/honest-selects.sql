SELECT * FROM t WHERE amount < 0
SELECT id, total FROM t WHERE total < 0
select * from t where total <> qty * price
SELECT order_id, COUNT(*) AS n FROM t GROUP BY order_id HAVING COUNT(*) > 1
SELECT order_id, order_date, COUNT(*) AS occurrence_count FROM t GROUP BY order_id, order_date HAVING COUNT(*) > 1
SELECT email FROM t WHERE email IS NOT NULL GROUP BY email HAVING count(*) > 1
SELECT DISTINCT status FROM t WHERE status NOT IN ('a', 'b')
SELECT * FROM t WHERE email NOT LIKE '%@%'
SELECT id, amount::NUMERIC FROM t WHERE amount::NUMERIC <= 0
SELECT * FROM t WHERE LENGTH(name) < 10 AND rating = 5
SELECT 1 FROM t HAVING max(created_at) < now() - interval '24 hours'
SELECT 1 FROM t HAVING avg(CASE WHEN is_deleted THEN 1.0 ELSE 0.0 END) > 0.5
SELECT COUNT(*) FROM t WHERE amount IS NULL
SELECT COUNT(DISTINCT order_id) FROM t
SELECT AVG(amount) FROM t WHERE status = 'paid'
SELECT SUM(total) - SUM(qty * price) FROM t
SELECT MAX(amount) - MIN(amount) FROM t
SELECT 100.0 * count(*) FILTER (WHERE email IS NULL) / count(*) FROM t
SELECT sum(CASE WHEN status = 'paid' THEN 1 ELSE 0 END)::double / count(*) FROM t
SELECT stddev(amount), variance(amount) FROM t
SELECT median(amount) FROM t
SELECT quantile_cont(amount, 0.95) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM t
SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY amount) FROM t
SELECT mode() WITHIN GROUP (ORDER BY status) FROM t
SELECT approx_count_distinct(email) FROM t
SELECT corr(qty, total) FROM t
SELECT country, avg(amount) AS mean FROM t GROUP BY country HAVING avg(amount) > 1000
SELECT country, sum(total) FROM t GROUP BY 1 ORDER BY 2 DESC LIMIT 10
SELECT country, status, count(*) FROM t GROUP BY ROLLUP (country, status)
SELECT country, status, count(*) FROM t GROUP BY CUBE (country, status)
SELECT country, status, count(*) FROM t GROUP BY GROUPING SETS ((country), (status), ())
SELECT country, count(*) FROM t GROUP BY ALL ORDER BY ALL
WITH x AS (SELECT country, sum(total) AS s FROM t GROUP BY country) SELECT * FROM x WHERE s < 0
WITH a AS (SELECT * FROM t WHERE is_active), b AS (SELECT * FROM a WHERE qty > 0) SELECT * FROM b WHERE total < 0
WITH late AS (SELECT order_date, count(*) FILTER (WHERE shipped_date > order_date + 3) AS n, count(*) AS c FROM t GROUP BY order_date) SELECT * FROM late WHERE n * 100.0 / c > 10
WITH m AS (SELECT max(amount) AS top FROM t) SELECT t.* FROM t, m WHERE t.amount = m.top AND t.status = 'x'
WITH RECURSIVE tree AS (SELECT id, parent_id, 1 AS depth FROM t WHERE parent_id IS NULL UNION ALL SELECT c.id, c.parent_id, depth + 1 FROM t AS c JOIN tree ON c.parent_id = tree.id WHERE depth < 9) SELECT * FROM tree WHERE depth > 5
WITH RECURSIVE days AS (SELECT DATE '2024-01-01' AS d UNION ALL SELECT (d + INTERVAL 1 DAY)::DATE FROM days WHERE d < DATE '2024-01-31') SELECT d FROM days WHERE d NOT IN (SELECT order_date FROM t)
SELECT c.* FROM t AS c LEFT JOIN t AS p ON c.parent_id = p.id WHERE c.parent_id IS NOT NULL AND p.id IS NULL
SELECT * FROM t WHERE parent_id NOT IN (SELECT id FROM t)
SELECT * FROM t AS a WHERE NOT EXISTS (SELECT 1 FROM t AS b WHERE b.id = a.parent_id)
SELECT a.id, b.id FROM t a JOIN t b ON a.id < b.id AND a.email = b.email
SELECT a.id FROM t a JOIN t b USING (id) WHERE a.total <> b.total
SELECT a.* FROM t a CROSS JOIN t b WHERE a.start_date < b.end_date AND b.start_date < a.end_date AND a.id < b.id AND a.country = b.country
SELECT * FROM t a ANTI JOIN t b ON a.parent_id = b.id
SELECT * FROM t a SEMI JOIN t b ON a.parent_id = b.id
SELECT * FROM t a FULL OUTER JOIN t b ON a.id = b.parent_id WHERE a.id IS NULL
SELECT a.id FROM t a ASOF JOIN t b ON a.id = b.parent_id AND a.created_at >= b.created_at
SELECT t.id, n FROM t, LATERAL (SELECT t.qty + 1 AS n) WHERE n < 0
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) AS rn FROM t) WHERE rn > 1
SELECT * FROM t QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) > 1
SELECT * FROM t QUALIFY count(*) OVER (PARTITION BY email) > 1
SELECT id, lag(closing) OVER (PARTITION BY country ORDER BY order_date) AS before, opening FROM t QUALIFY before <> opening
SELECT id, lead(start_date) OVER (PARTITION BY country ORDER BY start_date) AS next FROM t QUALIFY next < end_date
SELECT id, rank() OVER (ORDER BY amount DESC) AS r, dense_rank() OVER (ORDER BY amount DESC) AS d FROM t QUALIFY r < d
SELECT id, sum(inflow - outflow) OVER (PARTITION BY country ORDER BY order_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS balance FROM t QUALIFY balance < 0
SELECT id, avg(amount) OVER (ORDER BY order_date RANGE BETWEEN INTERVAL 7 DAY PRECEDING AND CURRENT ROW) AS week FROM t QUALIFY amount > 10 * week
SELECT id, ntile(4) OVER w AS q, first_value(amount) OVER w FROM t WINDOW w AS (PARTITION BY country ORDER BY amount)
SELECT country, percent_rank() OVER (ORDER BY amount) AS p, cume_dist() OVER (ORDER BY amount) FROM t
SELECT id FROM t WHERE amount > (SELECT avg(amount) + 3 * stddev(amount) FROM t)
SELECT id FROM t WHERE amount > ALL (SELECT amount FROM t WHERE status = 'x')
SELECT id FROM t WHERE id = ANY (SELECT parent_id FROM t)
SELECT * FROM t WHERE (SELECT count(*) FROM t) < 1
SELECT (SELECT count(*) FROM t WHERE status = 'a') - (SELECT count(*) FROM t WHERE status = 'b')
SELECT id FROM t EXCEPT SELECT order_id FROM t
SELECT id FROM t INTERSECT SELECT parent_id FROM t
SELECT id FROM t WHERE qty = 0 UNION SELECT id FROM t WHERE price = 0
SELECT 'qty' AS what, id FROM t WHERE qty < 0 UNION ALL SELECT 'price', id FROM t WHERE price < 0
(SELECT id FROM t WHERE qty < 0) UNION ALL BY NAME (SELECT id, name FROM t WHERE name IS NULL)
SELECT * FROM t ORDER BY amount DESC NULLS LAST LIMIT 5 OFFSET 2
SELECT * EXCLUDE (payload) FROM t WHERE NOT json_valid(payload)
SELECT * REPLACE (upper(country) AS country) FROM t WHERE country IS NULL
SELECT COLUMNS('.*_date') FROM t WHERE order_date IS NULL
SELECT count(COLUMNS(*)) FROM t
SELECT max(COLUMNS(['qty', 'price'])) FROM t
FROM t WHERE amount < 0
FROM t SELECT id WHERE amount < 0
SELECT id, unnest(string_split(tags, ',')) AS tag FROM t
SELECT id, tag FROM t, unnest(string_split(tags, ',')) AS u(tag) WHERE tag = ''
SELECT d FROM generate_series(DATE '2024-01-01', DATE '2024-01-31', INTERVAL 1 DAY) AS g(d) WHERE d NOT IN (SELECT order_date FROM t)
SELECT n FROM range(1, 100) AS r(n) WHERE n NOT IN (SELECT id FROM t)
SELECT * FROM (VALUES ('DE'), ('FR')) AS v(c) WHERE c NOT IN (SELECT country FROM t)
PIVOT t ON status IN ('a', 'b') USING count(*) GROUP BY country
SELECT * FROM t PIVOT (sum(total) FOR status IN ('a', 'b') GROUP BY country)
SELECT * FROM (SELECT id, opening, closing FROM t) UNPIVOT (v FOR n IN (opening, closing)) WHERE v < 0
UNPIVOT (SELECT id, inflow, outflow FROM t) ON inflow, outflow INTO NAME n VALUE v
SELECT string_agg(name, ', ' ORDER BY name) FROM t GROUP BY country
SELECT list(id ORDER BY id) FROM t GROUP BY email HAVING len(list(id)) > 1
SELECT arg_max(status, updated_at) AS last FROM t GROUP BY order_id HAVING last = 'deleted'
SELECT any_value(name), bool_and(is_active), bool_or(is_deleted) FROM t GROUP BY country
SELECT histogram(status) FROM t
SELECT "Unit Price" FROM t WHERE "Unit Price" <= 0
SELECT t."order_id" FROM "t" WHERE t."order_id" IS NULL
SELECT * FROM T WHERE AMOUNT < 0
SELECT * FROM t AS orders WHERE orders.amount < 0
SELECT * FROM t -- everything
SELECT count(*) = 0 FROM t WHERE status = 'impossible'
SELECT date_trunc('month', order_date) AS m, count(*) FROM t GROUP BY m HAVING count(*) < 5
SELECT order_date, count(*) FROM t WHERE order_date >= current_date - INTERVAL 30 DAY GROUP BY order_date
SELECT id FROM t WHERE try_cast(code AS INTEGER) IS NULL AND code IS NOT NULL
SELECT id FROM t WHERE regexp_extract(email, '@(.+)$', 1) NOT IN ('example.com')
SELECT id FROM t WHERE CASE WHEN country = 'DE' THEN currency <> 'EUR' ELSE false END
SELECT id FROM t WHERE coalesce(first_name, last_name, name) IS NULL
SELECT grouping(country) AS g, sum(total) FROM t GROUP BY ROLLUP (country)
SELECT count(*) FILTER (WHERE qty < 0) AS a, count_if(price < 0) AS b FROM t
SELECT id FROM t WHERE json_extract_string(payload, '$.type') = 'x'
SELECT id FROM t WHERE order_date <> (created_at AT TIME ZONE 'UTC')::DATE
SELECT name, lag(name) OVER (ORDER BY id) IS NULL AS first FROM t
