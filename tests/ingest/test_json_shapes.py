"""JSON as it comes: lines, arrays, objects over several lines, broken pieces, each at its line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from conftest import Shell, checked
from idqp_cli.core.model import DatasetReport, Result

RULES: tuple[dict[str, object], ...] = ({"type": "range", "column": "id", "min": 0},)
ROWS = [{"id": 1, "t": "a"}, {"id": -2, "t": '[{"x'}, {"id": 3, "t": "é}"}]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)


def run(folder: Path, body: str | bytes, name: str = "t.jsonl", **dataset: object) -> DatasetReport:
    (folder / name).write_bytes(body.encode() if isinstance(body, str) else body)
    return checked(folder, RULES, path=name, **dataset).datasets[0]


def result(report: DatasetReport, rule: str) -> Result:
    assert report.message is None
    return next(found for found in report.results if found.rule == rule)


def bad(report: DatasetReport) -> list[tuple[int | None, object]]:
    return [(one.line, *one.values.values()) for one in result(report, "parse").samples]  # type: ignore[misc]


def fails(report: DatasetReport) -> list[int | None]:
    return [one.line for one in result(report, "range(id)").samples]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (LINES, 2),
        (LINES.replace("\n", "\r\n"), 2),
        ("\ufeff" + LINES, 2),
        ("\n  \n" + LINES, 4),
        ("".join("{ \t" + line[1:] for line in LINES.splitlines(keepends=True)), 2),
        (LINES.replace("\n", "\n\n \n", 1), 4),
        (json.dumps(ROWS), 1),
        ("\ufeff" + json.dumps(ROWS), 1),
        (json.dumps(ROWS, indent=2), 6),
        (json.dumps(ROWS, indent=2).replace("\n", "\r\n"), 6),
        ("[\n" + ",\n".join(json.dumps(row) for row in ROWS) + "\n]\n", 3),
        ("\n\n[" + "\n,".join(json.dumps(row) for row in ROWS) + "]", 4),
        ("\n".join(json.dumps(row, indent=1) for row in ROWS), 5),
        ("".join(json.dumps(row, indent=1) for row in ROWS), 4),
        ("".join(json.dumps(row) for row in ROWS), 1),
    ],
)
@pytest.mark.parametrize("name", ["t.jsonl", "t.json", "t.txt"])
def test_every_layout_gives_the_same_rows_at_their_lines(tmp_path: Path, body: str, line: int, name: str) -> None:
    report = run(tmp_path, body, name)
    assert (report.rows, result(report, "parse").status) == (3, "passed")
    assert fails(report) == [line]


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor().compress])
@pytest.mark.parametrize("body", [LINES, json.dumps(ROWS, indent=2)])
@pytest.mark.parametrize("name", ["t.json.gz", "t.json.zst", "t.bin", "events.csv"])
def test_compressed_json_is_json(tmp_path: Path, compress: Callable[[bytes], bytes], body: str, name: str) -> None:
    report = run(tmp_path, compress(body.encode()), name)
    assert report.rows == 3
    assert fails(report) == [2 if body == LINES else 6]


def test_one_object_over_many_lines_is_one_row(tmp_path: Path) -> None:
    report = run(tmp_path, json.dumps(ROWS[1] | {"more": [1, {"x": {}}]}, indent=4))
    assert (report.rows, fails(report)) == (1, [1])


@pytest.mark.parametrize("bulk", [0, 60_000])
@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"id":1,"t":"\xff"}', "not UTF-8 (set read.encoding)"),
        (b'{"id":1,"t":"caf\xe9"}', "not UTF-8 (set read.encoding)"),
        (b'{"id":1,', "not JSON"),
        (b'{"id":1,}', "not JSON"),
        (b'{"id":NaN}', "not JSON"),
        (b'{"id":-Infinity}', "not JSON"),
        (b'{"id":01}', "not JSON"),
        (b"{'id':1}", "not JSON"),
        (b'{"id":1} {"id":2}', "not JSON"),
        (b'{"id":1,"t":"\x1f"}', "not JSON"),
        (b'{"id":1,"t":"a\tb"}', "not JSON"),
        (b'{"id":1,"id":2}', "has a key twice"),
        (b"[1]", "not an object"),
        (b"5", "not an object"),
    ],
)
def test_one_broken_line_is_located_and_every_other_verdict_stands(
    tmp_path: Path, line: bytes, why: str, bulk: int
) -> None:
    rows = '{"id":7,"t":"é"}\n' * bulk
    body = (rows + '{"id":4,"t":"ü"}\n').encode() + line + b'\n{"id":-5,"t":"b"}\n'
    report = run(tmp_path, body)
    assert report.rows == bulk + 2
    assert bad(report) == [(bulk + 2, why)]
    assert fails(report) == [bulk + 3]


def test_what_only_looks_lenient_is_json(tmp_path: Path) -> None:
    report = run(tmp_path, '{"id":1,"t":"NaN, inf ,]"}\n{"id":2,"nan":",}"}\n{"id":3,"info":"\\",]"}\n')
    assert (report.rows, result(report, "parse").status) == (3, "passed")


def test_a_line_that_is_too_long_is_located(tmp_path: Path) -> None:
    body = '{"id":4}\n{"id":1,"t":"' + "x" * (1 << 24) + '"}\n{"id":-5}\n'
    report = run(tmp_path, body)
    assert (report.rows, bad(report), fails(report)) == (2, [(2, "longer than 16,777,216 bytes")], [3])


@pytest.mark.parametrize(
    ("body", "rows", "found"),
    [
        ('[{"id":1},\n{"id":},\n{"id":3}]', 2, [(2, "not JSON")]),
        ('[{"id":1},\n{"id":2},\n]', 2, [(3, "not JSON")]),
        ('[{"id":1}\n{"id":2},\n{"id":3}]', 1, [(1, "not JSON")]),
        ('[\n{"id":1},\n{"id":2}\n', 2, [(4, "the array is not closed")]),
        ('[\n{"id":1},\n5,\n{"id":2}\n]', 2, [(3, "not an object")]),
        ('[\n{"id":1}\n]\n{"id":2}\n', 1, [(4, "text after the end of the array")]),
        ('[\n{"id":1,"t":"a\nb"},\n{"id":2}\n]', 1, [(2, "not JSON")]),
        ('{\n"id":1\n}\nnonsense\n{\n"id":2\n}\n', 2, [(4, "not JSON")]),
        ('[\n{"id":1,"id":2},\n{"id":2}\n]', 1, [(2, "has a key twice")]),
    ],
)
def test_a_broken_piece_of_an_array_is_located(
    tmp_path: Path, body: str, rows: int, found: list[tuple[int, str]]
) -> None:
    report = run(tmp_path, body, "t.json")
    assert (report.rows, bad(report)) == (rows, found)


UNCLOSED = "not JSON (a bracket is not closed)"


@pytest.mark.parametrize(
    ("body", "rows", "found"),
    [
        ('[{"id":1},{"id":2,{"id":-3},{"id":4}]', 3, [(1, UNCLOSED)]),
        ('[\n{"id":1},\n{"id":2,\n{"id":-3},\n{"id":4}\n]\n', 3, [(3, UNCLOSED)]),
        ('[\n{"id":1},\n{"id":2\n{"id":-3},\n{"id":4}\n]\n', 3, [(3, UNCLOSED)]),
        ('[\n{"id":1},\n{"id":2,\n{"id":5,\n{"id":-3}\n]\n', 2, [(3, UNCLOSED), (4, UNCLOSED)]),
        ('[\n{"id":1,"b":{"c":1},\n{"id":-3}]', 1, [(2, UNCLOSED)]),
        ('[\n{"id":1,"b":{"c":1,\n{"id":-3}]', 1, [(2, UNCLOSED)]),
        ('[\n  {\n    "id":1\n  },\n  {\n    "id":2,\n  {\n    "id":-3\n  }\n]\n', 2, [(5, UNCLOSED)]),
        ('[\n  {\n    "id":1,\n    "b": {\n      "c": 1\n  },\n  {\n    "id":-3\n  }\n]\n', 1, [(2, UNCLOSED)]),
        ('[\n{"id":-3},\n{"id":2\n]\n', 1, [(3, UNCLOSED)]),
        ('[\n{"id":[2,3},\n{"id":-3}\n]\n', 1, [(2, "not JSON")]),
        ('[\n{"id":1,"b":[{"c":1],"d":2},\n{"id":-3}\n]\n', 1, [(2, "not JSON")]),
        ('[\n{"id":1,"b":[{"c":1,{"c":2}]},\n{"id":-3}\n]\n', 1, [(2, "not JSON")]),
        ('[\n{"id":1]},\n{"id":-3}\n]\n', 1, [(2, "not JSON")]),
        ('[\n{"id":1}},\n{"id":-3}\n]\n', 1, [(2, "not JSON")]),
        ('[\n{"id":1,"b":\n{"c":\n{"id":2}}},\n{"id":-3}\n]\n', 2, []),
        ('{\n"id":1,\n{\n"id":-3\n}\n', 1, [(1, UNCLOSED)]),
    ],
)
def test_a_bracket_that_is_not_closed_swallows_no_record(
    tmp_path: Path, body: str, rows: int, found: list[tuple[int, str]]
) -> None:
    report = run(tmp_path, body, "t.json")
    assert (report.rows, bad(report)) == (rows, found)
    assert len(fails(report)) == 1


def test_a_broken_byte_in_an_array_is_located(tmp_path: Path) -> None:
    report = run(tmp_path, '[\n{"id":1,"t":"é"},\n{"id":2,"t":"ü"},\n'.encode() + b'{"id":4,"t":"\xff"},\n{"id":-5}\n]')
    assert (report.rows, bad(report), fails(report)) == (3, [(4, "not UTF-8 (set read.encoding)")], [5])


@pytest.mark.parametrize("body", ["nonsense\n", '[\n{"id":\n', "[1]\n[2]\n", '{"id":1\n'])
def test_lines_are_located_also_where_no_line_is_a_row(tmp_path: Path, body: str) -> None:
    report = run(tmp_path, body)
    assert report.rows == 0
    assert {line for line, _ in bad(report)} <= {1, 2, 3}
    assert bad(report)


@pytest.mark.parametrize("body", ["[]", "[ \n ]\n", "\n", ""])
def test_nothing_is_no_row(tmp_path: Path, body: str) -> None:
    report = run(tmp_path, body, "t.json")
    assert (report.rows, result(report, "row_count").status) == (0, "failed")
    assert result(report, "parse").status == "passed"


def test_a_long_array_on_one_line(tmp_path: Path) -> None:
    report = run(tmp_path, json.dumps([{"id": number, "t": "[{,}] NaN"} for number in range(100_000)]))
    assert (report.rows, result(report, "parse").status) == (100_000, "passed")


def test_the_first_line_may_be_the_broken_one(tmp_path: Path) -> None:
    report = run(tmp_path, '{"id":1,"t":"x\n{"id":-2}\n{"id":3}\n')
    assert (report.rows, bad(report), fails(report)) == (2, [(1, "not JSON")], [2])


def test_arrays_and_lines_in_one_glob(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(ROWS, indent=1))
    (tmp_path / "b.json").write_text(LINES)
    (tmp_path / "c.json.gz").write_bytes(gzip.compress(LINES.encode()))
    report = checked(tmp_path, RULES, path="*.json*").datasets[0]
    assert report.rows == 9
    samples = [(Path(one.file or "").name, one.line) for one in result(report, "range(id)").samples]
    assert samples == [("a.json", 6), ("b.json", 2), ("c.json.gz", 2)]


def test_standard_input_samples_and_rows_set_apart(shell: Shell) -> None:
    body = json.dumps([{"id": number - 100} for number in range(300)], indent=1)
    shell.rules(*RULES, path="-")
    ran = shell.idqp("check", "--no-store", "--format", "json", stdin=body.encode())
    (dataset,) = ran.json["datasets"]
    lines = next(one for one in dataset["results"] if one["type"] == "range")["samples"]
    assert (dataset["rows"], [one["line"] for one in lines]) == (300, [2, 5, 8, 11, 14])
    shell.write("t.json", body)
    shell.rules(*RULES, path="t.json")
    assert "a sample of 50 rows" in shell.idqp("check", "--no-store", "--sample", "50").out
    ran = shell.idqp("check", "--no-store", "--quarantine", "bad", "--good", "good")
    assert "wrote 100 rows to bad/t.csv" in ran.err
    assert "wrote 200 rows to good/t.csv" in ran.err


def test_the_value_of_a_broken_line_is_in_no_output(shell: Shell) -> None:
    shell.write("t.jsonl", b'{"id":1,"t":"\xc3\xa9"}\n{"id":2,"t":"secret\xff"}\n{"id":3,"t":secret}\n')
    shell.rules(*RULES, path="t.jsonl", pii=["t"])
    ran = shell.idqp("check", "--no-store", "--format", "json")
    assert ran.code == 1
    assert "secret" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("cell", "valid"),
    [
        ("[1]", True), ("[1,]", False), ("NaN", False), ('{"a":1,"a":2}', True), ("01", False), ("-0", True),
        ('"a\\tb"', True), ('"a\tb"', False), ('"\\ud800"', False), ('"\\ud83d\\ude00"', True), ("1 2", False),
        ("[1]x", False), ('{"a":Infinity}', False), ('"NaN ,]"', True), ("{'a':1}", False), ("1.", False), (".5", False),
        ("+1", False), ("true", True), ("True", False), ("[nan]", False), ("// c\n1", False), ('{"a":1,}', False),
        (" 1 ", True), ("\u00a01", False), ('"\\x41"', False), ("1e5", True), ("1e", False), ("[", False),
    ],
)  # fmt: skip
def test_the_format_json_is_rfc_8259(tmp_path: Path, cell: str, valid: bool) -> None:  # noqa: FBT001
    (tmp_path / "t.csv").write_text('id,j\n1,"' + cell.replace('"', '""') + '"\n2,"{}"\n3,"[]x"\n')
    rule = {"type": "format", "column": "j", "format": "json"}
    report = checked(tmp_path, (rule,)).datasets[0]
    assert result(report, "format(j)").verdict.rows_failed == 2 - valid
