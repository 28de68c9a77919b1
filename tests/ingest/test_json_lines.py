"""JSON lines: an object for each line."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from conftest import Shell, checked

ROWS: list[dict[str, Any]] = [
    {"id": 1, "t": "a", "price": 1.5, "day": "2024-01-01", "code": "7", "ok": True},
    {"id": 2, "t": "", "price": -2, "day": "2024-01-02", "code": "008", "ok": False, "late": 1},
    {"id": 3, "price": None, "day": "2023-12-31", "code": "9", "tags": ["x", {"y": 1}]},
    {"id": 12345678901234567890, "t": "a\nb", "price": "cheap", "day": "2024-01-04", "code": "10"},
]
RULES: list[dict[str, object]] = [
    {"type": "completeness", "column": "t", "name": "t"},
    {"type": "range", "column": "price", "min": 0, "name": "price"},
    {"type": "range", "column": "day", "min": "2024-01-01", "name": "day"},
    {"type": "accepted_values", "column": "code", "values": ["7", "008", "9", "10"], "name": "code"},
    {"type": "completeness", "column": "late", "name": "late"},
    {"type": "unique", "column": "id", "name": "id"},
    {"type": "format", "column": "tags", "format": "json", "name": "tags"},
]


def results(shell: Shell, path: str, *words: str) -> tuple[int, dict[str, Any]]:
    shell.rules(*RULES, path=path)
    ran = shell.idqp("check", "--no-store", "--format", "json", *words)
    (dataset,) = ran.json["datasets"]
    return ran.code, {result["rule"]: result for result in dataset["results"]} | {"rows": dataset["rows"]}


@pytest.mark.parametrize("name", ["t.jsonl", "t.ndjson.gz", "t.txt"])
def test_objects_are_rows_and_their_keys_columns(shell: Shell, name: str) -> None:
    text = "\n".join(json.dumps(row, separators=(",", ":")) for row in ROWS).encode()
    shell.write(name, gzip.compress(text) if name.endswith("gz") else text)
    code, found = results(shell, name)
    assert (code, found["rows"]) == (1, 4)
    failed = {name: found[name]["rows_failed"] for name in ("t", "price", "day", "code", "late", "id", "tags")}
    assert failed == {"t": 1, "price": 1, "day": 1, "code": 0, "late": 3, "id": 0, "tags": 0}
    assert found["id"]["rows_evaluated"] == 4
    assert found["parse"]["samples"] == [{"line": 4, "column": "price", "value": "cheap", "expected": "DOUBLE"}]
    assert [sample["line"] for sample in found["day"]["samples"]] == [3]


def test_lines_that_are_no_objects_are_located(shell: Shell) -> None:
    shell.write("t.jsonl", '{"id":1,"t":"a"}\n\nnot json\r\n\n[1]\n{"id":2,"id":3}\n{"id":-5,"t":"b"}\n{"id":')
    shell.rules({"type": "range", "column": "id", "min": 0, "name": "r"}, path="t.jsonl")
    ran = shell.idqp("check", "--no-store", "--format", "json")
    found = {result["rule"]: result for result in ran.json["datasets"][0]["results"]}
    assert ran.json["datasets"][0]["rows"] == 2
    assert [(one["line"], one["value"]) for one in found["parse"]["samples"]] == [
        (3, "not JSON"),
        (5, "not an object"),
        (6, "has a key twice"),
        (8, "not JSON"),
    ]
    assert [one["line"] for one in found["r"]["samples"]] == [7]


@pytest.mark.parametrize(
    "line", ['{"id":2}\x1fx', '{"id":2}\x1f', '{"id":2}\x1fa\x1fb', '{"id":2,"t":"a\x1fb"}', "\x1f", '\x1f{"id":2}']
)
def test_a_character_that_json_has_nowhere_is_not_cut_off(tmp_path: Path, line: str) -> None:
    (tmp_path / "t.jsonl").write_text(f'{{"id":1}}\n{line}\n{{"id":3}}\n')
    (found,) = checked(tmp_path, [], path="t.jsonl").datasets
    samples = {one.rule: [(sample.line, *sample.values.values()) for sample in one.samples] for one in found.results}
    assert (found.rows, samples["parse"]) == (2, [(2, "not JSON")])


def test_the_same_verdicts_as_on_csv(shell: Shell) -> None:
    chance = random.Random(1)
    rows = [
        {
            "i": chance.choice([None, 1, -3, 10**12]),
            "f": chance.choice([None, 0.5, -1e300]),
            "s": chance.choice(["x", "é", None]),
        }
        for _ in range(500)
    ]
    shell.write("t.jsonl", "\n".join(json.dumps(row) for row in rows))
    names = ["i", "f", "s"]
    cells = "\n".join(",".join("" if row[name] is None else str(row[name]) for name in names) for row in rows)
    shell.write("t.csv", ",".join(names) + "\n" + cells + "\n")
    rules: list[dict[str, object]] = [
        {"type": kind, "column": name} for name in names for kind in ("completeness", "unique")
    ]
    rules += [{"type": "range", "column": name, "min": 0} for name in ("i", "f")]
    found = []
    for path in ("t.jsonl", "t.csv"):
        shell.rules(*rules, path=path)
        found.append(
            [
                (result["rule"], result["metric_value"], result["rows_evaluated"], result["rows_failed"])
                for result in shell.idqp("check", "--no-store", "--format", "json").json["datasets"][0]["results"]
                if result["rule"] != "parse"
            ]
        )
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "body", [b"", b"\n\n", b"[]\n", b"\xff\xfe", b'{"a":"\xff"}\n', b"{}\n", b'{"":1}\n', b'{"A":1,"a":2}\n']
)
def test_odd_files_end_in_a_verdict_or_one_line(shell: Shell, body: bytes) -> None:
    shell.write("t.jsonl", body)
    shell.rules(path="t.jsonl")
    ran = shell.idqp("check", "--no-store")
    assert ran.code in {1, 3}, ran
    assert "Traceback" not in ran.err
    assert ran.err.count("\n") <= 1


def test_a_sample_and_rows_set_apart(shell: Shell) -> None:
    shell.write("t.jsonl", "".join(f'{{"id":{i},"s":"x"}}\n' for i in range(300)))
    shell.rules({"type": "range", "column": "id", "max": 199, "threshold": "50%"}, path="t.jsonl")
    assert "a sample of 50 rows" in shell.idqp("check", "--no-store", "--sample", "50").out
    ran = shell.idqp("check", "--no-store", "--quarantine", "bad", "--good", "good")
    assert "wrote 100 rows to bad/t.csv" in ran.err
    assert "wrote 200 rows to good/t.csv" in ran.err


def test_a_lone_cr_in_a_line_and_a_last_line_that_is_cut_off(shell: Shell) -> None:
    shell.write("t.jsonl", b'{"a":1}\n{"a":\r2}\n{"a":3}\n{"a')
    ran = shell.idqp("check", "t.jsonl", "--no-store", "--format", "json")
    (parse,) = [one for one in ran.json["datasets"][0]["results"] if one["rule"] == "parse"]
    assert (ran.code, [one["line"] for one in parse["samples"]]) == (1, [2, 2, 4])
