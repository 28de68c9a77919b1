"""Every rule type, case by case, on CSV and on Parquet of the same table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from conftest import checked, csv_text
from idqp_cli.core.model import Result
from idqp_cli.rules import RULE_TYPES

CASES = Path(__file__).parent.parent / "cases"
ARROW = {
    "VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"), "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
}  # fmt: skip
OF_PYTHON = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            for form in ("csv", "parquet"):
                yield pytest.param(path.stem, case, form, id=f"{path.stem}: {case['it']} ({form})")


def test_every_rule_type_has_cases() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(RULE_TYPES)


@pytest.mark.parametrize(("rule_type", "case", "form"), list(cases()))
def test_case(rule_type: str, case: dict[str, Any], form: str, tmp_path: Path) -> None:
    """Check one case: which rows fail, how many are looked at, or why it is an error."""
    names, rows = table(case)
    kinds = types(case, names, rows)
    rule = {"type": rule_type, **case.get("with", {})}
    if "values" in case:
        rule.setdefault("column", "x")
    result = evaluate(tmp_path, form, names, rows, kinds, rule)
    if "error" in case:
        assert result.status == "error"
        assert case["error"] in result.verdict.message
        return
    verdict = result.verdict
    if "metric" in case:
        assert verdict.metric_value == pytest.approx(case["metric"])
        assert verdict.status == case["status"]
        return
    expected = [index for index, row in enumerate(rows) if fails(case, index, row)]
    assert verdict.rows_failed == len(expected)
    if verdict.status == "failed":
        assert [sample.key["id"] for sample in result.samples] == expected
    assert verdict.rows_evaluated == case.get("evaluated", sum(None not in row for row in rows))
    assert verdict.status == case.get("status", "failed" if expected else "passed")


def fails(case: dict[str, Any], index: int, row: list[Any]) -> bool:
    return repr(row[0]) in map(repr, case["fails"]) if "values" in case else index in case["fails"]


def table(case: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
    if "values" in case:
        return ["x"], [[value] for value in case["values"]]
    names = list(case["rows"][0])
    return names, [[row.get(name) for name in names] for row in case["rows"]]


def types(case: dict[str, Any], names: list[str], rows: list[list[Any]]) -> dict[str, str]:
    found = {}
    for position, name in enumerate(names):
        value = next((row[position] for row in rows if row[position] is not None), "")
        found[name] = OF_PYTHON[type(value)]
    declared = case.get("type", {})
    return {**found, **({"x": declared} if isinstance(declared, str) else declared)}


def evaluate(
    folder: Path, form: str, names: list[str], rows: list[list[Any]], kinds: dict[str, str], rule: dict[str, Any]
) -> Result:
    read: dict[str, Any] = {}
    if form == "csv":
        body = [[index, *row] for index, row in enumerate(rows)]
        (folder / "t.csv").write_text(csv_text(["id", *names], body), encoding="utf-8", newline="")
        read = {"read": {"types": kinds}}
    else:
        columns = {name: arrow([row[position] for row in rows], kinds[name]) for position, name in enumerate(names)}
        pq.write_table(pa.table({"id": pa.array(range(len(rows)), pa.int64()), **columns}), folder / "t.parquet")
    report = checked(folder, [rule], path=f"t.{form}", key=["id"], **read)
    assert report.datasets[0].message is None
    return report.datasets[0].results[-1]


def arrow(values: list[Any], kind: str) -> pa.Array:
    """Return an array of a DuckDB type; dates and timestamps are texts in YAML."""
    as_text = kind in {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}
    return pa.array(values, pa.string() if as_text else ARROW[kind]).cast(ARROW[kind])
