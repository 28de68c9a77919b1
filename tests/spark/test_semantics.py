"""One table of conditions on which engines differ, evaluated on both: the same answer, on the cluster or here."""

from __future__ import annotations

import json
import math
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from conftest import reported
from idqp_cli.core.model import Status
from sail_server import sail

__all__ = ["sail"]

TABLE = pa.table(
    {
        "id": pa.array(range(6), pa.int64()),
        "i": pa.array([7, -7, 0, None, 9007199254740993, 3], pa.int64()),
        "f": pa.array([0.0, -0.0, math.nan, None, math.inf, 1.5]),
        "d": pa.array([Decimal("0.10"), Decimal("0.30"), Decimal("-0.25"), None, Decimal("99.99"), Decimal("1.00")]),
        "t": pa.array(["a", "A ", "ß", None, "a%b", "Z\n"]),
        "b": pa.array([True, False, None, True, False, True]),
        "day": pa.array([date(2026, 1, 1), date(2024, 2, 29), None, date(1969, 12, 31), date(2026, 3, 29), date(1, 1, 1)]),
        "ts": pa.array([datetime(2026, 3, 29, 1, 30), datetime(2026, 3, 29, 2, 30), None, datetime(1969, 12, 31, 23), datetime(2026, 1, 1), datetime(2026, 10, 25, 2, 30)], pa.timestamp("us")),  # noqa: DTZ001
        "zoned": pa.array([datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 3, 29, 2, 30, tzinfo=UTC), None, datetime(1969, 12, 31, 23, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)], pa.timestamp("us", "UTC")),
    }
)  # fmt: skip
# By what they are about; each is true for the rows that pass.
CONDITIONS: dict[str, list[str]] = {
    "NULL": [
        "i = NULL", "i <> 7", "NOT (i > 0)", "i IS NULL", "i IS NOT DISTINCT FROM NULL", "i IN (7, NULL)",
        "i NOT IN (7, NULL)", "coalesce(i, 1) > 0", "nullif(i, 7) IS NULL", "greatest(i, 5) > 5", "b OR NULL",
        "b AND NULL", "b IS NOT TRUE", "CASE WHEN i > 0 THEN false END", "t || NULL IS NULL",
    ],
    "NaN and -0.0": [
        "f > 1e308", "f = f", "f >= 'inf'::DOUBLE", "isnan(f)", "f < 0", "f = 0", "f BETWEEN 0 AND 2",
        "greatest(f, 1.0) = 1.0", "abs(f) = 0", "f IN (0.0, 1.5)", "f <> 1.5", "-f < 0",
    ],
    "decimals": [
        "d + d = 0.20", "d * 3 = 0.30", "d > 0.1", "d = 0.1", "d / 3 > 0.03", "d::DOUBLE * 3 = 0.3", "round(d, 1) = 0.1",
        "d BETWEEN 0.1 AND 0.3", "d::VARCHAR = '0.10'", "d::INTEGER = 0", "0.1 + 0.2 = 0.3", "d % 0.2 = 0.1",
    ],
    "integers": [
        "i / 2 = 3.5", "i // 2 = 3", "i // 2 = -3", "i // 2 = -4", "i % 2 = 1", "i % 2 = -1", "i / 0 IS NULL",
        "i + 0.5 > i", "i::DOUBLE = 9007199254740992", "i = 9007199254740992.0", "i::VARCHAR = '7'", "abs(i) = 7",
        "i & 1 = 1", "-i = 7", "round(i / 2) = 4", "(i / 2)::INTEGER = 4",
    ],
    "case and spaces": [
        "t = 'a'", "t = 'A'", "lower(t) = 'a'", "upper(t) = 'SS'", "t = 'A '", "t = 'a '", "trim(t) = 'A'",
        "trim(t) = 'Z'", "length(t) = 1", "length(t) = 2", "t < 'b'", "t > 'Z'", "t BETWEEN 'a' AND 'b'",
        "concat(t, 'x') = 'x'", "reverse(t) = ' A'", "substring(t, 1, 1) = 'a'", "substring(t, 0, 1) = 'a'",
        "left(t, 1) = 'a'", "right(t, 1) = 'b'", "starts_with(t, 'a')", "contains(t, '%')", "replace(t, 'a', '') = ''",
        "t ILIKE 'A'", "t IN ('a', 'A')", "strlen(t) = 2", "position('a' IN t) = 1",
    ],
    "LIKE": [
        "t LIKE 'a%'", "t LIKE 'a_b'", "t LIKE 'a\\%b'", "t LIKE 'a!%b' ESCAPE '!'", "t LIKE 'A_'", "t LIKE '_'",
        "t NOT LIKE 'a%'", "t LIKE 'Z%'",
    ],
    "patterns": [
        "regexp_matches(t, '^[a-z]$')", "regexp_matches(t, 'a.b')", "regexp_full_match(t, 'Z.')",
        "regexp_matches(t, 'Z$')", "regexp_matches(t, '(?i)a')", "regexp_matches(t, '\\s')",
        "regexp_matches(t, '\\bZ')", "regexp_matches(t, '[[:upper:]]')", "regexp_matches(t, '\\w')",
        "regexp_replace(t, 'a', 'b') = 'b'", "regexp_extract(t, '([a-z])', 1) = 'a'",
    ],
    "dates": [
        "day > '2025-01-01'", "day = DATE '2024-02-29'", "day + 1 = DATE '2024-03-01'", "year(day) = 2024",
        "day + INTERVAL 1 YEAR = DATE '2025-02-28'", "dayofweek(day) = 0", "day < '1970-01-01'",
        "date_trunc('month', day) = DATE '2026-03-01'", "day - DATE '2026-01-01' = 0", "day::VARCHAR = '2026-01-01'",
        "month(day) = 2", "day BETWEEN '2024-01-01' AND '2026-01-01'", "strftime(day, '%Y') = '2026'",
    ],
    "times": [
        "ts > '2026-01-01'", "ts = TIMESTAMP '2026-03-29 02:30:00'", "zoned = TIMESTAMPTZ '2026-03-29 02:30:00+00'",
        "zoned = ts", "hour(ts) = 2", "hour(zoned) = 2", "ts::DATE = DATE '2026-03-29'", "zoned::DATE = DATE '2026-03-29'",
        "ts < zoned", "epoch(ts) > 0", "ts::VARCHAR = '2026-01-01 00:00:00'", "ts > day", "zoned > '2026-03-29 02:00:00+02'",
        "zoned AT TIME ZONE 'Europe/Berlin' > ts", "date_trunc('day', ts) = ts", "ts - INTERVAL 1 HOUR < zoned",
    ],
    "booleans": ["b", "NOT b", "b = 1", "b::INTEGER = 1", "b::VARCHAR = 'true'", "b > false"],
    "casts": [
        "TRY_CAST(t AS INTEGER) IS NULL", "f::INTEGER = 2", "f::VARCHAR = '1.5'", "f::VARCHAR = '-0.0'",
        "i::DECIMAL(38, 2) = 7", "t::DATE > DATE '2026-01-01'",
    ],
}  # fmt: skip


# Sail goes on with the wrong number; of Spark and DuckDB it is an error.
OVERFLOWS = ["i * i > 0 OR i > 7", "i::INTEGER > 0"]


def judged(folder: Path, rules: list[dict[str, Any]], **top: object) -> dict[str, list[object]]:
    dataset = {"path": "t.parquet", "key": ["id"], "rules": rules}
    (folder / "rules.yaml").write_text(
        json.dumps({"version": 1, "defaults": {"samples": 10}, **top, "datasets": {"t": dataset}}), encoding="utf-8"
    )
    (report,) = reported(folder).datasets
    assert report.message is None, report.message
    return {
        result.rule: [
            result.verdict.status,
            None if result.verdict.status is Status.ERROR else result.verdict.rows_failed,
            None if result.verdict.status is Status.ERROR else result.verdict.rows_evaluated,
            [sample.key for sample in result.samples],
        ]
        for result in report.results
        if result.type == "expression"
    }


def test_conditions_on_which_engines_differ_have_one_answer(tmp_path: Path, sail: str) -> None:
    pq.write_table(TABLE, tmp_path / "t.parquet", write_statistics=False)
    rules = [
        {"type": "expression", "name": f"{about} {number}", "expression": condition}
        for about, conditions in {**CONDITIONS, "overflows": OVERFLOWS if "IDQP_SPARK" in os.environ else []}.items()
        for number, condition in enumerate(conditions)
    ]
    written = {rule["name"]: rule["expression"] for rule in rules}
    here = judged(tmp_path, rules)
    spark = {"type": "spark", "remote": sail}
    there = judged(tmp_path, rules, engine=spark)
    different = {written[name]: (found, there[name]) for name, found in here.items() if there[name] != found}
    assert different == {}
    # Enough of them are evaluated on the cluster for that to say something; a part of them shows it.
    some = rules[::5]
    on_cluster = judged(tmp_path, some, engine={**spark, "fetch_rows": 0})
    evaluated = [name for name, found in on_cluster.items() if found == here[name] and found[0] is not Status.ERROR]
    assert len(evaluated) > len(some) / 2, len(evaluated)
