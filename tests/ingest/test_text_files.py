"""Text files as they come: what parses is right, what does not is located, nothing is silent."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from conftest import checked, reported
from idqp_cli.core.model import DatasetReport, Result
from idqp_cli.core.reading import ReadOptions
from idqp_cli.ingest import text_table
from idqp_cli.ingest.places.local import find

Check = Callable[..., DatasetReport]


def result(report: DatasetReport, rule: str) -> Result:
    assert report.message is None
    return next(found for found in report.results if found.rule == rule)


def bad_cells(report: DatasetReport) -> list[tuple[int | None, str | None, object, str | None]]:
    samples = result(report, "parse").samples
    return [(one.line, one.column, *one.values.values(), one.expected) for one in samples]  # type: ignore[misc]


def fails(report: DatasetReport, rule: str) -> list[int | None]:
    return [sample.line for sample in result(report, rule).samples]


def numbers(count: int) -> list[str]:
    return [f"{number},{number % 7}.5" for number in range(count)]


@pytest.mark.parametrize("at", [0, 150, 299, 30_000, 59_999])
def test_one_bad_cell_anywhere_leaves_every_other_verdict(check: Check, at: int) -> None:
    rows = numbers(60_000)
    rows[at] = "abc,1.5"
    report = check(
        "id,x\n" + "\n".join(rows),
        {"type": "range", "column": "id", "min": 1},
        {"type": "completeness", "column": "id"},
        {"type": "unique", "column": "id"},
        {"type": "range", "column": "x", "max": 5},
    )
    assert bad_cells(report) == [(at + 2, "id", "abc", "BIGINT")]
    assert result(report, "parse").verdict.metric_value == 1
    assert result(report, "range(id)").verdict.rows_evaluated == 59_999
    assert result(report, "completeness(id)").status == "passed"
    assert result(report, "unique(id)").verdict.rows_evaluated == 59_999
    assert result(report, "range(x)").verdict.rows_failed == sum(
        number % 7 == 5 or number % 7 == 6 for number in range(60_000) if number != at
    )


def test_bad_cells_are_counted_whole_and_shown_in_part(check: Check) -> None:
    rows = ["x,1" if number % 100 == 0 else f"{number},1" for number in range(10_000)]
    report = check("id,y\n" + "\n".join(rows))
    assert result(report, "parse").verdict.rows_failed == 100
    assert [line for line, *_ in bad_cells(report)] == [2, 102, 202, 302, 402]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2"], "BIGINT"),
        (["1", "2.5"], "DOUBLE"),
        (["007", "12"], "VARCHAR"),
        (["1e2", "5"], "DOUBLE"),
        (["0x10", "16"], "VARCHAR"),
        (["1_000", "5"], "VARCHAR"),
        (["2024-01-01", "2024-12-31"], "DATE"),
        (["2024-01-01", "2024-12-31 23:59"], "TIMESTAMP"),
        (["2024-01-01T00:00:00Z", "2024-01-01T00:00:00+02:00"], "TIMESTAMP WITH TIME ZONE"),
        (["01/02/2024", "13/02/2024"], "DATE"),
        (["01/02/2024", "03/02/2024"], "VARCHAR"),
        (["true", "FALSE"], "BOOLEAN"),
        (["yes", "no"], "VARCHAR"),
        (["t", "f"], "VARCHAR"),
        (["123456789012345678901", "1"], "HUGEINT"),
        (["", ""], "VARCHAR"),
    ],
)
def test_type(check: Check, tmp_path: Path, cells: list[str], kind: str) -> None:
    report = check("a,x\n" + "".join(f"k,{cell}\n" for cell in cells * 10))
    assert result(report, "parse").status == "passed"
    table = text_table.examine(find(["t.csv"], tmp_path), ReadOptions(), {}, {})
    assert table.kinds["x"] == kind


@pytest.mark.parametrize("late", ["1.75", "1e3", "0.5"])
def test_integers_that_turn_out_to_be_decimals_are_decimals(check: Check, late: str) -> None:
    rows = [str(number) for number in range(50_000)]
    rows[40_001] = late
    report = check(
        "id,x\n" + "".join(f"k,{row}\n" for row in rows), {"type": "range", "column": "x", "max": float(late)}
    )
    assert result(report, "parse").status == "passed"
    assert result(report, "range(x)").verdict.rows_failed == 50_000 - 1 - sum(
        number <= float(late) for number in range(50_000) if number != 40_001
    )


def test_a_late_leading_zero_makes_a_column_of_codes(check: Check) -> None:
    rows = [str(number) for number in range(1, 50_000)]
    rows[40_001] = "007"
    report = check(
        "id,x\n" + "".join(f"k,{row}\n" for row in rows), {"type": "accepted_values", "column": "x", "values": ["7"]}
    )
    assert result(report, "parse").status == "passed"
    assert result(report, "accepted_values(x)").verdict.rows_failed == 49_998


def test_a_column_that_is_empty_at_first_has_the_type_of_its_cells(check: Check) -> None:
    rows = ["" for _ in range(30_000)]
    rows[20_000:] = ["5"] * 10_000
    report = check(
        "id,x\n" + "".join(f"k,{row}\n" for row in rows), {"type": "accepted_values", "column": "x", "values": [5.0]}
    )
    assert result(report, "accepted_values(x)").verdict.rows_evaluated == 10_000
    assert result(report, "accepted_values(x)").status == "passed"


def test_a_declared_type_is_never_corrected(check: Check) -> None:
    report = check("id,x\n1,1\n2,1.75\n3,2024\n", read={"types": {"x": "BIGINT"}})
    assert bad_cells(report) == [(3, "x", "1.75", "BIGINT")]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("1.75", "BIGINT"), ("0x10", "BIGINT"), ("1_0", "BIGINT"), ("1e2", "BIGINT"), ("abc", "BIGINT"),
        (" ", "BIGINT"),        ("9223372036854775808", "BIGINT"), ("1_0.5", "DOUBLE"), ("0x1p3", "DOUBLE"), ("2024-01-01 23:59", "DATE"),
        ("2024-02-30", "DATE"), ("2024-13-01", "DATE"), ("infinity", "DATE"),
        ("2024-01-01T10:00:00+02:00", "TIMESTAMP"),        ("2024-01-01 25:00:00", "TIMESTAMP"), ("epoch", "TIMESTAMP"), ("yes", "BOOLEAN"), ("1.005", "DECIMAL(5,2)"),
    ],
)  # fmt: skip
def test_what_a_cast_would_bend_does_not_parse(check: Check, cell: str, kind: str) -> None:
    report = check(f"id,x\n1,{cell}\n", {"type": "completeness", "column": "x"}, read={"types": {"x": kind}})
    assert [found[:3] for found in bad_cells(report)] == [(2, "x", cell)]
    assert result(report, "completeness(x)").status == "passed"


def test_leading_zeros_and_spaces_do_not_change_a_declared_number(check: Check) -> None:
    rule = {"type": "accepted_values", "column": "x", "values": [7]}
    report = check("id,x\n1,007\n2, 7\n3,+7\n", rule, read={"types": {"x": "BIGINT"}})
    assert result(report, "parse").status == "passed"
    assert result(report, "accepted_values(x)").status == "passed"


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b"a,b\n1,2\n3\n4,5\n", [3]),
        (b"a,b\n1,2\n3,4,5\n6,7\n8\n", [3, 5]),
        (b'a,b\n1,"x\ny"\n3\n4,5\n', [4]),
        (b"a,b\r\n1,2\r\n3\r\n4,5\r\n", [3]),
        (b"\xef\xbb\xbfa,b\n1,2\n3\n4,5\n", [3]),
        (b"a,b\n1,2\n\n\n3\n4,5\n", [5]),
        (b'a,b\n"x"y,2\n3,4\n', [2]),
        (b"a,b\n1,2\n3,\xff\xfe\n4,5\n", [3]),
    ],
    ids=[
        "short",
        "long and short",
        "after a line break in a cell",
        "CRLF",
        "BOM",
        "after blank lines",
        "quote",
        "encoding",
    ],
)
def test_lines_that_are_no_rows_are_located(check: Check, body: bytes, lines: list[int]) -> None:
    report = check(body)
    assert [line for line, *_ in bad_cells(report)] == lines
    assert result(report, "parse").verdict.rows_failed == len(lines)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"a,b\n1,2\n3,-4\n", 3),
        (b'a,b\n1,"x\ny\nz"\n3,-4\n', 5),
        (b"a,b\n1,2\n\n\n3,-4\n", 5),
        (b"a,b\n1,2\n9\n3,-4\n", 4),
        (b'a,b\n"1\n",2\n9\n3,-4\n', 5),
        (b'"a\n",b\n1,2\n3,-4\n', 4),
        (b"a,b\r\n1,2\r\n3,-4", 3),
        (b"\xef\xbb\xbfa,b\n1,2\n3,-4\n", 3),
    ],
)
def test_failing_rows_have_the_line_of_the_file(check: Check, body: bytes, line: int) -> None:
    report = check(body, {"type": "pattern", "column": "b", "like": "-4", "negate": True})
    assert fails(report, "pattern(b)") == [line]


def test_lines_are_right_at_the_end_of_a_large_file(check: Check) -> None:
    rows = [f"{number},x" for number in range(200_000)]
    rows[100_000] = "short"
    rows[199_998] = "-1,x"
    assert fails(check("a,b\n" + "\n".join(rows), {"type": "range", "column": "a", "min": 0}), "range(a)") == [200_000]


def test_a_row_that_begins_with_a_hash_is_a_row(check: Check) -> None:
    assert check("a,b\n#1,2\n3,4\n").rows == 2


def test_a_single_column_with_semicolons_stays_one(check: Check) -> None:
    report = check("text\na;b\nc\nd;e\n", {"type": "accepted_values", "column": "text", "values": ["a;b", "c", "d;e"]})
    assert result(report, "accepted_values(text)").status == "passed"


def test_a_ragged_row_among_few_does_not_fold_the_table(check: Check) -> None:
    report = check("a,b,c\n1,2,3\ntotal,3\n", {"type": "completeness", "column": "c"})
    assert report.rows == 1
    assert [line for line, *_ in bad_cells(report)] == [3]


def test_lines_before_the_header_are_a_finding_until_declared(check: Check) -> None:
    body = "Report of today\n\na,b\n1,2\n3,4\n"
    rule = {"type": "range", "column": "b", "max": 2}
    found = check(body, rule)
    assert (
        result(found, "parse").verdict.message
        == "2 lines before the header skipped; set read.skip: 2 if they are not data"
    )
    declared = check(body, rule, read={"skip": 2})
    assert result(declared, "parse").status == "passed"
    assert fails(declared, "range(b)") == fails(found, "range(b)") == [5]


def test_a_first_line_of_data_is_a_finding_until_declared(check: Check) -> None:
    body = "1,x\n2,y\n3,z\n"
    found = check(body, {"type": "row_count", "min": 1})
    assert found.rows == 3
    assert "the first line looks like data" in result(found, "parse").verdict.message
    assert result(check(body, read={"header": False}), "parse").status == "passed"
    assert check(body, read={"header": True}).rows == 2


def test_quoted_nothing_is_text_beside_unquoted_cells_and_missing_where_all_is_quoted(check: Check) -> None:
    rule = {"type": "completeness", "column": "b"}
    assert result(check('a,b\n1,""\n2,x\n', rule), "completeness(b)").verdict.rows_failed == 0
    assert result(check('"a","b"\n"1",""\n"2","x"\n', rule), "completeness(b)").verdict.rows_failed == 1


def test_missing_values_are_missing_in_text_and_number_columns(check: Check) -> None:
    rules = [{"type": "completeness", "column": column} for column in ("n", "t")]
    report = check('n,t\n1,x\nNA,NA\n"NA",y\n', *rules, read={"missing_values": ["NA"]})
    assert result(report, "parse").status == "passed"
    assert result(report, "completeness(n)").verdict.rows_failed == 2
    assert result(report, "completeness(t)").verdict.rows_failed == 1


@pytest.mark.parametrize("word", ["NULL", "NA", "-1", "it's", "", "n/a"])
@pytest.mark.parametrize("column", ["n", "t"])
def test_what_is_named_as_missing_is_missing_in_quotes_too(check: Check, word: str, column: str) -> None:
    rules = [{"type": "completeness", "column": column}, {"type": "unique", "column": column}]
    report = check(f'n,t\n1,"x"\n2,"y"\n"{word}","{word}"\n{word},{word}\n', *rules, read={"missing_values": [word]})
    assert result(report, "parse").status == "passed"
    assert fails(report, f"completeness({column})") == [4, 5]
    assert result(report, f"unique({column})").verdict.rows_evaluated == 2


def test_a_file_whose_texts_alone_are_quoted_has_missing_texts_where_they_are_named(check: Check) -> None:
    body = '"id","name"\n1,"x"\n2,""\n3,"y"\n'
    rule = {"type": "completeness", "column": "name"}
    assert fails(check(body, rule), "completeness(name)") == []
    assert fails(check(body, rule, read={"missing_values": [""]}), "completeness(name)") == [3]
    numbers = '"name","x"\n"a",1.5\n"b",""\n'
    assert fails(check(numbers, {"type": "completeness", "column": "x"}), "completeness(x)") == [3]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(check: Check, delimiter: str) -> None:
    body = "a,b\n1,x\n2,y\n".replace(",", delimiter)
    assert result(check(body, {"type": "range", "column": "a", "max": 1}), "range(a)").verdict.rows_failed == 1


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor(write_checksum=True).compress])
def test_compressed_text_is_read_and_damage_is_seen(check: Check, compress: Callable[[bytes], bytes]) -> None:
    body = ("a,b\n" + "".join(f"{number},x{number}\n" for number in range(100_000))).encode()
    whole = compress(body)
    report = check(whole, {"type": "range", "column": "a", "max": 99_998})
    assert (report.rows, fails(report, "range(a)")) == (100_000, [100_001])
    assert check(compress(body[:500_000]) + compress(body[500_000:])).rows == 100_000
    for damaged in (
        whole[: len(whole) // 2],
        whole[:-5],
        whole[: len(whole) // 2] + b"\0" + whole[len(whole) // 2 + 1 :],
    ):
        assert "cut off or damaged; fetch it again" in (check(damaged).message or "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"\x00\x01\x02\x03" * 100,
            "is a binary file (it contains a NUL byte), neither CSV nor Parquet; if it is text, set read.encoding, like utf-16-le",
        ),
        (b"<!DOCTYPE html><html></html>", "is a web page or XML, not a table; was the download refused?"),
        (b'["a", 1]\n', "is JSON, but not an object in each line; write it as JSON lines"),
        (b"PK\x03\x04rest", "is a zip archive (a spreadsheet?), neither CSV nor Parquet"),
        (b"PAR1" + b"x" * 50, "the Parquet file is cut off (its footer is missing); write it again"),
    ],
)
def test_what_is_no_table_is_said_to_be_none(check: Check, content: bytes, message: str) -> None:
    report = check(content, {"type": "row_count", "min": 1})
    assert (report.message or "").endswith(f"t.csv: {message}")
    assert report.status == "error"
    assert report.results == ()


@pytest.mark.parametrize("body", ["a,b\n", "a,b", "\n", ""])
def test_a_file_without_rows_fails_and_skips_its_rules(check: Check, body: str) -> None:
    report = check(body, {"type": "completeness", "column": "a"})
    assert result(report, "row_count").status == "failed"
    assert result(report, "completeness(a)").status == "skipped"
    assert report.status == "failed"


def test_a_file_without_rows_may_be_allowed(check: Check) -> None:
    report = check("a,b\n", {"type": "completeness", "column": "a"}, allow_empty=True)
    assert report.status == "passed"


def test_hostile_column_names_are_names(check: Check) -> None:
    names = ['x"; DROP TABLE t; --', "it's", "a\nb", "\x1b[31m", "select"]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    rules: list[dict[str, Any]] = [{"type": "range", "column": name, "max": 1} for name in names]
    report = check(f"{header}\n1,1,1,1,1\n2,2,2,2,2\n", *rules)
    assert [found.verdict.rows_failed for found in report.results if found.type == "range"] == [1] * 5


@pytest.mark.parametrize("name", ["a[1].csv", "a*.csv", "a?.csv", "it's.csv", "x\x1b[31m.csv", "ä b.csv"])
def test_a_path_is_a_path_whatever_its_characters(tmp_path: Path, name: str) -> None:
    (tmp_path / "a1.csv").write_text("a,b\n1,1\n")
    (tmp_path / name).write_text("a,b\n1,1\n2,2\n")
    report = checked(tmp_path, [{"type": "range", "column": "a", "max": 1}], path=name).datasets[0]
    assert (report.rows, fails(report, "range(a)")) == (2, [3])
    assert "\x1b" not in report.source


def test_a_stray_quote_hides_no_later_row_from_any_rule(check: Check) -> None:
    body = 'a,b\n1,ok\n2,"x"y\n2,ok\n7,ok\n7,ok\n'
    report = check(body, {"type": "unique", "column": "a"}, {"type": "range", "column": "a", "max": 5})
    assert report.rows == 4
    assert fails(report, "unique(a)") == fails(report, "range(a)") == [5, 6]


def test_a_line_that_is_not_utf_8_is_no_row_for_any_rule(check: Check) -> None:
    body = b"a,b\n1,ok\n2,\xff\xfe\n2,ok\n3,ok\n7,ok\n"
    report = check(body, {"type": "unique", "column": "a"}, {"type": "range", "column": "a", "max": 5})
    assert report.rows == 4
    assert result(report, "unique(a)").status == "passed"
    assert fails(report, "range(a)") == [6]


def test_two_datasets_on_one_file_have_their_own_lines(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a;b\n1,1;2\n3;4\n")
    comma = {"path": "t.csv", "read": {"delimiter": ","}}
    (tmp_path / "rules.yaml").write_text(
        json.dumps({"version": 1, "datasets": {"one": comma, "two": {"path": "t.csv"}}})
    )
    one, two = reported(tmp_path).datasets
    assert result(one, "parse").verdict.rows_failed == 1
    assert result(two, "parse").status == "passed"


@pytest.mark.parametrize(
    ("declared", "cell"),
    [
        ("INT", "1.75"),
        ("int8", "0x10"),
        ("UINTEGER", "1e2"),
        ("NUMERIC(3,1)", "1.99"),
        ("real", "1_0"),
        ("Bool", "yes"),
    ],
)
def test_another_name_of_a_type_is_as_strict(check: Check, declared: str, cell: str) -> None:
    report = check(f"id,x\n1,{cell}\n", read={"types": {"x": declared}})
    assert [found[2] for found in bad_cells(report)] == [cell]


@pytest.mark.parametrize(
    ("cell", "parses"),
    [
        ("9" * 36 + ".91", True),
        ("9" * 37 + ".91", False),
        (".5", True),
        ("7", True),
        ("1.5000", True),
        ("1.505", False),
    ],
)
def test_a_decimal_is_exact(check: Check, cell: str, parses: bool) -> None:  # noqa: FBT001
    report = check(f"id,x\n1,{cell}\n", read={"types": {"x": "DECIMAL(38,2)"}})
    assert [found[2] for found in bad_cells(report)] == ([] if parses else [cell])


def test_integers_too_long_for_their_type_stay_text(check: Check) -> None:
    for ids in (["1" * 39 + str(n) for n in range(5)], ["9007199254740992", "9007199254740993", "1.5"]):
        report = check("id\n" + "\n".join(ids), {"type": "unique", "column": "id"})
        assert result(report, "unique(id)").status == "passed"


def test_a_late_leading_zero_in_a_column_of_decimals(check: Check) -> None:
    rows = [f"{number}.5" for number in range(10, 30_000)]
    rows[20_001] = "0017"
    report = check(
        "id,x\n" + "".join(f"k,{row}\n" for row in rows), {"type": "accepted_values", "column": "x", "values": ["0017"]}
    )
    assert result(report, "accepted_values(x)").verdict.rows_failed == len(rows) - 1


def test_missing_values_in_quotes_where_all_is_quoted(check: Check) -> None:
    rule = {"type": "completeness", "column": "b"}
    report = check('"a","b"\n"x","NA"\n"y","w"\n"z",""\n', rule, read={"missing_values": ["NA"]})
    assert result(report, "completeness(b)").verdict.rows_failed == 2


def test_a_quoted_missing_number_is_not_looked_at(check: Check) -> None:
    rules = [{"type": "completeness", "column": "n"}, {"type": "range", "column": "n", "min": 0}]
    report = check('n,t\n"-1",x\n5,y\n', *rules, read={"missing_values": [-1]})
    assert [found.verdict.rows_failed for found in report.results[-2:]] == [1, 0]


@pytest.mark.parametrize("body", ["\na,b\n1,2\n3,4\n", "\n\na,b\n1,2\n3,4\n"])
def test_blank_lines_before_the_header_are_nothing(check: Check, body: str) -> None:
    report = check(body, {"type": "range", "column": "b", "max": 2})
    assert result(report, "parse").status == "passed"
    assert fails(report, "range(b)") == [body.count("\n")]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8"])
def test_a_declared_encoding_is_read(check: Check, encoding: str) -> None:
    rule = {"type": "accepted_values", "column": "b", "values": ["é"]}
    report = check("a,b\n1,é\n2,ü\n".encode(encoding), rule, read={"encoding": encoding})
    assert fails(report, "accepted_values(b)") == [3]


def test_a_byte_order_mark_tells_utf_16(check: Check) -> None:
    assert check("a,b\n1,é\n".encode("utf-16")).rows == 1


def test_a_file_that_is_not_in_its_encoding_is_located(check: Check) -> None:
    body = b"a,b\n" + b"1,x\n" * 500_000 + b"2,\xff\n"
    assert "line 500,002 is not ascii" in (check(body, read={"encoding": "ascii"}).message or "")


@pytest.mark.parametrize("option", [{"read": {"types": {"emial": "BIGINT"}}}, {"pii": ["emial"]}, {"key": ["emial"]}])
def test_options_about_columns_that_are_not_there_are_an_error(check: Check, option: dict[str, Any]) -> None:
    report = check("email,n\nx@y.z,1\n", **option)
    assert report.status == "error"
    assert "'emial'" in (report.message or "")


def test_a_backslash_at_the_end_of_a_quoted_cell_escapes_nothing(check: Check) -> None:
    assert check('p,n\n"C:\\dir\\",1\n"D:\\",2\n').rows == 2


def test_a_backslash_before_a_quote_in_a_cell_escapes_it(check: Check) -> None:
    rule = {"type": "accepted_values", "column": "t", "values": ['say "hi", ok', "x"]}
    report = check('t,n\n"say \\"hi\\", ok",1\nx,2\n', rule)
    assert result(report, "accepted_values(t)").status == "passed"


def test_separators_that_only_unicode_knows_are_characters(check: Check) -> None:
    report = check("id,no\x0cte,z\u2028z\n1,a\x0cb,2\n", {"type": "completeness", "column": "no\x0cte"})
    assert (report.rows, result(report, "parse").status) == (1, "passed")


def test_reserved_names_are_refused(check: Check) -> None:
    assert "the column name 'idqp:row' is reserved" in (check("x,idqp:row\n1,2\n").message or "")


def test_a_huge_cell_is_a_cell(check: Check) -> None:
    report = check("a,b\n\n1," + "x" * 1_900_000 + "\n-5,z\n", {"type": "range", "column": "a", "min": 0})
    assert fails(report, "range(a)") == [4]


def test_a_year_is_a_name_beside_names(check: Check) -> None:
    assert check("region,2019,2020\nN,5,6\nS,7,8\n").rows == 2


def test_a_rule_that_fails_and_segments_change_no_count_of_rows(check: Check) -> None:
    body = b"g,a,b\nx,1,ok\nx,2,\xff\xfe\nx,7,ok\ny,8\n"
    failing = {"type": "expression", "expression": "CAST(b AS INTEGER) > 1"}
    parts = {"type": "range", "column": "a", "max": 5, "segment_by": "g"}
    report = check(body, failing, parts, {"type": "range", "column": "a", "max": 5, "name": "whole"})
    assert report.rows == 2
    assert [line for line, *_ in bad_cells(report)] == [3, 5]
    for rule in ("range(a)", "whole"):
        assert (result(report, rule).verdict.rows_evaluated, fails(report, rule)) == (2, [4])


@pytest.mark.parametrize("before", ["", "\r"])
def test_a_lone_cr_ends_a_record_and_a_line(tmp_path: Path, before: str) -> None:
    text = f'id,note\n1,"two\nlines"\n2,a\n{before}3,b\n4,\rc\n5,d\n'
    (tmp_path / "t.csv").write_bytes(text.encode())
    report = checked(tmp_path, [{"type": "range", "column": "id", "max": 4}])
    lines = {one.rule: [sample.line for sample in one.samples] for one in report.datasets[0].results if one.samples}
    more = len(before)
    assert lines["parse"][-1] == 7 + more
    assert lines["range(id)"] == [8 + more]
