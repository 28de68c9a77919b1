"""What is slow to load is loaded only by what needs it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import idqp_cli
from conftest import rules_text

HEAVY = {
    "duckdb",
    "numpy",
    "pyarrow",
    "sklearn",
    "pandas",
    "rich",
    "sqlite_utils",
    "psycopg",
    "bcrypt",
    "fastapi",
    "pydantic",
    "jwt",
    "cryptography",
}


def loaded(folder: Path, *words: str) -> tuple[set[str], int]:
    """Return which heavy packages `idqp words…` has loaded when it exits, and its exit code."""
    program = (
        "import sys, json, idqp_cli.cli.app as cli\n"
        "try: cli.main()\n"
        "except SystemExit as end: code = end.code\n"
        "print('\\n' + json.dumps([sorted(sys.modules), int(code or 0)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=folder, capture_output=True, text=True, check=True, timeout=60, env={**os.environ, "IDQP_STORE": ""},
    )  # fmt: skip
    modules, code = json.loads(done.stdout.splitlines()[-1])
    return HEAVY & {name.partition(".")[0] for name in modules}, code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "t.csv").write_text("id\n1\n-2\n")
    (tmp_path / "rules.yaml").write_text(rules_text([{"type": "range", "column": "id", "min": 0}]))
    return tmp_path


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["check", "--help"]])
def test_help_loads_nothing_heavy(folder: Path, words: list[str]) -> None:
    assert loaded(folder, *words) == (set(), 0)


def test_a_check_loads_duckdb_and_sqlite_utils_only_for_a_new_store(folder: Path) -> None:
    first, code = loaded(folder, "check")
    assert (first >= {"duckdb", "sqlite_utils"}, code) == (True, 1)
    assert loaded(folder, "check") == ({"duckdb"}, 1)


def test_ack_loads_nothing_heavy(folder: Path) -> None:
    loaded(folder, "check")
    assert loaded(folder, "ack", "1", "-m", "known") == (set(), 0)
    assert loaded(folder, "incident", "show", "1") == (set(), 0)


@pytest.mark.parametrize("line", ["check ", "check --select ", "ack ", "check --"])
def test_an_answer_to_a_shell_loads_neither_the_app_nor_anything_heavy(folder: Path, line: str) -> None:
    program = (
        "import sys, json\n"
        "from idqp_cli.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    loaded(folder, "check")
    done = subprocess.run(
        [sys.executable, "-c", program, "complete", "--", *line.split(" ")],
        cwd=folder, capture_output=True, text=True, check=True, timeout=60, env={**os.environ, "IDQP_STORE": ""},
    )  # fmt: skip
    answer, modules = done.stdout.rsplit("\n", 2)[0], json.loads(done.stdout.splitlines()[-1])
    assert answer.strip()
    assert not {"typer", "click", "idqp_cli.cli.app", *HEAVY} & set(modules)


def test_no_imports_go_in_a_circle() -> None:
    package = Path(idqp_cli.__file__).parent
    paths = {".".join(path.relative_to(package.parent).with_suffix("").parts): path for path in package.rglob("*.py")}
    graph: dict[str, set[str]] = {}
    for name, path in paths.items():
        at_once = [one for one in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(one, ast.ImportFrom)]
        named = {f"{one.module}.{alias.name}" for one in at_once for alias in one.names}
        named |= {str(one.module) for one in at_once if f"{one.module}.__init__" not in paths}
        graph[name] = {one for one in named if one in paths}
    assert list(TopologicalSorter(graph).static_order())
