"""The hooks, run by the real pre-commit in a real repository; idqp is the one that is installed here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from conftest import Shell
from generated import ROOT

BIN = Path(sys.executable).parent
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def repository(shell: Shell) -> Shell:
    # `language: python` would install idqp from an index once more; the rest of each hook is as it ships.
    hooks = [{**hook, "language": "system"} for hook in HOOKS]
    shell.write(".pre-commit-config.yaml", yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]}))
    shell.rules({"type": "range", "column": "id", "min": 0}, path="t.csv")
    shell.write("t.csv", "id\n1\n")
    git(shell, "init", "-q")
    run(shell, str(BIN / "pre-commit"), "install")
    git(shell, "add", "-A")
    return shell


def run(shell: Shell, *words: str) -> subprocess.CompletedProcess[str]:
    home = shell.folder.parent / f"{shell.folder.name}-home"
    home.mkdir(exist_ok=True)
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"),
    }  # fmt: skip
    return subprocess.run(words, cwd=shell.folder, env=env, capture_output=True, text=True, check=False, timeout=120)


def git(shell: Shell, *words: str) -> subprocess.CompletedProcess[str]:
    author = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    return run(shell, "git", *author, *words)


def test_the_manifest_is_one() -> None:
    manifest = str(ROOT / ".pre-commit-hooks.yaml")
    assert subprocess.run([BIN / "pre-commit", "validate-manifest", manifest], check=False).returncode == 0
    assert [hook["id"] for hook in HOOKS] == ["idqp-check", "idqp-lint"]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_good_commits_pass_and_bad_data_and_bad_rules_block(repository: Shell) -> None:
    good = git(repository, "commit", "-qm", "good")
    assert good.returncode == 0, good.stderr
    assert "check data files" in good.stderr
    again = run(repository, str(BIN / "pre-commit"), "run", "--all-files", "--verbose")
    assert again.returncode == 0
    assert "not changed since HEAD, and not checked: t" in again.stdout

    repository.write("t.csv", "id\n1\n-7\n")
    git(repository, "add", "-A")
    bad = git(repository, "commit", "-qm", "bad data")
    assert bad.returncode == 1
    assert "line 3: id = -7" in bad.stderr
    git(repository, "checkout", "-q", "HEAD", "t.csv")

    repository.rules({"type": "range", "column": "id", "mn": 0})
    git(repository, "add", "-A")
    bad = git(repository, "commit", "-qm", "bad rules")
    assert bad.returncode == 1
    assert "unknown key 'mn'; did you mean 'min'?" in bad.stderr
    assert git(repository, "log", "--format=%s").stdout == "good\n"


CHANGES: dict[str, Callable[[Shell], object]] = {
    "a file is deleted": lambda shell: git(shell, "rm", "-q", "orders.csv"),
    "a file is renamed": lambda shell: git(shell, "mv", "orders.csv", "moved.csv"),
    "a folder loses its last file": lambda shell: git(shell, "rm", "-qr", "days"),
    "a row that others refer to is removed": lambda shell: shell.write("people.csv", "id\n1\n"),
    "a key is in two files": lambda shell: shell.write("days/2.csv", "key\na\n"),
    "a rule is stricter": lambda shell: shell.write("rules.yaml", rules(least=2)),
}


def rules(least: int) -> str:
    orders = [
        {"type": "references", "column": "person", "dataset": "people", "to": ["id"]},
        {"type": "range", "column": "person", "min": least},
    ]
    datasets = {
        "orders": {"path": "orders.csv", "rules": orders},
        "people": {"path": "people.csv"},
        "days": {"path": "days/*.csv", "rules": [{"type": "unique", "column": "key"}]},
        "other": {"path": "other.csv"},
    }
    return str(yaml.safe_dump({"version": 1, "datasets": datasets}))


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_commit_is_judged_by_what_it_makes_of_datasets(repository: Shell) -> None:
    texts = {
        "orders.csv": "person\n1\n2\n",
        "people.csv": "id\n1\n2\n",
        "days/1.csv": "key\na\n",
        "other.csv": "x\n1\n",
    }
    for name, text in {**texts, "rules.yaml": rules(least=1)}.items():
        repository.write(name, text)
    git(repository, "add", "-A")
    assert git(repository, "commit", "-qm", "good").returncode == 0
    passed = []
    for what, change in CHANGES.items():
        change(repository)
        git(repository, "add", "-A")
        if git(repository, "commit", "-qm", what).returncode != 1:
            passed.append(what)
        git(repository, "reset", "-q", "--hard")
    assert passed == []
    # What is not staged is set aside, and blocks nothing.
    repository.write("other.csv", "x\n2\n")
    git(repository, "add", "other.csv")
    repository.write("people.csv", "id\n1\n")
    assert git(repository, "commit", "-qm", "staged").returncode == 0
