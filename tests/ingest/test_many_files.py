"""Datasets of many files: folders, partitions, and files that are not alike."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Shell, checked
from idqp_cli.core.model import DatasetReport, Result
from idqp_cli.ingest.fingerprint import state
from idqp_cli.ingest.places.local import find


def write(folder: Path, name: str, select: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT {'parquet' if name.endswith('parquet') else 'csv'})")


def one(folder: Path, path: str, *rules: dict[str, Any], **dataset: object) -> DatasetReport:
    return checked(folder, rules, path=path, **dataset).datasets[0]


def found(report: DatasetReport, name: str) -> Result:
    (result,) = (result for result in report.results if result.rule == name)
    return result


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_folder_of_partitions_has_their_columns(tmp_path: Path, ending: str) -> None:
    for day, rows in (("2024-01-01", 3), ("2024-01-02", 5), ("__HIVE_DEFAULT_PARTITION__", 2)):
        write(tmp_path, f"lake/day={day}/region=a%20b/x.{ending}", f"SELECT i AS id FROM range({rows}) t(i)")
    (tmp_path / "lake" / "_SUCCESS").write_text("")
    (tmp_path / "lake" / ".hidden").write_text("x")
    report = one(
        tmp_path,
        "lake",
        {"type": "completeness", "column": "day", "name": "days"},
        {"type": "range", "column": "day", "max": "2024-01-01", "name": "early"},
        {"type": "accepted_values", "column": "region", "values": ["a b"], "name": "regions"},
        {"type": "row_count", "min": 0, "segment_by": "day", "name": "by day"},
        {"type": "unique", "column": "id", "where": "day = DATE '2024-01-02'", "name": "ids"},
    )
    assert report.rows == 10
    assert found(report, "days").verdict.rows_failed == 2
    assert (found(report, "early").verdict.rows_evaluated, found(report, "early").verdict.rows_failed) == (8, 5)
    assert found(report, "regions").verdict.rows_failed == 0
    assert {result.segment for result in report.results if result.rule == "by day"} == {
        "2024-01-01", "2024-01-02", "(missing)",
    }  # fmt: skip
    assert found(report, "ids").verdict.rows_failed == 0
    assert found(report, "ids").verdict.rows_evaluated == 5
    assert {Path(sample.file or "").parent.parent.name for sample in found(report, "early").samples} == {
        "day=2024-01-02"
    }


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_files_own_column_wins_over_its_folders_name(tmp_path: Path, ending: str) -> None:
    write(tmp_path, f"id=7/x.{ending}", "SELECT 1 AS id")
    report = one(tmp_path, f"*/x.{ending}", {"type": "range", "column": "id", "max": 1, "name": "r"})
    assert found(report, "r").verdict.rows_failed == 0


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_that_differ_are_a_schema_result_and_no_row_is_lost(tmp_path: Path, ending: str) -> None:
    write(tmp_path, f"a.{ending}", "SELECT i AS id, 'x' AS t, i / 2 AS f FROM range(5) t(i)")
    write(tmp_path, f"b.{ending}", "SELECT 'y' AS t, i AS id, 'new' AS extra, i / 2 AS f FROM range(7) t(i)")
    write(tmp_path, f"c.{ending}", "SELECT i AS id, i / 2 AS f FROM range(100, 103) t(i)")
    report = one(
        tmp_path,
        f"*.{ending}",
        {"type": "completeness", "column": "t", "name": "t"},
        {"type": "completeness", "column": "extra", "name": "extra"},
        {"type": "range", "column": "id", "max": 99, "name": "id"},
        {"type": "range", "column": "f", "max": 2, "name": "f"},
    )
    assert report.rows == 15
    assert [found(report, name).verdict.rows_failed for name in ("t", "extra", "id", "f")] == [3, 8, 3, 5]
    assert [(Path(sample.file or "").name, sample.line) for sample in found(report, "id").samples] == [
        (f"c.{ending}", line) for line in ((2, 3, 4) if ending == "csv" else (1, 2, 3))
    ]
    schema = found(report, "schema")
    assert schema.status == "failed"
    assert schema.verdict.metric_value == 2
    assert "has a column 'extra', which" in schema.verdict.message
    assert f"c.{ending} has no column 't'" in schema.verdict.message


def test_types_that_differ_are_a_schema_result(tmp_path: Path) -> None:
    write(tmp_path, "a.parquet", "SELECT 1 AS id")
    write(tmp_path, "b.parquet", "SELECT 'x' AS id")
    report = one(tmp_path, "*.parquet", {"type": "completeness", "column": "id", "name": "c"})
    assert found(report, "c").verdict.rows_evaluated == 2
    assert "b.parquet: column 'id' is VARCHAR, in" in found(report, "schema").verdict.message


def test_files_written_in_other_ways_are_each_read_in_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,t\n1,x\n2,y\n")
    (tmp_path / "b.csv").write_text("id;t\n3;x\n-4;'y'\n")
    write(tmp_path, "c.csv.gz", "SELECT -5 AS id, 'z' AS t")
    (tmp_path / "d.csv").write_text("")
    report = one(tmp_path, "*.csv*", {"type": "range", "column": "id", "min": 0, "name": "r"})
    assert report.rows == 5
    assert [(Path(one.file or "").name, one.line) for one in found(report, "r").samples] == [
        ("b.csv", 3),
        ("c.csv.gz", 2),
    ]
    assert found(report, "schema").verdict.message.endswith("d.csv is empty")


def test_a_broken_line_names_the_cells_of_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,t\n1,x\n")
    (tmp_path / "b.csv").write_text("id,t,u\n1,x\n2,y,z\n")
    report = one(tmp_path, "*.csv")
    (sample,) = found(report, "parse").samples
    assert (Path(sample.file or "").name, sample.line, sample.expected) == ("b.csv", 2, "3 cells")


def test_a_file_in_a_folder_is_checked_by_the_rules_of_the_folder(shell: Shell) -> None:
    shell.write("lake/day=1/x.csv", "id\n-1\n")
    shell.write("lake/day=2/x.csv", "id\n-1\n")
    shell.rules({"type": "range", "column": "id", "min": 0, "where": "day = 1"}, path="lake")
    assert shell.idqp("check", "lake/day=1/x.csv", "--no-store").code == 1
    assert shell.idqp("check", "lake/day=2/x.csv", "--no-store").code == 0


def test_data_is_known_again_by_its_content(tmp_path: Path) -> None:
    small, large = tmp_path / "a.csv", tmp_path / "large.csv"
    small.write_bytes(b"a\n1\n")
    large.write_bytes(b"a\n" + b"1\n" * 2_000_000)
    known = [state(find((str(path),), tmp_path)) for path in (small, large)]
    for path in (small, large):
        os.utime(path, (1, 1))
        path.rename(path.with_suffix(".tsv"))
    assert [state(find((str(path.with_suffix(".tsv")),), tmp_path)) for path in (small, large)] == known
    large.write_bytes(b"a\n" + b"1\n" * 1_999_999 + b"2\n")
    small.write_bytes(b"a\n2\n")
    assert not {state(find((str(path),), tmp_path)) for path in (small, large)} & set(known)
    gone = find((str(small),), tmp_path)
    small.unlink()
    assert state(gone) is None


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_files_without_a_row_are_named(shell: Shell, tmp_path: Path, ending: str) -> None:
    select = "SELECT i AS id, 'x' AS a FROM range(9) t(i)"
    write(tmp_path, f"days/1.{ending}", select)
    write(tmp_path, f"days/2.{ending}", f"{select} WHERE false")
    write(tmp_path, f"days/3.{ending}", f"{select} WHERE false")
    shell.rules({"type": "completeness", "column": "id"}, path=f"days/*.{ending}")
    ran = shell.idqp("check", "--no-store")
    assert (ran.code, ran.err) == (0, f"idqp: t: no rows in days/2.{ending}, days/3.{ending}\n")
    # Of one file the report says it.
    shell.rules({"type": "completeness", "column": "id"}, path=f"days/2.{ending}")
    assert "no rows in" not in shell.idqp("check", "--no-store").err
