"""What is wrong with a cell can be seen, wherever it is shown."""

from __future__ import annotations

import json

import pytest

from conftest import Shell

FORMATS = ["table", "markdown", "github", "html", "junit", "sarif"]
ENTITIES = {"&#39;": "'", "&apos;": "'", "\\\\": "\\"}
ROWS = [("shipped ", "'shipped '"), ("", "''"), ("ship\u200bped", r"'ship\u200bped'"), ("ship\xa0ped", r"'ship\xa0ped'"), ("\ufeffshipped", r"'\ufeffshipped'"), ("sh\u202eipped", r"'sh\u202eipped'"), ("shippe\u0301d", r"'shippe\u0301d'"), ("sh\u0456pped", r"'sh\u0456pped'")]  # fmt: skip


@pytest.fixture
def failing(shell: Shell) -> Shell:
    body = "".join(f'{number},"{cell}"\n' for number, (cell, _) in enumerate(ROWS))
    shell.write("t.csv", "id,status\n" + body)
    shell.write("rules.yaml", json.dumps({"version": 1, "defaults": {"samples": 20}, "datasets": {"t": {
        "path": "t.csv", "key": ["id"], "rules": [{"type": "accepted_values", "column": "status", "values": ["shipped", "open "]}],
    }}}))  # fmt: skip
    return shell


@pytest.mark.parametrize("form", FORMATS)
def test_cells_are_quoted_in_every_format(failing: Shell, form: str) -> None:
    ran = failing.idqp("check", "--format", form)
    assert ran.code == 1
    text = ran.out
    for written, character in ENTITIES.items():
        text = text.replace(written, character)
    for _, shown in ROWS[: 3 if form == "table" else None]:
        assert shown in text
    assert "is none of shipped, 'open '" in text


def test_json_keeps_cells_as_they_are(failing: Shell) -> None:
    samples = failing.idqp("check", "--format", "json").json["datasets"][0]["results"][-1]["samples"]
    assert [one["values"]["status"] for one in samples] == [cell for cell, _ in ROWS]


def test_incident_show_quotes_cells(failing: Shell) -> None:
    assert failing.idqp("check").code == 1
    shown = failing.idqp("incident", "show", "1").out
    for _, cell in ROWS[:5]:
        assert f"status = {cell}" in shown


@pytest.mark.parametrize("form", FORMATS)
def test_a_pii_cell_is_shown_in_no_way(failing: Shell, form: str) -> None:
    failing.rules({"type": "accepted_values", "column": "status", "values": ["open"]}, key=["id"], pii=["status"])
    assert "hipped" not in failing.idqp("check", "--format", form).out


@pytest.mark.parametrize("form", FORMATS)
def test_sql_without_a_name_is_shown(shell: Shell, form: str) -> None:
    shell.write("t.csv", "id,n\n1,2\n")
    shell.rules(
        {"type": "query", "sql": "SELECT n\n  FROM t\n WHERE id = 1"},
        {"type": "query", "sql": "SELECT 2 AS two", "name": "named"},
        {"type": "expression", "expression": "n\n = 3"},
    )
    text = shell.idqp("check", "--format", form).out
    assert "SELECT n FROM t WHERE id = 1" in text
    assert "SELECT 2" not in text
    assert text.count("n = 3") == {"table": 1, "markdown": 1, "github": 2, "html": 1, "junit": 2, "sarif": 1}[form]


def test_sql_without_a_name_is_shown_where_it_passes_or_fails_to_bind(shell: Shell) -> None:
    shell.write("t.csv", "id,n\n1,2\n")
    shell.rules({"type": "expression", "expression": "n = 2"}, {"type": "expression", "expression": "gone = 2"})
    text = shell.idqp("check", "-v").out
    assert "✓ expression  n = 2  none of 1 row fails" in text
    assert "! error  expression_2  gone = 2" in text


@pytest.mark.parametrize("form", ["table", "markdown", "github", "junit"])
def test_of_a_wide_row_a_line_shows_the_first_cells(shell: Shell, form: str) -> None:
    row = ",".join(f"v{number}" for number in range(40))
    shell.write("t.csv", ",".join(f"c{number}" for number in range(40)) + f"\n{row}\n{row}\n")
    shell.rules({"type": "duplicates"})
    out = " ".join(shell.idqp("check", "--no-store", "--format", form).out.split())
    assert "c11 = v11, and 28 more columns" in out
    assert "c12" not in out
    (rule,) = [
        one
        for one in shell.idqp("check", "--no-store", "--format", "json").json["datasets"][0]["results"]
        if one["samples"]
    ]
    assert len(rule["samples"][0]["values"]) == 40
