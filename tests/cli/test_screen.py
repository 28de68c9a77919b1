"""The report on a real terminal."""

from __future__ import annotations

import os
import re
import sys

import pexpect
import pytest

from conftest import Shell

COLOUR = re.compile("\x1b\\[[0-9;]*(3[0-7]|9[0-7])[0-9;]*m")


@pytest.fixture
def failing(shell: Shell) -> Shell:
    shell.write("t.csv", "id,qty\n1,5\n2,-7\n")
    shell.rules({"type": "range", "column": "qty", "min": 0}, key=["id"])
    return shell


def seen(shell: Shell, command: str, columns: int, **env: str) -> str:
    """Return what a terminal `columns` wide is sent."""
    # A worker of pytest-xdist has the width of its own terminal there, which would win.
    inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    terminal = pexpect.spawn(
        "bash", ["-c", command], cwd=str(shell.folder), dimensions=(40, columns), encoding="utf-8", timeout=60,
        env={**inherited, "IDQP_STORE": "", "TERM": "xterm", "LC_ALL": "C.UTF-8", **env},
    )  # fmt: skip
    terminal.expect(pexpect.EOF)
    terminal.close()
    return str(terminal.before)


@pytest.mark.parametrize("columns", [60, 200])
def test_it_holds_at_this_width_in_colour(failing: Shell, columns: int) -> None:
    text = seen(failing, f"{sys.executable} -m idqp_cli check", columns)
    assert COLOUR.search(text)
    lines = re.sub("\x1b\\[[0-9;]*m", "", text).splitlines()
    assert [line for line in lines if "idqp " not in line and len(line) > columns] == []
    assert not [line for line in lines if line.endswith(" ")]
    assert "  ✗ warning  range(qty)  incident 1, new" in lines


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_long_cells_in_quotes_stay_whole_at_their_ends(shell: Shell, columns: int) -> None:
    texts = ["shipped ", " shipped", "x" * 200 + " ", "many words " * 9, "sh\u200bipped " * 9]
    shell.write("t.csv", "id,note\n" + "".join(f'{number},"{text}"\n' for number, text in enumerate(texts)))
    shell.rules(
        {"type": "length", "column": "note", "max": 3}, {"type": "query", "sql": "SELECT id\nFROM t"}, key=["id"]
    )
    text = re.sub("\x1b\\[[0-9;]*m", "", seen(shell, f"{sys.executable} -m idqp_cli check -v", columns))
    lines = text.splitlines()
    assert [line for line in lines if "idqp " not in line and len(line) > columns] == []
    assert not [line for line in lines if line.endswith(" ") or line.strip() == "'"]
    joined = " ".join(line.strip() for line in lines)
    assert "note = 'shipped '" in joined
    assert "note = ' shipped'" in joined
    assert "x '" in joined
    assert "query  SELECT id FROM t" in joined


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_it_holds_without_colour(failing: Shell, env: dict[str, str]) -> None:
    assert not COLOUR.search(seen(failing, f"{sys.executable} -m idqp_cli check", 80, **env))


def test_what_takes_longer_than_a_second_says_what_it_does(failing: Shell) -> None:
    slow = f"(sleep 8; cat t.csv) | {sys.executable} -m idqp_cli check -"
    assert re.search(r"(starting|checking t), \d s", seen(failing, f"{slow} > report.txt", 80, LC_ALL="C"))
    assert (failing.folder / "report.txt").read_text(encoding="ascii").startswith("t  standard input - 2 rows")
    assert seen(failing, f"{slow} 2>&1 >report.txt | cat", 80) == ""


@pytest.mark.parametrize(("columns", "ends"), [(60, ""), (100, ""), (100, " 2>&1 | cat"), (100, " -q")])
def test_an_error_is_told_once_at_a_terminal_and_on_stderr_elsewhere(failing: Shell, columns: int, ends: str) -> None:
    failing.rules({"type": "range", "column": "gone", "min": 0}, {"type": "range", "column": "qty", "min": 0})
    command = f"{sys.executable} -m idqp_cli check{ends}"
    text = re.sub("\x1b\\[[0-9;]*m", "", seen(failing, command, columns))
    assert " ".join(text.split()).count("gone is not in the data") + text.count("'gone'") > 0
    assert ("idqp: error:" in text) is ("cat" in ends)
    assert re.search(r"! error  range\(gone\).*rules\.yaml:\d+", " ".join(text.splitlines()))
