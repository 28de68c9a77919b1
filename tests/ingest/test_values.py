"""How the text of a cell becomes a value: codes stay what they are written as, and nothing is rounded unsaid."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conftest import Shell, checked
from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import DatasetReport, Result
from idqp_cli.core.reading import ReadOptions
from idqp_cli.ingest import text_table
from idqp_cli.ingest.places.local import find

Check = Callable[..., DatasetReport]
LATE = 60_000


def result(report: DatasetReport, rule: str) -> Result:
    assert report.message is None
    return next(found for found in report.results if found.rule == rule)


def failing(report: DatasetReport, rule: str) -> list[int | None]:
    return [sample.line for sample in result(report, rule).samples]


def column(*cells: str) -> str:
    """Return a table of the column `x`; each cell is in quotes where it must be."""
    return "id,x\n" + "".join(f'k,"{cell}"\n' if "," in cell else f"k,{cell}\n" for cell in cells)


def kinds(folder: Path, text: str, **options: Any) -> dict[str, str]:  # noqa: ANN401
    (folder / "t.csv").write_text(text, encoding="utf-8")
    return dict(text_table.examine(find(["t.csv"], folder), ReadOptions(**options), {}, {}).kinds)


UNIQUE = {"type": "unique", "column": "x"}


@pytest.mark.parametrize(
    "cells", [("1.10", "1.1", "1.2"), ("1E5", "100000", "2"), ("1.0", "1", "2"), ("1e3", "1000.0"), ("2.50", "2.5")]
)
def test_unique_tells_decimals_apart_by_how_they_are_written(check: Check, cells: tuple[str, ...]) -> None:
    assert result(check(column(*cells), UNIQUE), "unique(x)").status == "passed"
    report = check(column(*cells, cells[0]), UNIQUE)
    assert failing(report, "unique(x)") == [2, len(cells) + 2]


def test_unique_by_segment_and_in_quarantine_tells_spellings_apart(shell: Shell) -> None:
    shell.write("t.csv", "g,x\na,1.10\na,1.1\nb,1.1\nb,1.1\n")
    shell.rules({**UNIQUE, "segment_by": "g"}, {"type": "unique", "columns": ["g", "x"]})
    ran = shell.idqp("check", "--format", "json", "--no-store", "--quarantine", "bad")
    found = {one["rule"] + (one["segment"] or ""): one["rows_failed"] for one in ran.json["datasets"][0]["results"]}
    assert (found["unique(x)a"], found["unique(x)b"], found["unique(g, x)"]) == (0, 2, 2)
    assert (shell.folder / "bad" / "t.csv").read_text().count("\nb,1.1") == 2


def test_a_declared_number_is_compared_as_a_number(check: Check) -> None:
    report = check(column("1.10", "1.1", "1.2"), UNIQUE, read={"types": {"x": "DOUBLE"}})
    assert failing(report, "unique(x)") == [2, 3]


@pytest.mark.parametrize("kind", ["accepted_values", "rejected_values"])
def test_values_in_quotes_are_texts(check: Check, kind: str) -> None:
    report = check(column("1.10", "1.1", "1.2"), {"type": kind, "column": "x", "values": ["1.10", "1.2"]})
    assert failing(report, f"{kind}(x)") == ([3] if kind == "accepted_values" else [2, 4])
    report = check(column("1.10", "1.1", "1.2"), {"type": kind, "column": "x", "values": [1.1]})
    assert failing(report, f"{kind}(x)") == ([4] if kind == "accepted_values" else [2, 3])


def test_a_required_value_in_quotes_is_a_text(check: Check) -> None:
    rule = {"type": "required_values", "column": "x", "values": ["1.10", "1.2"]}
    assert result(check(column("1.1", "1.2"), rule), "required_values(x)").verdict.metric_value == 0.5


def test_the_enum_of_a_schema_rule_in_quotes_is_of_texts(check: Check) -> None:
    rule = {"type": "schema", "columns": {"id": "any", "x": {"enum": ["1.10", "1.2"]}}}
    (found,) = (one for one in check(column("1.1", "1.2"), rule).results if one.type == "schema")
    assert found.verdict.metric_value == 1


CARDS = ["K", *map(str, range(1, 13))]


@pytest.mark.parametrize(
    "rule",
    [
        {"type": "accepted_values", "values": ["K", *range(1, 12)]},
        {"type": "pattern", "regex": "^(K|[1-9]|1[01])$"},
        {"type": "format", "format": "integer"},
        {"type": "length", "max": 1},
    ],
)
def test_a_rule_about_texts_reads_a_column_as_text(check: Check, rule: dict[str, Any]) -> None:
    report = check(column(*CARDS), {**rule, "column": "x"})
    assert result(report, "parse").status == "passed"
    found = result(report, f"{rule['type']}(x)")
    assert (found.verdict.rows_evaluated, found.status) == (13, "failed")


def test_a_rule_about_values_goes_before_one_about_texts(check: Check) -> None:
    rules = [{"type": "accepted_values", "column": "x", "values": CARDS}, {"type": "range", "column": "x", "max": 11}]
    report = check(column(*CARDS), *rules)
    assert result(report, "accepted_values(x)").status == "passed"
    assert failing(report, "range(x)") == [14]
    assert failing(report, "parse") == [2]


def test_a_pattern_leaves_numbers_numbers_for_other_rules(check: Check) -> None:
    rules = [{"type": "pattern", "column": "x", "regex": r"^\d+$"}, {"type": "expression", "expression": "x > 9"}]
    assert failing(check(column("10", "9", "100"), *rules), "expression") == [3]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["+4915112345678", "+4930123456"], "VARCHAR"),
        (["+1", "-2", "+3"], "BIGINT"),
        (["1E5", "2E7", "3E10"], "VARCHAR"),
        (["1E5", "7", "8", "9"], "DOUBLE"),
        (["1.5E5", "2.5e-7"], "DOUBLE"),
        (["12345678901234567", "NaN", "3"], "BIGINT"),
        (["1234567890123456789", "inf", "3"], "HUGEINT"),
        (["1.5", "NaN", "3"], "DOUBLE"),
        (["0.1234567890123456789", "2.5"], "DECIMAL(38,19)"),
        (["9007199254740993", "1.5"], "DECIMAL(38,1)"),
        (["9007199254740993.0", "1.5"], "DECIMAL(38,1)"),
        (["0." + "1" * 40, "2"], "VARCHAR"),
        (["1" * 30 + ".5", "0.123456789"], "VARCHAR"),
        (["0.30000000000000004", "0.1"], "DOUBLE"),
        (["1.000000000000000056e-01", "2.5e+00"], "DOUBLE"),
        (["2024-01-01 10:00:00.123456789", "2024-01-01 10:00:00"], "TIMESTAMP_NS"),
        (["2024-01-01 10:00:00.123456000", "2024-01-01 10:00:00"], "TIMESTAMP"),
        (["2024-01-01T10:00:00.123456789Z", "2024-01-01T10:00:00Z"], "VARCHAR"),
    ],
)
def test_what_no_type_holds_exactly_is_not_rounded(tmp_path: Path, cells: list[str], kind: str) -> None:
    assert kinds(tmp_path, column(*cells))["x"] == kind


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ("-0.5", ["0.1234567890123456788", "0.1234567890123456789"]),
        ("-0.5", ["9007199254740992.0", "9007199254740993.0"]),
        ("-0.5", ["9007199254740992", "9007199254740993"]),
        ("2024-01-01 10:00:00", ["2024-01-01 11:00:00.123456788", "2024-01-01 11:00:00.123456789"]),
    ],
)
@pytest.mark.parametrize("kind", ["unique", "sequence"])
def test_what_comes_late_is_not_rounded_either(check: Check, early: str, late: list[str], kind: str) -> None:
    keys = {"strict": True} if kind == "sequence" else {}
    report = check(column(early, *[""] * LATE, *late), {"type": kind, "column": "x", **keys})
    assert result(report, "parse").status == "passed"
    assert result(report, f"{kind}(x)").status == "passed"


def test_one_nan_beside_long_ids_is_a_finding_and_the_ids_are_exact(check: Check) -> None:
    ids = ["9007199254740992", "9007199254740993", "9007199254740994"]
    report = check(column(*ids, "NaN"), UNIQUE, {"type": "completeness", "column": "x"})
    assert result(report, "unique(x)").status == "passed"
    assert failing(report, "parse") == [5]
    report = check(column(*ids, "NaN"), {"type": "completeness", "column": "x"}, read={"missing_values": ["NaN"]})
    assert failing(report, "completeness(x)") == [5]


def test_a_declared_timestamp_does_not_round(check: Check) -> None:
    cell = "2024-01-01 10:00:00.123456789"
    assert failing(check(column(cell), read={"types": {"x": "TIMESTAMP"}}), "parse") == [2]


def test_a_range_of_nanoseconds(check: Check) -> None:
    cells = ["2024-01-01 10:00:00.123456789", "2024-01-01 10:00:00.123456788"]
    for bound, lines in (("2024-01-01 10:00:00.123456788", [2]), ("9999-12-31", []), ("1000-01-01", [2, 3])):
        report = check(column(*cells), {"type": "range", "column": "x", "max": bound})
        assert failing(report, "range(x)") == lines


@pytest.mark.parametrize(
    "cells", [("10115", "01067"), ("5", "+4915112345678"), ("7", "4B"), ("3", "2024-12-31"), ("01067", "10115")]
)
def test_the_types_of_the_first_file_give_way_to_those_of_the_next(shell: Shell, cells: tuple[str, str]) -> None:
    values = [cells[1], "0"]
    shell.rules(
        UNIQUE, {"type": "accepted_values", "column": "x", "values": values}, {"type": "sequence", "column": "x"}
    )
    shell.write("t.csv", column(cells[0]))
    shell.idqp("check")
    shell.write("t.csv", column(*[cells[1]] * 3))
    found = [shell.idqp("check", "--format", "json", *words).json["datasets"][0] for words in ((), ("--no-store",))]
    with_store, without = (
        {one["rule"]: (one["status"], one["rows_failed"]) for one in dataset["results"] if one["rule"] != "schema"}
        for dataset in found
    )
    assert with_store == without
    assert with_store["parse"] == ("passed", 0)
    assert (with_store["unique(x)"], with_store["accepted_values(x)"]) == (("failed", 3), ("passed", 0))
    assert [one["status"] for one in found[0]["results"] if one["rule"] == "schema"] == ["passed"]


def test_a_type_that_changes_from_file_to_file_makes_no_new_version_each_time(shell: Shell) -> None:
    shell.rules()
    for cell in ("10115", "01067", "10115", "01067"):
        shell.write("t.csv", column(cell))
        assert shell.idqp("check").code == 0
    versions = shell.idqp("schema", "history", "t", "--format", "json").json
    assert len(versions) == 2


RANGE = {"type": "range", "column": "x", "min": 0}


@pytest.mark.parametrize(
    ("cells", "kind", "total"),
    [
        (["1.234,50", "2,5", "3"], "DOUBLE", 1240.0),
        (["1.234", "2.000,5"], "DOUBLE", 3234.5),
        (["12,50", "3,25"], "DOUBLE", 15.75),
        (["1,234.50", "2.5", "3"], "DOUBLE", 1240.0),
        (["1,234,567", "2", "3"], "BIGINT", 1234572),
        (["1.234.567", "2", "3"], "BIGINT", 1234572),
        (["$1,234.50", "-$2.50", "$1"], "DOUBLE", 1233.0),
        (["1.234,50 €", "2,50 €"], "DOUBLE", 1237.0),
        (["£5", "£7"], "BIGINT", 12),
        (["1 234,50", "2,5"], "DOUBLE", 1237.0),
        (["1\u00a0234,50", "2,5"], "DOUBLE", 1237.0),
        (["1'234.50", "2.5"], "DOUBLE", 1237.0),
        (["9.007.199.254.740.993", "1"], "BIGINT", 9007199254740994),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, cells: list[str], kind: str, total: float) -> None:
    body = "id;x\n" + "".join(f"k;{cell}\n" for cell in cells)
    assert kinds(tmp_path, body)["x"] == kind
    rule = {"type": "statistic", "column": "x", "statistic": "sum", "min": total, "max": total}
    (report,) = checked(tmp_path, [rule]).datasets
    assert result(report, "statistic(x)").status == "passed"
    assert "x is read as" in result(report, "parse").verdict.message
    assert result(report, "parse").status == "passed"


@pytest.mark.parametrize(
    "cells",
    [
        ["1,234", "5,678"], ["1.234", "5.678"], ["$5", "€6"], ["$5", "6"], ["1.23.4", "1,5"], ["1,23.5", "2.5"],
        ["12,34,56", "1,234.5"], ["1,234.50", "1.234,50"], ["1 234", "5 678"], ["01,50", "2,50"], ["192.168.0.1", "10.0.0.2"],
        ["1-2", "3-4"], ["12:30", "13:40"], ["A1", "B2,5"], ["1,5", "abc", "def"],
    ],
)  # fmt: skip
def test_what_may_be_something_else_stays_text(tmp_path: Path, cells: list[str]) -> None:
    assert kinds(tmp_path, "id;x\n" + "".join(f"k;{cell}\n" for cell in cells))["x"] == "VARCHAR"


@pytest.mark.parametrize(
    ("cells", "marks"), [(["1,234", "5,678"], ";"), (["1.234", "5.678"], ";"), (["1,234", "5,678"], "\t")]
)
def test_what_was_left_open_is_said_and_settled_by_an_option(check: Check, cells: list[str], marks: str) -> None:
    body = f"id{marks}x\n" + "".join(f"k{marks}{cell}\n" for cell in cells)
    report = check(body, RANGE, {"type": "sequence", "column": "x"})
    assert "x is text: its numbers may have a decimal mark or thousands" in result(report, "parse").verdict.message
    assert result(report, "range(x)").status == result(report, "sequence(x)").status == "error"
    for decimal in ".,":
        other = "," if decimal == "." else "."
        bound = 100 if decimal in cells[0] else 1000
        rule = {**RANGE, "max": bound} if decimal in cells[0] else {**RANGE, "min": bound}
        report = check(body, rule, read={"decimal": decimal, "thousands": other})
        assert result(report, "range(x)").status == "passed"


def test_plain_decimals_in_plain_files_are_numbers(tmp_path: Path) -> None:
    assert kinds(tmp_path, "id,x\n1,1.234\n2,5.678\n")["x"] == "DOUBLE"
    assert kinds(tmp_path, "id;x;y\n1;1.234;0.5\n2;5.678;12.25\n")["x"] == "DOUBLE"
    assert kinds(tmp_path, "id;x;y\n1;1.234;0,5\n2;5.678;12,25\n") == {"id": "BIGINT", "x": "VARCHAR", "y": "DOUBLE"}


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["31.12.2024", "01.02.2023"], "DATE"),
        (["31/12/2024", "1/2/2023"], "DATE"),
        (["12/31/2024", "01/02/2023"], "DATE"),
        (["31-12-2024", "01-02-2023"], "DATE"),
        (["2024/12/31", "2023/02/01"], "DATE"),
        (["31.12.2024 23:59", "01.02.2023 00:00:00"], "TIMESTAMP"),
        (["12/31/2024 11:59 PM", "1/2/2023 1:00:00 am"], "TIMESTAMP"),
        (["31.12.2024", "01.02.2023 10:00"], "TIMESTAMP"),
        (["01/02/2024", "03/04/2024"], "VARCHAR"),
        (["01.02.2024", "03.04.2024"], "VARCHAR"),
        (["31/12/2024", "12/31/2024"], "VARCHAR"),
        (["31/12/2024", "2024-12-31"], "VARCHAR"),
        (["31.12.24", "01.02.23"], "VARCHAR"),
        (["31/12/2024", "31.12.2024"], "VARCHAR"),
    ],
)
def test_dates_as_people_write_them(tmp_path: Path, cells: list[str], kind: str) -> None:
    assert kinds(tmp_path, column(*cells))["x"] == kind


@pytest.mark.parametrize(
    ("early", "late", "kind", "bad"),
    [
        ("1.234,5", "1,234.5", "VARCHAR", 0),
        ("1.234,5", "2,5", "DOUBLE", 0),
        ("1.234,5", "abc", "DOUBLE", 1),
        ("31/12/2024", "12/31/2024", "VARCHAR", 0),
        ("31/12/2024", "31/12/2024 10:00", "TIMESTAMP", 0),
        ("31/12/2024", "30/02/2024", "DATE", 1),
        ("01/02/2024", "31/12/2024", "DATE", 0),
        ("01/02/2024", "12/31/2024", "DATE", 0),
        ("1,234", "1,5", "DOUBLE", 0),
        ("1,234", "1,234,567", "BIGINT", 0),
        ("5", "1.234,5", "DOUBLE", 0),
        ("$5", "$1,234.50", "DOUBLE", 0),
        ("$5", "€5", "VARCHAR", 0),
        ("1.234", "0.5", "DOUBLE", 0),
    ],
)
def test_the_whole_file_decides(shell: Shell, early: str, late: str, kind: str, bad: int) -> None:
    shell.write("t.csv", "id;x\n" + f"k;{early}\n" * LATE + f"k;{late}\n" + f"k;{early}\n" * LATE)
    shell.rules({"type": "completeness", "column": "x"})
    ran = shell.idqp("check", "--format", "json")
    parse = next(one for one in ran.json["datasets"][0]["results"] if one["rule"] == "parse")
    shown = {one["column"]: one["type"] for one in shell.idqp("schema", "show", "t", "--format", "json").json}
    assert (shown["x"], parse["rows_failed"]) == (kind, bad)


@pytest.mark.parametrize(
    ("read", "cell", "bound", "good"),
    [
        ({"decimal": ","}, "1,5", 1.5, True),
        ({"decimal": ",", "thousands": "."}, "1.234,5", 1234.5, True),
        ({"thousands": ","}, "1,234.5", 1234.5, True),
        ({"thousands": ","}, "12,34", 0, False),
        ({"decimal": ",", "thousands": "."}, "1.23.4", 0, False),
        ({"columns": {"x": {"thousands": " "}}}, "1 234", 1234, True),
        ({"columns": {"x": {"thousands": " "}}}, "1\u202f234", 1234, True),
        ({"columns": {"x": {"strip": "$€%"}}}, "12.5%", 12.5, True),
        ({"columns": {"x": {"strip": "EUR"}}}, "EUR 12.5", 12.5, True),
        ({"columns": {"x": {"decimal": ",", "type": "DECIMAL(10,2)"}}}, "1,25", 1.25, True),
        ({"decimal": ".", "columns": {"X": {"decimal": ","}}}, "1,25", 1.25, True),
        ({"decimal": ",", "types": {"x": "DECIMAL(10,2)"}}, "1,255", 0, False),
        ({"date_format": "%d.%m.%y"}, "31.12.24", "2024-12-31", True),
        ({"date_format": "%d.%m.%Y", "types": {"x": "DATE"}}, "31.12.24", "2024-12-31", False),
        ({"date_format": "%d %b %Y"}, "01 Feb 2024", "2024-02-01", True),
        ({"columns": {"x": {"date_format": "%d/%m/%Y"}}}, "01/02/2024", "2024-02-01", True),
        ({"columns": {"x": {"date_format": "%d/%m/%Y"}}}, "2024-02-01", "2024-02-01", False),
        ({"timestamp_format": "%d/%m/%Y %H.%M"}, "01/02/2024 10.30", "2024-02-01 10:30:00", True),
        ({"timestamp_format": "%Y%m%dT%H%M%S%z"}, "20240201T103000Z", "2024-02-01T10:30:00Z", True),
        ({"timestamp_format": "%Y%m%dT%H%M%S%z"}, "20240201T103000+0200", "2024-02-01T08:30:00Z", True),
        ({"types": {"x": "EPOCH_S"}}, "1706783400", "2024-02-01 10:30:00", True),
        ({"types": {"x": "EPOCH_S"}}, "1706783400.5", "2024-02-01 10:30:00.5", True),
        ({"types": {"x": "EPOCH_MS"}}, "1706783400500", "2024-02-01 10:30:00.5", True),
        ({"columns": {"x": {"type": "epoch_us"}}}, "1706783400500000", "2024-02-01 10:30:00.5", True),
        ({"types": {"x": "EPOCH_S"}}, "2024-02-01", "2024-02-01", False),
        ({"types": {"x": "TIMESTAMP"}}, "2024-02-01T10:30:00Z", "2024-02-01 10:30:00", True),
        ({"types": {"x": "TIMESTAMP"}}, "2024-02-01 10:30:00 UTC", "2024-02-01 10:30:00", True),
        ({"types": {"x": "TIMESTAMP"}}, "2024-02-01T10:30:00+02:00", "2024-02-01", False),
        ({}, "2024-02-01 10:30:00 UTC", "2024-02-01T10:30:00Z", True),
        ({}, "2024-02-01 10:30:00 -0700", "2024-02-01T17:30:00Z", True),
        ({}, "2024-02-01 10:30:00 Z", "2024-02-01T10:30:00Z", True),
    ],
)  # fmt: skip
def test_the_rules_file_says_how_values_are_written(
    check: Check,
    read: dict[str, Any],
    cell: str,
    bound: str | float,
    good: bool,  # noqa: FBT001 - pytest's
) -> None:
    rule = {"type": "range", "column": "x", "min": bound, "max": bound}
    report = check(f"id;x\nk;{cell}\n", rule, read={"delimiter": ";", **read})
    if good:
        assert result(report, "parse").status == "passed"
        verdict = result(report, "range(x)").verdict
        assert (verdict.status, verdict.rows_evaluated) == ("passed", 1)
    else:
        text = result(report, "range(x)").status == "error"
        assert text or [sample.line for sample in result(report, "parse").samples] == [2]


@pytest.mark.parametrize(
    "read",
    [
        {"true_values": ["ja"], "false_values": ["nein"]},
        {"columns": {"x": {"true_values": ["ja"], "false_values": ["nein"]}}},
    ],
)
def test_words_for_true_and_false(check: Check, read: dict[str, Any]) -> None:
    rule = {"type": "accepted_values", "column": "x", "values": [True]}
    report = check(column("ja", "nein", "ja"), rule, {"type": "expression", "expression": "NOT x"}, read=read)
    assert (failing(report, "accepted_values(x)"), failing(report, "expression")) == ([3], [2, 4])
    report = check(column("ja", "nein", "ja", "nein", "vielleicht"), rule, read=read)
    assert failing(report, "parse") == [6]


def test_missing_values_of_one_column(check: Check) -> None:
    rules = [{"type": "completeness", "column": name} for name in ("a", "b")]
    read = {"missing_values": ["NA"], "columns": {"b": {"missing_values": ["-99"]}}}
    report = check('a,b\n-99,-99\nNA,NA\n5,"-99"\n6,7\n', *rules, read=read)
    assert (failing(report, "completeness(a)"), failing(report, "completeness(b)")) == ([3], [2, 3, 4])


@pytest.mark.parametrize(
    ("read", "message"),
    [
        ({"decimal": ",", "thousands": ","}, "thousands: ',' cannot be both the decimal mark and the thousands mark"),
        ({"thousands": "."}, "thousands: '.' cannot be both the decimal mark and the thousands mark"),
        ({"decimal": "x"}, "decimal: must be a mark like"),
        ({"date_format": "dd.mm.yyyy"}, "date_format: 'dd.mm.yyyy' is not a format like"),
        ({"date_format": "%d.%m.%Y %H:%M"}, "times of day go to timestamp_format"),
        ({"timestamp_format": "%Q"}, "timestamp_format: '%Q' is not a format like"),
        ({"true_values": ["1"], "false_values": ["1"]}, "false_values: '1' is also in true_values"),
        ({"columns": {"x": {"strip": "5"}}}, "strip: must not hold a digit"),
        ({"columns": {"x": {"typ": "DATE"}}}, "unknown key 'typ'"),
        ({"columns": {"x": {"type": "DATE"}}, "types": {"x": "DATE"}}, "its type is also set under types"),
        ({"types": {"x": "EPOCH"}}, "is not a type for text files"),
    ],
)
def test_what_is_no_notation_is_refused(check: Check, read: dict[str, Any], message: str) -> None:
    with pytest.raises(RulesError) as raised:
        check("x\n1\n", read=read)
    assert message in str(raised.value)


def test_what_is_said_of_a_column_that_is_not_there_is_an_error(check: Check) -> None:
    report = check("x\n1\n", read={"columns": {"y": {"decimal": ","}}})
    assert "read.columns names the column 'y', but the data has no such column" in (report.message or "")


@pytest.mark.parametrize(
    "cells", [["31/12/1999", "30/12/2024"], ["12/31/1999", "12/30/2024"], ["31.12.1999 10:00", "30.12.2024 11:00"]]
)
def test_a_range_of_dates_compares_dates(check: Check, cells: list[str]) -> None:
    rules = [{"type": "range", "column": "x", "min": "2024-01-01"}, {"type": "sequence", "column": "x"}]
    report = check(column(*cells), *rules, {"type": "freshness", "column": "x", "max_age": "36500d"})
    assert failing(report, "range(x)") == [2]
    assert result(report, "sequence(x)").status == result(report, "freshness(x)").status == "passed"


@pytest.mark.parametrize("cells", [["01/02/1999", "03/04/2024"], ["abc", "def"], ["31/12/1999", "12/31/1999"]])
def test_a_range_of_dates_never_compares_texts(check: Check, cells: list[str]) -> None:
    report = check(column(*cells), {"type": "range", "column": "x", "min": "2024-01-01"})
    assert result(report, "range(x)").status == "error"
    report = check(column("a", "b"), {"type": "range", "column": "x", "min": "b"})
    assert failing(report, "range(x)") == [2]


@pytest.mark.parametrize(
    ("pattern", "cell"), [("%Y-%m-%dT%H:%M:%S%z", "2024-01-01T10:00:00{0}"), ("%Y%m%d%z", "20240101{0}")]
)
def test_a_zone_of_z_is_a_zone(check: Check, pattern: str, cell: str) -> None:
    cells = [cell.format(zone) for zone in ("Z", "+02:00", "z", "")]
    report = check(column(*cells), {"type": "format", "column": "x", "strptime": pattern})
    assert failing(report, "format(x)") == [4, 5]


def test_json_lines_are_read_by_the_same_words(tmp_path: Path) -> None:
    rows = [
        '{"a": "1.234,5", "d": "31.12.2024", "t": 1706783400, "n": "NA"}',
        '{"a": "2,5", "d": "01.01.2024", "t": 0}',
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(rows) + "\n")
    read = {
        "decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y", "types": {"t": "EPOCH_S"},
        "columns": {"n": {"missing_values": ["NA"]}},
    }  # fmt: skip
    rules: list[dict[str, Any]] = [
        {"type": "range", "column": "a", "max": 1000}, {"type": "range", "column": "d", "max": "2024-12-30"},
        {"type": "range", "column": "t", "min": "2000-01-01"}, {"type": "completeness", "column": "n"},
    ]  # fmt: skip
    (report,) = checked(tmp_path, rules, path="t.jsonl", read=read).datasets
    assert [failing(report, f"range({name})") for name in "adt"] == [[1], [1], [2]]
    assert failing(report, "completeness(n)") == [1, 2]


def test_samples_show_a_cell_as_it_is_written(shell: Shell) -> None:
    shell.write("t.csv", "id;a;b;c\n1;1.234;ja;$5\n2;2.345,5;nein;$7\n")
    read = {"true_values": ["ja"], "false_values": ["nein"]}
    rules: list[dict[str, Any]] = [{"type": "range", "column": name, "max": 1} for name in "ac"]
    rules.insert(1, {"type": "accepted_values", "column": "b", "values": [False]})
    shell.rules(*rules, read=read)
    results = shell.idqp("check", "--no-store", "--format", "json").json["datasets"][0]["results"]
    shown = [sample["values"] for one in results for sample in one["samples"]]
    assert shown == [{"a": "1.234"}, {"a": "2.345,5"}, {"b": "ja"}, {"c": "$5"}, {"c": "$7"}]


WAYS = [("", ".", ","), ("$", ".", ","), ("", ",", "."), ("", ",", " "), ("€", ",", "."), ("", ".", "'")]
ORDERS = ["%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y"]


def written(number: Decimal, way: tuple[str, str, str]) -> str:
    symbol, decimal, thousands = way
    text = f"{abs(number):,.2f}".replace(",", "_").replace(".", decimal).replace("_", thousands)
    return f"{'-' if number < 0 else ''}{symbol}{text}"


@pytest.mark.parametrize("seed", range(12))
def test_a_table_in_any_notation_is_the_table(tmp_path: Path, seed: int) -> None:
    """Write numbers and dates in the way of a country; what is read must be what was written."""
    chance = random.Random(seed)
    way, order = chance.choice(WAYS), chance.choice(ORDERS)
    word = chance.choice(["NA", "-", "n/a", "k. A."])
    numbers = [Decimal(chance.randrange(-(10**8), 10**8)) / 100 for _ in range(300)]
    days = [date(1990, 1, 1) + timedelta(days=chance.randrange(20_000)) for _ in range(300)]
    there = [chance.random() > 0.1 for _ in range(300)]
    marks = chance.choice(";\t")
    quote = chance.choice(["", '"'])
    rows = [
        marks.join([str(at), f"{quote}{written(one, way) if here else word}{quote}", format(day, order)])
        for at, (one, day, here) in enumerate(zip(numbers, days, there, strict=True))
    ]
    (tmp_path / "t.csv").write_text("\n".join([f"id{marks}x{marks}d", *rows]) + "\n", encoding="utf-8")
    low, middle = sorted(numbers)[50], sorted(days)[150]
    rules: list[dict[str, Any]] = [
        {"type": "range", "column": "x", "min": float(low)},
        {"type": "range", "column": "d", "max": middle.isoformat()},
        {"type": "completeness", "column": "x"},
        {"type": "statistic", "column": "x", "statistic": "sum", "min": 0, "max": 0},
    ]
    (report,) = checked(tmp_path, rules, read={"missing_values": [word]}).datasets
    assert result(report, "parse").status == "passed"
    held = [one for one, here in zip(numbers, there, strict=True) if here]
    failed = {name: result(report, name).verdict.rows_failed for name in ("range(x)", "range(d)", "completeness(x)")}
    assert failed == {
        "range(x)": sum(one < low for one in held),
        "range(d)": sum(day > middle for day in days),
        "completeness(x)": there.count(False),
    }
    assert result(report, "statistic(x)").verdict.metric_value == pytest.approx(float(sum(held)), rel=1e-9)


HOSTILE = ['a"b', "it's", "select", "é", "a\nb", "x; DROP TABLE t"]


@pytest.mark.parametrize("name", HOSTILE)
def test_notations_of_columns_of_any_name_in_several_compressed_files(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    for number, cells in enumerate([("1.234,5", "31.12.2024"), ("99,5", "01.02.2024")]):
        body = f"g;{quoted};d\n" + f"a;{cells[0]};{cells[1]}\n" * 50 + f"b;1,5;{cells[1]}\n" * 50
        (tmp_path / f"{number}.csv.gz").write_bytes(gzip.compress(body.encode()))
    rules: list[dict[str, Any]] = [
        {"type": "range", "column": name, "max": 100},
        {"type": "range", "column": name, "max": 100, "name": "some", "where": "d < DATE '2024-12-01'"},
        {"type": "range", "column": name, "max": 100, "name": "by g", "segment_by": "g"},
    ]
    (report,) = checked(tmp_path, rules, path="*.csv.gz", pii=[name]).datasets
    found = {(one.rule, one.segment): one.verdict.rows_failed for one in report.results if one.type == "range"}
    assert list(found.values()) == [50, 0, 50, 0]
    (sample, *_) = next(one for one in report.results if one.type == "range").samples
    assert "1.234,5" not in str(sample)
    assert result(report, "parse").status == "passed"


def test_files_of_one_dataset_in_two_notations_are_text(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("id;x\n" + "1;1.234,5\n" * 3_000)
    (tmp_path / "2.csv").write_text("id;x\n" + "1;1,234.5\n" * 3_000)
    (report,) = checked(tmp_path, [{"type": "range", "column": "x", "max": 1}], path="*.csv").datasets
    assert (result(report, "range(x)").status, result(report, "parse").status) == ("error", "passed")


def test_a_sample_and_a_quarantine_know_the_notation(shell: Shell) -> None:
    shell.write("t.csv", "id;x;d\n" + "".join(f"{at};1.{at:03},5;{at % 28 + 1:02}.12.2024\n" for at in range(900)))
    shell.rules({"type": "range", "column": "x", "max": 1000}, {"type": "range", "column": "d", "min": "2024-12-02"})
    ran = shell.idqp("check", "--sample", "100", "--no-store", "--format", "json")
    found = {one["rule"]: one["rows_failed"] for one in ran.json["datasets"][0]["results"]}
    assert (found["parse"], found["range(x)"]) == (0, 100)
    shell.idqp("check", "--no-store", "--quarantine", "bad", "--good", "good")
    lines = (shell.folder / "bad" / "t.csv").read_text().splitlines()
    assert (len(lines), "1.000,5" in lines[1]) == (901, True)


def test_explain_says_how_a_file_is_read_and_why(shell: Shell) -> None:
    shell.write("t.csv", "id;x;d;e\n1;1.234,5;31.12.2024;01/02/2024\n2;2,5;01.12.2024;03/04/2024\n")
    shell.rules({"type": "range", "column": "x", "max": 1000}, read={"delimiter": ";", "types": {"id": "VARCHAR"}})
    words = " ".join(shell.idqp("check", "--explain").out.split())
    for said in (
        "encoding: utf-8 because", "delimiter: semicolon because the rules file sets it", 'quote: " because',
        "id: VARCHAR because the rules file", "x: DOUBLE (decimal ',', thousands '.') because it fits a sample",
        "d: DATE (date format %d.%m.%Y) because", "e: VARCHAR because its dates may be %d/%m/%Y or %m/%d/%Y",
    ):  # fmt: skip
        assert said in words
