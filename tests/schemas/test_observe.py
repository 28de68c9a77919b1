"""What the schema of data is, beside what is declared and registered."""

from __future__ import annotations

import pytest

from idqp_cli.core.model import Column
from idqp_cli.schemas.observe import observed, pinned, readings
from idqp_cli.schemas.schema import SchemaColumn

GUESS = Column("a", "BIGINT", "idqp:text:0", declared=False)
TYPED = Column("a", "BIGINT")
FULL = Column("a", "BIGINT", nullable=False)


@pytest.mark.parametrize(
    ("column", "text", "declared", "registered", "expected"),
    [
        (GUESS, True, None, None, SchemaColumn("a", "BIGINT")),
        (TYPED, False, None, None, SchemaColumn("a", "BIGINT")),
        (FULL, False, None, None, SchemaColumn("a", "BIGINT", nullable=False)),
        (
            GUESS, True, SchemaColumn("a", "any", nullable=False, required=True, enum=(1,)), None,
            SchemaColumn("a", "BIGINT", nullable=False, required=True, enum=(1,)),
        ),
        (GUESS, True, None, SchemaColumn("a", "DATE", nullable=False, enum=(1,)), SchemaColumn("a", "BIGINT", nullable=False, enum=(1,))),
        (TYPED, False, None, SchemaColumn("a", "BIGINT", nullable=False), SchemaColumn("a", "BIGINT")),
        (TYPED, False, SchemaColumn("a", "any", nullable=False), None, SchemaColumn("a", "BIGINT", nullable=False)),
        (FULL, False, SchemaColumn("a", "any"), None, SchemaColumn("a", "BIGINT", nullable=False)),
        (GUESS, True, SchemaColumn("a", "any"), SchemaColumn("a", "BIGINT", nullable=False), SchemaColumn("a", "BIGINT")),
        (GUESS, True, SchemaColumn("A", "any", max_length=3), None, SchemaColumn("a", "BIGINT", max_length=3)),
        (GUESS, True, SchemaColumn("b", "any", max_length=3), None, SchemaColumn("a", "BIGINT")),
    ],
    ids=[
        "text says nothing", "a typed file says nothing", "a typed file without NULL", "declared of text",
        "registered of text stays", "a typed file that no longer says so", "declared of a typed file",
        "a typed file says more than is declared", "a declaration wins", "names without case", "another column",
    ],
)  # fmt: skip
def test_observed(
    column: Column,
    text: bool,  # noqa: FBT001 - pytest's
    declared: SchemaColumn | None,
    registered: SchemaColumn | None,
    expected: SchemaColumn,
) -> None:
    found = observed(
        [column], text=text, declared=(declared,) if declared else (), registered=(registered,) if registered else ()
    )
    assert found == (expected,)
    assert found[0].text == text


def test_a_column_without_a_cell_is_of_no_type_until_one_is_known() -> None:
    empty = Column("a", "VARCHAR", declared=False)
    assert observed([empty], text=True, unseen={"a"})[0].type == '"NULL"'
    known = SchemaColumn("a", "VARCHAR", text=True)
    assert observed([empty], text=True, unseen={"a"}, registered=(known,))[0].type == "VARCHAR"


def test_guesses_may_widen_and_other_types_are_read_as_they_are() -> None:
    schema = (
        SchemaColumn("guess", "BIGINT", text=True),
        SchemaColumn("none", '"NULL"', text=True),
        SchemaColumn("price", "DECIMAL(6,2)"),
        SchemaColumn("nested", "INTEGER[]"),
        SchemaColumn("id", "INTEGER"),
    )
    assert readings(schema) == {"guess": "BIGINT"}
    assert pinned(schema) == {"price": "DECIMAL(6,2)", "id": "INTEGER"}


def test_what_a_typed_file_has_no_value_of_is_as_it_is_registered() -> None:
    registered = (
        SchemaColumn("a", "VARCHAR"),
        SchemaColumn("s", "STRUCT(x BIGINT, y VARCHAR)"),
        SchemaColumn("l", "DATE[]"),
    )
    empty = [Column("a", '"NULL"'), Column("s", 'STRUCT(x BIGINT, y "NULL")'), Column("l", '"NULL"[]')]
    found = observed(empty, text=False, registered=registered)
    assert [column.type for column in found] == ["VARCHAR", "STRUCT(x BIGINT, y VARCHAR)", "DATE[]"]
    assert observed([Column("b", '"NULL"')], text=False, registered=registered)[0].type == '"NULL"'
