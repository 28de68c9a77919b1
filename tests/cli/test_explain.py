"""`--explain`: what a check would do, and nothing else."""

from __future__ import annotations

import duckdb
import pytest

from conftest import Shell


def test_text_is_read_once_and_the_rest_is_named(shell: Shell) -> None:
    shell.write("t.csv", "id,t\n1,a\n2,b\n")
    shell.rules(
        {"type": "range", "column": "id", "min": 0},
        {"type": "unique", "column": "id"},
        {"type": "sequence", "column": "id"},
        {"type": "completeness", "column": "t", "segment_by": "id"},
        {"type": "completeness", "column": "nope"},
    )
    ran = shell.idqp("check", "--explain")
    assert (ran.code, ran.err) == (0, "")
    words = " ".join(ran.out.split())
    assert "1. one scan of all rows 3 rules parse, row_count, range(id) because each rule is a few aggregates" in words
    assert "2. the scan, else grouped 1 rule unique(id)" in words
    assert "3. a statement of its own 1 rule sequence(id) because each value is held against the one before" in words
    assert "4. by id 1 rule completeness(t)" in words
    assert "! not evaluated completeness(nope): column 'nope' is not in the data" in words
    assert "SELECT" not in words
    assert "SELECT count(*)" in shell.idqp("check", "--explain", "-v").out
    assert not (shell.folder / ".idqp").exists()


def test_the_choice_of_a_large_parquet_file_is_that_of_its_check(shell: Shell) -> None:
    duckdb.sql(
        f"COPY (SELECT i AS id, 'x' || (i % 5) AS s FROM range(1_000_000) t(i)) TO '{shell.folder / 't.parquet'}'"
    )
    shell.rules(
        {"type": "unique", "column": "id"},
        {"type": "accepted_values", "column": "s", "values": ["x0", "x1"]},
        path="t.parquet",
    )
    words = " ".join(shell.idqp("check", "--explain").out.split())
    assert "1. over the distinct values 1 rule accepted_values(s) because s has few different values" in words
    assert "a bitmap, else grouped 1 rule unique(id)" in words


@pytest.mark.parametrize("words", [("t",), ("none.csv",)])
def test_what_cannot_be_read_is_said(shell: Shell, words: tuple[str, ...]) -> None:
    shell.rules({"type": "unique", "column": "id"})
    ran = shell.idqp("check", *words, "--explain")
    assert ran.code == 3
    assert "! not checked" in ran.out
