"""`--changed-since`: what git knows to be as it was is not checked."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from conftest import Ran, Shell
from idqp_cli.pipeline import changes, targets
from idqp_cli.pipeline import git as revisions
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project as config

RULES: dict[str, Any] = {
    "version": 1,
    "datasets": {
        "a": {"path": "data/a.csv", "rules": [{"type": "references", "column": "id", "dataset": "b"}]},
        "b": {"path": "data/b.csv"},
        "days": {"path": "days/**/*.csv"},
        "outside": {"path": "../outside.csv"},
    },
}


def git(shell: Shell, *words: str) -> None:
    author = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *author, *words], cwd=shell.folder, check=True, capture_output=True)


@pytest.fixture
def repository(shell: Shell) -> Shell:
    inner = Shell(shell.folder / "repo")
    inner.write(
        "rules.yaml", json.dumps({**RULES, "datasets": {k: v for k, v in RULES["datasets"].items() if k != "outside"}})
    )
    for name in ("data/a.csv", "data/b.csv", "days/1.csv", "days/é/2.csv"):
        inner.write(name, "id\n1\n")
    inner.write(".gitignore", ".idqp/\nignored/\n")
    git(inner, "init", "-q")
    git(inner, "add", "-A")
    git(inner, "commit", "-qm", "first")
    return inner


def checked(shell: Shell, *words: str, since: str = "HEAD") -> list[str]:
    """Return the names of the datasets that are left to check."""
    project = config.load(str(shell.folder / "rules.yaml"), {})
    asked = targets.choose(project, Choice(tuple(os.path.join(shell.folder, word) for word in words)))
    left, same = changes.changed(project, asked, revisions.since(since, str(project.folder)))
    assert len(left) + len(same) == len(asked)
    return [target.dataset.name for target in left]


def test_nothing_changed_is_a_pass_that_says_so(repository: Shell) -> None:
    ran: Ran = repository.idqp("check", "--changed-since", "HEAD")
    assert (ran.code, ran.err) == (0, "idqp: not changed since HEAD, and not checked: a, b, days\n")
    assert ran.out.startswith("passed: nothing to check")
    assert repository.idqp("check", "--changed-since", "HEAD", "--quiet").err == ""


@pytest.mark.parametrize(("change", "found"), [
    (lambda shell: shell.write("data/a.csv", "id\n2\n"), ["a"]),
    (lambda shell: shell.write("data/b.csv", "id\n1\n2\n"), ["a", "b"]),
    (lambda shell: shell.write("days/3/4.csv", "id\n2\n"), ["days"]),
    (lambda shell: (shell.folder / "days/é/2.csv").unlink(), ["days"]),
    (lambda shell: git(shell, "rm", "-q", "days/1.csv"), ["days"]),
    (lambda shell: git(shell, "mv", "days/1.csv", "data/moved.csv"), ["days"]),
    (lambda shell: (shell.folder / "data/a.csv").unlink(), ["a"]),
    (lambda shell: shell.write("rules.yaml", "# new\n" + (shell.folder / "rules.yaml").read_text()), ["a", "b", "days"]),
    (lambda shell: git(shell, "rm", "-q", "--cached", "data/b.csv"), ["a", "b"]),
    (lambda shell: shell.write("ignored/x", ""), []),
])  # fmt: skip
def test_a_dataset_is_checked_if_something_changed_that_it_depends_on(
    repository: Shell, change: Callable[[Shell], object], found: list[str]
) -> None:
    change(repository)
    assert checked(repository) == found


def test_a_file_that_rows_are_compared_with_is_one_of_the_datasets(repository: Shell) -> None:
    rule = {"type": "outliers", "column": "id", "baseline": {"file": "usual.csv"}}
    repository.write(
        "rules.yaml", json.dumps({"version": 1, "datasets": {"a": {"path": "data/a.csv", "rules": [rule]}}})
    )
    repository.write("usual.csv", "id\n1\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "compared")
    assert checked(repository) == []
    repository.write("usual.csv", "id\n2\n")
    assert checked(repository) == ["a"]


def test_a_change_that_is_committed_counts_from_the_commit_before(repository: Shell) -> None:
    repository.write("data/a.csv", "id\n2\n")
    git(repository, "commit", "-qam", "second")
    assert checked(repository, since="HEAD~1") == ["a"]
    assert checked(repository) == []


def test_what_git_does_not_know_is_always_checked(repository: Shell) -> None:
    repository.write("../outside.csv", "id\n1\n")
    repository.write("rules.yaml", json.dumps(RULES))
    git(repository, "commit", "-qam", "outside")
    assert checked(repository) == ["outside"]
    repository.write("ignored/x.csv", "id\n1\n")
    ran = repository.idqp("check", "ignored/x.csv", "data/b.csv", "--changed-since", "HEAD", "--format", "json")
    assert [one["dataset"] for one in ran.json["datasets"]] == ["ignored/x.csv"]


def test_a_link_changes_with_what_it_leads_to(repository: Shell) -> None:
    (repository.folder / "data/a.csv").unlink()
    (repository.folder / "data/a.csv").symlink_to("../days/1.csv")
    git(repository, "commit", "-qam", "link")
    assert checked(repository) == []
    repository.write("days/1.csv", "id\n3\n")
    assert checked(repository) == ["a", "days"]


@pytest.mark.parametrize("revision", ["gone", "--output=pwned", "", "HEAD:rules.yaml", "-h"])
def test_a_revision_that_is_none_is_refused(repository: Shell, revision: str) -> None:
    ran = repository.idqp("check", f"--changed-since={revision}")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "is not a commit of this repository" in ran.err
    assert not (repository.folder / "pwned").exists()


def test_without_a_repository_or_git_it_is_refused(shell: Shell) -> None:
    shell.write("rules.yaml", json.dumps(RULES))
    assert shell.idqp("check", "--changed-since", "HEAD").code == 2
    ran = shell.idqp("check", "--changed-since", "HEAD", env={"PATH": ""})
    assert (ran.code, "--changed-since needs git; install it" in ran.err) == (2, True)


def test_what_is_gone_is_never_passed(repository: Shell) -> None:
    git(repository, "rm", "-qr", "days")
    for _ in range(2):
        ran = repository.idqp("check", "days", "--changed-since", "HEAD")
        assert ran.code == 3, ran.out
        git(repository, "commit", "-q", "--allow-empty", "-am", "gone")


def test_before_the_first_commit_everything_is_new(shell: Shell) -> None:
    shell.rules({"type": "range", "column": "a", "min": 2})
    shell.write("t.csv", "a\n1\n")
    git(shell, "init", "-q")
    git(shell, "add", "-A")
    assert shell.idqp("check", "--no-store", "--changed-since", "HEAD").code == 1


def test_a_folder_is_its_files(shell: Shell) -> None:
    shell.rules({"type": "range", "column": "a", "min": 0}, path="days")
    shell.write("days/1.csv", "a\n1\n")
    git(shell, "init", "-q")
    git(shell, "add", "-A")
    git(shell, "commit", "-qm", "first")
    assert checked(shell) == []
    shell.write("days/2.csv", "a\n-1\n")
    assert checked(shell) == ["t"]
    git(shell, "add", "-A")
    assert checked(shell) == ["t"]
