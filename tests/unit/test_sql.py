import pytest
from hypothesis import given
from hypothesis import strategies as st

from idqp_cli.core import sql
from idqp_cli.core.model import Column, Scalar

TEXT = Column("t", "VARCHAR")
WHOLE = Column('n"', "BIGINT", text="idqp:text:1")
FLOAT = Column("f", "DOUBLE", text="idqp:text:2")
TYPED = Column("p", "DOUBLE")


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("origin", '"origin"'),
        ("Two Words", '"Two Words"'),
        ('a"b', '"a""b"'),
        ('"; DROP TABLE x; --', '"""; DROP TABLE x; --"'),
        ("it's", '"it\'s"'),
        ("", '""'),
    ],
)
def test_identifier(name: str, quoted: str) -> None:
    assert sql.identifier(name) == quoted


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "NULL"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-5, "-5"),
        (10**30, "1" + "0" * 30),
        (0.1, "0.1::DOUBLE"),
        (1e300, "1e+300::DOUBLE"),
        (-0.0, "-0.0::DOUBLE"),
        (float("inf"), "'inf'::DOUBLE"),
        (float("-inf"), "'-inf'::DOUBLE"),
        (float("nan"), "'nan'::DOUBLE"),
        ("JFK", "'JFK'"),
        ("", "''"),
        ("O'Hare", "'O''Hare'"),
        ("'; DROP TABLE x; --", "'''; DROP TABLE x; --'"),
        ("\\n", "'\\n'"),
        ("a\nb", "'a\nb'"),
        ('"', "'\"'"),
        ("a\0b", "('a' || chr(0) || 'b')"),
        ("'\0", "('''' || chr(0) || '')"),
    ],
    ids=repr,
)
def test_literal(value: Scalar | None, written: str) -> None:
    assert sql.literal(value) == written


@given(st.text(st.characters(exclude_characters="\0")))
def test_quoting_loses_nothing_and_ends_nowhere(text: str) -> None:
    for written, mark in ((sql.literal(text), "'"), (sql.identifier(text), '"')):
        assert written[0] == written[-1] == mark
        assert written[1:-1].replace(mark * 2, "") == text.replace(mark, "")
        assert written[1:-1].replace(mark * 2, mark) == text


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_all_its_digits(value: float) -> None:
    assert type(value)(sql.literal(value).removesuffix("::DOUBLE")) == value


@pytest.mark.parametrize(
    ("made", "written"),
    [
        (sql.listing([1, "a", None]), "1, 'a', NULL"),
        (sql.both("a", None, "b OR c"), "(a) AND (b OR c)"),
        (sql.both(None), "true"),
        (sql.either(["a", "b AND c"]), "(a) OR (b AND c)"),
        (sql.either([]), "false"),
        (sql.isolated("a -- b"), "(\na -- b\n)"),
    ],
    ids=["listing", "both", "both of none", "either", "either of none", "a comment ends with its line"],
)
def test_joins(made: str, written: str) -> None:
    assert made == written


@pytest.mark.parametrize(
    ("column", "missing", "present", "malformed", "as_text"),
    [
        (TEXT, '"t" IS NULL', '"t" IS NOT NULL', "false", '"t"'),
        (
            WHOLE,
            '"idqp:text:1" IS NULL',
            '"n""" IS NOT NULL',
            '"idqp:text:1" IS NOT NULL AND "n""" IS NULL',
            '"idqp:text:1"',
        ),
        (
            FLOAT,
            '"idqp:text:2" IS NULL OR isnan("f")',
            'NOT isnan("f")',
            '"idqp:text:2" IS NOT NULL AND "f" IS NULL',
            '"idqp:text:2"',
        ),
        (
            TYPED,
            '"p" IS NULL OR isnan("p")',
            'NOT isnan("p")',
            "false",
            'CAST("p" AS VARCHAR)',
        ),
    ],
    ids=["text", "whole number read from text", "float read from text", "float of a typed file"],
)
def test_what_a_cell_is(column: Column, missing: str, present: str, malformed: str, as_text: str) -> None:
    assert sql.missing(column) == missing
    assert sql.present(column) == present
    assert sql.malformed(column) == malformed
    assert sql.as_text(column) == as_text
