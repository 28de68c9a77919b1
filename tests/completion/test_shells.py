"""The completion scripts in the shells themselves: what a key press puts on the line, and what the shell makes of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pexpect
import pytest

from conftest import Shell
from generated import ROOT
from idqp_cli.cli.completion import shells

ODD = 'it\'s "odd" $(touch pwned) `id`; & | * é'
SETUP = {
    "bash": "source {script}; complete -F _idqp show",
    "zsh": "autoload -Uz compinit; compinit -u -D; source {script}; compdef _idqp show; bindkey '^I' expand-or-complete",
}
START = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}
# What is typed before the key, and the words that the shell then reads.
LINES = [
    ("show che\t", ["check"]),
    ("show check fli\t", ["check", "flights"]),
    ("show check --form\tjs\t", ["check", "--format", "json"]),
    ("show check --format=js\t", ["check", "--format=json"]),
    ("show ack \t", ["ack", "1"]),
    ("show check --select it\t", ["check", "--select", ODD]),
    ("show check --rules ru\t", ["check", "--rules", "rules.yaml"]),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    shell = Shell(tmp_path_factory.mktemp("shells"))
    shell.write("f.csv", "id\n-1\n")
    shell.write("rules.yaml", (
        "version: 1\ndatasets:\n  flights:\n    path: f.csv\n    rules:\n"
        f"      - {{type: range, column: id, min: 0, name: '{ODD.replace(chr(39), chr(39) * 2)}'}}\n"
    ))  # fmt: skip
    (shell.folder / "bin").mkdir()
    idqp = shell.folder / "bin/idqp"
    idqp.write_text(f'#!/bin/sh\nexec {sys.executable} -m idqp_cli "$@"\n')
    idqp.chmod(0o755)
    assert shell.idqp("check").code == 1
    return shell


def environment(shell: Shell) -> Mapping[str, str]:
    found = {
        **os.environ,
        "PATH": f"{shell.folder}/bin:{os.environ['PATH']}",
        "HOME": str(shell.folder),
        "LC_ALL": "C.UTF-8",
    }
    return {**found, "IDQP_STORE": "", "TERM": "dumb", "PS1": "$ "}


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_a_key_completes_the_line(project: Shell, name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"needs {name}")
    script = ROOT / "completions" / shells.FILES[name]
    child = pexpect.spawn(
        name, START[name], cwd=str(project.folder), env=dict(environment(project)), encoding="utf-8", timeout=30,
        dimensions=(40, 300),
    )  # fmt: skip
    try:
        child.sendline(
            "show() { printf '<<%s>>' \"$@\"; echo; }; PS1='$ '; "
            + SETUP[name].format(script=script)
            + "; echo rea''dy"
        )
        child.expect("ready")
        for line, words in LINES:
            child.send(line)
            child.send("\n")
            child.expect("".join(re.escape(f"<<{word}>>") for word in words))
    finally:
        child.close(force=True)
    assert not (project.folder / "pwned").exists()


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_completes_the_line(project: Shell) -> None:
    script = ROOT / "completions/idqp.fish"
    for line, words in LINES:
        typed = line.split("\t")[0] if line.count("\t") == 1 else "show check --format js"
        asked = f"source {script}; complete -C {fish_quoted(typed.replace('show', 'idqp', 1))}"
        done = subprocess.run(["fish", "--no-config", "-c", asked], cwd=project.folder, env=environment(project), capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
        found = [one.split("\t")[0] for one in done.stdout.splitlines()]
        assert words[-1] in found, (line, done.stdout, done.stderr)
    assert not (project.folder / "pwned").exists()


def fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="needs PowerShell")
def test_powershell_completes_the_line(project: Shell) -> None:
    script = ROOT / "completions/idqp.ps1"
    for line, words in LINES[:5]:
        typed = line.split("\t")[0].replace("show", "idqp", 1)
        asked = f". '{script}'; (TabExpansion2 '{typed}' {len(typed)}).CompletionMatches.ListItemText"
        done = subprocess.run(["pwsh", "-NoProfile", "-Command", asked], cwd=project.folder, env=environment(project), capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
        assert words[-1] in done.stdout.splitlines() or line.count("\t") > 1


def test_the_powershell_script_is_balanced_and_asks_as_the_others_do() -> None:
    # PowerShell is not everywhere: without it, only this can be said of the script.
    text = Path(ROOT / "completions/idqp.ps1").read_text(encoding="utf-8")
    for opening, closing in ("()", "{}", "[]"):
        assert text.count(opening) == text.count(closing)
    assert "& idqp complete -- @words $open" in text
    assert text.isascii()
