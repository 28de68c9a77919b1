"""Text that is not UTF-8: what it is, at which line, and its rows judged all the same."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Shell, checked
from idqp_cli.core.model import DatasetReport, Result

RULES: tuple[dict[str, object], ...] = (
    {"type": "rejected_values", "column": "t", "values": ["Café"]},
    {"type": "range", "column": "id", "max": 900},
)
ROWS = 800


def table(form: str, *, at: int = 5, cell: str = "Café", other: str = "plain") -> str:
    """Return a table of 800 rows, one of which (from 1) has a cell of its own; a header is line 1 of CSV only."""
    cells = [cell if number == at else other for number in range(1, ROWS + 1)]
    if form == "jsonl":
        return "".join(f'{{"id":{number},"t":"{one}"}}\n' for number, one in enumerate(cells, 1))
    return "id,t\n" + "".join(f"{number},{one}\n" for number, one in enumerate(cells, 1))


def line(form: str, row: int) -> int:
    return row + (form == "csv")


def run(folder: Path, body: bytes, name: str, **dataset: object) -> DatasetReport:
    (folder / name).write_bytes(body)
    return checked(folder, RULES, path=name, **dataset).datasets[0]


def result(report: DatasetReport, rule: str) -> Result:
    assert report.message is None
    return next(found for found in report.results if found.rule == rule)


def parse(report: DatasetReport) -> list[int | None]:
    return [one.line for one in result(report, "parse").samples]


def fails(report: DatasetReport, rule: str) -> list[int | None]:
    return [one.line for one in result(report, rule).samples]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("encoding", "other", "first"), [("latin-1", "plain", 5), ("cp1252", "10 €", 1), ("latin-1", "señor Müller", 1)]
)
def test_a_western_code_page_is_told_and_its_rows_are_judged(
    tmp_path: Path, form: str, compress: Callable[[bytes], bytes], encoding: str, other: str, first: int
) -> None:
    report = run(tmp_path, compress(table(form, other=other).encode(encoding)), f"t.{form}")
    assert report.rows == ROWS
    assert fails(report, "rejected_values(t)") == [line(form, 5)]
    found = result(report, "parse")
    assert found.status == "failed"
    assert f"set read.encoding: {encoding}" in found.verdict.message
    assert parse(report) == [line(form, first)]
    assert result(report, "row_count").status == "passed"
    declared = run(tmp_path, table(form, other=other).encode(encoding), f"t.{form}", read={"encoding": encoding})
    assert result(declared, "parse").status == "passed"
    assert fails(declared, "rejected_values(t)") == [line(form, 5)]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("byte", [b"\xe9", b"\xff", b"\x80", b"\xc3"])
def test_one_broken_byte_in_utf_8_stays_one_broken_line(
    tmp_path: Path, form: str, compress: Callable[[bytes], bytes], byte: bytes
) -> None:
    body = table(form, other="Müller").encode().replace(b"Caf\xc3\xa9", b"Caf" + byte)
    report = run(tmp_path, compress(body), f"t.{form}")
    assert (report.rows, parse(report)) == (ROWS - 1, [line(form, 5)])
    assert "set read.encoding" not in result(report, "parse").verdict.message
    assert result(report, "rejected_values(t)").status == "passed"


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("byte", [b"\xff\xfe", b"\x81"])
def test_bytes_of_no_language_in_ascii_are_one_broken_line(tmp_path: Path, form: str, byte: bytes) -> None:
    report = run(tmp_path, table(form).encode().replace(b"Caf\xc3\xa9", byte), f"t.{form}")
    assert (report.rows, parse(report)) == (ROWS - 1, [line(form, 5)])


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("many", [150_000, 700_000])
@pytest.mark.parametrize(("end", "lost"), [("é".encode("latin-1"), 0), ("é ü ".encode() + b"\xe9", 1)])
def test_bad_bytes_far_behind_the_beginning(tmp_path: Path, form: str, many: int, end: bytes, lost: int) -> None:
    row = b"1,0123456789\n" if form == "csv" else b'{"id":1,"t":"0123456789"}\n'
    last = b"2,caf" + end + b"\n" if form == "csv" else b'{"id":2,"t":"caf' + end + b'"}\n'
    report = run(tmp_path, (b"id,t\n" if form == "csv" else b"") + row * many + last + row, f"t.{form}")
    assert (report.rows, parse(report)) == (many + 2 - lost, [line(form, many + 1)])
    assert ("set read.encoding: latin-1" in result(report, "parse").verdict.message) == (not lost)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_byte_order_mark_tells(tmp_path: Path, form: str, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    for name in (f"t.{form}", "t.data"):
        report = run(tmp_path, compress(table(form).encode(encoding)), name)
        assert (report.rows, result(report, "parse").status) == (ROWS, "passed")
        assert fails(report, "rejected_values(t)") == [line(form, 5)]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_without_a_mark_the_encoding_is_named_and_then_read(
    tmp_path: Path, form: str, encoding: str, mark: str
) -> None:
    body = (mark + table(form)).encode(encoding)
    if not mark:
        message = run(tmp_path, body, f"t.{form}").message or ""
        assert message.endswith(f"set read.encoding: {encoding}")
    report = run(tmp_path, body, f"t.{form}", read={"encoding": encoding})
    assert (report.rows, result(report, "parse").status) == (ROWS, "passed")
    assert fails(report, "rejected_values(t)") == [line(form, 5)]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("encoding", "word"),
    [("cp1251", "Привет"), ("cp1250", "Łódź"), ("shift_jis", "東京"), ("gb18030", "北京"), ("cp437", "über")],
)
def test_another_code_page_is_read_where_it_is_named(tmp_path: Path, form: str, encoding: str, word: str) -> None:
    rules = ({"type": "rejected_values", "column": "t", "values": [word]},)
    (tmp_path / f"t.{form}").write_bytes(table(form, cell=word).encode(encoding))
    (report,) = checked(tmp_path, rules, path=f"t.{form}", read={"encoding": encoding}).datasets
    assert (report.rows, fails(report, "rejected_values(t)")) == (ROWS, [line(form, 5)])


def test_a_mark_wins_over_what_is_named_and_says_so(tmp_path: Path) -> None:
    report = run(tmp_path, table("csv").encode("utf-8-sig"), "t.csv", read={"encoding": "cp1252"})
    assert (report.rows, fails(report, "rejected_values(t)"), parse(report)) == (ROWS, [6], [1])
    assert "begins with the byte order mark of utf-8" in result(report, "parse").verdict.message


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_files_of_a_glob_in_different_encodings(tmp_path: Path, form: str) -> None:
    for name, encoding in [("a", "utf-8"), ("b", "latin-1"), ("c", "utf-16"), ("d", "cp1252"), ("e", "utf-8-sig")]:
        (tmp_path / f"{name}.{form}").write_bytes(table(form).encode(encoding))
    report = checked(tmp_path, RULES, path=f"*.{form}").datasets[0]
    assert report.rows == 5 * ROWS
    assert fails(report, "rejected_values(t)") == [line(form, 5)] * 5
    samples = [(Path(one.file or "").name, one.line) for one in result(report, "parse").samples]
    assert samples == [(f"b.{form}", line(form, 5)), (f"d.{form}", line(form, 5))]


HEADERS: list[tuple[bytes, int, bool]] = [
    (b"id,caf\xe9\n1,x\n2,y\n", 1, True),
    ("id,café,tür\n1,x,ü\n2,y,é\n".encode().replace(b"caf\xc3\xa9", b"caf\xe9"), 1, False),
    (b"a report\n\nid,caf\xe9\n1,x\n2,\xc3\xa9\n3,y\n", 3, False),
]


@pytest.mark.parametrize(("body", "at", "whole"), HEADERS)
@pytest.mark.parametrize("sample", [(), ("--sample", "1")])
def test_a_header_that_is_not_utf_8_is_a_finding_with_its_names(
    shell: Shell,
    body: bytes,
    at: int,
    whole: bool,  # noqa: FBT001
    sample: tuple[str, ...],
) -> None:
    shell.write("t.csv", body)
    shell.rules({"type": "completeness", "column": "café"})
    ran = shell.idqp("check", "--no-store", "--format", "json", *sample)
    (dataset,) = ran.json["datasets"]
    found: dict[str, Any] = {one["rule"]: one for one in dataset["results"]}
    assert ran.code == 1
    assert found["completeness(café)"]["status"] == "passed"
    assert at in [one["line"] for one in found["parse"]["samples"]]
    assert f"line {at} " in found["parse"]["message"]
    assert ("set read.encoding: latin-1" in found["parse"]["message"]) == whole
    assert "\ufffd" not in ran.out


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_standard_input_samples_and_rows_set_apart(shell: Shell, form: str) -> None:
    body = table(form).encode("latin-1")
    shell.rules(*RULES, path="-")
    ran = shell.idqp("check", "--no-store", "--format", "json", stdin=body)
    found = {one["rule"]: one for one in ran.json["datasets"][0]["results"]}
    assert "set read.encoding: latin-1" in found["parse"]["message"]
    assert found["rejected_values(t)"]["samples"][0]["values"] == {"t": "Café"}
    shell.write(f"t.{form}", body)
    shell.rules(*RULES, path=f"t.{form}")
    ran = shell.idqp("check", "--no-store", "--sample", "700", "--format", "json")
    found = {one["rule"]: one for one in ran.json["datasets"][0]["results"]}
    assert [one["line"] for one in found["parse"]["samples"]] == [line(form, 5)]
    shell.idqp("check", "--no-store", "--quarantine", "bad")
    assert "Café" in (shell.folder / "bad" / "t.csv").read_text()
