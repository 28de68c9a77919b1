"""The `schema` rule on columns that only a typed file has."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import Column
from idqp_cli.core.relation import Relation
from idqp_cli.project import project
from idqp_cli.rules.given import Given
from idqp_cli.rules.schema import Declared, Schema

NOW = Given(datetime(2026, 1, 1, tzinfo=UTC), None)


def judged(declared: tuple[Declared, ...], *columns: Column, ordered: bool = False, allow_extra: bool = False) -> str:
    rule = Schema(name="schema", line=1, declared=declared, ordered=ordered, allow_extra=allow_extra)
    return rule.on(Relation("d", columns, "", "", "")).judge({}, NOW).message


@pytest.mark.parametrize(
    ("declared", "found", "message"),
    [
        ("STRUCT(x INTEGER, y DATE)", "STRUCT(x INTEGER, y DATE)", "as declared"),
        ("STRUCT(x INTEGER, y DATE)", "STRUCT(x BIGINT)", "2 differences: a.y is missing; a.x is BIGINT, not INTEGER"),
        ("STRUCT(x INTEGER)", "STRUCT(x INTEGER, y DATE)", "1 difference: a.y is not declared"),
        ("INTEGER[]", "VARCHAR[]", "1 difference: a[] is VARCHAR, not INTEGER"),
        ("DECIMAL(10,2)", "DECIMAL(12,2)", "1 difference: a is DECIMAL(12,2), not DECIMAL(10,2)"),
        ("any", "MAP(VARCHAR, INTEGER)", "as declared"),
        ("INTEGER", "BIGINT", "1 difference: a is BIGINT, not INTEGER"),
    ],
)
def test_types(declared: str, found: str, message: str) -> None:
    assert judged((Declared("a", declared),), Column("a", found)) == message


def test_an_extra_column_is_let_be_and_an_extra_field_is_not() -> None:
    declared = (Declared("a", "STRUCT(x INTEGER)"),)
    columns = (Column("a", "STRUCT(x INTEGER, y DATE)"), Column("b", "DATE"))
    assert judged(declared, *columns, allow_extra=True) == "1 difference: a.y is not declared"


def test_the_order_counts_where_it_is_asked_for() -> None:
    declared = (Declared("a"), Declared("b"), Declared("c"))
    columns = (Column("c", "DATE"), Column("A", "DATE"), Column("b", "DATE"))
    assert judged(declared, *columns) == "as declared"
    assert judged(declared, *columns, ordered=True) == "1 difference: c is at 1, not 3"


def declared_as(folder: Path, written: str) -> tuple[Declared, ...]:
    path = folder / "rules.yaml"
    path.write_text(f"version: 1\ndatasets: {{t: {{path: t, rules: [{{type: schema, columns: {{a: {written}}}}}]}}}}\n")
    (rule,) = project.load(str(path), {}).rules["t"]
    assert isinstance(rule, Schema)
    return rule.declared


def test_a_type_is_declared_by_any_of_its_names(tmp_path: Path) -> None:
    assert declared_as(tmp_path, '"struct(x int, y text[])"') == (Declared("a", "STRUCT(x INTEGER, y VARCHAR[])"),)
    assert declared_as(tmp_path, "{type: text, max_length: 3, enum: [x, 1]}") == (
        Declared("a", "VARCHAR", enum=("x", 1), max_length=3),
    )


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('"struct(x)"', "it is not the name of a type"),
        ('"map(int)"', "a MAP has a type of keys and one of values"),
        ("money", "is not a type for text files"),
        ("{min_length: 4, max_length: 3}", "min_length 4 is above max_length 3"),
        ("{enum: []}", "must name at least one value"),
    ],
)
def test_what_is_no_declaration_is_refused(tmp_path: Path, written: str, reason: str) -> None:
    with pytest.raises(RulesError, match=reason):
        declared_as(tmp_path, written)
