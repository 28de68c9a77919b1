"""`idqp check` as a process: what it prints where, and how it exits."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conftest import Shell
from idqp_cli.report.json import schema

GOOD = "id,qty\n1,5\n2,7\n"
BAD = "id,qty\n1,5\n2,-7\n3,abc\n"
RANGE = {"type": "range", "column": "qty", "min": 0}
ERROR_LINE = re.compile(r"idqp: error: [^\n]+\n")


def test_good_data_passes(shell: Shell) -> None:
    shell.write("t.csv", GOOD)
    shell.rules(RANGE)
    ran = shell.idqp("check")
    assert (ran.code, ran.err) == (0, "")
    assert "passed: 3 passed in" in ran.out


def test_bad_data_fails_with_the_lines_that_show_it(shell: Shell) -> None:
    shell.write("t.csv", BAD)
    shell.rules(RANGE, key=["id"])
    ran = shell.idqp("check")
    assert (ran.code, ran.err) == (1, "")
    assert "line 3: id = 2 → qty = -7" in ran.out
    assert "line 4: qty: 'abc' is not BIGINT" in ran.out


def test_json_is_valid_by_its_schema_and_says_all(shell: Shell) -> None:
    shell.write("t.csv", BAD + "4\n")
    shell.rules(RANGE, {"type": "unique", "column": "id"}, {"type": "range", "column": "nope", "min": 1}, key=["id"])
    ran = shell.idqp("check", "--format", "json")
    Draft202012Validator.check_schema(json.loads(schema()))
    Draft202012Validator(json.loads(schema())).validate(ran.json)
    assert (ran.code, ran.json["exit_code"], ran.json["status"]) == (3, 3, "failed")
    (dataset,) = ran.json["datasets"]
    results = {result["rule"]: result for result in dataset["results"]}
    assert results["parse"]["samples"] == [
        {"line": 4, "column": "qty", "value": "abc", "expected": "BIGINT"},
        {"line": 5, "column": None, "value": "too few cells", "expected": "2 cells"},
    ]
    assert results["range(qty)"]["samples"] == [{"line": 3, "key": {"id": 2}, "values": {"qty": -7}}]
    assert results["range(qty)"]["metric_value"] == 0.5
    assert results["range(nope)"]["status"] == "error"
    assert results["unique(id)"]["status"] == "passed"


@pytest.mark.parametrize(("severity", "fail_on", "code"), [
    ("warning", "warning", 1), ("info", "warning", 0), ("info", "info", 1), ("warning", "critical", 0),
    ("critical", "critical", 1),
])  # fmt: skip
def test_fail_on(shell: Shell, severity: str, fail_on: str, code: int) -> None:
    shell.write("t.csv", "id,qty\n1,-5\n")
    shell.rules({**RANGE, "severity": severity})
    assert shell.idqp("check", "--fail-on", fail_on).code == code


@pytest.mark.parametrize(("make", "message"), [
    (lambda folder: None, "t.csv: no such file"),
    (lambda folder: (folder / "t.csv").mkdir(), "t.csv: contains no file"),
    (lambda folder: os.mkfifo(folder / "t.csv"), "t.csv: is not a regular file; to read a pipe, use `cat … | idqp check -`"),
    (lambda folder: (folder / "t.csv").write_bytes(os.urandom(50) + b"\0" * 50), "t.csv: is a binary file (it contains a NUL byte), neither CSV nor Parquet; if it is text, set read.encoding, like utf-16-le"),
    (lambda folder: (folder / "t.csv").write_bytes(b"PAR1" + b"." * 100), "t.csv: the Parquet file is cut off (its footer is missing); write it again"),
    (lambda folder: (folder / "t.csv").write_text("a,idqp:b\n1,2\n"), "t.csv: the column name 'idqp:b' is reserved; rename it"),
])  # fmt: skip
def test_what_cannot_be_read_is_3_and_one_line(shell: Shell, make: Any, message: str) -> None:  # noqa: ANN401
    make(shell.folder)
    shell.rules(RANGE)
    ran = shell.idqp("check", "--format", "json")
    assert (ran.code, ran.err) == (3, f"idqp: error: t: {message}\n")
    assert [(one["status"], one["results"]) for one in ran.json["datasets"]] == [("error", [])]


def test_one_unreadable_dataset_leaves_the_others(shell: Shell) -> None:
    shell.write("good.csv", GOOD)
    datasets = {name: {"path": f"{name}.csv", "rules": [RANGE]} for name in ("gone", "good")}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}))
    ran = shell.idqp("check", "--format", "json")
    assert ran.code == 3
    assert {one["dataset"]: one["status"] for one in ran.json["datasets"]} == {"gone": "error", "good": "passed"}


@pytest.mark.parametrize(("body", "status"), [("", "failed"), ("id,qty\n", "failed")])
def test_no_rows_is_a_failure_and_nothing_passes(shell: Shell, body: str, status: str) -> None:
    shell.write("t.csv", body)
    shell.rules(RANGE)
    ran = shell.idqp("check", "--format", "json")
    (dataset,) = ran.json["datasets"]
    results = {result["rule"]: result["status"] for result in dataset["results"]}
    assert (ran.code, results["row_count"], results["range(qty)"]) == (1, status, "skipped")


@pytest.mark.parametrize(("rule", "message"), [
    ({"type": "range", "column": "nope", "min": 1}, "column 'nope' is not in the data; its columns are id, qty"),
    ({"type": "completeness", "column": "id", "where": "nope > 1"}, 'Referenced column "nope" not found in FROM clause!'),
    ({"type": "expression", "expression": "id + 'x' > 1"}, "a value cannot be converted to the type that the SQL asks for"),
])  # fmt: skip
def test_a_rule_that_cannot_be_evaluated_is_3_and_the_others_stand(
    shell: Shell, rule: dict[str, str], message: str
) -> None:
    shell.write("t.csv", "id,qty\n1,-5\n")
    shell.rules(RANGE, rule)
    ran = shell.idqp("check", "--format", "json")
    assert ran.code == 3
    assert re.fullmatch(r"idqp: error: rules.yaml:\d+: t: [^\n]+\n", ran.err)
    assert message in ran.err
    assert [result["status"] for result in ran.json["datasets"][0]["results"]][-2:] == ["failed", "error"]


@pytest.mark.parametrize(("text", "message"), [
    ("version: 1\ndatasets:\n  t:\n    pth: x\n", "rules.yaml:4:5: t: unknown key 'pth'; did you mean 'path'?"),
    ("version: 1\nversion: 1\n", "rules.yaml:2:1: duplicate key 'version' (first on line 1)"),
    ("a: &x 1\nb: *x\n", "rules.yaml:1:4: anchor '&x': aliases are not followed"),
    ("[" * 900, "rules.yaml:1:51: nested deeper than 50 levels"),
    ("version: 1\ndatasets:\n  t:\n    path: t.csv\n    rules:\n      - {type: nope}\n", "rules.yaml:6:16: t: unknown rule type 'nope'; known types: accepted_values,"),
    ("version: 1\ndatasets:\n  t:\n    path: t.csv\n    rules:\n      - {type: range, column: id, mn: 1}\n", "rules.yaml:6:35: t: range: unknown key 'mn'; did you mean 'min'?"),
    ("version: 1\ndatasets:\n  t:\n    path: t.csv\n    rules:\n      - {type: pattern, column: id, regex: '(('}\n", "rules.yaml:6:44: t: pattern(id): regex '((' does not compile: missing ): (("),
    ("version: 1\ndatasets:\n  t:\n    path: t.csv\n    rules:\n      - {type: expression, expression: 'id >'}\n", "rules.yaml:6:40: t: expression: 'id >': not an SQL expression"),
])  # fmt: skip
def test_a_rules_file_that_cannot_be_used_is_2_before_data_is_read(shell: Shell, text: str, message: str) -> None:
    shell.write("rules.yaml", text)
    ran = shell.idqp("check")
    assert (ran.code, ran.out) == (2, "")
    assert ERROR_LINE.fullmatch(ran.err)
    assert message in ran.err


@pytest.mark.parametrize("condition", [
    "id IN (SELECT 1)", "1=1) FROM read_csv('/etc/passwd') WHERE (1=1", "id; DROP TABLE t", "(SELECT count(*) FROM read_text('/etc/passwd')) > 0",
    "EXISTS (FROM range(5))", "getvariable('x') IS NULL", "current_setting('threads') > 0", "count(*) OVER () > 1", "sleep_ms(1) IS NULL",
    "id > 1) OR (1=1", "*", "", "id AS x", "COLUMNS(*) > 1", "id > ?", "id > $1",
])  # fmt: skip
def test_sql_that_is_more_than_an_expression_on_the_row_is_refused(shell: Shell, condition: str) -> None:
    shell.write("t.csv", GOOD)
    shell.rules({"type": "completeness", "column": "id", "where": condition})
    ran = shell.idqp("check")
    assert (ran.code, ran.out) == (2, "")
    assert ERROR_LINE.fullmatch(ran.err)


def test_standard_input_is_checked_by_the_only_dataset_or_the_named_one(shell: Shell) -> None:
    shell.rules(RANGE)
    assert shell.idqp("check", "-", stdin=GOOD.encode()).code == 0
    ran = shell.idqp("check", "-", "--dataset", "t", stdin=BAD.encode())
    assert (ran.code, "standard input" in ran.out) == (1, True)


def test_parquet_on_standard_input(shell: Shell) -> None:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    pq.write_table(pa.table({"id": [1, 2], "qty": [5, -7]}), shell.folder / "p")
    shell.rules(RANGE)
    ran = shell.idqp("check", "-", "--format", "json", stdin=(shell.folder / "p").read_bytes())
    assert ran.json["datasets"][0]["results"][-1]["samples"] == [{"line": 2, "key": {}, "values": {"qty": -7}}]


def test_a_glob_is_one_dataset_and_names_the_file(shell: Shell) -> None:
    shell.write("d/a.csv", GOOD)
    shell.write("d/b.csv", "id,qty\n3,-1\n4,x\n")
    shell.rules(RANGE, {"type": "unique", "column": "id"}, path="d/*.csv", key=["id"])
    ran = shell.idqp("check", "--format", "json")
    (dataset,) = ran.json["datasets"]
    results = {result["rule"]: result for result in dataset["results"]}
    assert dataset["rows"] == 4
    assert results["range(qty)"]["samples"] == [{"file": "d/b.csv", "line": 2, "key": {"id": 3}, "values": {"qty": -1}}]
    assert results["parse"]["samples"][0] == {
        "file": "d/b.csv",
        "line": 3,
        "column": "qty",
        "value": "x",
        "expected": "BIGINT",
    }


def test_files_of_a_glob_that_differ_are_said_to(shell: Shell) -> None:
    shell.write("d/a.csv", GOOD)
    shell.write("d/b.csv", "qty,id\n1,2\n")
    shell.rules(RANGE, path="d/*.csv")
    ran = shell.idqp("check")
    assert (ran.code, ran.err) == (0, "")
    shell.write("d/c.csv", "id,quantity\n1,2\n")
    ran = shell.idqp("check", "--format", "json")
    (schema,) = (result for result in ran.json["datasets"][0]["results"] if result["type"] == "schema")
    assert (ran.code, schema["status"], schema["metric_value"]) == (1, "failed", 2)
    assert schema["message"] == (
        "d/c.csv has no column 'qty', which d/a.csv has; d/c.csv has a column 'quantity', which d/a.csv does not have"
    )


def test_a_path_is_checked_by_the_dataset_that_it_belongs_to(shell: Shell) -> None:
    shell.write("d/a.csv", "id,qty\n1,-1\n")
    shell.write("d/b.csv", GOOD)
    shell.rules(RANGE, path="d/*.csv")
    assert shell.idqp("check", "d/b.csv").code == 0
    assert shell.idqp("check", "d/a.csv").code == 1
    assert shell.idqp("check", str(shell.folder / "d" / "a.csv")).code == 1


def test_a_file_without_rules_is_checked_for_what_holds_of_every_file(shell: Shell) -> None:
    shell.write("x.csv", "id,qty\n1,2\n2\n")
    ran = shell.idqp("check", "x.csv")
    assert ran.code == 1
    assert "line 3: too few cells, 2 cells expected" in ran.out
    assert "not a dataset of the rules file" in ran.err


@pytest.mark.parametrize(("words", "message"), [
    (["check"], "there is no rules.yaml here"),
    (["check", "nope"], "there is no dataset 'nope'"),
    (["check", "--rules", "gone.yaml"], "gone.yaml: the rules file cannot be read: No such file"),
    (["check", "--format", "xml"], "'xml' is not one of"),
    (["chekc"], "no such command 'chekc'"),
    (["check", "--bogus"], "no such option"),
])  # fmt: skip
def test_usage_is_2_and_one_line(shell: Shell, words: list[str], message: str) -> None:
    ran = shell.idqp(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ERROR_LINE.fullmatch(ran.err)
    assert message in ran.err


def test_set_fills_variables(shell: Shell) -> None:
    shell.write("2024.csv", GOOD)
    shell.rules({**RANGE, "where": "id < ${{ most }}"}, path="${{ year }}.csv")
    assert shell.idqp("check", "--set", "year=2024", "--set", "most=2").code == 0
    ran = shell.idqp("check", "--set", "year=2024")
    assert (ran.code, "'most' has no value; set it with --set most=…" in ran.err) == (2, True)


def test_personal_data_is_masked(shell: Shell) -> None:
    shell.write("t.csv", "email,n\nanna@example.com,-1\nbob@example.com,secretcell\n")
    shell.rules({"type": "range", "column": "n", "min": 0}, key=["email"], pii=["email", "n"])
    for form in ("table", "json"):
        ran = shell.idqp("check", "--format", form)
        assert "anna@" not in ran.out
        assert "secretcell" not in ran.out
        assert "a***************" in ran.out


def test_hostile_cells_reach_nobody_raw(shell: Shell) -> None:
    cells = ["\x1b]0;owned\x07", "\x9b31m", "[bold]x[/nope]", "\u202eevil", "::error::x", "a\u2028b"]
    shell.write("t.csv", "c\n" + "\n".join(f'"{cell}"' for cell in cells) + "\n")
    shell.rules({"type": "accepted_values", "column": "c", "values": ["ok"]})
    for form in ("table", "json"):
        ran = shell.idqp("check", "--format", form)
        assert ran.code == 1
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", ran.out + ran.err)
        assert not any(line.startswith("::") for line in ran.out.splitlines())


def test_a_closed_reader_is_no_traceback(shell: Shell) -> None:
    shell.write("t.csv", BAD)
    shell.rules(RANGE)
    command = f"{sys.executable} -m idqp_cli check | true"
    done = subprocess.run(
        ["bash", "-c", command], cwd=shell.folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""


def test_a_c_locale_is_no_error(shell: Shell) -> None:
    shell.write("t.csv", "id,qty\n1,-5\n")
    shell.rules(RANGE)
    strict = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii:strict"}
    for more in ({}, strict):
        ran = shell.idqp("check", env={"LC_ALL": "C", **more})
        assert (ran.code, ran.err) == (1, "")
        assert ran.out.isascii()
        assert "x warning  range(qty)" in ran.out


def test_duckdb_leaves_no_folder_behind(shell: Shell, tmp_path: Path) -> None:
    shell.write("t.csv", GOOD)
    shell.rules(RANGE)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    assert shell.idqp("check", "-", stdin=GOOD.encode(), env={"TMPDIR": str(temporary)}).code == 0
    assert list(temporary.iterdir()) == []


def test_module_and_command_are_the_same(shell: Shell) -> None:
    command = Path(sys.executable).with_name("idqp")
    if not command.exists():
        pytest.fail("the package is not installed in this environment: pip install -e .")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == shell.idqp("--version").out


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_130_and_leaves_nothing_behind(shell: Shell, sent: signal.Signals) -> None:
    shell.rules(RANGE)
    temporary = shell.folder / "tmp"
    temporary.mkdir()
    command = [sys.executable, "-m", "idqp_cli", "check", "-"]
    env = {**os.environ, "TMPDIR": str(temporary)}
    run = subprocess.Popen(
        command, cwd=shell.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    )
    deadline = time.monotonic() + 30
    while not list(temporary.glob("*/stdin")) and time.monotonic() < deadline:
        time.sleep(0.05)
    run.send_signal(sent)
    out, err = run.communicate(timeout=30)
    assert (run.returncode, out, err) == (130, b"", b"idqp: interrupted\n")
    assert list(temporary.iterdir()) == []


def test_the_example_of_the_design_is_a_rules_file(shell: Shell) -> None:
    source = Path(__file__).parents[1] / "data" / "flights.csv"
    shell.write("tests/data/flights.csv", source.read_bytes())
    shell.write("rules.yaml", DESIGN)
    ran = shell.idqp("check", "--format", "json")
    results = {result["rule"]: result["status"] for result in ran.json["datasets"][0]["results"]}
    assert (ran.code, ran.err) == (0, "")
    assert results == dict.fromkeys(
        ["parse", "row_count", "completeness(tailnum)", "accepted_values(origin)", "expression"], "passed"
    )


DESIGN = """\
version: 1
store: .idqp/state.db
defaults: {severity: warning, samples: 5}
datasets:
  flights:
    path: tests/data/flights.csv
    description: Departures from New York City
    owner: data@example.com
    read: {missing_values: ["NA"], delimiter: ",", encoding: utf-8, types: {tailnum: VARCHAR}}
    key: [year, month, day, carrier, flight, sched_dep_time]
    pii: [tailnum]
    schema: backward
    rules:
      - type: completeness
        column: tailnum
        threshold: 1%
      - {type: accepted_values, column: origin, values: [EWR, JFK, LGA], severity: critical}
      - {type: expression, expression: "arr_time >= dep_time", where: "hour < 20", threshold: 0.02}
alerts:
  channels:
    oncall: {type: pagerduty, routing_key: "${IDQP_PAGERDUTY_KEY}"}
    data:   {type: slack, webhook: "${IDQP_SLACK_WEBHOOK}"}
  routes:
    - {match: {severity: critical}, to: [oncall, data]}
    - {to: [data]}
"""


def test_a_number_of_rows_is_held_against_the_last_run_that_did_not_fail(shell: Shell) -> None:
    shell.rules({"type": "row_count", "name": "rows", "change": "10%"})
    found = []
    for rows in (1000, 900, 990, 991, 792, 2000, 890):
        shell.write("t.csv", "a\n" + "1\n" * rows)
        ran = shell.idqp("check", "--format", "json")
        (one,) = [one for one in ran.json["datasets"][0]["results"] if one["rule"] == "rows"]
        found.append((rows, ran.code, one["status"], one["threshold"]))
    assert found == [
        (1000, 0, "skipped", None), (900, 0, "passed", 900), (990, 0, "passed", 990), (991, 0, "passed", 1089),
        (792, 1, "failed", 892), (2000, 1, "failed", 1090), (890, 1, "failed", 892),
    ]  # fmt: skip
