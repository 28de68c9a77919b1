"""Metrics that runs measured, and reasons of resolutions, as columns of their own; older stores have them in texts."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

MEASURED = "metric: "
METRIC = r"(?:row_count|duplicate_share|\w+\(.+\))"
OF_ALL_ROWS, OF_A_RULE = re.compile(METRIC, re.DOTALL), re.compile(f"(.+): ({METRIC})", re.DOTALL)
# How a metric was kept as if a rule had passed.
AS_RESULT = "status = 'passed' AND rows_evaluated IS NULL AND rows_failed IS NULL"
REASONS = "'fixed', 'expected', 'false_positive', 'duplicate'"


def facts(db: Database) -> None:
    """Give a metric a name where it was kept as the result of a rule, and an event the reason of a resolution."""
    _metrics(db)
    db.table("incident_events").add_column("reason", str)
    reason = "substr(detail, 1, instr(detail || ':', ':') - 1)"
    db.execute(
        f"UPDATE incident_events SET reason = {reason}"
        f" WHERE kind IN ('resolved', 'judged') AND run_id IS NULL AND {reason} IN ({REASONS})"
    )


def _metrics(db: Database) -> None:
    db.table("new_metrics").create(
        {
            "id": int, "check_run_id": int, "dataset_id": int, "rule": str, "metric": str, "segment": str,
            "run_at": str, "status": str, "value": float, "rows_evaluated": int, "rows_failed": int,
        },
        pk="id", foreign_keys=[("check_run_id", "check_runs", "id"), ("dataset_id", "datasets", "id")],
        not_null={"check_run_id", "dataset_id", "run_at"},
    )  # fmt: skip
    columns = "id, check_run_id, dataset_id, rule, segment, run_at, status, value, rows_evaluated, rows_failed"
    db.execute(f"INSERT INTO new_metrics ({columns}) SELECT {columns} FROM metrics ORDER BY id")
    db.execute("DROP TABLE metrics")
    db.execute("ALTER TABLE new_metrics RENAME TO metrics")
    db.table("metrics").create_index(["dataset_id", "rule", "metric", "run_at"])
    names = db.execute(
        f"SELECT DISTINCT dataset_id, rule FROM metrics WHERE substr(rule, 1, 8) = ? AND {AS_RESULT}", [MEASURED]
    ).fetchall()
    for dataset, name in names:
        known = db.execute("SELECT DISTINCT name, rule_type FROM rules WHERE dataset_id = ?", [dataset]).fetchall()
        if any(name == rule for rule, _ in known):
            continue
        told = told_apart(name.removeprefix(MEASURED), [rule for rule, kind in known if kind == "anomaly"])
        if told is not None:
            db.execute(
                "UPDATE metrics SET rule = ?, metric = ?, status = NULL"
                f" WHERE dataset_id = ? AND rule = ? AND {AS_RESULT}",
                [*told, dataset, name],
            )


def told_apart(name: str, rules: Collection[str]) -> tuple[str | None, str] | None:
    """Return the rule and the metric that a name like `RULE: mean(x)` or `mean(x)` is about, None if it is neither."""
    for rule in sorted(rules, key=len, reverse=True):
        metric = name.removeprefix(f"{rule}: ")
        if metric != name and OF_ALL_ROWS.fullmatch(metric):
            return rule, metric
    if OF_ALL_ROWS.fullmatch(name):
        return None, name
    of_rule = OF_A_RULE.fullmatch(name)
    return None if of_rule is None else (of_rule[1], of_rule[2])
