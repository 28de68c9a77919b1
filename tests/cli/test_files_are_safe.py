"""No command writes over a file that it did not write: every output option against every path that a check reads."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Shell
from idqp_cli.report.formats import Format

ROWS = "id,amount\n1,5\n2,-3\n"
RULES = {
    "version": 1,
    "datasets": {
        "flights": {"path": "data/flights.csv", "rules": [{"type": "range", "column": "amount", "min": 0}]},
        "Orders": {"path": "data/o-*.csv", "rules": []},
        "parts": {"path": "parts", "rules": []},
        "other": {"path": "other/other.csv", "rules": [{"type": "references", "column": "id", "dataset": "flights", "to": "id"}]},
        "drifting": {"path": "other/now.csv", "rules": [
            {"type": "drift", "column": "amount", "baseline": {"file": "other/then.csv"}},
        ]},
    },
}  # fmt: skip
DATA = (
    "data/flights.csv", "data/o-1.csv", "data/o-2.csv", "parts/a.csv", "parts/b/c.csv",
    "other/other.csv", "other/now.csv", "other/then.csv",
)  # fmt: skip


@pytest.fixture
def project(shell: Shell) -> Shell:
    for path in DATA:
        (shell.folder / path).parent.mkdir(parents=True, exist_ok=True)
        shell.write(path, ROWS)
    shell.write("rules.yaml", json.dumps(RULES))
    return shell


def contents(shell: Shell) -> dict[str, str]:
    return {path: (shell.folder / path).read_text(encoding="utf-8") for path in (*DATA, "rules.yaml")}


def straight(folder: Path, path: str) -> str:
    return str(folder / path)


def relative(_: Path, path: str) -> str:
    return os.path.join("data", "..", path)


def link(folder: Path, path: str) -> str:
    (folder / "link").symlink_to(folder / path)
    return "link"


def hard_link(folder: Path, path: str) -> str:
    (folder / "hard").hardlink_to(folder / path)
    return "hard"


def folder_link(folder: Path, path: str) -> str:
    (folder / "there").symlink_to((folder / path).parent)
    return os.path.join("there", os.path.basename(path))


@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", [straight, relative, link, hard_link, folder_link], ids=lambda way: way.__name__)
@pytest.mark.parametrize(
    ("option", "path"),
    [("--output", path) for path in (*DATA, "rules.yaml")] + [("--metrics-file", path) for path in (DATA[0], DATA[-1])],
)
def test_no_report_is_written_over_what_is_read(
    project: Shell, option: str, path: str, way: Callable[[Path, str], str]
) -> None:
    before, target = contents(project), way(project.folder, path)
    words = ["flights"] if path.startswith("parts") else []
    ran = project.idqp("check", *words, "--no-store", option, f"json={target}" if option == "--output" else target)
    # A hard link to a file in a folder is found out only when it is about to be replaced.
    assert ran.code == (4 if way is hard_link and path.startswith("parts") else 2), ran.err
    assert contents(project) == before


@pytest.mark.parametrize("option", ["--quarantine", "--good"])
@pytest.mark.parametrize("folder", ["data", "DATA/../data", "parts/new", "other", "here"])
def test_no_rows_are_written_among_what_is_read(project: Shell, option: str, folder: str) -> None:
    (project.folder / "DATA").mkdir(exist_ok=True)
    (project.folder / "here").symlink_to(project.folder / "data")
    project.write("rules.yaml", json.dumps(RULES).replace('"other":', '"now":').replace('"Orders":', '"o-3":'))
    before = contents(project)
    ran = project.idqp("check", "--no-store", option, folder)
    assert ran.code == 2, ran.err
    assert "would overwrite checked data" in ran.err
    assert contents(project) == before
    assert not list(project.folder.glob("data/*.part")) + list(project.folder.glob("**/o-3.csv"))


@pytest.mark.parametrize(
    "words",
    [
        ["--quarantine", "out", "--good", "out"],
        ["--quarantine", "out", "--good", "./out/../out"],
        ["--quarantine", "out", "--output", "json=out/flights.csv"],
        ["--output", "json=r", "--output", "html=./r"],
        ["--output", "json=r", "--metrics-file", "r"],
        ["--output", "json=R.json", "--metrics-file", "r.json"],
    ],
)
def test_two_outputs_never_share_a_path(project: Shell, words: list[str]) -> None:
    ran = project.idqp("check", "flights", "--no-store", *words)
    assert ran.code == 2
    assert "two outputs would be written to this file" in ran.err or "is named twice" in ran.err
    assert not (project.folder / "r").exists()
    assert not list(project.folder.glob("out/*.csv"))


def test_two_datasets_whose_rows_would_share_a_file(shell: Shell) -> None:
    shell.write("a.csv", ROWS)
    shell.write("A.csv", ROWS)
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": {"t": {"path": "a.csv"}, "T": {"path": "A.csv"}}}))
    ran = shell.idqp("check", "--no-store", "--good", "out")
    assert (ran.code, "two outputs would be written to this file" in ran.err) == (2, True)


@pytest.mark.parametrize("form", list(Format))
def test_a_report_is_replaced_by_the_next_and_another_file_is_not(project: Shell, form: Format) -> None:
    for dataset in ("flights", "Orders", "parts"):
        assert project.idqp("check", dataset, "--no-store", "-o", f"{form}=report").code in {0, 1}
    project.write("notes.txt", "what I wrote myself\n")
    ran = project.idqp("check", "flights", "--no-store", "-o", f"{form}=notes.txt")
    assert ran.code == 4
    assert "notes.txt: the" in ran.err
    assert "idqp did not write it" in ran.err
    assert (project.folder / "notes.txt").read_text(encoding="utf-8") == "what I wrote myself\n"
    project.write("empty", "")
    assert project.idqp("check", "flights", "--no-store", "-o", f"{form}=empty").code == 1


def test_metrics_are_replaced_and_another_file_is_not(project: Shell) -> None:
    for _ in range(2):
        assert project.idqp("check", "flights", "--no-store", "--metrics-file", "idqp.prom").code == 1
    project.write("mine.prom", "node_load1 1\n")
    ran = project.idqp("check", "flights", "--no-store", "--metrics-file", "mine.prom")
    assert (ran.code, (project.folder / "mine.prom").read_text(encoding="utf-8")) == (4, "node_load1 1\n")


@pytest.mark.parametrize("option", ["--quarantine", "--good"])
def test_rows_set_apart_are_replaced_and_another_file_is_not(project: Shell, option: str) -> None:
    for _ in range(2):
        assert project.idqp("check", "flights", "--no-store", option, "out").code == 1
    project.write("out/flights.csv", "what I changed\n")
    ran = project.idqp("check", "flights", "--no-store", option, "out")
    assert ran.code == 4
    assert "out/flights.csv: is there, and not as idqp wrote it" in ran.err
    assert (project.folder / "out" / "flights.csv").read_text(encoding="utf-8") == "what I changed\n"


# Files of people, each with marks that reports of idqp have too.
MARKED = {
    "package.json": '{\n  "name": "idqp",\n  "version": "1.0.0"\n}\n',
    "keys.json": '{"audit_head": "1:a", "datasets": [], "version": 1}\n',
    "report.json": json.dumps({"version": 1, "run_id": "1", "audit_head": None, "datasets": [], "mine": True}),
    "merged.sarif": json.dumps({"$schema": "s", "version": "2.1.0", "runs": [
        {"tool": {"driver": {"name": "idqp", "version": "1", "rules": []}}, "results": []}, {"tool": {}},
    ]}),
    "suites.xml": '<?xml version="1.0"?>\n<testsuites name="idqp"><testsuite name="mine"/></testsuites>\n',
    "notes.md": "## idqp: failed\n\n1 dataset failed in 1.23 s\n\nWhat I think of it.\n",
    "plain.txt": "what I do\nfailed: 1 dataset failed in 0.12 s\n",
    "ci.log": "building\nidqp: passed: 1 dataset passed in 0.1 s\n",
    "page.html": "<!DOCTYPE html>\n<html><body>mine<footer>idqp 1.0, run 01a2</footer></body></html>\n",
    "node.prom": '# HELP idqp_info x\n# TYPE idqp_info gauge\nidqp_info{version="1"} 1\nnode_load1 1\n',
    "mine.prom": "# HELP idqp_mine x\nidqp_mine 1\n",
}  # fmt: skip


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.one_in(2)
def test_a_file_of_a_person_survives_whatever_marks_it_has(project: Shell, name: str) -> None:
    project.write(name, MARKED[name])
    outputs = [word for form in Format for word in ("-o", f"{form}={name}")]
    for words in (*(outputs[place : place + 2] for place in range(0, len(outputs), 2)), ["--metrics-file", name]):
        ran = project.idqp("check", "flights", "--no-store", *words)
        assert (ran.code, "idqp did not write it" in ran.err) == (4, True), words
    assert (project.folder / name).read_text(encoding="utf-8") == MARKED[name]


@pytest.mark.parametrize("form", list(Format))
def test_a_report_that_a_person_changed_is_no_longer_one(project: Shell, form: Format) -> None:
    words = ("check", "flights", "--no-store", "-o", f"{form}=report")
    for _ in range(3):
        assert project.idqp(*words).code == 1
    written = (project.folder / "report").read_text(encoding="utf-8")
    changed = written.replace('"version"', '"mine": 1, "version"', 1) if written.startswith("{") else written + "mine\n"
    project.write("report", changed)
    assert project.idqp(*words).code == 4
    assert (project.folder / "report").read_text(encoding="utf-8") == changed


def test_reports_and_rows_in_one_folder_are_all_known_again(project: Shell) -> None:
    words = ("-o", "markdown=out/a.md", "-o", "table=out/a.txt", "-o", "json=out/a.json", "--quarantine", "out")
    for _ in range(2):
        assert project.idqp("check", "flights", "--no-store", *words).code == 1
