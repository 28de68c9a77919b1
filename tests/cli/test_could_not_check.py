"""What could not be checked has an incident, which every format of the report names; an emptied store is told."""

from __future__ import annotations

import json

import pytest

from conftest import Shell
from idqp_cli.report.formats import Format

BROKEN = {
    "gone": {"path": "gone.csv"},
    "t": {"path": "t.csv", "rules": [{"type": "range", "column": "none", "min": 1}]},
}


@pytest.mark.parametrize("dataset", list(BROKEN))
def test_every_format_names_the_incident(shell: Shell, dataset: str) -> None:
    shell.write("t.csv", "a\n1\n")
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": {dataset: BROKEN[dataset]}}))
    for form in Format:
        ran = shell.idqp("check", "--format", form)
        assert ran.code == 3
        # Markdown has a column for the incidents of rules.
        named = "| 1, " if form is Format.MARKDOWN and dataset == "t" else "incident 1"
        assert (named in ran.out) is (form is not Format.JSON), (form, ran.out)
        if form is Format.JSON:
            (found,) = ran.json["datasets"]
            assert [found["incident"], *(one["incident"] for one in found["results"] if one["status"] == "error")] == (
                [1, 1] if dataset == "t" else [1]
            )
    assert shell.idqp("check", "--format", "json", "--no-store").json["datasets"][0]["incident"] is None


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("check", "t", "--backfill", "t-2024-01-01.csv"),
        ("dataset", "add", "t"),
        ("rule", "list"),
        ("rule", "show", "t", "range(a)"),
        ("schema", "register", "t"),
        ("baseline", "save", "t", "--name", "x"),
        ("user", "add", "ann@example.com", "--password-stdin"),
    ],
    ids=" ".join,
)
def test_a_store_that_is_made_in_an_empty_file_is_told(shell: Shell, words: tuple[str, ...]) -> None:
    shell.write("t.csv", "a\n1\n")
    shell.write("t-2024-01-01.csv", "a\n1\n")
    shell.rules({"type": "range", "column": "a", "min": 1})
    shell.write("s.db", "")
    ran = shell.idqp(*words, "--store", "s.db", stdin=b"a long Passw0rd that is fine\n")
    assert ran.err.startswith("idqp: s.db: is empty; a new store is made in it\n"), ran.err
    assert ran.code == 0, ran.err
