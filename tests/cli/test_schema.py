"""Schemas from check to check, and `idqp schema`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer

from conftest import Ran, Shell
from idqp_cli.cli import app


@dataclass(frozen=True)
class Here(Shell):
    """A folder in which idqp is run within the tests' own process, which is faster."""

    capture: pytest.CaptureFixture[str]

    def idqp(
        self, *words: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None, first: str = ""
    ) -> Ran:
        if stdin is not None or env is not None or first:
            return super().idqp(*words, stdin=stdin, env=env, first=first)
        self.capture.readouterr()
        command = typer.main.get_command(app.app)
        code = app.guarded(lambda: command.main(list(words), prog_name="idqp", standalone_mode=False))
        out, err = self.capture.readouterr()
        return Ran(code, out, err)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return an empty folder to run idqp in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IDQP_STORE", "")
    return Here(tmp_path, capsys)


FIRST = "id,qty\n1,2\n2,3\n"


@pytest.fixture
def project(shell: Shell) -> Shell:
    """Return a folder with a dataset of which one version is registered."""
    shell.rules()
    shell.write("t.csv", FIRST)
    assert shell.idqp("check").code == 0
    return shell


def checked(shell: Shell, text: str | None = None) -> tuple[Ran, Any]:
    if text is not None:
        shell.write("t.csv", text)
    ran = shell.idqp("check", "--format", "json")
    return ran, ran.json["datasets"][0]


def results(dataset: Any) -> dict[str, str]:  # noqa: ANN401 - a report
    return {result["rule"]: result["status"] for result in dataset["results"]}


def versions(shell: Shell) -> list[str]:
    ran = shell.idqp("schema", "history", "t", "--format", "json")
    return [row["version"] for row in ran.json][::-1]


def types(shell: Shell, what: str = "t") -> dict[str, str]:
    return {row["column"]: row["type"] for row in shell.idqp("schema", "show", what, "--format", "json").json}


def test_the_first_recorded_check_registers_the_first_version(project: Shell) -> None:
    assert versions(project) == ["1.0.0"]
    assert types(project) == {"id": "BIGINT", "qty": "BIGINT"}
    ran, dataset = checked(project)
    assert (ran.code, dataset["schema"]["status"], results(dataset)["schema"]) == (0, "unchanged", "passed")


def test_without_a_store_there_is_nothing_to_compare_with(shell: Shell) -> None:
    shell.write("a.csv", FIRST)
    dataset = shell.idqp("check", "a.csv", "--no-store", "--format", "json").json["datasets"][0]
    assert "schema" not in results(dataset)


def test_a_new_column_is_the_next_minor_version(project: Shell) -> None:
    ran, dataset = checked(project, "id,qty,day\n1,2,2024-01-01\n")
    assert ran.code == 0
    assert [change["kind"] for change in dataset["schema"]["changes"]] == ["added"]
    assert versions(project) == ["1.0.0", "1.1.0"]


def test_a_lost_column_is_an_incident_until_somebody_accepts_it(project: Shell) -> None:
    ran, dataset = checked(project, "id\n1\n")
    assert (ran.code, dataset["schema"]["status"], results(dataset)["schema"]) == (1, "breaking", "failed")
    assert versions(project) == ["1.0.0"]
    refused = project.idqp("schema", "register", "t")
    assert (refused.code, versions(project)) == (1, ["1.0.0"])
    assert "breaks writers" in refused.err
    accepted = project.idqp("schema", "register", "t", "--accept", "-m", "qty has moved")
    assert (accepted.code, versions(project)) == (0, ["1.0.0", "2.0.0"])
    incident = project.idqp("incident", "show", "1", "--format", "json").json
    assert incident["status"] == "resolved"
    assert incident["timeline"][-1]["detail"] == "qty has moved"
    assert checked(project)[0].code == 0


def test_what_no_longer_fits_a_registered_type_is_a_bad_cell_in_its_line(project: Shell) -> None:
    lines = [f"{number},{'abc' if number % 3 else number}" for number in range(1, 3000)]
    ran, dataset = checked(project, "id,qty\n" + "\n".join(lines) + "\n")
    assert ran.code == 1
    assert results(dataset) == {"schema": "passed", "parse": "failed", "row_count": "passed"}
    table = project.idqp("check").out
    assert "line 2: qty: 'abc' is not BIGINT" in table
    assert types(project) == {"id": "BIGINT", "qty": "BIGINT"}


def test_a_guess_that_only_widened_is_told_as_such(project: Shell) -> None:
    ran, dataset = checked(project, "id,qty\n1,2.5\n2,3\n")
    assert ran.code == 0
    assert [(one["kind"], one["before"], one["after"]) for one in dataset["schema"]["changes"]] == [
        ("guess_widened", "BIGINT", "DOUBLE")
    ]
    assert versions(project) == ["1.0.0", "1.0.1"]
    ran, dataset = checked(project, FIRST)
    assert (ran.code, dataset["schema"]["status"]) == (0, "unchanged")


def test_a_column_without_a_cell_has_no_type_yet(shell: Shell) -> None:
    shell.rules()
    shell.write("t.csv", "id,note\n1,\n2,\n")
    assert shell.idqp("check").code == 0
    assert types(shell)["note"] == '"NULL"'
    ran, dataset = checked(shell, "id,note\n1,5\n2,6\n")
    assert (ran.code, dataset["schema"]["changes"][0]["kind"], types(shell)["note"]) == (0, "guess_widened", "BIGINT")
    ran, dataset = checked(shell, "id,note\n1,\n2,\n")
    assert (ran.code, dataset["schema"]["status"], types(shell)["note"]) == (0, "unchanged", "BIGINT")


def test_types_that_the_rules_file_names_break_nobody(project: Shell) -> None:
    project.rules(read={"types": {"qty": "VARCHAR"}})
    ran, dataset = checked(project)
    assert (ran.code, dataset["schema"]["changes"][0]["kind"]) == (0, "read_as")


def test_standard_input_is_another_file_each_time(shell: Shell) -> None:
    for text in (b"a\n1\n", b"b\n1\n"):
        assert shell.idqp("check", "-", stdin=text).code == 0


@pytest.mark.parametrize(
    ("mode", "code"), [("none", 0), ("backward", 0), ("forward", 1), ("full", 1), ("forward_transitive", 1)]
)
def test_the_mode_decides(shell: Shell, mode: str, code: int) -> None:
    shell.rules(schema=mode)
    shell.write("t.csv", FIRST)
    shell.idqp("check")
    ran, _ = checked(shell, "id\n1\n")
    assert (ran.code, len(versions(shell))) == (code, 1 if code else 2)


def test_a_transitive_mode_remembers_as_far_back_as_it_is_told(shell: Shell) -> None:
    shell.rules(schema="none")
    for text in ("a,b\n1,2\n", "a\n1\n", "a,c\n1,2\n"):
        assert checked(shell, text)[0].code == 0
    for last, code in ((3, 1), (2, 0)):
        shell.rules(schema={"mode": "forward_transitive", "last": last})
        ran, dataset = checked(shell)
        assert (ran.code, results(dataset)["schema"]) == (code, "failed" if code else "passed")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("sometimes", "must be one of none, backward"),
        ({"mode": "full", "last": 3}, "last: must be 1 or more, and needs a transitive mode"),
        ({"mode": "full_transitive", "last": 0}, "last: must be 1 or more, and needs a transitive mode"),
        ({"mod": "full"}, "unknown key 'mod'"),
    ],
)
def test_a_mode_that_is_none_is_refused(shell: Shell, written: object, reason: str) -> None:
    shell.write("t.csv", FIRST)
    shell.rules(schema=written)
    ran = shell.idqp("check")
    assert ran.code == 2
    assert reason in ran.err


def parquet(shell: Shell, name: str, *columns: tuple[str, pa.DataType, bool]) -> None:
    schema = pa.schema([pa.field(column, kind, nullable=nullable) for column, kind, nullable in columns])
    table = pa.table({column: pa.array([1], kind) for column, kind, _ in columns}, schema=schema)
    pq.write_table(table, shell.folder / name)


def test_a_parquet_file_declares_its_own_columns_without_null(shell: Shell) -> None:
    shell.rules(path="t.parquet")
    parquet(shell, "t.parquet", ("a", pa.int32(), False))
    assert shell.idqp("check").code == 0
    (column,) = shell.idqp("schema", "show", "t", "--format", "json").json
    assert (column["type"], column["nullable"]) == ("INTEGER", False)
    parquet(shell, "t.parquet", ("a", pa.int64(), True))
    ran = shell.idqp("check", "--format", "json")
    changes = ran.json["datasets"][0]["schema"]["changes"]
    assert [(change["kind"], change["breaking"]) for change in changes] == [("widened", True), ("nullable", True)]


def test_what_is_declared_is_part_of_the_version(shell: Shell) -> None:
    def declared(*values: str) -> None:
        columns = {"a": {"type": "VARCHAR", "nullable": False, "enum": list(values), "max_length": 9}}
        shell.rules({"type": "schema", "columns": columns})

    shell.write("t.csv", "a\nx\n")
    declared("x", "y")
    assert shell.idqp("check").code == 0
    (column,) = shell.idqp("schema", "show", "t", "--format", "json").json
    assert column == {
        "column": "a", "type": "VARCHAR", "nullable": False, "required": True, "enum": "x, y", "min_length": None,
        "max_length": 9,
    }  # fmt: skip
    declared("x")
    ran, dataset = checked(shell)
    assert (ran.code, dataset["schema"]["changes"][0]["kind"]) == (1, "values_removed")


def test_two_checks_at_once_make_one_version_of_one_change(project: Shell) -> None:
    project.write("t.csv", "id,qty,day\n1,2,2024-01-01\n")
    command = [sys.executable, "-m", "idqp_cli", "check"]
    runs = [subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE) for _ in range(4)]
    for run in runs:
        run.communicate(timeout=60)
    assert [run.returncode for run in runs] == [0, 0, 0, 0]
    assert versions(project) == ["1.0.0", "1.1.0"]


def test_two_people_at_once_accept_one_change_once(project: Shell) -> None:
    project.write("t.csv", "id\n1\n")
    command = [sys.executable, "-m", "idqp_cli", "schema", "register", "t", "--accept", "-m", "yes"]
    runs = [
        subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)
    ]
    for run in runs:
        run.communicate(timeout=60)
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert versions(project) == ["1.0.0", "2.0.0"]


def test_check_names_who_breaks_and_records_nothing(project: Shell) -> None:
    project.write("t.csv", "id\nabc\ndef\n")
    ran = project.idqp("schema", "check", "t", "--format", "json")
    assert ran.code == 1
    assert [(row["change"], row["column"], row["breaks"]) for row in ran.json] == [
        ("removed", "qty", "writers"),
        ("type_changed", "id", "readers of old data, writers"),
    ]
    assert "breaks writers and readers of old data" in ran.err
    assert project.idqp("schema", "check", "t", "--mode", "none").code == 0
    assert versions(project) == ["1.0.0"]
    assert project.idqp("incident", "list", "--all", "--format", "json").json == []


def test_check_asks_the_versions_that_it_is_told(shell: Shell) -> None:
    shell.rules(schema="none")
    for text in ("a,b\n1,2\n", "a\n1\n"):
        checked(shell, text)
    assert versions(shell) == ["1.0.0", "2.0.0"]
    codes = {
        against: shell.idqp("schema", "check", "t", "--mode", "full", "--against", against).code
        for against in ("all", "latest", "1.0.0", "2.0.0", "9.9.9")
    }
    assert codes == {"all": 1, "latest": 0, "1.0.0": 1, "2.0.0": 0, "9.9.9": 2}
    assert shell.idqp("schema", "check", "t", "--mode", "full_transitive").code == 1
    assert shell.idqp("schema", "check", "t", "--mode", "full_transitive", "--last", "1").code == 0


def test_two_files_are_compared_without_a_store(shell: Shell) -> None:
    parquet(shell, "a.parquet", ("id", pa.int32(), True), ("price", pa.float64(), True))
    shell.write("b.csv", "id,price,day\n1,2.5,2024-01-01\n2,x3,2024-01-02\n3,x4,\n")
    ran = shell.idqp("schema", "diff", "a.parquet", "b.csv", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    assert [(row["change"], row["column"], row["before"], row["after"]) for row in ran.json] == [
        ("type_changed", "price", "DOUBLE", "VARCHAR"),
        ("added", "day", None, "DATE"),
    ]
    back = shell.idqp("schema", "diff", "b.csv", "a.parquet", "--format", "json").json
    assert [row["change"] for row in back] == ["removed", "type_changed"]
    assert shell.idqp("schema", "diff", "b.csv", "b.csv").out == "no difference\n"
    assert list(shell.folder.glob(".idqp*")) == []


def test_versions_are_compared_with_each_other_and_with_files(project: Shell) -> None:
    checked(project, "id,qty,day\n1,2,2024-01-01\n")
    one = project.idqp("schema", "diff", "t@1.0.0", "t", "--format", "json").json
    assert [(row["change"], row["column"]) for row in one] == [("added", "day")]
    two = project.idqp("schema", "diff", "t", "t.csv", "--format", "json").json
    assert two == []
    assert project.idqp("schema", "diff", "t@7.0.0", "t").code == 2


@pytest.mark.parametrize("form", ["json-schema", "frictionless", "odcs", "ddl"])
def test_an_exported_schema_is_imported_and_exported_the_same(project: Shell, form: str) -> None:
    exported = project.idqp("schema", "export", "t", "--format", form)
    assert exported.code == 0
    project.write("schema.txt", exported.out)
    imported = project.idqp("schema", "import", "t", "schema.txt", "--format", form, "--accept", "-m", "agreed")
    assert imported.code == 0
    assert project.idqp("schema", "export", "t", "--format", form).out == exported.out
    # A file says nothing of what a person declared.
    ran, dataset = checked(project)
    assert (ran.code, dataset["schema"]["status"]) == (0, "unchanged")


def test_an_imported_type_is_what_the_next_file_is_read_as(project: Shell) -> None:
    project.write("t.sql", "CREATE TABLE t (id INTEGER NOT NULL, qty DECIMAL(6,2))")
    project.idqp("schema", "import", "t", "t.sql", "--format", "ddl", "--accept", "-m", "agreed")
    ran, dataset = checked(project, "id,qty\n1,2.345\n")
    assert (ran.code, results(dataset)["parse"], dataset["schema"]["status"]) == (1, "failed", "unchanged")


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["register", "t", "--accept"], 2, "--accept needs to know why"),
        (["register", "t", "-m", "x"], 2, "say --accept too"),
        (["register", "t", "--accept", "-m", " "], 2, "--message is empty"),
        (["show", "nothing"], 2, "there is no dataset 'nothing'"),
        (["show", "t", "--version", "3.0.0"], 2, "there is no version 3.0.0"),
        (["diff", "t", "nothing.csv"], 2, "no version of its schema is registered"),
        (["import", "t", "gone.json", "--format", "odcs"], 2, "is not a file"),
        (["import", "t", "t.csv", "--format", "odcs"], 2, "cannot be read as odcs"),
        (["export", "t", "--format", "avro"], 2, "avro"),
        (["check", "t", "--mode", "sideways"], 2, "sideways"),
    ],
)
def test_bad_requests_are_one_line(project: Shell, words: list[str], code: int, reason: str) -> None:
    ran = project.idqp("schema", *words)
    assert (ran.code, ran.out) == (code, "")
    assert reason in ran.err
    assert ran.err.count("\n") == 1


def test_what_cannot_be_read_is_3(project: Shell) -> None:
    project.write("t.csv", b"\0\0")
    for word in ("check", "register"):
        assert project.idqp("schema", word, "t").code == 3


def test_an_empty_file_has_no_schema_to_lose(shell: Shell) -> None:
    shell.rules(allow_empty=True)
    shell.write("t.csv", FIRST)
    shell.idqp("check")
    ran, dataset = checked(shell, "")
    assert (ran.code, dataset["schema"], results(dataset)) == (0, None, {"parse": "passed"})
    assert versions(shell) == ["1.0.0"]
    assert shell.idqp("schema", "register", "t").code == 3


def test_a_file_of_no_rows_keeps_its_types(project: Shell) -> None:
    _, dataset = checked(project, "id,qty\n")
    assert (dataset["schema"]["status"], results(dataset)["schema"]) == ("unchanged", "passed")


def test_json_lines_are_read_as_they_were(shell: Shell) -> None:
    shell.rules(path="t.jsonl")
    for text, code, kinds in (
        ('{"id": 1, "qty": 2}\n{"id": 2, "qty": 3}\n', 0, []),
        ('{"id": 1, "qty": 2.5}\n', 0, ["guess_widened"]),
        ('{"id": 1, "qty": "abc"}\n{"id": 2, "qty": "abd"}\n', 1, []),
        ('{"id": 1}\n', 1, ["removed"]),
    ):
        shell.write("t.jsonl", text)
        ran = shell.idqp("check", "--format", "json")
        changes = ran.json["datasets"][0]["schema"]["changes"]
        assert (ran.code, [change["kind"] for change in changes]) == (code, kinds)


def test_files_that_differ_and_the_registry_are_one_result(shell: Shell) -> None:
    shell.rules(path="*.csv")
    shell.write("a.csv", "id,qty\n1,2\n")
    shell.write("b.csv", "id,qty\n1,2\n")
    assert shell.idqp("check").code == 0
    shell.write("b.csv", "id,quantity\n1,2\n")
    dataset = shell.idqp("check", "--format", "json").json["datasets"][0]
    (found,) = [result for result in dataset["results"] if result["type"] == "schema"]
    assert found["status"] == "failed"
    assert dataset["schema"]["version"] == "1.1.0"


def test_hostile_names_are_shown_harmless(shell: Shell) -> None:
    shell.rules()
    shell.write("t.csv", "id,\x1b[31mred\n1,2\n")
    shell.idqp("check")
    shell.write("t.csv", "id\n1\n")
    for words in (("check",), ("schema", "check", "t"), ("schema", "history", "t"), ("schema", "show", "t")):
        ran = shell.idqp(*words)
        assert "\x1b" not in ran.out + ran.err
    for form in ("json-schema", "frictionless", "odcs", "ddl"):
        assert json.dumps(shell.idqp("schema", "export", "t", "--format", form).out)
