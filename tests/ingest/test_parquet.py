"""Parquet files as they come: of unlike columns, with options, hostile names, damaged.

`IDQP_FLIPS=2000` damages so many files, and tries every pair of types in both
orders; the seed is printed where one fails.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Shell, checked, csv_text, rules_text
from idqp_cli.core.model import DatasetReport, Result, Severity
from idqp_cli.engine.quarantine import Folders
from idqp_cli.pipeline import run, targets
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project as config

EVERY_ORDER = "IDQP_FLIPS" in os.environ
FLIPS = int(os.environ.get("IDQP_FLIPS", "40"))
Rule = Mapping[str, object]


def save(path: Path, columns: Mapping[str, Any], **options: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(columns)), path, **options)


def one(folder: Path, path: str, *rules: Rule, **dataset: object) -> DatasetReport:
    return checked(folder, rules, path=path, **dataset).datasets[0]


def asked(folder: Path, path: str, rules: Sequence[Rule], **asked_for: Any) -> DatasetReport:  # noqa: ANN401 - what a request has
    """Check as with `--sample` or `--quarantine`."""
    text = json.dumps(json.loads(rules_text(rules, path)), ensure_ascii=False)
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    project = config.load(str(folder / "rules.yaml"), {})
    request = Request(project, targets.choose(project, Choice()), Severity.WARNING, "tester")
    return run.run(replace(request, **asked_for), Memory(None), lambda _: None).report.datasets[0]


def found(report: DatasetReport, name: str) -> Result:
    assert report.message is None, report.message
    (result,) = (result for result in report.results if result.rule == name)
    return result


UNLIKE: Mapping[str, pa.Array] = {
    "null": pa.nulls(3),
    "bool": pa.array([True, False, None]),
    "int8": pa.array([1, 2, None], pa.int8()),
    "int64": pa.array([1, 2**60 + 1, None]),
    "uint64": pa.array([1, 2**64 - 1, None], pa.uint64()),
    "float32": pa.array([1.5, float("nan"), 2.5], pa.float32()),
    "float64": pa.array([1.5, float("nan"), 1e300]),
    "decimal(5,2)": pa.array([Decimal("1.5"), Decimal("2.25"), None], pa.decimal128(5, 2)),
    "decimal(38,10)": pa.array([Decimal("1.5"), Decimal("2.25"), None], pa.decimal128(38, 10)),
    "decimal(76,10)": pa.array([Decimal("1.5"), Decimal("2.25"), None], pa.decimal256(76, 10)),
    "string": pa.array(["a", "", None]),
    "binary": pa.array([b"a", b"\xff", None]),
    "date": pa.array([date(2020, 1, 1), date(9999, 1, 1), None]),
    "us": pa.array([datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("9999-01-01"), None], pa.timestamp("us")),
    "ns": pa.array([1, 2, None], pa.timestamp("ns")),
    "us with a zone": pa.array([1, 2, None], pa.timestamp("us", "UTC")),
    "ns with a zone": pa.array([1, 2, None], pa.timestamp("ns", "Europe/Berlin")),
    "time": pa.array([1, 2, None], pa.time64("ns")),
    "list": pa.array([[1], [2], None]),
    "struct": pa.array([{"a": 1}, {"a": 2}, None]),
    "map": pa.array([[("a", 1)], [("b", 2)], None], pa.map_(pa.string(), pa.int64())),
}  # fmt: skip


@pytest.mark.parametrize("first", UNLIKE)
def test_every_pair_of_types_is_a_schema_result_and_no_value_is_lost(first: str, tmp_path: Path) -> None:
    rules: list[Rule] = [
        {"type": "unique", "column": "id", "name": "id"},
        {"type": "completeness", "column": "x", "name": "x"},
    ]
    for number, other in enumerate(UNLIKE):
        # Each pair once, one half of them with its files in the other order.
        place = list(UNLIKE).index(first)
        if other == first or (not EVERY_ORDER and (number < place) != bool((number + place) % 2)):
            continue
        save(tmp_path / "a.parquet", {"x": UNLIKE[first], "id": [1, 2, 3]})
        save(tmp_path / "b.parquet", {"x": UNLIKE[other], "id": [4, 5, 6]})
        report = one(tmp_path, "*.parquet", *rules)
        message = found(report, "schema").verdict.message
        assert re.search(r"b\.parquet: column 'x' is .*, in .*a\.parquet", message), (first, other, message)
        assert (found(report, "schema").status, found(report, "id").status) == ("failed", "passed")
        missing = sum(3 if name == "null" else 1 for name in (first, other))
        assert found(report, "x").verdict.rows_failed == missing, (first, other)


@pytest.mark.parametrize("pair", list(itertools.permutations(["int64", "string", "list", "ns"], 2)), ids="-".join)
def test_a_sample_and_a_quarantine_say_so_too(pair: tuple[str, str], tmp_path: Path) -> None:
    for name, kind in zip("ab", pair, strict=True):
        save(tmp_path / f"{name}.parquet", {"x": UNLIKE[kind], "id": [1, 2, 3]})
    rules: list[Rule] = [{"type": "completeness", "column": "x", "name": "x"}]
    for way in ({"sample": (4, 0)}, {"folders": Folders(str(tmp_path / "bad"), str(tmp_path / "good"))}):
        report = asked(tmp_path, "*.parquet", rules, **way)
        assert "b.parquet: column 'x' is" in found(report, "schema").verdict.message
        assert found(report, "x").status == "failed" or "sample" in way
    assert pq.read_table(tmp_path / "bad" / "t.parquet").num_rows == 2


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((pa.array([1, 2]), pa.array([1.5, 2.0])), "DOUBLE"),
        ((pa.array([1, 2**53 + 1]), pa.array([1.0, 2.0])), "BIGINT"),
        ((pa.array([1, 2**53 + 1]), pa.array([1.5, 2.0])), "VARCHAR"),
        ((pa.array([-1]), pa.array([2**64 - 1], pa.uint64())), "HUGEINT"),
        ((pa.array([1], pa.int8()), pa.array([300])), "BIGINT"),
        ((pa.array([1], pa.int32()), pa.array([Decimal("1.25")], pa.decimal128(5, 2))), "DECIMAL(12,2)"),
        ((pa.array([1], pa.timestamp("us")), pa.array([1001], pa.timestamp("ns"))), "TIMESTAMP_NS"),
        ((pa.array([1], pa.timestamp("us")), pa.array([1000], pa.timestamp("ns"))), "TIMESTAMP"),
        ((pa.array([date(2020, 1, 1)]), pa.array([1], pa.timestamp("us", "UTC"))), "TIMESTAMP WITH TIME ZONE"),
        ((pa.nulls(1), pa.array([1])), "BIGINT"),
    ],
    ids=range(10),
)
def test_unlike_types_are_read_as_one_that_holds_both(
    values: tuple[pa.Array, pa.Array], kind: str, tmp_path: Path
) -> None:
    for name, column in zip("ab", values, strict=True):
        save(tmp_path / f"{name}.parquet", {"x": column})
    report = one(tmp_path, "*.parquet", {"type": "schema", "columns": {"x": kind}, "name": "as declared"})
    assert found(report, "as declared").verdict.message == "as declared"


def test_a_column_that_differs_by_case_is_one_column_and_a_schema_result(tmp_path: Path) -> None:
    save(tmp_path / "a.parquet", {"Amount": [1, -2]})
    save(tmp_path / "b.parquet", {"id": [1], "amount": [-3]})
    report = one(tmp_path, "*.parquet", {"type": "range", "column": "amount", "min": 0, "name": "r"})
    assert (found(report, "r").verdict.rows_evaluated, found(report, "r").verdict.rows_failed) == (3, 2)
    message = found(report, "schema").verdict.message
    assert re.search(r"b\.parquet: column 'amount' is written 'Amount' in .*a\.parquet", message)
    assert "no column" not in message


@pytest.mark.parametrize("path", ["t.parquet", "*.parquet"])
def test_options_of_text_are_refused(path: str, tmp_path: Path) -> None:
    for name in "tu":
        save(tmp_path / f"{name}.parquet", {"x": [1]})
    for key, value in {"delimiter": ",", "quote": "'", "encoding": "utf-8", "header": False, "skip": 1}.items():
        message = one(tmp_path, path, read={key: value}).message
        assert message is not None
        assert message.endswith(f"is Parquet, and read.{key} does not apply to Parquet; leave it out")


def test_a_baseline_may_be_of_another_format(tmp_path: Path) -> None:
    save(tmp_path / "b.parquet", {"x": [1, 2]})
    (tmp_path / "t.csv").write_text("x;y\n1;1\n2;2\n")
    rule = {"type": "drift", "column": "x", "min_rows": 1, "baseline": {"file": "b.parquet"}, "name": "d"}
    assert found(one(tmp_path, "t.csv", rule, read={"delimiter": ";"}), "d").status == "passed"


def test_missing_values_are_missing_in_every_type_that_has_them(tmp_path: Path) -> None:
    columns = {
        "text": pa.array(["NA", "na", "", None]),
        "integer": pa.array([-999, 999, 0, None]),
        "float": pa.array([-999.0, 0.5, float("nan"), None]),
        "decimal": pa.array([Decimal(-999), Decimal("0.5"), Decimal(1), None], pa.decimal128(9, 2)),
        "day": pa.array([date(1900, 1, 1), date(1900, 1, 2), None, None]),
        "moment": pa.array([date(1900, 1, 1), date(1900, 1, 2), None, None]).cast(pa.timestamp("ns", "UTC")),
        "json": pa.array(["-999", "0", "null", None], pa.json_()),
        "list": pa.array([[-999], [], None, None]),
    }
    save(tmp_path / "t.parquet", columns)
    rules = [{"type": "completeness", "column": name, "name": name} for name in columns]
    options = {"missing_values": ["NA", "-999", "0.4", "1900-01-01"]}
    report = one(tmp_path, "t.parquet", *rules, read=options)
    assert {name: found(report, name).verdict.rows_failed for name in columns} == {
        "text": 2, "integer": 2, "float": 3, "decimal": 2, "day": 3, "moment": 3, "json": 2, "list": 2,
    }  # fmt: skip
    plain = one(tmp_path, "t.parquet", *rules)
    assert {name: found(plain, name).verdict.rows_failed for name in columns} == {
        "text": 1, "integer": 1, "float": 2, "decimal": 1, "day": 2, "moment": 2, "json": 1, "list": 2,
    }  # fmt: skip


@pytest.mark.parametrize("sample", [None, (5, 0)])
def test_declared_types_are_applied_and_what_does_not_fit_is_told(
    sample: tuple[int, int] | None, tmp_path: Path
) -> None:
    columns = {
        "number": pa.array(["1", "x", "", None]),
        "whole": pa.array([1.0, 2.5, float("nan"), None]),
        "day": pa.array([0, 1, 86_400_000_000, None], pa.timestamp("us")),
        "text": pa.array(["é".encode(), b"\xff", b"", None]),
        "large": pa.array([1, 2**53 + 1, 2, None]),
    }
    save(tmp_path / "t.parquet", columns)
    kinds = {"number": "BIGINT", "WHOLE": "BIGINT", "day": "DATE", "text": "VARCHAR", "large": "DOUBLE"}
    rules = [{"type": "completeness", "column": name, "name": name} for name in columns]
    dataset: dict[str, Any] = {"read": {"types": kinds}}
    report = one(tmp_path, "t.parquet", *rules, **dataset)
    assert {name: found(report, name).verdict.rows_failed for name in columns} == {
        "number": 2, "whole": 2, "day": 1, "text": 1, "large": 1,
    }  # fmt: skip
    parse = found(report, "parse")
    assert (parse.status, parse.verdict.metric_value) == ("failed", 5)
    assert {(cell.line, cell.column, *cell.values.values(), cell.expected) for cell in parse.samples} == {
        (2, "number", "x", "BIGINT"), (2, "whole", "2.5", "BIGINT"), (2, "text", "\\xFF", "VARCHAR"),
        (2, "day", "1970-01-01 00:00:00.000001", "DATE"), (2, "large", "9007199254740993", "DOUBLE"),
    }  # fmt: skip
    assert one(tmp_path, "t.parquet", read={"types": {"no": "DATE"}}).message is not None
    if sample is not None:
        return
    quarantined = asked(tmp_path, "t.parquet", rules, folders=Folders(str(tmp_path / "bad")))
    assert quarantined.message is None


HOSTILE = (
    "f", "n", "g", "i", "s", "t", "k", "c0", "n0", "x", "one", "select", "filename", "file_row_number", "file_index",
    "idqp_failed_rules", "IDQP_FAILED_RULES_2", '"', "it's", "a b", "new\nline", "🙂", "rowid", "%",
)  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_no_name_of_a_column_is_one_of_ours(ending: str, tmp_path: Path) -> None:
    names = [name for name in HOSTILE if ending == "parquet" or name != "new\nline"]
    rows: list[list[Any]] = [[number] * len(names) for number in range(40)]
    if ending == "csv":
        (tmp_path / "t.csv").write_text(csv_text(names, rows), encoding="utf-8")
    else:
        save(tmp_path / "t.parquet", {name: list(range(40)) for name in names}, row_group_size=10)
    other = {"dataset": "t", "to": ["x"]}
    rules: list[Rule] = [
        rule
        for name in names
        for rule in (
            {"type": "range", "column": name, "max": 30},
            {"type": "unique", "column": name},
            {"type": "sequence", "column": name},
            {"type": "references", "column": name, **other},
        )
    ] + [
        rule
        for name in ("f", "n", "one", "filename")
        for rule in (
            {"type": "outliers", "column": name, "method": "mad"},
            {"type": "drift", "column": name, "min_rows": 1, "baseline": {"file": f"t.{ending}"}},
            {"type": "statistic", "column": name, "statistic": "mode_share", "max": 1},
            {"type": "anomaly", "metric": f"word_growth({name})"},
            {"type": "unique", "column": name, "segment_by": name},
            {"type": "sequence", "column": name, "segment_by": name},
        )
    ]
    folders = Folders(str(tmp_path / "bad"), str(tmp_path / "good"))
    for way in ({}, {"sample": (10, 1)}, {"folders": folders}):
        report = asked(tmp_path, f"t.{ending}", [*rules, {"type": "outliers"}], **way)
        assert report.message is None
        assert not [(one.rule, one.verdict.message) for one in report.results if one.status == "error"]
        if "sample" not in way:
            assert {one.verdict.rows_failed for one in report.results if one.type == "range"} == {9}
    written = duckdb.connect().execute(f"SELECT * FROM '{tmp_path}/bad/t.{ending}'")
    assert (written.description or [])[-1][0] == "idqp_failed_rules_3"
    assert len(written.fetchall()) == 9


def test_a_row_of_a_parquet_file_is_called_a_row(shell: Shell) -> None:
    save(shell.folder / "t.parquet", {"id": [1, 2, -3]})
    shell.rules({"type": "range", "column": "id", "min": 0}, path="t.parquet")
    for form in ("table", "markdown", "github", "html"):
        ran = shell.idqp("check", "--no-store", "--format", form)
        assert ran.code == 1
        assert re.search(r"row 3\b", ran.out), form
        assert "line 3" not in ran.out, form
    assert shell.idqp("check", "--no-store", "--format", "json").json["datasets"][0]["results"][-1]["samples"] == [
        {"line": 3, "key": {}, "values": {"id": -3}}
    ]
    assert shell.idqp("check").code == 1
    shown = shell.idqp("incident", "show", "1").out
    assert "row 3:" in shown
    assert "line 3" not in shown


def test_times_that_are_cut_off_are_not_judged_as_exact(tmp_path: Path) -> None:
    first = 1_577_836_800_000_000_001
    values = pa.array([first, first + 1], pa.timestamp("ns"))
    save(tmp_path / "t.parquet", {"x": values}, use_deprecated_int96_timestamps=True)
    rules: list[Rule] = [
        {"type": "unique", "column": "x", "name": "u"},
        {"type": "completeness", "column": "x", "name": "c"},
    ]
    report = one(tmp_path, "t.parquet", *rules)
    assert (found(report, "u").status, found(report, "c").status) == ("error", "passed")
    assert "nanoseconds" in found(report, "u").verdict.message
    # Spark counts in microseconds, whatever it writes.
    table = pa.table({"x": values}).replace_schema_metadata({"org.apache.spark.version": "3.5.0"})
    pq.write_table(table, tmp_path / "t.parquet", use_deprecated_int96_timestamps=True)
    assert found(one(tmp_path, "t.parquet", *rules), "u").status == "failed"


def test_files_that_are_no_table_are_explained(tmp_path: Path) -> None:
    save(tmp_path / "whole.parquet", {"x": list(range(100))})
    whole = (tmp_path / "whole.parquet").read_bytes()
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "twice.parquet")
    pq.write_table(pa.table([[1], [2]], names=["a", ""]), tmp_path / "nameless.parquet")
    pq.write_table(pa.table([[1]], names=["IDQP:row"]), tmp_path / "reserved.parquet")
    pq.write_table(pa.table({}), tmp_path / "bare.parquet")
    for name, content in {
        "cut.parquet": whole[: len(whole) // 2],
        "pare.bin": b"PARE" + whole[4:-4] + b"PARE",
        "length.parquet": whole[:-8] + b"\xff\xff\xff\x7f" + whole[-4:],
        "empty.parquet": b"",
    }.items():
        (tmp_path / name).write_bytes(content)
    told = {
        "twice.parquet": "two columns are named 'a' and 'a'; rename one",
        "nameless.parquet": "a column has an empty name; rename it",
        "reserved.parquet": "the column name 'IDQP:row' is reserved; rename it",
        "bare.parquet": "is a Parquet file without a column",
        "cut.parquet": "the Parquet file is cut off (its footer is missing); write it again",
        "pare.bin": "is an encrypted Parquet file; decrypt it first",
        "length.parquet": "cannot be read as Parquet (Footer length error); write it again",
        "empty.parquet": "is not a Parquet file (it does not begin with PAR1)",
    }
    for name, message in told.items():
        report = one(tmp_path, name)
        assert report.status == "error"
        assert (report.message or "").endswith(f"{name}: {message}"), report.message


def test_a_file_without_row_groups_has_no_rows(tmp_path: Path) -> None:
    with pq.ParquetWriter(tmp_path / "t.parquet", pa.schema({"x": pa.int64()})):
        pass
    report = one(tmp_path, "t.parquet", {"type": "unique", "column": "x", "name": "u"})
    assert (found(report, "row_count").status, found(report, "u").status) == ("failed", "skipped")


def test_a_damaged_file_ends_in_no_traceback(tmp_path: Path) -> None:
    columns = {"x": list(range(300)), "s": [f"v{number % 7}" for number in range(300)], "l": [[1]] * 300}
    rules: list[Rule] = [
        {"type": "unique", "column": "x"},
        {"type": "accepted_values", "column": "s", "values": ["v1"]},
        {"type": "completeness", "column": "l"},
    ]
    for seed in range(FLIPS):
        chance = random.Random(seed)
        save(tmp_path / "t.parquet", columns, compression=chance.choice(["none", "snappy", "zstd"]), row_group_size=100)
        content = bytearray((tmp_path / "t.parquet").read_bytes())
        footer = int.from_bytes(content[-8:-4], "little")
        least = chance.choice([4, len(content) - 8 - footer])
        for _ in range(chance.choice([1, 3, 10])):
            content[chance.randrange(least, len(content) - 8)] ^= 1 << chance.randrange(8)
        (tmp_path / "t.parquet").write_bytes(bytes(content))
        way: dict[str, Any] = chance.choice([{}, {"sample": (10, 0)}, {"folders": Folders(str(tmp_path / "bad"))}])
        try:
            asked(tmp_path, "t.parquet", rules, **way)
        except Exception as error:
            raise AssertionError(f"seed {seed}, {way}") from error
