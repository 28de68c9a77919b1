"""`idqp init --from`: what it writes, where, and what it says of what it does not take."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Shell
from idqp_cli.core.errors import IdqpError
from idqp_cli.importing import Tool
from idqp_cli.pipeline import beginning

CHECKS = """\
checks for t:
  - missing_count(a) = 0
  - no_such_metric(a) < 5
  - row_count > 0
"""


def test_all_is_taken(shell: Shell) -> None:
    shell.write("c.yml", "checks for t:\n  - missing_count(a) = 0\n")
    ran = shell.idqp("init", "--from", "soda", "c.yml")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "idqp: rules.yaml: 1 dataset, 1 rule\n"
    shell.write("t.csv", "a\n1\n,\n")
    assert shell.idqp("rule", "lint").code == 0
    assert "completeness" in (shell.folder / "rules.yaml").read_text()


def test_what_is_not_taken_is_a_comment_at_its_place_a_line_and_exit_code_1(shell: Shell) -> None:
    shell.write("c.yml", CHECKS)
    ran = shell.idqp("init", "--from", "soda", "c.yml")
    why = "c.yml:3: no_such_metric(a) < 5: 'no_such_metric' is not a check of SodaCL"
    assert ran.code == 1
    assert ran.err.splitlines() == [
        f"idqp: not converted: {why}",
        "idqp: rules.yaml: 1 dataset, 2 rules; 1 check not converted",
    ]
    lines = (shell.folder / "rules.yaml").read_text().splitlines()
    at = lines.index(f"      # not converted: {why}")
    assert "completeness" in lines[at - 1]
    assert "row_count" in lines[at + 1]
    assert shell.idqp("rule", "lint").code == 0


def test_what_says_nothing_is_left_out_and_what_contradicts_is_not_taken(shell: Shell) -> None:
    shell.write(
        "c.yml",
        "checks for t:\n  - missing_count(a) = 0\n  - missing_count(a) = 0\n  - row_count >= 0\n  - row_count > 5\n"
        "  - row_count < 3\n",
    )
    ran = shell.idqp("init", "--from", "soda", "c.yml")
    assert ran.code == 1
    lines = ran.err.splitlines()
    assert sum(line.startswith("idqp: left out: c.yml:") for line in lines) == 2
    assert sum(line.startswith("idqp: not converted: c.yml:6: row_count < 3: cannot pass where") for line in lines) == 1
    assert shell.idqp("rule", "lint").code == 0


def test_a_file_that_is_there_stays(shell: Shell) -> None:
    shell.write("c.yml", CHECKS)
    shell.write("rules.yaml", "mine")
    ran = shell.idqp("init", "--from", "soda", "c.yml")
    assert ran.code == 2
    assert "--force overwrites it" in ran.err
    assert (shell.folder / "rules.yaml").read_text() == "mine"
    assert shell.idqp("init", "--from", "soda", "c.yml", "--force").code == 1
    assert (shell.folder / "rules.yaml").read_text() != "mine"


def test_standard_output_is_the_rules_file_alone(shell: Shell) -> None:
    shell.write("c.yml", CHECKS)
    shell.write("rules.yaml", "mine")
    ran = shell.idqp("init", "--from", "soda", "c.yml", "--output", "-")
    assert ran.code == 1
    assert ran.out.startswith("# Made by idqp init --from soda of c.yml\nversion: 1\n")
    assert (shell.folder / "rules.yaml").read_text() == "mine"
    shell.write("other.yaml", ran.out)
    assert shell.idqp("rule", "lint", "other.yaml").code == 0


def test_where_the_data_is(shell: Shell) -> None:
    shell.write(
        "c.yml", "checks for t:\n  - row_count > 0\nchecks for u:\n  - row_count > 0\nchecks for v: [row_count > 0]\n"
    )
    shell.write("data/u.parquet", "")
    shell.write("sub/.keep", "")
    ran = shell.idqp("init", "--from", "soda", "c.yml", "--path", "t=in/t_*.csv", "-o", "sub/rules.yaml")
    assert ran.code == 0
    text = (shell.folder / "sub/rules.yaml").read_text()
    assert "path: ../in/t_*.csv\n" in text.replace("'", "")
    assert "path: ../data/u.parquet\n" in text.replace("'", "")
    assert "The path is a guess" in text
    assert shell.idqp("init", "--from", "soda", "c.yml", "--path", "x=y", "-o", "b.yaml").code == 2


def test_variables_are_filled_or_kept(shell: Shell) -> None:
    shell.write("c.yml", "filter t [d]:\n  where: a = ${DAY}\nchecks for t [d]:\n  - row_count > ${LEAST}\n")
    ran = shell.idqp("init", "--from", "soda", "c.yml")
    assert ran.code == 1
    assert "the variable LEAST has no value; set it with --set LEAST=…" in ran.err
    ran = shell.idqp("init", "--from", "soda", "c.yml", "--set", "LEAST=5", "--force")
    assert ran.code == 0
    assert "the variable DAY has its value from --set DAY=… at each check" in ran.err
    assert shell.idqp("rule", "lint").code == 2
    assert shell.idqp("rule", "lint", "--set", "DAY=1").code == 0


STRANGE = [
    "a: [", "\t- x", "checks for t: 5", "- 1\n- 2", "null", "", "{{ x }}", "&a [*a]", "checks for t: {a: {b: [c]}}",
    "checks for t:\n  - ? [a]\n    : b", "checks for t:\n  - [[[]]]\n  - {}\n  -\n  - 5\n  - x: {y: 1}", "\x00", "[" * 5000,
    "a: &a [x, x]\nb: &b [*a, *a]\n" + "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}' if n else '*b'] * 9)}]\n" for n in range(12)),
    "checks for t:\n  - 'missing_count(\"a\"\"b\") = 0':\n      name: \"x\\ny\\u202e\"\n      filter: \"a) OR (1=1\"",
    "columns: 5", "models: {a: 5}", "sources: [1]", "steps: [1, {a: b}]", "expectations: {a: 1}", "checks: 7",
    "schema: 3\napiVersion: v3", "resources: [{schema: 5}]", "fields: [1]", "- check: 5", "columns: {a: 5, b: [1]}",
    '{"properties": {"a": 5, "b": {"enum": 7}}}', ".isX(" * 100_000, "x.col_vals_gt(columns='a', value=" + "1+" * 3000 + "1)",
    ".isContainedIn('a', " + "[" * 3000 + "]" * 3000 + ")", "{{" * 50_000, "t = DataFrameSchema({'a': Column(" + "-" * 3000 + "1)})",
]  # fmt: skip


@pytest.mark.parametrize("tool", list(Tool))
@pytest.mark.parametrize("ending", ["yml", "py", "scala"])
def test_strange_input_is_a_line_and_never_a_traceback(tool: Tool, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"c.{ending}"
    for content in STRANGE:
        path.write_text(content, encoding="utf-8")
        lines: list[object] = []
        try:
            lines += beginning.imported(tool, [str(path)], {}, {}, "-").untaken
        except IdqpError as error:
            lines.append(error)
        assert all("\n" not in str(line) for line in lines)


@pytest.mark.parametrize(
    "words",
    [["init"], ["init", "--from", "soda"], ["init", "--from", "soda", "no.yml"], ["init", "--from", "soda", "."]],
)
def test_what_is_asked_wrongly(shell: Shell, words: list[str]) -> None:
    ran = shell.idqp(*words)
    assert (ran.code, ran.err.count("\n")) == (2, 1)


def test_a_file_of_another_tool_or_of_none_is_told(shell: Shell) -> None:
    files = {
        "soda": "checks for t:\n  - row_count > 0\n",
        "dbt": "models:\n  - {name: t, columns: [{name: a, tests: [unique]}]}\n",
        "gx": '{"expectations": [{"expectation_type": "expect_column_to_exist", "kwargs": {"column": "a"}}]}',
        "odcs": "apiVersion: v3.0.0\nschema: [{name: t, properties: [{name: a}]}]\n",
        "frictionless": "fields: [{name: a}]\n",
        "jsonschema": "type: object\nproperties: {a: {type: integer}}\n",
        "deequ": "- {check: {function: is_not_null, arguments: {column: a}}}\n",
    }
    for name, text in files.items():
        shell.write(f"{name}.yaml", text)
        for other in ("dbt", "soda", "gx", "provero"):
            if other == name:
                continue
            ran = shell.idqp("init", "--from", other, f"{name}.yaml", "--output", "-")
            assert ran.code == 1
            assert ran.err.splitlines()[0].endswith(
                f"{name}.yaml:1: the file: it looks like a file of {name}, not of {other}: idqp init --from {name}"
            ), ran.err
    shell.write("nothing.yml", "# models:\n#   - name: t\n")
    for tool in ("dbt", "soda", "gx", "odcs"):
        ran = shell.idqp("init", "--from", tool, "nothing.yml", "--output", "-")
        assert ran.code == 1
        assert f"it contains nothing of {tool} to convert" in ran.err
    shell.write("code.py", "import os\n")
    for tool in ("gx", "pointblank", "pandera", "deequ"):
        ran = shell.idqp("init", "--from", tool, "code.py", "--output", "-")
        assert ran.code == 1
        assert "code.py:1: the file: it contains no " in ran.err
