"""How CSV is written: what is decided, what a person may say, and what is said of the rest."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Shell, checked
from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import DatasetReport, Result
from idqp_cli.core.reading import ReadOptions
from read_back import read

Check = Callable[..., DatasetReport]


def result(report: DatasetReport, rule: str) -> Result:
    assert report.message is None
    return next(found for found in report.results if found.rule == rule)


def parse(report: DatasetReport) -> tuple[str, str]:
    found = result(report, "parse").verdict
    return found.status, found.message


def cells(folder: Path, body: str | bytes, **options: Any) -> list[tuple[str | None, ...]]:  # noqa: ANN401
    (folder / "t.csv").write_bytes(body.encode() if isinstance(body, str) else body)
    return read(folder, "t.csv", ReadOptions(**options)).rows


def accepted(column: str, *values: object) -> dict[str, Any]:
    return {"type": "accepted_values", "column": column, "values": list(values)}


# A stray quote that a later one closes.

PASSED = ("passed", "every line and every cell parses")


def swallowing(first: int, last: int, *, delimiter: str = ";", end: str = "\n", rows: int = 100) -> str:
    """Return a table in which a quote is opened in the name of one row, and closed in that of another."""
    lines = ["id;name;city;n"]
    for number in range(1, rows + 1):
        begin, close = '"' if number == first else "", '"' if number == last else ""
        lines.append(f"{number};{begin}Name {number}{close};Roma;{number}")
    return end.join(lines).replace(";", delimiter) + end


def swallowed(line: int, rows: str, more: str = "") -> str:
    return (
        f"a quoted cell in the row on line {line} holds {rows} like rows of the table{more}; set read.quote: none if the"
        " file has no quoted cells, read.quote: '\"' if the cell is right"
    )


@pytest.mark.parametrize("delimiter", [";", ",", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("first", "last", "rows"), [(35, 70, "35 more lines"), (1, 100, "99 more lines"), (7, 8, "1 more line")]
)
def test_rows_inside_of_a_cell_are_a_finding(
    check: Check, delimiter: str, end: str, first: int, last: int, rows: str
) -> None:
    body = swallowing(first, last, delimiter=delimiter, end=end)
    report = check(body)
    assert parse(report) == ("failed", swallowed(first + 1, rows))
    assert report.rows == 100 - (last - first)
    unquoted = check(body, read={"quote": "none"})
    assert (unquoted.rows, parse(unquoted)) == (100, PASSED)
    assert parse(check(body, read={"quote": '"'})) == PASSED


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_among_tabs_stray_quotes_are_characters(check: Check, end: str) -> None:
    report = check(swallowing(35, 70, delimiter="\t", end=end), {"type": "pattern", "column": "name", "like": "Name%"})
    assert (report.rows, parse(report)) == (100, PASSED)
    assert [one.values for one in result(report, "pattern(name)").samples] == [{"name": '"Name 35'}]


def test_rows_inside_of_a_cell_among_tabs_and_quoted_cells_are_a_finding(check: Check) -> None:
    body = swallowing(35, 70, delimiter="\t").replace("Roma\t3\n", '"Roma"\t3\n')
    assert parse(check(body)) == ("failed", swallowed(36, "35 more lines"))


@pytest.mark.parametrize("column", range(4))
def test_rows_inside_of_a_cell_of_any_column_are_a_finding(check: Check, column: int) -> None:
    lines = [[f"n{number}", f"Name {number}", "Roma", f"{number}"] for number in range(60)]
    lines[10][column] = '"' + lines[10][column]
    lines[40][column] += '"'
    report = check("a,b,c,d\n" + "\n".join(map(",".join, lines)))
    assert report.rows == 30
    assert swallowed(12, "30 more lines") in parse(report)[1]


def test_rows_inside_of_a_cell_of_a_table_of_text_are_a_finding(check: Check) -> None:
    body = 'a,b,c\nx,y,z\nx,"y,z\nu,v,w\nx,y",z\nx,y,z\n'
    assert parse(check(body)) == ("failed", swallowed(3, "2 more lines"))


def test_several_cells_with_rows_are_counted(check: Check) -> None:
    body = swallowing(5, 9) + swallowing(20, 23).split("\n", 1)[1] + swallowing(50, 60).split("\n", 1)[1]
    assert parse(check(body)) == ("failed", swallowed(6, "4 more lines", " (and 2 cells more)"))


def test_rows_inside_of_a_cell_have_the_line_and_the_file(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text(swallowing(0, 0))
    (tmp_path / "2.csv.gz").write_bytes(gzip.compress(('"x\ny";a;b;1\n' + swallowing(35, 70)).encode()))
    (report,) = checked(tmp_path, [], path="*.csv*", read={"skip": 0}).datasets
    assert "2.csv.gz" in str([one.verdict.message for one in report.results])
    (tmp_path / "2.csv.gz").write_bytes(
        gzip.compress(swallowing(35, 70).replace("3;Name", '3;"\n"\n3;Name', 1).encode())
    )
    (report,) = checked(tmp_path, [], path="*.csv*").datasets
    assert "2.csv.gz: a quoted cell in the row on line 38 holds 35 more lines" in parse(report)[1]


def test_rows_inside_of_a_cell_show_no_cell(shell: Shell) -> None:
    shell.write("t.csv", swallowing(35, 70))
    shell.rules(pii=["name", "city"])
    ran = shell.idqp("check")
    assert ran.code == 1
    assert "line 36" in ran.out
    assert "Roma" not in ran.out + ran.err
    assert "Name" not in ran.out + ran.err


def test_rows_inside_of_a_cell_are_a_finding_of_a_sample(shell: Shell) -> None:
    shell.write("t.csv", swallowing(35, 70))
    shell.rules({"type": "completeness", "column": "name"})
    ran = shell.idqp("check", "--sample", "64", "--seed", "3", "--format", "json")
    (found,) = (one for one in ran.json["datasets"][0]["results"] if one["type"] == "parse")
    assert found["message"] == swallowed(36, "35 more lines")


LEGITIMATE = {
    "a note": 'id,note\n1,"Dear Sir, hello\nyes, fine\nno, bye"\n2,x\n',
    "addresses": "id,name,address\n" + "".join(f'{at},n,"12, High Street\nYork, UK, YO1\nNorth, {at}"\n' for at in range(9)),
    "a pasted table": "id,text,kind,state\n" + '17,"we agreed:\nsize, colour, price, delivery\na,b,c,d\ndone",A,open\n' * 5,
    "pasted rows with quotes": 'id,kind,note\n1,a,"see\n2,b,""ok""\n3,c,""ok"""\n2,b,x\n',
    "pasted rows where quotes are a habit": '"id","kind","note"\n"1","a","x"\n"2","b","see\n3,c,ok\n4,d,ok"\n',
    "pasted rows of the whole table": 'id,kind,note\n1,a,"id,kind,note\n2,b,x\n3,c,y"\n2,b,x\n',
    "pasted rows and a word": 'id,kind,note\n1,"2,b,x\n3,c,y\n",z\n2,b,x\n',
    "lines of JSON": 'id,doc,n\n1,"{""a"": 1,\n""b"": 2, ""c"": 3}",5\n2,x,6\n',
    "a column of texts with line breaks": "id,text,n\n" + '1,"first, one\nsecond, two, three\nthird",5\n' * 9,
}  # fmt: skip


@pytest.mark.parametrize("body", LEGITIMATE.values(), ids=LEGITIMATE)
def test_a_cell_of_lines_is_no_finding(check: Check, body: str) -> None:
    assert parse(check(body)) == PASSED


# Quotes and escapes.


def test_a_space_before_the_quote(check: Check) -> None:
    body = '"Index", "Item"\n1, "x, y"\n2, "z\nw"\n3,v\n'
    report = check(body, accepted("Item", "v"))
    assert parse(report) == PASSED
    assert [(one.line, one.values) for one in result(report, "accepted_values(Item)").samples] == [
        (2, {"Item": "x, y"}),
        (3, {"Item": "z\nw"}),
    ]


@pytest.mark.parametrize("spaces", [1, 2, 5])
@pytest.mark.parametrize("delimiter", [",", ";", "|"])
def test_spaces_before_the_quote(tmp_path: Path, spaces: int, delimiter: str) -> None:
    apart = delimiter + " " * spaces
    body = f'"a"{apart}"b"\n"1"{apart}"x{delimiter}   ""y"""\n"2"{apart}"z\nw"\n'
    assert cells(tmp_path, body) == [("1", f'x{delimiter}   "y"'), ("2", "z\nw")]


def test_both_escapes_in_a_file_are_a_doubt(check: Check) -> None:
    body = 'a,b\n1,"x ""y"" z"\n2,"u \\"v\\" w"\n3,"t ""s"" r"\n'
    doubt = 'quotes in cells are written as \\" and as ""; read as ""; set read.escape'
    assert parse(check(body)) == ("failed", f"1 line not read as a row; {doubt}")
    said = check(body, read={"escape": '"'})
    assert (said.rows, parse(said)) == (2, ("failed", "1 line not read as a row"))
    other = check(body, read={"escape": "\\"})
    assert (other.rows, [one.line for one in result(other, "parse").samples]) == (1, [2, 4])


@pytest.mark.parametrize(
    ("escape", "rows"),
    [
        ("\\", [("1", 'say "hi", ok'), ("2", "C:\\dir")]),
        (None, [("1", 'say "hi", ok'), ("2", "C:\\dir")]),
    ],
)
def test_a_backslash_escapes_a_quote(tmp_path: Path, escape: str | None, rows: list[tuple[str, str]]) -> None:
    assert cells(tmp_path, 'a,b\n1,"say \\"hi\\", ok"\n2,"C:\\\\dir"\n', escape=escape) == rows


def test_an_empty_cell_in_quotes_is_no_doubled_quote(tmp_path: Path) -> None:
    assert cells(tmp_path, 'a,b,c\n1,"say \\"hi\\" ok",""\n2,"",x\n') == [("1", 'say "hi" ok', ""), ("2", "", "x")]


def test_a_backslash_before_a_doubled_quote_is_a_character(check: Check) -> None:
    report = check('id,doc\n1,"{""a"": ""say \\""hi\\"" now""}"\n', accepted("doc", '{"a": "say \\"hi\\" now"}'))
    assert (parse(report), report.status) == (PASSED, "passed")


def test_an_escaped_quote_may_be_the_last_of_its_cell(tmp_path: Path) -> None:
    assert cells(tmp_path, 'a,b\n"5\\"",x\n"6\\"",""\n') == [('5"', "x"), ('6"', "")]


def test_escapes_are_looked_for_beside_the_declared_delimiter(tmp_path: Path) -> None:
    body = 'p~n\n"C:\\dir\\"~1\n"D:\\"~2\n'
    assert cells(tmp_path, body, delimiter="~") == [("C:\\dir\\", "1"), ("D:\\", "2")]


def test_without_an_escape_a_quote_ends_its_cell(check: Check) -> None:
    report = check('a,b\n1,"C:\\"\n2,"x""y"\n', accepted("b", "C:\\"), read={"escape": "none"})
    assert [one.line for one in result(report, "parse").samples] == [3]
    assert result(report, "accepted_values(b)").status == "passed"


def test_without_quotes_a_quote_is_a_character(check: Check) -> None:
    body = 'a,b\n1,"x"\n"2,5"" pipe\n3,"\n'
    report = check(body, accepted("b", '"x"', '5"" pipe', '"'), read={"quote": "none"})
    assert (report.rows, parse(report), report.status) == (3, PASSED, "passed")


def test_a_sample_of_lines_with_quotes_that_are_characters(shell: Shell) -> None:
    shell.write("t.csv", "a,b\n" + '1,"x\n' * 500)
    shell.rules({"type": "range", "column": "a", "max": 0}, read={"quote": "none"})
    (report,) = shell.idqp("check", "--sample", "50", "--format", "json").json["datasets"]
    (found,) = (one for one in report["results"] if one["type"] == "range")
    assert (found["rows_evaluated"], found["rows_failed"], report["status"]) == (50, 50, "failed")


@pytest.mark.parametrize("cell", ['"open', 'x "y" z', '"', 'x"', '"a" b'])
@pytest.mark.parametrize("late", [0, 30_000])
def test_a_bare_quote_among_tabs_is_a_character(tmp_path: Path, cell: str, late: int) -> None:
    rows = [("1", "x")] * late + [("2", cell), ("3", "w"), ("4", "v")]
    assert cells(tmp_path, "a\tb\n" + "".join("\t".join(row) + "\n" for row in rows)) == rows


def test_a_quoted_cell_among_tabs_is_quoted(tmp_path: Path) -> None:
    assert cells(tmp_path, 'a\tb\n1\t"x\ny"\n2\t"z\tw"\n') == [("1", "x\ny"), ("2", "z\tw")]


def test_a_quote_that_is_not_closed_beside_quoted_cells_among_tabs_is_a_finding(check: Check) -> None:
    report = check('a\tb\n1\t"x"\n2\t"open\n3\tw\n')
    assert [one.line for one in result(report, "parse").samples] == [3]


# Delimiters.


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("hint", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;;"])
def test_a_line_for_excel_says_the_delimiter(check: Check, hint: str, end: str) -> None:
    report = check(end.join([hint, "a;b,c", "1;x", "2;y", ""]), accepted("b,c", "x"))
    assert parse(report) == PASSED
    assert [one.line for one in result(report, "accepted_values(b,c)").samples] == [4]


@pytest.mark.parametrize(
    ("said", "delimiter"),
    [("||", "||"), ("~", "~"), ("^", "^"), (" ", " "), ("\\t", "\t"), ("\\x01", "\x01"), ("\x01", "\x01"), ("é", "é"), ("::", "::"), (".", "."), ("$", "$")],
)  # fmt: skip
def test_any_delimiter_may_be_said(check: Check, said: str, delimiter: str) -> None:
    body = f'a{delimiter}b\n1{delimiter}"x{delimiter}y"\n2{delimiter}z\n'
    report = check(body, accepted("b", "z"), read={"delimiter": said})
    assert parse(report) == PASSED
    (sample,) = result(report, "accepted_values(b)").samples
    assert (sample.line, sample.values) == (2, {"b": f"x{delimiter}y"})


@pytest.mark.parametrize("delimiter", ["~", "^", "||", "\x01", "¦"])
def test_one_column_that_has_a_delimiter_on_every_line_is_doubted(check: Check, delimiter: str) -> None:
    body = f"a{delimiter}b\n1{delimiter}x\n2{delimiter}y\n"
    if delimiter == "||":
        assert result(check(body), "parse").status == "passed"
    else:
        assert "one column, but every line has a '" in parse(check(body))[1]


@pytest.mark.parametrize("body", ["full name\nAda Byron\nAlan Turing\n", "time\n10:30\n11:45\n", "a\nx~y\nz\n"])
def test_one_column_is_no_finding(check: Check, body: str) -> None:
    assert parse(check(body)) == PASSED


@pytest.mark.parametrize(
    "read",
    [
        {"delimiter": "12345"}, {"delimiter": '"'}, {"delimiter": "\n"}, {"quote": "ab"}, {"quote": "é"},
        {"escape": "x"}, {"escape": "\\\\"}, {"comment": "a\nb"}, {"comment": ""}, {"max_line": 1000},
        {"max_line": "3MB"}, {"max_line": 10**12},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(tmp_path: Path, read: dict[str, object]) -> None:
    with pytest.raises(RulesError, match="must be"):
        checked(tmp_path, [], read=read)


# Lines.


def test_a_line_over_the_limit_names_the_limit_and_the_option(check: Check) -> None:
    body = "a,b\n1," + "x" * 2_100_000 + "\n2,y\n"
    (sample,) = result(check(body), "parse").samples
    assert (sample.line, sample.values) == (2, {"": "longer than 2,000,000 bytes (set read.max_line)"})
    longer = check(body, {"type": "length", "column": "b", "max": 2}, read={"max_line": 3_000_000})
    assert (longer.rows, parse(longer)) == (2, PASSED)
    assert [one.line for one in result(longer, "length(b)").samples] == [2]
    (sample,) = result(check(body.replace("y", "y" * 3_500_000), read={"max_line": 3_000_000}), "parse").samples
    assert (sample.line, sample.values) == (3, {"": "longer than 3,000,000 bytes (set read.max_line)"})


def test_comments_are_no_rows(check: Check) -> None:
    body = '# one\n#two, x\na,b\n1,x #4\n#2,z\n3,"q\n# in"\n4,#y\n'
    report = check(body, accepted("b", "nothing"), read={"comment": "#"})
    assert parse(report) == PASSED
    assert [(one.line, *one.values.values()) for one in result(report, "accepted_values(b)").samples] == [
        (4, "x #4"),
        (6, "q\n# in"),
        (8, "#y"),
    ]


def test_comments_of_compressed_and_several_files(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n-- x\n1,2\n")
    (tmp_path / "2.csv.gz").write_bytes(gzip.compress(b"-- x, y\r\na,b\r\n-- y\r\n3,4\r\n"))
    rule = {"type": "range", "column": "a", "max": 0}
    (report,) = checked(tmp_path, [rule], path="*.csv*", read={"comment": "--"}).datasets
    assert (report.rows, parse(report)) == (2, PASSED)
    assert sorted(one.line or 0 for one in result(report, "range(a)").samples) == [3, 4]


def test_comments_of_a_sample_are_no_rows(shell: Shell) -> None:
    shell.write("t.csv", "a,b\n" + "# c\n1,x\n" * 500)
    shell.rules({"type": "range", "column": "a", "max": 0}, read={"comment": "#"})
    (report,) = shell.idqp("check", "--sample", "50", "--format", "json").json["datasets"]
    (found,) = (one for one in report["results"] if one["type"] == "range")
    assert (found["rows_evaluated"], found["rows_failed"]) == (50, 50)
    assert all(sample["line"] % 2 for sample in found["samples"])


def test_comments_of_one_column_are_refused(check: Check) -> None:
    assert "has one column, where a comment ('#')" in (check("a\n# x\n1\n", read={"comment": "#"}).message or "")


def test_what_looks_like_a_comment_is_doubted(check: Check) -> None:
    doubt = "1 line near the beginning begins with '#'; set read.comment: '#' if they are comments"
    assert parse(check("a,b\nx,1\n# made by me, 2\ny,3\nz,4\n")) == ("failed", doubt)
    assert parse(check("tag,n\n#fff,1\n#000,2\n#1,3\n")) == PASSED


def test_names_that_differ_in_case_across_files_are_a_schema_finding(tmp_path: Path) -> None:
    for name, body in {"1.csv": "Id,b\n1,x\n", "2.csv": "id,b\n2,y\n", "3.csv": "b,ID\nz,3\n"}.items():
        (tmp_path / name).write_text(body)
    (report,) = checked(tmp_path, [{"type": "range", "column": "Id", "max": 1}], path="*.csv").datasets
    message = result(report, "schema").verdict.message
    assert "2.csv names a column 'id', which is 'Id' in " in message
    assert "3.csv names a column 'ID', which is 'Id' in " in message
    assert (report.rows, result(report, "range(Id)").verdict.rows_failed) == (3, 2)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("inner", ["\r\n", "\n", "\r"])
def test_the_first_line_break_may_be_in_a_quoted_cell(tmp_path: Path, end: str, inner: str) -> None:
    body = end.join([f'"a{inner}b",c', "1,2", f'3,"x{inner}y"', "5,6", ""])
    (tmp_path / "t.csv").write_bytes(body.encode())
    found = read(tmp_path, "t.csv", ReadOptions())
    assert found.names == (f"a{inner}b", "c")
    assert found.rows == [("1", "2"), ("3", f"x{inner}y"), ("5", "6")]
    one = 0 if inner == "\r" and end != "\r" else 1
    assert found.lines == [2 + one, 3 + one, 4 + 2 * one]


def test_what_is_said_of_reading_is_of_the_rules_schema(shell: Shell) -> None:
    read = {"delimiter": "||", "quote": "none", "escape": "none", "comment": "#", "max_line": 3_000_000}
    shell.write("t.csv", "a||b\n1||2\n")
    shell.rules(read=read)
    assert shell.idqp("check").code == 0
    schema = json.loads((Path(__file__).parents[2] / "docs" / "rules.schema.json").read_text())
    keys = schema["properties"]["datasets"]["additionalProperties"]["properties"]["read"]
    assert set(read) <= set(keys.get("properties") or keys["anyOf"][0]["properties"])


def test_a_name_keeps_a_blank_before_a_quote_inside_its_quotes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id,"e, ""mail""", "b",c\n1,"x, ""y""", "z",3\n', encoding="utf-8")
    found = read(tmp_path, "t.csv", ReadOptions())
    assert list(found.names) == ["id", 'e, "mail"', "b", "c"]
    assert found.rows == [("1", 'x, "y"', "z", "3")]
