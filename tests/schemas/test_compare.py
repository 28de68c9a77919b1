"""What holds of any schemas: hypothesis draws chains of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idqp_cli.schemas.changes import READERS, WRITERS
from idqp_cli.schemas.compare import apply, compare
from idqp_cli.schemas.compatibility import Mode
from idqp_cli.schemas.observe import by_file
from idqp_cli.schemas.registry import BREAKING, Policy, accepted, said, validate
from idqp_cli.schemas.schema import Schema, SchemaColumn, SchemaVersion, as_plain, from_plain
from idqp_cli.schemas.types import canonical, known, parse, write
from idqp_cli.schemas.widening import holds

PLAIN = ["TINYINT", "INTEGER", "BIGINT", "UINTEGER", "HUGEINT", "FLOAT", "DOUBLE", "VARCHAR", "BLOB", "DATE",
         "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "UUID", "BOOLEAN", '"NULL"']  # fmt: skip
FIELDS = st.lists(st.sampled_from(["x", "y", "Y", "zip code", 'say "hi"']), min_size=1, max_size=3, unique=True)


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def members(word: str) -> st.SearchStrategy[str]:
        return FIELDS.flatmap(
            lambda names: st.tuples(*[inner] * len(names)).map(
                lambda kinds: f"{word}({', '.join(quoted(n) + ' ' + k for n, k in zip(names, kinds, strict=True))})"
            )
        )

    return st.one_of(
        inner.map(lambda kind: f"{kind}[]"),
        inner.map(lambda kind: f"{kind}[3]"),
        st.tuples(inner, inner).map(lambda pair: f"MAP({pair[0]}, {pair[1]})"),
        members("STRUCT"),
        members("UNION"),
    )


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


DECIMALS = st.integers(1, 38).flatmap(
    lambda width: st.integers(0, width).map(lambda scale: f"DECIMAL({width},{scale})")
)
ENUMS = st.lists(st.sampled_from(["a", "b", "it's"]), min_size=1, max_size=3, unique=True).map(
    lambda values: "ENUM(" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + ")"
)
TYPES = st.recursive(st.sampled_from(PLAIN) | DECIMALS | ENUMS, nested, max_leaves=4)
VALUES = st.lists(st.sampled_from(["a", "b", 1, 2.5]), min_size=1, max_size=3, unique=True).map(tuple)


def columns(presence: st.SearchStrategy[bool | None], *, text: bool = True) -> st.SearchStrategy[SchemaColumn]:
    return st.builds(
        SchemaColumn,
        name=st.sampled_from(["a", "A", "b", "c", "d", "straße", "STRASSE"]),
        type=TYPES,
        nullable=st.booleans(),
        required=presence,
        enum=st.none() | VALUES,
        min_length=st.none() | st.integers(0, 3),
        max_length=st.none() | st.integers(3, 6),
        text=st.booleans() if text else st.just(False),
    )


def schemas(column: st.SearchStrategy[SchemaColumn]) -> st.SearchStrategy[Schema]:
    return st.lists(column, max_size=6, unique_by=lambda one: one.name).map(tuple)


ANY = schemas(columns(st.none() | st.booleans()))
CHAINS = st.lists(ANY, min_size=1, max_size=5)


def versions(chain: list[Schema]) -> list[SchemaVersion]:
    return [SchemaVersion(f"{number}.0.0", schema) for number, schema in enumerate(chain, 1)]


def breaks(history: list[Schema], schema: Schema, mode: Mode, last: int | None = None) -> bool:
    return validate(versions(history), schema, Policy(mode, last)).status == BREAKING


@settings(deadline=None, max_examples=60)
@given(ANY)
def test_comparing_is_reflexive(schema: Schema) -> None:
    diff = compare(schema, schema)
    assert (diff.steps, diff.changes) == ((), ())
    for mode in Mode:
        assert not breaks([schema], schema, mode)


@settings(deadline=None, max_examples=60)
@given(ANY, ANY)
def test_a_diff_applied_gives_the_other(before: Schema, after: Schema) -> None:
    diff = compare(before, after)
    assert apply(diff, before) == after
    assert bool(diff.changes) >= (before != after)


@settings(deadline=None, max_examples=60)
@given(CHAINS, ANY)
def test_full_is_backward_and_forward(chain: list[Schema], schema: Schema) -> None:
    for suffix in ("", "_transitive"):
        full, backward, forward = (Mode(f"{word}{suffix}") for word in ("full", "backward", "forward"))
        both = breaks(chain, schema, backward) or breaks(chain, schema, forward)
        assert breaks(chain, schema, full) == both


@settings(deadline=None, max_examples=60)
@given(CHAINS, ANY, st.sampled_from(["backward", "forward", "full"]), st.none() | st.integers(1, 6))
def test_transitive_is_every_pair(chain: list[Schema], schema: Schema, word: str, last: int | None) -> None:
    each = [breaks([one], schema, Mode(word)) for one in chain[-last if last else 0 :]]
    assert breaks(chain, schema, Mode(f"{word}_transitive"), last) == any(each)


@settings(deadline=None, max_examples=60)
@given(CHAINS, ANY)
def test_nothing_breaks_in_the_mode_none(chain: list[Schema], schema: Schema) -> None:
    assert not breaks(chain, schema, Mode.NONE)


DECLARED = st.sampled_from(PLAIN) | DECIMALS


@settings(deadline=None, max_examples=60)
@given(
    *[
        schemas(
            columns(st.booleans(), text=False).flatmap(lambda one: DECLARED.map(lambda kind: replace(one, type=kind)))
        )
    ]
    * 2
)
def test_where_presence_is_declared_forward_is_backward_the_other_way(before: Schema, after: Schema) -> None:
    assert breaks([before], after, Mode.FORWARD) == breaks([after], before, Mode.BACKWARD)


@settings(deadline=None, max_examples=60)
@given(CHAINS, ANY)
def test_versions_only_grow(chain: list[Schema], schema: Schema) -> None:
    for mode in Mode:
        number = accepted(versions(chain), schema, mode)
        latest = (len(chain), 0, 0)
        assert number is None or tuple(map(int, number.split("."))) > latest
        assert (number is None) == (not compare(chain[-1], schema).changes)


@settings(deadline=None, max_examples=60)
@given(ANY, ANY)
def test_every_change_can_be_said(before: Schema, after: Schema) -> None:
    for change in validate([SchemaVersion("1.0.0", before)], after, Policy(Mode.FULL)).changes:
        assert said(change)
        assert "None" not in said(change)


@settings(deadline=None, max_examples=60)
@given(ANY)
def test_a_schema_is_stored_and_read_again(schema: Schema) -> None:
    again = from_plain(as_plain(schema))
    assert again == schema
    assert [column.text for column in again] == [column.text for column in schema]


def test_a_stored_schema_that_says_only_names_and_types_is_taken_for_read_from_text() -> None:
    (column,) = from_plain([{"name": "a", "type": "BIGINT", "nullable": True}])
    assert (column, column.text) == (SchemaColumn("a", "BIGINT"), True)


@settings(deadline=None, max_examples=60)
@given(TYPES)
def test_a_type_is_written_as_it_is_read(text: str) -> None:
    assert parse(write(parse(text))) == parse(text)
    assert canonical(canonical(text)) == canonical(text)
    assert holds(parse(text), parse(text))


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40))
def test_any_text_is_a_type_or_none(text: str) -> None:
    assert known(text)
    try:
        parse(text)
    except ValueError:
        return


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("int", "INTEGER"),
        ("double precision", "DOUBLE"),
        ("numeric(10)", "DECIMAL(10,0)"),
        ("timestamptz", "TIMESTAMP WITH TIME ZONE"),
        ("timestamp(3) without time zone", "TIMESTAMP"),
        ("character varying(20)", "VARCHAR"),
        ('struct(a int, "b c" text[])[]', 'STRUCT(a INTEGER, "b c" VARCHAR[])[]'),
        ("map(varchar, int[3])", "MAP(VARCHAR, INTEGER[3])"),
        ("enum('it''s')", "ENUM('it''s')"),
        ("union(n int, s text)", "UNION(n INTEGER, s VARCHAR)"),
    ],
)
def test_types_have_many_names(text: str, name: str) -> None:
    assert canonical(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(",
        "INTEGER]",
        "STRUCT()",
        "MAP(INTEGER)",
        "ENUM(1)",
        "DECIMAL(40,2)",
        "a b)",
        "[]",
        "'x'",
        "x;y",
        "INT[" * 9,
    ],
)
def test_what_is_no_type(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(text)


def test_a_type_nested_too_deep_is_refused_and_compared_as_text() -> None:
    deep = "STRUCT(a " * 5000 + "INTEGER" + ")" * 5000
    with pytest.raises(ValueError, match="deep"):
        parse(deep)
    assert compare((SchemaColumn("a", deep),), (SchemaColumn("a", "DATE"),)).changes[0].breaks == READERS | WRITERS


def one(name: str, kind: str = "INTEGER") -> SchemaColumn:
    return SchemaColumn(name, kind)


@pytest.mark.parametrize(
    ("before", "after", "hints"),
    [
        (("id", "qty"), ("id", "quantity"), {"quantity": "qty under another name?"}),
        (("order_id", "x"), ("x", "orderid"), {"orderid": "order_id under another name?"}),
        (("a", "b", "price"), ("new", "a", "b"), {"new": None}),
    ],
    ids=["in its place", "named alike", "neither"],
)
def test_a_rename_is_hinted_at(before: tuple[str, ...], after: tuple[str, ...], hints: dict[str, str | None]) -> None:
    changes = compare(tuple(map(one, before)), tuple(map(one, after))).changes
    assert {change.column: change.hint for change in changes if change.kind == "added"} == hints


def test_a_column_of_another_type_is_no_rename() -> None:
    changes = compare((one("qty"),), (one("qty2", "DATE"),)).changes
    assert [change.hint for change in changes] == [None, None]


def test_only_the_columns_that_moved_are_said_to_have_moved() -> None:
    before, after = tuple(map(one, "abcdef")), tuple(map(one, "fabcde"))
    assert [(change.column, change.before, change.after) for change in compare(before, after).changes] == [
        ("f", "6", "1")
    ]


def test_what_changes_inside_a_type_is_named_by_its_path() -> None:
    before = SchemaColumn("a", "STRUCT(b STRUCT(c INTEGER)[], d DATE)")
    after = SchemaColumn("a", "STRUCT(b STRUCT(c BIGINT)[], e DATE)")
    changes = compare((before,), (after,)).changes
    assert [(change.kind, change.column) for change in changes] == [
        ("removed", "a.d"), ("widened", "a.b[].c"), ("added", "a.e"),
    ]  # fmt: skip


def test_files_that_differ_from_the_first() -> None:
    found = by_file({"1.csv": (one("a"),), "2.csv": (one("a"),), "3.csv": (one("b"),)})
    assert [(file.file, [change.kind for change in file.changes]) for file in found] == [
        ("3.csv", ["removed", "added"])
    ]
    assert by_file({}) == ()
