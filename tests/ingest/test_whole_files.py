"""Files that are compressed, filled up with NUL bytes, named twice, or not the data itself: no row is lost unseen."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from conftest import Shell, checked
from idqp_cli.core.model import DatasetReport, Result

RULES: tuple[dict[str, object], ...] = ({"type": "range", "column": "id", "max": 299},)
CSV = "id,t\n" + "".join(f"{number},x{number}\n" for number in range(1, 301))
JSON = "".join(f'{{"id":{number},"t":"x{number}"}}\n' for number in range(1, 301))
FORMS = [("csv", CSV.encode()), ("jsonl", JSON.encode())]
SKIPPABLE = b"\x5a\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"\0,abc"
Compress = Callable[[bytes], bytes]


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def run(folder: Path, body: bytes, name: str, **dataset: object) -> DatasetReport:
    (folder / name).write_bytes(body)
    return checked(folder, RULES, path=name, **dataset).datasets[0]


def result(report: DatasetReport, rule: str) -> Result:
    assert report.message is None
    return next(found for found in report.results if found.rule == rule)


def whole(report: DatasetReport, form: str) -> bool:
    """Tell whether every row was read, and the last one was judged at its line."""
    assert result(report, "parse").status == "passed"
    lines = [one.line for one in result(report, "range(id)").samples]
    return report.rows == 300 and lines == [300 + (form == "csv")]


def several(compress: Compress, data: bytes, between: bytes = b"") -> bytes:
    """Compress in three pieces that end within a line, and one that is empty."""
    pieces = [compress(data[:700]), compress(b""), compress(data[700:703]), compress(data[703:])]
    return between.join(pieces)


@pytest.mark.parametrize(("form", "data"), FORMS)
@pytest.mark.parametrize("name", ["t.{}", "t.{}.gz", "t.bak"])
@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        zstd,
        bytes,
        lambda data: several(gzip.compress, data),
        lambda data: several(zstd, data),
        lambda data: several(zstd, data, SKIPPABLE),
        lambda data: SKIPPABLE + zstd(data),
        lambda data: zstd(data) + SKIPPABLE,
        lambda data: gzip.compress(data) + b"\0",
        lambda data: gzip.compress(data) + b"\0" * 100_000,
        lambda data: gzip.compress(data[:700]) + b"\0" * 9 + gzip.compress(data[700:]),
    ],
)
def test_every_compression_is_read_whole_whatever_the_name(
    tmp_path: Path, form: str, data: bytes, name: str, pack: Compress
) -> None:
    assert whole(run(tmp_path, pack(data), name.format(form)), form)


@pytest.mark.parametrize(("form", "data"), FORMS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:-1],
        lambda packed: packed[:-9],
        lambda packed: packed[: len(packed) // 2],
        lambda packed: packed[:11],
        lambda packed: packed[:5],
        lambda packed: packed + b"garbage",
        lambda packed: packed + b"\n",
        lambda packed: packed + packed[:20],
        lambda packed: packed[:60] + bytes([packed[60] ^ 255]) + packed[61:],
    ],
)
@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_damaged_file_is_not_checked(
    tmp_path: Path, form: str, data: bytes, damage: Compress, pack: Compress
) -> None:
    report = run(tmp_path, damage(pack(data)), f"t.{form}")
    assert (report.rows, report.status) == (None, "error")
    assert "cut off or damaged; fetch it again" in (report.message or "")


@pytest.mark.parametrize(("form", "data"), FORMS)
@pytest.mark.parametrize("extra", [(), ("--sample", "10")])
def test_a_damaged_file_is_one_line_and_exit_3(shell: Shell, form: str, data: bytes, extra: tuple[str, ...]) -> None:
    shell.write(f"t.{form}", zstd(data)[:-1])
    shell.rules(*RULES, path=f"t.{form}")
    ran = shell.idqp("check", "--no-store", *extra)
    assert ran.code == 3
    assert ran.err.count("\n") == 1
    assert "cut off or damaged" in ran.err


@pytest.mark.parametrize(("form", "data"), FORMS)
@pytest.mark.parametrize("padding", [1, 100, 1_000_000])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_nul_bytes_at_the_end_are_a_finding_and_no_row(
    tmp_path: Path, form: str, data: bytes, padding: int, end: bytes
) -> None:
    report = run(tmp_path, data[:-1] + end + b"\0" * padding, f"t.{form}")
    assert report.rows == 300
    found = result(report, "parse")
    assert f"ends with {padding:,} NUL bytes" in found.verdict.message
    assert [one.line for one in found.samples] == [300 + (form == "csv") + len(end)]
    assert result(report, "range(id)").verdict.rows_failed == 1


@pytest.mark.parametrize("body", [b"\0", b"\0" * 300_000])
@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_a_file_of_nul_bytes_alone_has_no_rows(tmp_path: Path, body: bytes, name: str) -> None:
    report = run(tmp_path, body, name)
    assert report.status != "passed"
    assert report.message or report.rows == 0


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("before", [0, 40_000])
@pytest.mark.parametrize("quoted", [False, True], ids=["bare", "quoted"])
def test_nul_bytes_in_a_csv_file_are_told_and_other_verdicts_stand(
    tmp_path: Path, before: int, *, quoted: bool, compressed: bool
) -> None:
    cell = '"x\0, 7"' if quoted else "x\0007"
    rows = ["7,x é", *["7,x"] * before, *["7,xy"] * 50, f"7,{cell}", "300,y", f"8,{cell}", "9,z", '1,""']
    body = ("id,t\n" + "\n".join(rows) + "\n").encode()
    name = "t.csv.gz" if compressed else "t.csv"
    report = run(tmp_path, gzip.compress(body) if compressed else body, name)
    line = before + 53
    message = result(report, "parse").verdict.message
    assert f"line {line:,} contains a NUL byte (and 1 more), which is read as a character of its cell" in message
    assert [one.line for one in result(report, "parse").samples] == [line]
    assert (report.rows, result(report, "range(id)").verdict.rows_failed) == (before + 56, 1)


def test_a_nul_byte_in_json_lines_is_located(tmp_path: Path) -> None:
    report = run(tmp_path, JSON.encode().replace(b'"x7"', b'"x\x007"'), "t.jsonl")
    assert (report.rows, [one.line for one in result(report, "parse").samples]) == (299, [7])


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet", "t.csv.gz"])
def test_a_pointer_of_git_lfs_is_named(shell: Shell, name: str) -> None:
    shell.write(name, POINTER)
    shell.rules(*RULES, path=name)
    ran = shell.idqp("check", "--no-store")
    assert ran.code == 3
    assert f"{name}: is a pointer of Git LFS, not the data itself; fetch it with `git lfs pull`" in ran.err


NAMED = [
    ["data/a.csv", "data/a.csv"], ["data", "data/a.csv"], ["data/a.csv", "data"], ["data/a.csv", "{}/data/a.csv"],
    ["data/*.csv", "data/a.csv"], ["data", "./data"], ["link.csv", "data/a.csv"], ["data/a.csv", "data/../data/a.csv"],
]  # fmt: skip


@pytest.mark.parametrize("words", NAMED)
@pytest.mark.parametrize("path", ["data", "data/*", None])
def test_a_file_that_is_named_more_than_once_is_read_once(shell: Shell, path: str | None, words: list[str]) -> None:
    os.symlink(shell.write("data/a.csv", CSV), shell.folder / "link.csv")
    if path is not None:
        shell.rules(*RULES, path=path)
    ran = shell.idqp("check", "--no-store", "--format", "json", *(word.format(shell.folder) for word in words))
    assert [one["rows"] for one in ran.json["datasets"]] == [300]


@pytest.mark.parametrize("words", [("t", "data/a.jsonl"), ("data", "data/a.jsonl"), ("data", "t")])
def test_a_dataset_and_its_file_are_one(shell: Shell, words: tuple[str, ...]) -> None:
    shell.write("data/a.jsonl", JSON)
    shell.rules(*RULES, path="data")
    ran = shell.idqp("check", "--no-store", "--format", "json", *words)
    assert [one["rows"] for one in ran.json["datasets"]] == [300]


def test_two_files_of_one_content_are_two(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(CSV)
    assert checked(tmp_path, RULES, path="*.csv").datasets[0].rows == 600


def test_a_glob_of_compressed_and_plain_files(tmp_path: Path) -> None:
    for name, pack in (
        ("a", gzip.compress),
        ("b", zstd),
        ("c", bytes),
        ("d", lambda data: gzip.compress(data) + b"\0"),
    ):
        (tmp_path / f"{name} 'é\n;--.csv").write_bytes(pack(CSV.encode()))
    report = checked(tmp_path, RULES, path="*.csv").datasets[0]
    assert (report.rows, result(report, "parse").status) == (1200, "passed")
    assert [one.line for one in result(report, "range(id)").samples] == [301] * 4


@pytest.mark.parametrize(("form", "data"), FORMS)
@pytest.mark.parametrize(
    "pack", [gzip.compress, lambda data: several(zstd, data, SKIPPABLE), lambda data: data + b"\0" * 9]
)
def test_standard_input(shell: Shell, form: str, data: bytes, pack: Compress) -> None:
    shell.rules(*RULES, path="-")
    ran = shell.idqp("check", "--no-store", "--format", "json", stdin=pack(data))
    (dataset,) = ran.json["datasets"]
    assert dataset["rows"] == 300
    assert json.dumps(dataset["results"]).count(f'"line": {300 + (form == "csv")}') == 1
