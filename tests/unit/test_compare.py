import pytest

from idqp_cli.model import Column, SchemaChange, SchemaReport, Severity, Status
from idqp_cli.schemas.compare import Schema, differences, next_version, observed, result, validate

BEFORE = [("id", "INTEGER"), ("name", "VARCHAR")]

REMOVED = SchemaChange("removed", "name", "VARCHAR", None, breaking=True)
ADDED = SchemaChange("added", "day", None, "DATE", breaking=False)
WIDENED = SchemaChange("type_changed", "id", "INTEGER", "BIGINT", breaking=False)
RETYPED = SchemaChange("type_changed", "id", "INTEGER", "VARCHAR", breaking=True)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (BEFORE, ()),
        ([("id", "INTEGER")], (REMOVED,)),
        ([*BEFORE, ("day", "DATE")], (ADDED,)),
        ([("id", "BIGINT"), ("name", "VARCHAR")], (WIDENED,)),
        ([("id", "VARCHAR"), ("name", "VARCHAR")], (RETYPED,)),
        ([("day", "DATE"), ("id", "BIGINT")], (REMOVED, WIDENED, ADDED)),
        (
            [("id", "INTEGER"), ("Name", "VARCHAR")],
            (REMOVED, SchemaChange("added", "Name", None, "VARCHAR", breaking=False)),
        ),
        ([], (SchemaChange("removed", "id", "INTEGER", None, breaking=True), REMOVED)),
    ],
    ids=["same", "removed", "added", "widened", "retyped", "all at once", "renamed", "all gone"],
)
def test_differences(after: Schema, expected: tuple[SchemaChange, ...]) -> None:
    assert differences(BEFORE, after) == expected


@pytest.mark.parametrize(
    ("before", "after", "breaking"),
    [
        ("INTEGER", "BIGINT", False),
        ("INTEGER", "DOUBLE", False),
        ("SMALLINT", "FLOAT", False),
        ("BIGINT", "HUGEINT", False),
        ("FLOAT", "DOUBLE", False),
        ("DATE", "TIMESTAMP", False),
        ("BIGINT", "INTEGER", True),
        ("INTEGER", "FLOAT", True),
        ("BIGINT", "DOUBLE", True),
        ("TIMESTAMP", "DATE", True),
        ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", True),
        ("INTEGER", "VARCHAR", True),
        ("BOOLEAN", "INTEGER", True),
    ],
)
def test_only_what_loses_no_value_is_wider(before: str, after: str, breaking: bool) -> None:  # noqa: FBT001 - pytest's
    (change,) = differences([("a", before)], [("a", after)])
    assert change == SchemaChange("type_changed", "a", before, after, breaking=breaking)


@pytest.mark.parametrize(
    ("changes", "version"),
    [
        ([WIDENED], "1.2.4"),
        ([ADDED], "1.3.0"),
        ([WIDENED, ADDED], "1.3.0"),
        ([REMOVED], "2.0.0"),
        ([ADDED, RETYPED, WIDENED], "2.0.0"),
    ],
    ids=["widened: patch", "added: minor", "added and widened: minor", "removed: major", "any breaking: major"],
)
def test_next_version(changes: list[SchemaChange], version: str) -> None:
    assert next_version("1.2.3", changes) == version


def test_version_numbers_do_not_carry() -> None:
    assert next_version("9.9.9", [WIDENED]) == "9.9.10"
    assert next_version("9.9.9", [ADDED]) == "9.10.0"
    assert next_version("9.9.9", [REMOVED]) == "10.0.0"


@pytest.mark.parametrize(
    ("after", "mode", "expected"),
    [
        (BEFORE, "backward", SchemaReport("1.2.3", "unchanged")),
        (BEFORE, "none", SchemaReport("1.2.3", "unchanged")),
        ([*BEFORE, ("day", "DATE")], "backward", SchemaReport("1.3.0", "changed", (ADDED,))),
        ([*BEFORE, ("day", "DATE")], "none", SchemaReport("1.3.0", "changed", (ADDED,))),
        ([("id", "BIGINT"), ("name", "VARCHAR")], "backward", SchemaReport("1.2.4", "changed", (WIDENED,))),
        ([("id", "INTEGER")], "backward", SchemaReport("1.2.3", "breaking", (REMOVED,))),
        ([("id", "INTEGER")], "full", SchemaReport("1.2.3", "breaking", (REMOVED,))),
        ([("id", "INTEGER")], "none", SchemaReport("2.0.0", "changed", (REMOVED,))),
        ([("id", "BIGINT"), ("day", "DATE")], "backward", SchemaReport("1.2.3", "breaking", (REMOVED, WIDENED, ADDED))),
    ],
    ids=[
        "same", "same, unwatched", "added", "added, unwatched", "widened", "removed", "removed, full",
        "removed, unwatched", "breaking and not",
    ],
)  # fmt: skip
def test_validate(after: Schema, mode: str, expected: SchemaReport) -> None:
    assert validate(("1.2.3", BEFORE), after, mode) == expected


@pytest.mark.parametrize("mode", ["none", "backward"])
def test_the_first_schema_is_new(mode: str) -> None:
    assert validate(None, BEFORE, mode) == SchemaReport("1.0.0", "new")


def test_observed_is_names_and_types_in_order() -> None:
    columns = [Column("b", "BIGINT", "idqp:text:0"), Column("a", "VARCHAR")]
    assert observed(columns) == [("b", "BIGINT"), ("a", "VARCHAR")]


def test_a_breaking_change_fails_and_says_what_broke() -> None:
    made = result(SchemaReport("1.2.3", "breaking", (REMOVED, RETYPED, ADDED)), "backward", Severity.CRITICAL)
    assert made is not None
    assert (made.rule, made.type, made.columns, made.severity) == (
        "schema",
        "schema",
        ("name", "id"),
        Severity.CRITICAL,
    )
    assert (made.status, made.verdict.metric_value, made.verdict.threshold) == (Status.FAILED, 2, 0)
    assert made.verdict.message.startswith(
        "2 breaking changes since version 1.2.3: name was removed, id was INTEGER, is VARCHAR;"
    )


def test_a_compatible_change_passes() -> None:
    made = result(SchemaReport("1.3.0", "changed", (ADDED,)), "backward", Severity.CRITICAL)
    assert made is not None
    assert (made.status, made.verdict.message, made.verdict.metric_value) == (Status.PASSED, "version 1.3.0", 0)


def test_an_unwatched_schema_has_no_result() -> None:
    assert result(SchemaReport("2.0.0", "changed", (REMOVED,)), "none", Severity.CRITICAL) is None
