"""The help pages: every command has true examples, nothing is cut, and the first page loads no command."""

from __future__ import annotations

import inspect
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest

from app_table import commands
from idqp_cli.cli.app import COMMANDS
from idqp_cli.cli.help import EXAMPLES

CALLED = [(words, command) for words, command in commands() if words and not hasattr(command, "list_commands")]
IDS = [" ".join(words) for words, _ in CALLED]


def examples(command: Any) -> list[str]:  # noqa: ANN401 - typer's own
    _, _, lines = inspect.cleandoc(command.help).partition(EXAMPLES)
    return [line.strip() for line in lines.splitlines() if line.strip()]


def page(words: tuple[str, ...], command: Any, width: int) -> str:  # noqa: ANN401
    settings = {**command.context_settings, "terminal_width": width, "max_content_width": width}
    with command.context_class(command, info_name=" ".join(("idqp", *words)), **settings) as context:
        return str(command.get_help(context))


@pytest.mark.parametrize(("words", "command"), CALLED, ids=IDS)
def test_every_example_is_a_call_of_its_command(words: tuple[str, ...], command: Any) -> None:  # noqa: ANN401
    found = examples(command)
    assert found
    for line in found:
        called = shlex.split(line.partition(">")[0].partition("<")[0], comments=True)
        assert called[: len(words) + 1] == ["idqp", *words]
        # Options that are not there, and values that cannot be, are refused here.
        command.make_context("idqp", called[len(words) + 1 :])


@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize(("words", "command"), CALLED, ids=IDS)
def test_no_sentence_is_cut(words: tuple[str, ...], command: Any, width: int) -> None:  # noqa: ANN401
    text = page(words, command, width)
    # Metavars are in capitals.
    assert re.search(r"[a-z,. ]\.\.\.", text) is None
    flat = " ".join(text.split())
    for one in command.params:
        if one.help:
            assert " ".join(one.help.split("  [")[0].split()) in flat


def test_the_first_page_loads_no_command() -> None:
    code = (
        "import sys; from idqp_cli.cli import app\n"
        "try: app.app(['--help'], prog_name='idqp')\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith('idqp_cli.cli.commands.')], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
    assert all(f"\n  {name}" in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["chekc"], "no such command 'chekc'; did you mean 'check'? See `idqp --help`"),
        (["incident", "resolv"], "no such command 'resolv'; did you mean 'resolve'? See `idqp incident --help`"),
        (["check", "--fromat", "json"], "no such option: --fromat; did you mean '--format'? See `idqp check --help`"),
        (["xyzzy"], "no such command 'xyzzy'; see `idqp --help`"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(words: list[str], told: str) -> None:
    done = subprocess.run([sys.executable, "-m", "idqp_cli", *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"idqp: error: {told}\n")
