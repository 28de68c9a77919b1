"""Columns under `pii` in the rules file: no command that looks at their data without rules shows a cell of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import Shell

SURNAMES = ["Quarkovich", "Zymbalist", "Oxtoberg", "Vrindavan", "Yggdrasson"]
HEADER = 'id,state,surname,"e, ""mail"""\n'
PATHS: dict[str, tuple[str, str]] = {
    "a file": ("people.csv", "people.csv"),
    "a glob": ("peo*.csv", "people.csv"),
    "a glob on both sides": ("*.csv", "pe*.csv"),
    "a folder of the rules": (".", "people.csv"),
    "a folder": ("people.csv", "."),
    "another name": ("./people.csv", "link.csv"),
}
COMMANDS: dict[str, tuple[str, ...]] = {
    "profile": ("profile", "{path}"),
    "profile json": ("profile", "{path}", "--format", "json"),
    "profile html": ("profile", "{path}", "--format", "html"),
    "profile markdown": ("profile", "{path}", "--format", "markdown"),
    "suggest": ("suggest", "{path}", "--min-confidence", "0.1"),
    "suggest json": ("suggest", "{path}", "--format", "json"),
    "suggest against": ("suggest", "{path}", "--against", "people.csv"),
    "init": ("init", "{path}", "--output", "other.yaml"),
    "init to standard output": ("init", "{path}", "--output", "-"),
    "check": ("check", "{path}", "--no-store", "--format", "json"),
}


@pytest.fixture
def people(shell: Shell) -> Shell:
    lines = "".join(
        f"{number},{('open', 'closed')[number % 2]},{SURNAMES[number % 5]},{SURNAMES[number % 5]}{number}@example.com\n"
        for number in range(200)
    )
    # An odd spelling, a number among names, and words for no value.
    shell.write("people.csv", f"{HEADER}{lines}200,open,quarkovich ,NA\n201,NA,NA,Zymbalist\nx,open,7,n/a\n")
    (shell.folder / "link.csv").symlink_to("people.csv")
    return shell


def rules(folder: Path, path: str, pii: object) -> None:
    text = {
        "version": 1,
        "datasets": {"people": {"path": path, "pii": pii, "rules": [{"type": "row_count", "min": 1}]}},
    }
    (folder / "rules.yaml").write_text(json.dumps(text), encoding="utf-8")


def shown(shell: Shell, command: str, path: str) -> str:
    ran = shell.idqp(*(word.format(path=path) for word in COMMANDS[command]))
    assert ran.code in {0, 1, 3}, ran.err
    written = shell.folder / "other.yaml"
    return ran.out + ran.err + (written.read_text(encoding="utf-8") if written.exists() else "")


def leaked(text: str) -> list[str]:
    return [name for name in SURNAMES if name.casefold() in text.casefold()]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_cell_of_a_column_under_pii_is_shown(people: Shell, command: str) -> None:
    rules(people.folder, "people.csv", ["SURNAME", 'e, "mail"'])
    assert leaked(shown(people, command, "people.csv")) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_no_cell_that_looks_personal_is_shown(people: Shell, command: str) -> None:
    rules(people.folder, "people.csv", "auto")
    assert leaked(shown(people, command, "people.csv")) == []


@pytest.mark.parametrize("paths", PATHS)
def test_the_dataset_of_a_file_is_known_by_any_path(people: Shell, paths: str) -> None:
    of_rules, asked = PATHS[paths]
    rules(people.folder, of_rules, ["surname", 'e, "mail"'])
    text = shown(people, "profile", asked)
    assert leaked(text) == []
    assert 'not looked at, since they are under pii: surname, e, "mail"' in text


def test_what_nobody_put_under_pii_is_shown(people: Shell) -> None:
    assert set(leaked(shown(people, "profile", "people.csv"))) == set(SURNAMES)
    rules(people.folder, "others.csv", ["surname", 'e, "mail"'])
    assert set(leaked(shown(people, "profile", "people.csv"))) == set(SURNAMES)


def test_what_init_writes_keeps_pii(people: Shell) -> None:
    rules(people.folder, "people.csv", ["surname", 'e, "mail"'])
    assert "pii: [surname, 'e, \"mail\"']" in shown(people, "init", "people.csv")
    rules(people.folder, "people.csv", "auto")
    (people.folder / "other.yaml").unlink()
    assert "pii: auto" in shown(people, "init", "people.csv")


@pytest.mark.parametrize(
    ("command", "code"),
    [(("profile", "people.csv"), 2), (("suggest", "people.csv"), 2), (("init", "people.csv", "--force"), 0)],
)
def test_a_rules_file_that_cannot_be_read_is_an_error_and_init_begins_beside_it(
    people: Shell, command: tuple[str, ...], code: int
) -> None:
    people.write("rules.yaml", "version: 1\ndatasets: {people: {pii: [surname}}\n")
    ran = people.idqp(*command)
    assert ran.code == code, ran.err
    assert code == 0 or leaked(ran.out + ran.err) == []
