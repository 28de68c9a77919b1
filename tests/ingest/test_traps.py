"""The ways in which a file is read wrongly without a word: each ends in the right answer, or is said to be wrong."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Shell, checked
from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import DatasetReport, Result, Severity
from idqp_cli.pipeline import run, targets
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project as config

Check = Callable[..., DatasetReport]
LATE = 60_000


def result(report: DatasetReport, rule: str) -> Result:
    assert report.message is None
    return next(found for found in report.results if found.rule == rule)


def failing(report: DatasetReport, rule: str) -> list[int | None]:
    return [sample.line for sample in result(report, rule).samples]


def unparsed(report: DatasetReport) -> list[tuple[int | None, object]]:
    return [(one.line, *one.values.values()) for one in result(report, "parse").samples]  # type: ignore[misc]


def accepted(column: str, *values: object) -> dict[str, Any]:
    return {"type": "accepted_values", "column": column, "values": list(values)}


def late(cell: str) -> str:
    """Return a table whose last cell is another one than all before it."""
    return "id,x\n" + "".join(f"k,{number}\n" for number in range(LATE)) + f"k,{cell}\n"


def of_files(folder: Path, files: dict[str, str | bytes], *rules: dict[str, Any], path: str) -> DatasetReport:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return checked(folder, rules, path=path).datasets[0]


def test_01_an_error_in_the_last_row_is_seen(check: Check) -> None:
    report = check(
        late("x"), {"type": "expression", "expression": "CAST(x AS INTEGER) >= 0"}, read={"types": {"x": "VARCHAR"}}
    )
    assert result(report, "expression").status == "error"


@pytest.mark.parametrize("cell", ["1.75", "-1.5", "1e-3"])
def test_02_a_late_decimal_is_no_integer(check: Check, cell: str) -> None:
    assert failing(check(late(cell), {"type": "expression", "expression": "x = floor(x)"}), "expression") == [LATE + 2]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [("1.75", "BIGINT"), ("0x10", "BIGINT"), ("1_0", "BIGINT"), ("1e2", "BIGINT"), ("2024-01-01 23:59", "DATE"), ("1.005", "DECIMAL(5,2)")],
)  # fmt: skip
def test_03_a_cast_bends_no_cell(check: Check, cell: str, kind: str) -> None:
    assert unparsed(check(f"id,x\n1,{cell}\n", read={"types": {"x": kind}})) == [(2, cell)]


def test_04_a_row_that_begins_with_a_hash_is_no_comment(check: Check) -> None:
    report = check("a,b\n#1,2\nx,3\n#4,5\n", accepted("a", "x"))
    assert failing(report, "accepted_values(a)") == [2, 4]


def test_05_lines_before_the_header_are_not_skipped_unsaid(check: Check) -> None:
    report = check("Report of today\n\na,b\n1,2\n3,4\n")
    assert "2 lines before the header skipped" in result(report, "parse").verdict.message
    assert report.rows == 2


@pytest.mark.parametrize("body", ["id,a,b\n1,2,3\ntotal,3\n", "id,a,b\n1,2,3\n\ntotal\n"])
def test_06_a_trailer_does_not_fold_the_table_into_one_column(check: Check, body: str) -> None:
    report = check(body, {"type": "range", "column": "b", "max": 3})
    assert (report.rows, [line for line, _ in unparsed(report)]) == (1, [body.count("\n")])


def test_07_semicolons_in_a_single_column_do_not_split_it(check: Check) -> None:
    report = check("text\na;b\nc\nd;e\n", accepted("text", "c"))
    assert (report.rows, failing(report, "accepted_values(text)")) == (3, [2, 4])


def test_07_lines_of_json_are_objects(check: Check) -> None:
    report = check('{"a": 1, "b": "x;y"}\n{"a": 2, "b": "z"}\n', accepted("b", "x;y", "z"))
    assert (report.rows, result(report, "accepted_values(b)").verdict.rows_failed) == (2, 0)


def test_08_a_stray_quote_does_not_switch_quoting_off(check: Check) -> None:
    report = check('a,b\n1,"x, y"\n2,"z"w\n3,"v"\n', accepted("b", "x, y", "v"))
    assert result(report, "accepted_values(b)").verdict.rows_failed == 0
    assert [line for line, _ in unparsed(report)] == [3]


def test_09_a_quote_that_is_not_closed_swallows_no_line_unsaid(check: Check) -> None:
    report = check('a,b\n1,x\n2,"y\n3,z\n4,w\n')
    assert result(report, "parse").status == "failed"
    assert unparsed(report)[0][0] == 3


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<!DOCTYPE html><p>403</p>", "is a web page or XML"),
        ("  <html><body>x</body></html>\n", "is a web page or XML"),
    ],
)
def test_10_a_web_page_is_no_table_without_rows(check: Check, body: str, message: str) -> None:
    assert message in (check(body, {"type": "completeness", "column": "a"}).message or "")


@pytest.mark.parametrize("body", ["", "\n", "a,b", "a,b\n"])
def test_10_no_row_is_a_failure(check: Check, body: str) -> None:
    report = check(body, {"type": "completeness", "column": "a"})
    assert [report.status, *(one.status for one in report.results)] == ["failed", "passed", "failed", "skipped"]


def test_10_names_that_are_numbers_are_doubted(check: Check) -> None:
    report = check("1,2\n3,4\n5,6\n")
    assert "the first line looks like data" in result(report, "parse").verdict.message
    assert report.rows == 3


def test_11_types_go_by_name_and_not_by_position(check: Check) -> None:
    read = {"types": {"a": "BIGINT", "b": "VARCHAR"}}
    report = check("b,a\nx,1\ny,2\n", {"type": "range", "column": "a", "max": 1}, read=read)
    assert (unparsed(report), failing(report, "range(a)")) == ([], [3])


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("a,b,c\n1,2,3\n", "2.csv has a column 'c', which"),
        ("a\n1\n", "2.csv has no column 'b', which"),
        ("", "2.csv is empty"),
    ],
    ids=["one more", "one less", "empty"],
)
def test_12_files_that_differ_are_a_schema_result(tmp_path: Path, second: str, message: str) -> None:
    report = of_files(tmp_path, {"1.csv": "a,b\n1,2\n", "2.csv": second}, path="*.csv")
    assert result(report, "schema").status == "failed"
    assert message in result(report, "schema").verdict.message


def test_11_columns_in_another_order_are_read_by_name(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"1.csv": "a,b\n1,20\n", "2.csv": "b,a\n30,2\n"}
    report = of_files(tmp_path, files, {"type": "range", "column": "a", "max": 9}, path="*.csv")
    assert result(report, "range(a)").verdict.rows_failed == 0


def test_12_parquet_files_whose_types_differ_are_not_rounded(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"a": [1.5]}), tmp_path / "2.parquet")
    (report,) = checked(tmp_path, [accepted("a", 1, 1.5)], path="*.parquet").datasets
    assert result(report, "accepted_values(a)").verdict.rows_failed == 0
    assert "2.parquet: column 'a' is DOUBLE" in result(report, "schema").verdict.message


def test_13_a_date_that_can_be_read_in_two_ways_is_text(check: Check) -> None:
    report = check(
        "id,d\n1,01/02/2024\n2,03/04/2024\n",
        accepted("d", "01/02/2024"),
        {"type": "freshness", "column": "d", "max_age": "1d"},
    )
    assert failing(report, "accepted_values(d)") == [3]
    assert "not a date or a timestamp" in result(report, "freshness(d)").verdict.message


def test_14_codes_are_no_numbers(check: Check) -> None:
    report = check(
        "a,b\n0x10,1E5\n0x11,2B7\n16,100000\n", {"type": "unique", "column": "a"}, {"type": "unique", "column": "b"}
    )
    assert [one.verdict.rows_failed for one in report.results[-2:]] == [0, 0]


def test_14_large_integers_beside_decimals_are_not_rounded(check: Check) -> None:
    report = check("id\n9007199254740992\n9007199254740993\n1.5\n", {"type": "unique", "column": "id"})
    assert result(report, "unique(id)").status == "passed"


def test_15_an_empty_text_is_no_missing_one(check: Check) -> None:
    report = check('a,b\n1,""\n2,\n3,x\n', {"type": "completeness", "column": "b"})
    assert failing(report, "completeness(b)") == [3]


@pytest.mark.parametrize("word", ["NULL", "NA", "nan", r"\N"])
def test_15_words_for_missing_are_text_until_they_are_named(check: Check, word: str) -> None:
    body, rule = f"a,b\n1,{word}\n2,x\n", {"type": "completeness", "column": "b"}
    assert failing(check(body, rule), "completeness(b)") == []
    assert failing(check(body, rule, read={"missing_values": [word]}), "completeness(b)") == [2]


def test_15_a_blank_line_is_a_missing_cell_of_one_column_and_nothing_of_several(check: Check) -> None:
    assert failing(check("a\nx\n\ny\n", {"type": "completeness", "column": "a"}), "completeness(a)") == [3]
    report = check("a,b\nx,1\n\ny,\n", {"type": "completeness", "column": "b"})
    assert (report.rows, failing(report, "completeness(b)")) == (2, [4])


@pytest.mark.parametrize("words", [("t", "f"), ("yes", "no"), ("Y", "N")])
def test_16_yes_and_no_are_text(check: Check, words: tuple[str, str]) -> None:
    report = check(f"a,b\n1,{words[0]}\n2,{words[1]}\n", accepted("b", words[0]))
    assert failing(report, "accepted_values(b)") == [3]


@pytest.mark.parametrize(("cell", "line"), [(b"\xff", 30_002), (b"abc", 30_002)])
def test_17_a_column_that_no_rule_looks_at_is_read_all_the_same(check: Check, cell: bytes, line: int) -> None:
    rows = [b"1,5"] * 30_000
    body = b"a,b\n" + b"\n".join([*rows, b"1," + cell, *rows])
    assert [found for found, _ in unparsed(check(body, {"type": "row_count", "min": 1}))] == [line]


@pytest.mark.parametrize("body", ["a,b\n1,é\n".encode("utf-16-le"), b"a,b\n1,x\0y\n"])
def test_18_nul_bytes_are_no_text(check: Check, body: bytes) -> None:
    assert "it contains a NUL byte" in (check(body).message or "")


def test_19_a_gzip_file_whose_checksum_is_wrong_is_damaged(tmp_path: Path) -> None:
    whole = gzip.compress(b"a,b\n1,2\n3,4\n")
    report = of_files(tmp_path, {"t.csv.gz": whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:]}, path="t.csv.gz")
    assert "cut off or damaged" in (report.message or "")


def test_21_spaces_around_a_name_do_not_matter_and_names_go_without_case(check: Check) -> None:
    report = check("ID , Name\n1,x\n2,y\n", {"type": "range", "column": "id", "max": 1}, accepted("name", "x"))
    assert failing(report, "range(id)") == failing(report, "accepted_values(name)") == [3]


def test_21_a_column_without_a_name_is_counted(check: Check) -> None:
    report = check("a,\n1,2\n", {"type": "range", "column": "column1", "max": 1})
    assert failing(report, "range(column1)") == [2]


@pytest.mark.parametrize("names", ["id,id", "id,ID", "id, id"])
def test_21_the_second_of_two_columns_of_one_name_has_a_number(check: Check, names: str) -> None:
    report = check(f"{names}\n1,2\n", {"type": "range", "column": "id_2", "max": 1})
    assert failing(report, "range(id_2)") == [2]
    message = next(one.verdict.message for one in report.results if one.rule == "parse")
    assert re.search("line 1 names column 2 '(id|ID)' again; it is read as '(id|ID)_2'", message)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_22_nan_is_missing_and_breaks_no_other_rule(tmp_path: Path, form: str) -> None:
    rows = [float("nan"), -0.0, 5.0, float("inf")]
    if form == "csv":
        (tmp_path / "t.csv").write_text("i,x\n" + "".join(f"{number},{row}\n" for number, row in enumerate(rows)))
    else:
        pq.write_table(pa.table({"i": range(4), "x": rows}), tmp_path / "t.parquet")
    rules: list[dict[str, Any]] = [
        {"type": "completeness", "column": "x"}, {"type": "range", "column": "x", "min": 0}, accepted("x", 0, 5),
        {"type": "statistic", "column": "x", "statistic": "min", "min": 0},
    ]  # fmt: skip
    (report,) = checked(
        tmp_path, rules, path=f"t.{form}", read={"types": {"x": "DOUBLE"}} if form == "csv" else {}
    ).datasets
    found = [(one.status.value, one.verdict.rows_evaluated, one.verdict.rows_failed) for one in report.results[-4:]]
    assert found == [("failed", 4, 1), ("passed", 3, 0), ("failed", 3, 1), ("passed", None, None)]


def test_23_a_division_by_zero_is_not_above_everything(check: Check) -> None:
    report = check("a,b\n1,1\n0,1\n", {"type": "expression", "expression": "b / a <= 1"})
    assert failing(report, "expression") == [3]


def test_24_a_pattern_is_searched_for(check: Check) -> None:
    rules = [{"type": "pattern", "column": "a", "regex": regex} for regex in ("b", "^b$")]
    report = check("a,n\nabc,1\nb,2\n", *rules)
    assert (failing(report, "pattern(a)"), failing(report, "pattern(a)_2")) == ([], [2])


def test_25_null_among_the_values_is_refused(check: Check) -> None:
    with pytest.raises(RulesError, match="null is not allowed as a value"):
        check("a,b\n1,2\n", accepted("a", 1, None))


def test_25_a_condition_that_is_null_does_not_fail_and_is_counted(check: Check) -> None:
    report = check("a,b\n1,2\n,2\n3,2\n", {"type": "expression", "expression": "a > 1"})
    verdict = result(report, "expression").verdict
    assert (verdict.rows_evaluated, failing(report, "expression")) == (3, [2])


def test_26_numbers_and_texts_do_not_mix(check: Check) -> None:
    body = "a,b\n01,10\n1,9\n"
    report = check(
        body,
        accepted("a", 1),
        {"type": "range", "column": "b", "max": 9},
        {"type": "range", "column": "a", "max": 9},
        read={"types": {"a": "VARCHAR"}},
    )
    assert (failing(report, "accepted_values(a)"), failing(report, "range(b)")) == ([2], [2])
    assert "the bound 9 is a number" in result(report, "range(a)").verdict.message


def test_27_texts_that_look_alike_differ(check: Check) -> None:
    cells = ["é", "e\u0301", "a", "a ", "a\u200b", "a\u00a0"]
    rules = [{"type": "unique", "column": "t"}, accepted("t", "é", "a"), {"type": "length", "column": "t", "max": 1}]
    report = check("t,n\n" + "".join(f"{cell},1\n" for cell in cells), *rules)
    assert failing(report, "unique(t)") == []
    assert failing(report, "accepted_values(t)") == failing(report, "length(t)") == [3, 5, 6, 7]


def test_28_large_integers_are_compared_exactly(check: Check) -> None:
    report = check(
        "a,x\n9007199254740993,9007199254740992.0\n9007199254740992,0.5\n",
        {"type": "range", "column": "a", "max": 9007199254740992.0}, accepted("a", 9007199254740993, 0.5),
        {"type": "references", "column": "x", "dataset": "t", "to": ["a"]}, {"type": "statistic", "column": "a", "statistic": "sum", "max": 18014398509481984},
        read={"types": {"x": "DOUBLE"}},
    )  # fmt: skip
    assert failing(report, "range(a)") == [2]
    assert failing(report, "accepted_values(a)") == failing(report, "references(x)") == [3]
    assert result(report, "statistic(a)").status == "failed"


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_29_ages_do_not_follow_the_time_zone_of_the_machine(shell: Shell, zone: str) -> None:
    shell.write("t.csv", "a,z\n2024-01-01 23:59:00,2024-01-02 01:59:00+02:00\n")
    shell.rules(*({"type": "freshness", "column": column, "max_age": "2m"} for column in "az"), path="t.csv")
    ran = shell.idqp("check", "--as-of", "2024-01-02T00:01:00Z", "--format", "json", env={"TZ": zone})
    assert [one["metric_value"] for one in ran.json["datasets"][0]["results"][-2:]] == [120, 120]


def test_30_a_file_that_changes_meanwhile_is_of_no_one_moment(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    (tmp_path / "rules.yaml").write_text(json.dumps({"version": 1, "datasets": {"t": {"path": "t.csv"}}}))
    project = config.load(str(tmp_path / "rules.yaml"), {})
    request = Request(project, targets.choose(project, Choice()), Severity.WARNING, "tester")

    def change(_: object) -> None:
        (tmp_path / "t.csv").write_text("a,b\n3,4\n5,6\n")

    (report,) = run.run(request, Memory(None), change).report.datasets
    assert "the file changed while it was read" in (report.message or "")


def test_31_a_pattern_ends_where_the_text_ends(check: Check) -> None:
    rules = [{"type": "pattern", "column": "t", "regex": regex} for regex in ("^b$", "a.b", r"^\d$")]
    report = check('t,n\n"b\n",1\n"a\nb",2\n٣,3\n', *rules)
    assert (
        failing(report, "pattern(t)") == failing(report, "pattern(t)_2") == failing(report, "pattern(t)_3") == [2, 4, 6]
    )


@pytest.mark.parametrize("regex", ["(?=a)", r"(a)\1"])
def test_31_what_a_pattern_cannot_say_is_refused(check: Check, regex: str) -> None:
    with pytest.raises(RulesError, match="does not compile"):
        check("t,n\na,1\n", {"type": "pattern", "column": "t", "regex": regex})


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_32_the_name_of_a_folder_replaces_no_column(tmp_path: Path, form: str) -> None:
    (tmp_path / "k=1").mkdir()
    if form == "csv":
        (tmp_path / "k=1/t.csv").write_text("k,b\n5,2\n")
    else:
        pq.write_table(pa.table({"k": [5], "b": [2]}), tmp_path / "k=1/t.parquet")
    (report,) = checked(tmp_path, [accepted("k", 5)], path=f"k=1/t.{form}").datasets
    assert result(report, "accepted_values(k)").status == "passed"


# Beside the numbered ones: lines that end in more than one way.

MIXED = {
    "CRLF, then LF": b"a,b\r\n1,x\n3,x\r\n",
    "LF, then CRLF": b"a,b\n1,x\r\n3,x\n",
    "one late line": b"a,b\n" + b"1,x\n" * LATE + b"3,x\r\n1,x\n",
    "without an end": b"a,b\r\n1,x\n3,x",
    "CR twice": b"a,b\n1,x\r\r\n3,x\n",
    "breaks in quotes": b'a,b\n1,"x\r\ny"\r\n1,"x\ry"\n3,x\r\n1,"x\ny"\n',
    "short lines": b"a,b\r\n1\n3,x\r\n7\n",
    "BOM and a blank line": b'\xef\xbb\xbf"a",b\r\n1,x\n\r\n3,x\n',
    "bytes that are no UTF-8": b"a,b\r\n1,\xff\n3,x\r\n",
}


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("body", MIXED.values(), ids=MIXED)
def test_lines_that_end_in_more_than_one_way_are_lines(check: Check, body: bytes, compressed: bool) -> None:  # noqa: FBT001
    line = body[: body.index(b"3,x")].count(b"\n") + 1
    report = check(gzip.compress(body) if compressed else body, {"type": "range", "column": "a", "max": 1})
    assert failing(report, "range(a)") == [line]
    bad = [number for number, one in enumerate(body.split(b"\n"), 1) if one.strip() in {b"1", b"7"} or b"\xff" in one]
    assert [line for line, _ in unparsed(report)] == bad


def test_a_line_break_in_quotes_stays_as_it_is_among_mixed_ends(check: Check) -> None:
    report = check(b'a,b\n1,"x\r\ny"\r\n1,"x\ny"\n', accepted("b", "x\r\ny"))
    assert failing(report, "accepted_values(b)") == [4]


LONE = {
    "between rows": (b"a,b\r\n1,2\r\n3,4\r5,6\r\n", 3, []),
    "in a cell": (b"a,b\n1,x\ry\n3,4\n", 2, [3]),
    "before a delimiter": (b"a,b\n1\r,x\n3,4\n", 2, [2]),
    "several": (b"a,b\n1,2\r3,4\n5,6\r7,8\n", 2, []),
    "beside one in quotes": (b'a,b\n1,"x\ry"\n3,4\r5,6\n', 3, []),
    "far behind": (b"a,b\n" + b"1,2\n" * 2_500_000 + b"1,2\r3,4\n" + b"1,2\n" * 9, 2_500_002, []),
}


@pytest.mark.parametrize("name", LONE)
def test_a_lone_cr_among_other_line_ends_ends_a_record_and_is_told(check: Check, name: str) -> None:
    body, line, bad = LONE[name]
    report = check(body)
    message = next(one.verdict.message for one in report.results if one.rule == "parse")
    assert f"line {line:,} ends in a lone CR, unlike other lines" in message
    rows = list(csv.reader(io.StringIO(body.decode(), newline="")))[1:]
    assert report.rows == sum(len(row) == 2 for row in rows)
    assert [found for found, _ in unparsed(report) if found != line] == [found for found in bad if found != line]


def test_lf_where_cr_ends_the_header_ends_a_record(check: Check) -> None:
    assert (check(b"a,b\r1,2\r3,4\n5,6\n").rows) == 3


def test_a_sample_of_lines_that_end_in_more_than_one_way(shell: Shell) -> None:
    for quote in ("", '"'):
        shell.write("t.csv", "a,b\n" + "".join(f"1,{quote}x{quote}\n1,y\r\n" for _ in range(500)))
        shell.rules({"type": "range", "column": "a", "max": 0})
        ran = shell.idqp("check", "--sample", "50", "--format", "json")
        (found,) = (one for one in ran.json["datasets"][0]["results"] if one["type"] == "range")
        assert (found["rows_evaluated"], found["rows_failed"]) == (50, 50)


def test_every_trap_has_a_test() -> None:
    """Name the traps that have none: 20, because DuckDB checks no checksum of a Parquet page."""
    numbers = {int(number) for name in dir(sys.modules[__name__]) for number in re.findall(r"(?<=_)\d\d(?=_)", name)}
    assert set(range(1, 33)) - numbers == {20}
