"""A column may be of any type of a family."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import reported
from idqp_cli.core.model import DatasetReport, Status
from idqp_cli.core.type_families import FAMILIES, belongs

MEMBERS = {
    "any integer": ("1::TINYINT", "1::UINTEGER", "1::UTINYINT", "1::SMALLINT", "1::INTEGER", "1::BIGINT", "1::UBIGINT", "1::HUGEINT",
                    "1::DECIMAL(9,0)"),
    "any number": ("1::FLOAT", "1::DOUBLE", "1::DECIMAL(9,2)", "1::DECIMAL(38,0)"),
    "any text": ("'x'", "uuid()", "'x'::ENUM('x')"),
    "any date": ("DATE '2024-01-01'", "TIMESTAMP '2024-01-01'", "TIMESTAMPTZ '2024-01-01'", "TIMESTAMP_NS '2024-01-01'"),
}  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_a_typed_column_is_of_its_family_and_of_no_other(family: str) -> None:
    for of, values in MEMBERS.items():
        for value in values:
            (kind,) = duckdb.connect().execute(f"SELECT typeof({value})").fetchone() or ("",)
            within = of == family or (of == "any integer" and family == "any number")
            whole = family == "any integer" and "(38,0)" in value
            assert belongs(str(kind), family) is (within or whole), (kind, family)
    assert not belongs("BOOLEAN", family)
    assert not belongs("STRUCT(a INTEGER)", family)


@pytest.mark.parametrize(("value", "differs"), [("1.5::DECIMAL(9,2)", False), ("1::UBIGINT", False), ("'1'", True)])
def test_a_parquet_file_is_judged_by_its_types(value: str, tmp_path: Path, *, differs: bool) -> None:
    duckdb.connect().execute(f"COPY (SELECT {value} AS a) TO '{tmp_path / 't.parquet'}'")
    (tmp_path / "rules.yaml").write_text(
        "version: 1\ndatasets: {t: {path: t.parquet, rules: [{type: schema, columns: {a: Any Number}}]}}\n"
    )
    (report,) = reported(tmp_path).datasets
    (result,) = (one for one in report.results if one.type == "schema")
    assert (result.status is Status.FAILED) is differs
    assert not differs or "a is VARCHAR, not any number" in result.verdict.message


@pytest.mark.parametrize(
    ("kind", "cells", "failed"),
    [
        ("any number", "1\n2.5\n1e3", []),
        ("any number", "\n\n", []),
        ("any number", "1\nx", ["parse"]),
        ("any integer", "1\n\n3", []),
        ("any integer", "1\n2.5", ["parse"]),
        ("any text", "01\n2", []),
        ("any date", "2024-01-01\n2024-01-02", []),
        ("any date", "2024-01-01T00:00:00+02:00\n2024-01-02T01:00:00+02:00", []),
        ("any date", "x\ny\nz", ["schema"]),
    ],
)
def test_cells_of_text_are_read_as_the_family(
    check: Callable[..., DatasetReport], kind: str, cells: str, failed: list[str]
) -> None:
    lines = "".join(f"{at},{cell}\n" for at, cell in enumerate(cells.split("\n")))
    rule: dict[str, Any] = {"type": "schema", "columns": {"i": "any", "a": kind}}
    report = check("i,a\n" + lines, rule)
    assert [one.type for one in report.results if one.status is Status.FAILED] == failed
