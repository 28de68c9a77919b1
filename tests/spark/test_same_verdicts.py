"""Every case of every rule type on both engines: the same verdict, or a refusal that says why.

The server is Sail, or the one that `IDQP_SPARK` names, like sc://127.0.0.1:15002.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from conftest import reported
from generated import ROOT, WRITE
from idqp_cli.core.model import DatasetReport, Status
from idqp_cli.rules import RULE_TYPES
from rules.test_cases import CASES, arrow, table, types
from sail_server import sail

__all__ = ["sail"]

NO_EQUAL = "the engine has no equal for"
AGREEMENT = "idqp_cli/engine/agreement.json"

# The types with many cases, each of which is slow.
LONG = frozenset({"completeness", "duplicates", "schema", "sequence", "statistic", "unique", "variants"})


@pytest.mark.parametrize(
    "rule_type",
    [
        pytest.param(path.stem, marks=pytest.mark.thorough if path.stem in LONG else ())
        for path in sorted(CASES.glob("*.yaml"))
    ],
)
def test_a_case_has_the_same_verdict_on_spark(tmp_path: Path, sail: str, rule_type: str) -> None:
    datasets = written(tmp_path, rule_type)
    duckdb = reports(tmp_path, datasets)
    spark = {"type": "spark", "remote": sail}
    # Without a row that comes here, what has no equal on the cluster is refused by name.
    there = reports(tmp_path, datasets, engine={**spark, "fetch_rows": 0})
    left = {name: datasets[name] for name, report in there.items() if without_equal(report)}
    here = reports(tmp_path, left, engine=spark) if left else {}
    spark_reports = {**there, **here}
    refused = [name for name, report in here.items() if without_equal(report)]
    different = {
        name: (told(duckdb[name]), told(report))
        for name, report in spark_reports.items()
        if name not in refused and told(report) != told(duckdb[name])
    }
    assert different == {}
    counted(rule_type, {"cases": len(datasets), "here": len(here) - len(refused), "refused": len(refused)})


def counted(rule_type: str, numbers: dict[str, int]) -> None:
    """See that the program says of a rule type what the tests count, or write it."""
    path = ROOT / AGREEMENT
    known = json.loads(path.read_text(encoding="utf-8"))
    if WRITE:
        path.write_text(json.dumps({**known, rule_type: numbers}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    else:
        assert known[rule_type] == numbers, f"{AGREEMENT} is stale; write it with IDQP_GOLDEN=write and pytest -m ''"


def test_every_rule_type_is_counted_on_both_engines() -> None:
    assert set(json.loads((ROOT / AGREEMENT).read_text(encoding="utf-8"))) == set(RULE_TYPES)


def without_equal(report: DatasetReport) -> bool:
    verdict = report.results[-1].verdict
    return verdict.status is Status.ERROR and verdict.message.startswith(NO_EQUAL)


def told(report: DatasetReport) -> list[object]:
    """Return what a report says of its rules and of the rows that fail."""
    return [report.message] + [
        (
            result.rule,
            result.status,
            result.verdict.rows_failed,
            result.verdict.rows_evaluated,
            None if result.verdict.metric_value is None else round(result.verdict.metric_value, 9),
            [sample.key for sample in result.samples],
        )
        for result in report.results
    ]


def written(folder: Path, rule_type: str) -> dict[str, Any]:
    """Write the tables of all cases of a rule type as Parquet, and return their datasets."""
    datasets = {}
    for number, case in enumerate(yaml.safe_load((CASES / f"{rule_type}.yaml").read_text(encoding="utf-8"))):
        names, rows = table(case)
        # YAML's NaN has a sign, and Sail takes one below zero for the smallest number.
        rows = [[math.nan if cell != cell else cell for cell in row] for row in rows]  # noqa: PLR0124 - NaN alone
        kinds = types(case, names, rows)
        columns = {name: arrow([row[place] for row in rows], kinds[name]) for place, name in enumerate(names)}
        path = folder / f"t{number}.parquet"
        made = pa.table({"id": pa.array(range(len(rows)), pa.int64()), **columns})
        # Sail takes a column's minimum and maximum for all of its values, where they are equal, and NaN is none of them.
        pq.write_table(made, path, write_statistics=False)
        rule = {"type": rule_type, **case.get("with", {})}
        if "values" in case:
            rule.setdefault("column", "x")
        for key in ("sql", "dataset"):
            if key in rule:
                rule[key] = re.sub(r"\bt\b", f"t{number}", str(rule[key]))
        datasets[f"t{number}"] = {"path": path.name, "key": ["id"], "rules": [rule]}
    return datasets


def reports(folder: Path, datasets: dict[str, Any], **top: object) -> dict[str, DatasetReport]:
    (folder / "rules.yaml").write_text(json.dumps({"version": 1, **top, "datasets": datasets}), encoding="utf-8")
    return {report.dataset: report for report in reported(folder).datasets}
