"""Large files that DuckDB reads in pieces: quoted cells with line breaks at every place around the border of a piece."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import checked
from idqp_cli.core.model import DatasetReport, Result
from idqp_cli.ingest.csv_reader import PIECE

Check = Callable[..., DatasetReport]

HEADER = "id,text,kind,state\n"
PLAIN = "7," + "p" * 900 + ",A,open\n"
# Each line inside the cell has as many delimiters as a row.
QUOTED = '17,"we agreed:\nsize, colour, price, delivery\na,b,c,d\nhe said ""yes"", gladly",A,open\n'
RULES = (
    {"type": "accepted_values", "column": "kind", "values": ["A"]},
    {"type": "unique", "column": "id", "threshold": "100%"},
)


def result(report: DatasetReport, rule: str) -> Result:
    assert report.message is None
    return next(found for found in report.results if found.rule == rule)


def across(at: int, *, record: str = QUOTED, tail: str = "") -> str:
    """Return a table in which the border of the first piece lies `at` bytes behind the start of a quoted record."""
    many = (PIECE - len(HEADER) - 2 * len(PLAIN) - at) // len(PLAIN)
    start = HEADER + PLAIN * many
    filling = PIECE - at - len(start)
    start += "8," + "f" * (filling - len("8,,A,open\n")) + ",A,open\n"
    assert len(start) == PIECE - at
    return start + record * 3 + PLAIN * 5 + tail


def rows(text: str) -> int:
    return sum(1 for _ in csv.reader(io.StringIO(text, newline=""))) - 1


@pytest.mark.parametrize("at", range(len(QUOTED) + 1))
def test_a_quoted_cell_across_the_border_of_a_piece_is_one_cell(check: Check, at: int) -> None:
    text = across(at)
    report = check(text, *RULES)
    assert report.rows == rows(text)
    assert result(report, "parse").status == "passed"
    assert result(report, "accepted_values(kind)").status == "passed"


@pytest.mark.parametrize("at", range(0, len(QUOTED) + 1, 7))
def test_a_bad_line_elsewhere_does_not_change_that(check: Check, at: int) -> None:
    text = across(at)
    report = check(text + "1,2\n" + QUOTED, *RULES)
    assert report.rows == rows(text) + 1
    assert [sample.line for sample in result(report, "parse").samples] == [text.count("\n") + 1]
    assert result(report, "accepted_values(kind)").status == "passed"


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("rest", [1, 40_000])
def test_a_quote_that_is_never_closed_is_a_finding_in_a_large_file(check: Check, end: str, rest: int) -> None:
    text = across(30)
    report = check(text + '9,"open,A,open\n' + ("1,b,A,open\n" * rest)[:-1] + end, *RULES)
    assert report.rows == rows(text)
    (sample,) = result(report, "parse").samples
    assert sample.line == text.count("\n") + 1
    assert "quote" in str(sample.values)


def test_a_million_cells_with_line_breaks_are_counted_right(check: Check) -> None:
    report = check(HEADER + QUOTED * 300_000, *RULES)
    assert (report.rows, report.score) == (300_000, 100)


def test_compressed_files_and_several_files_are_read_alike(tmp_path: Path) -> None:
    texts = [across(20), across(45) + "1,2\n"]
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(texts[0].encode(), 1))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(texts[1].encode(), 1))
    report = checked(tmp_path, RULES, path="*.csv.gz").datasets[0]
    assert report.rows == rows(texts[0]) + rows(texts[1]) - 1
    assert len(result(report, "parse").samples) == 1


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_line_longer_than_the_buffer_is_never_dropped_unsaid(check: Check, quote: str) -> None:
    report = check(f"id,x\n1,{quote}{'y' * 40_000_000}{quote}\n2,z\n")
    assert "contains a line of more than 30,000,000 bytes; set read.max_line" in str(report.message)
    report = check(f"id,x\n1,{quote}{'y' * 20_000_000}{quote}\n2,z\n")
    assert len(result(report, "parse").samples) == 1
