"""A row with a delimiter too many at its end is told with its line, wherever it stands and however it is read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from conftest import rules_text
from idqp_cli.core.model import DatasetReport, Severity
from idqp_cli.core.reading import ReadOptions
from idqp_cli.pipeline import run, targets
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project as config
from read_back import read

FAR = 30_000
SAID = "ends in a delimiter that the header does not have"


def numbers(count: int, delimiter: str = ",", end: str = "\n") -> list[str]:
    return [delimiter.join((str(number), f"w{number % 7}", str(number % 3))) + end for number in range(count)]


def table(rows: list[str], delimiter: str = ",", end: str = "\n", header: str | None = None) -> str:
    return (delimiter.join(("a", "b", "c")) if header is None else header) + end + "".join(rows)


def doubts(report: DatasetReport) -> str:
    assert report.message is None
    return next(found.verdict.message or "" for found in report.results if found.rule == "parse")


# Where the row stands, and what stands for the rest of the file; a file that holds "" is read in another way.
OTHERS = {
    "plain": ("1", "x", "2"),
    "empty cells at the end": ("1", "x", ""),
    "quoted cells": ("1", '"x, y"', "2"),
    "an empty text": ("1", '""', "2"),
    "an empty text at the end": ("1", "x", '""'),
    "an empty text and an empty cell": ("1", '""', ""),
    "line breaks": ("1", '"x\ny"', "2"),
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize(("end", "delimiter"), [("\n", ","), ("\r\n", ";"), ("\r", "\t"), ("\n", "||")])
def test_it_is_told_with_its_line(tmp_path: Path, other: str, end: str, delimiter: str) -> None:
    rows = numbers(300, delimiter, end)
    rows[10] = delimiter.join(OTHERS[other]).replace("\n", end) + end
    wrong = ["1,x,2,", "1,x,,", ",,,"]
    for at, bad in enumerate(wrong, 250):
        rows[at] = bad.replace(",", delimiter) + end
    (tmp_path / "t.csv").write_text(table(rows, delimiter, end), newline="")
    found = read(tmp_path, "t.csv", ReadOptions(delimiter=delimiter, quote='"', header=True))
    line = 252 + (other == "line breaks")
    (said,) = found.doubts
    assert f"line {line} {SAID} (and 2 more rows);" in said
    assert [[cell or "" for cell in row] for row in found.rows[250:253]] == [bad.split(",")[:3] for bad in wrong]
    assert (len(found.rows), found.rejected) == (300, [])


@pytest.mark.parametrize("other", OTHERS)
def test_a_file_without_it_has_no_doubt(tmp_path: Path, other: str) -> None:
    rows = numbers(300)
    rows[10] = ",".join(OTHERS[other]) + "\n"
    (tmp_path / "t.csv").write_text(table(rows))
    found = read(tmp_path, "t.csv", ReadOptions())
    assert (found.doubts, found.rejected, len(found.rows)) == ((), [], 300)
    *texts, number = [cell.strip('"') if cell else None for cell in OTHERS[other]]
    assert found.rows[10] == (*texts, number or None)


@pytest.mark.parametrize("other", ["plain", "an empty text and an empty cell"])
@pytest.mark.parametrize("kind", ["plain", "gz", "many", "sample"])
def test_it_is_told_in_large_files_and_small_samples(tmp_path: Path, kind: str, other: str) -> None:
    rows = numbers(FAR)
    rows[FAR - 7] = "5,w,5,\n"
    rows[3] = ",".join(OTHERS[other]) + "\n"
    body, path = table(rows), "t.csv"
    if kind == "gz":
        path = "t.csv.gz"
        (tmp_path / path).write_bytes(gzip.compress(body.encode()))
    elif kind == "many":
        path = "*.csv"
        (tmp_path / "a.csv").write_text(table(numbers(5)))
        (tmp_path / "b.csv").write_text(body)
    else:
        (tmp_path / path).write_text(body)
    (tmp_path / "rules.yaml").write_text(rules_text([], path))
    project = config.load(str(tmp_path / "rules.yaml"), {})
    sample = (FAR - 1, 0) if kind == "sample" else None
    request = Request(project, targets.choose(project, Choice()), Severity.WARNING, "tester", sample=sample)
    report = run.run(request, Memory(None), lambda _: None).report.datasets[0]
    assert f"line {FAR - 5:,} {SAID};" in doubts(report)
    assert report.status == "failed"
    assert ("b.csv: line" in doubts(report)) == (kind == "many")


def test_it_is_told_beside_lines_that_are_no_rows(tmp_path: Path) -> None:
    rows = numbers(500)
    rows[100], rows[200], rows[300], rows[400] = "1,2\n", "1,x,3,\n", "1,x,3,4\n", '1,"x",3,\n'
    (tmp_path / "t.csv").write_text(table(rows))
    found = read(tmp_path, "t.csv", ReadOptions())
    assert found.rejected == [102, 302]
    assert any(f"line 202 {SAID} (and 1 more row)" in one for one in found.doubts)
    assert len(found.rows) == 498


def test_what_a_person_names_as_missing_is_a_cell_too_many(tmp_path: Path) -> None:
    rows = numbers(50)
    rows[20] = "1,x,3,NA\n"
    (tmp_path / "t.csv").write_text(table(rows))
    found = read(tmp_path, "t.csv", ReadOptions(missing_values=("NA",)))
    assert (found.rejected, len(found.rows)) == ([22], 49)


@pytest.mark.parametrize("ending", ["1,x,3,", "1,x,3"])
def test_a_header_with_the_delimiter_may_have_rows_with_it(tmp_path: Path, ending: str) -> None:
    rows = [*(line.replace("\n", ",\n") if ending.endswith(",") else line for line in numbers(300)), f"{ending}\n"]
    (tmp_path / "t.csv").write_text(table(rows, header="a,b,c,"))
    found = read(tmp_path, "t.csv", ReadOptions())
    assert (found.doubts, found.rejected) == ((), [])
    assert [row[:3] for row in found.rows[-1:]] == [("1", "x", "3")]


def test_a_delimiter_at_the_end_of_every_row_is_a_way_to_write(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(table([line.replace("\n", ",\n") for line in numbers(300)]))
    found = read(tmp_path, "t.csv", ReadOptions())
    assert (found.doubts, found.rejected, found.names, len(found.rows)) == ((), [], ("a", "b", "c"), 300)


def test_one_column_has_no_delimiter_at_its_end(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n" + "x\n" * 300 + "\ny,\nz\n")
    found = read(tmp_path, "t.csv", ReadOptions())
    assert any(f"line 303 {SAID};" in one for one in found.doubts)
    assert [row[0] for row in found.rows[-3:]] == [None, "y", "z"]
