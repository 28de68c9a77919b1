from collections.abc import Sequence

import pytest

from idqp_cli.ingest.types import keep, settle, shape, shapes

INTS = ["1"] * 100


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("int", ["0", "-5", "+7", " 12 "]),
        ("long", ["999999999999999999", "1" + "0" * 15]),
        ("big", ["1" + "0" * 18, "-" + "9" * 38]),
        ("code", ["00", "007", "-01", "01234567890123456789"]),
        ("number", ["1.5", "5.", ".5", "-0.5", "01.5", "1e5", "1E-300"]),
        ("special", ["nan", "NaN", "NAN", "inf", "-Infinity"]),
        ("bool", ["true", "False", "TRUE"]),
        ("date", ["2024-01-31", " 1999-12-31 ", "2023-02-29"]),
        ("time", ["2024-01-31 10:00", "2024-01-31T23:59:59", "2024-01-31 10:00:00.123456"]),
        ("zoned", ["2024-01-31T10:00Z", "2024-01-31 10:00:00+02", "2024-01-31T10:00:00.5-03:30"]),
        (
            "coded",
            ["4B", "A12", "1,5", "1_000", "0x10", "1.2.3", "2024-13-01", "2024-1-1", "31.01.2024", "24:00", "a\n1"],
        ),
        ("word", ["abc", "n/a", "-", "", " ", "yes", "T", "é", "٣"]),
    ],
)
def test_shape(kind: str, cells: list[str]) -> None:
    assert {cell: shape(cell) for cell in cells} == dict.fromkeys(cells, kind)


def test_shapes_are_counted() -> None:
    assert shapes(["1", "1", "2", "x", "1"]) == {"int": 4, "word": 1}
    assert shapes([]) == {}


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2"], "BIGINT"),
        (["1", "1" + "0" * 18], "HUGEINT"),
        (["1", "1.5"], "DOUBLE"),
        (["1" + "0" * 14, "1.5"], "DOUBLE"),
        (["1" + "0" * 15, "1.5"], "VARCHAR"),
        (["9" * 39, "1"], "VARCHAR"),
        (["1", "2", "nan"], "DOUBLE"),
        (["true", "False"], "BOOLEAN"),
        (["2024-01-31", "2024-02-01"], "DATE"),
        (["2024-01-31", "2024-02-01 10:00"], "TIMESTAMP"),
        (["2024-01-31", "2024-02-01 10:00", "2024-02-01T10:00Z"], "TIMESTAMP WITH TIME ZONE"),
        (["a", "b"], "VARCHAR"),
        ([], "VARCHAR"),
    ],
)
def test_a_clean_column_has_the_narrowest_type(cells: Sequence[str], kind: str) -> None:
    assert settle(shapes(cells)) == kind


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([*INTS, "abc"], "BIGINT"),
        (["1", "2", "3", "n/a"], "BIGINT"),
        (["1", "2", "n/a"], "VARCHAR"),
        (["1"] * 18 + ["n/a"] * 2, "BIGINT"),
        (["1"] * 17 + ["n/a"] * 2, "VARCHAR"),
        ([*INTS, "4B"], "BIGINT"),
        (["1"] * 98 + ["4B"], "VARCHAR"),
        ([*INTS, "2024-01-31"], "BIGINT"),
        (["1", "2024-01-31"], "VARCHAR"),
        (["true"] * 3 + ["maybe"], "BOOLEAN"),
        (["true"] * 3 + ["1"], "VARCHAR"),
        (["2024-01-31"] * 3 + ["unknown"], "DATE"),
        (["2024-01-31"] * 99 + ["2024-13-01"], "DATE"),
        (["2024-01-31"] * 3 + ["31.01.2024"], "VARCHAR"),
        ([*INTS, "007"], "VARCHAR"),
        (["007", "042"], "VARCHAR"),
        (["nan", "nan", "1"], "VARCHAR"),
    ],
    ids=[
        "one word in numbers", "one word beside three", "one word beside two", "a tenth are words",
        "more than a tenth are words", "one code in a hundred", "one code in less", "one date in numbers",
        "half numbers, half dates", "one word in flags", "numbers in flags", "one word in dates",
        "one impossible date", "dates of two kinds", "one leading zero", "codes with leading zeros",
        "mostly not a number",
    ],
)  # fmt: skip
def test_errors_are_few(cells: Sequence[str], kind: str) -> None:
    assert settle(shapes(cells)) == kind


@pytest.mark.parametrize(
    ("cells", "expected", "kind"),
    [
        (["1", "abc"], "number", "BIGINT"),
        (["1", "abc", "abc"], "number", "VARCHAR"),
        (["1.5", "4B"], "number", "DOUBLE"),
        (["007", "042"], "number", "BIGINT"),
        (["2024-01-31", "31.01.2024"], "time", "DATE"),
        (["2024-01-31 10:00", "x"], "time", "TIMESTAMP"),
        (["1", "2"], "time", "BIGINT"),
        ([], "number", "DOUBLE"),
        ([], "time", "TIMESTAMP"),
    ],
    ids=[
        "half are numbers", "less than half are", "codes beside numbers", "leading zeros are no doubt",
        "half are dates", "half are times", "the cells win", "no cells, a number", "no cells, a time",
    ],
)  # fmt: skip
def test_a_rule_says_what_the_column_holds(cells: Sequence[str], expected: str, kind: str) -> None:
    assert settle(shapes(cells), expected) == kind


@pytest.mark.parametrize(
    ("registered", "settled", "expected", "kept"),
    [
        (None, "DOUBLE", False, "DOUBLE"),
        ("BIGINT", "BIGINT", False, "BIGINT"),
        ("BIGINT", "DOUBLE", False, "DOUBLE"),
        ("BIGINT", "HUGEINT", False, "HUGEINT"),
        ("DOUBLE", "BIGINT", False, "DOUBLE"),
        ("BIGINT", "VARCHAR", False, "BIGINT"),
        ("BIGINT", "DATE", False, "BIGINT"),
        ("DATE", "TIMESTAMP", False, "TIMESTAMP"),
        ("TIMESTAMP", "DATE", False, "TIMESTAMP"),
        ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", False, "TIMESTAMP"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP", False, "TIMESTAMP WITH TIME ZONE"),
        ("BOOLEAN", "BIGINT", False, "BOOLEAN"),
        ("VARCHAR", "BIGINT", False, "VARCHAR"),
        ("VARCHAR", "BIGINT", True, "BIGINT"),
    ],
)
def test_a_registered_type_is_kept_unless_its_guess_widened(
    registered: str | None,
    settled: str,
    expected: bool,  # noqa: FBT001 - pytest's
    kept: str,
) -> None:
    assert keep(registered, settled, expected) == kept
