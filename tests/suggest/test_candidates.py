"""What is suggested for which column, and for which none is: the suggestions are those that an owner would keep."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Cell, csv_text
from idqp_cli.core.model import Scalar
from idqp_cli.pipeline.looking import Wanted, look_at
from idqp_cli.suggest.grouping import Group
from idqp_cli.suggest.judge import CONFIDENT, CONFIDENT_AGAINST
from suggest_of import of_column, of_rows

ROWS = 300
CHANCE = random.Random(5)
TOWNS = [f"{a}{b}" for a in ("Nor", "Sud", "Ost", "Wes", "Mid") for b in ("heim", "burg", "dorf", "stadt", "tal", "au")]


def rows(cell: Callable[[int], Cell], count: int = ROWS) -> list[Cell]:
    return [cell(number) for number in range(count)]


def some(values: list[str], count: int = ROWS) -> list[Cell]:
    return [values[CHANCE.randrange(len(values))] for _ in range(count)]


# What it is, the name and the cells of the column, and which rules come of it with how many failing rows.
COLUMNS: list[tuple[str, str, list[Cell], dict[str, int]]] = [
    ("kinds", "state", some(["paid", "open", "late"]), {"completeness": 0, "accepted_values": 0}),
    ("kinds and typing errors", "state", [*some(["delivered", "cancelled"], 290), *some(["delivred", "cancelld"], 3)], {"completeness": 0, "accepted_values": 3}),
    ("kinds of which a rare one is like the others", "state", [*some(["paid", "open", "late"]), "void"], {"completeness": 0, "variants": 0}),
    ("towns of which the rarest is seen four times", "town", [*TOWNS[:12] * 9, *[TOWNS[12]] * 4], {"completeness": 0, "accepted_values": 0}),
    ("kinds of which many are seen twice", "kind", [*some(["paid", "open", "late"], 280), *["void", "lost", "held", "sent"] * 2], {"completeness": 0, "variants": 0}),
    ("codes that count", "batch", [f"B{2000 + number // 40}" for number in range(ROWS)], {"completeness": 0, "pattern": 0}),
    ("numbers of a row", "c", rows(lambda n: n + 1), {"completeness": 0, "unique": 0, "sequence": 0}),
    ("numbers of a row with gaps", "id", rows(lambda n: n + n // 50 + 1), {"completeness": 0, "unique": 0}),
    ("numbers of a row in another order", "id", rows(lambda n: n * 7 % ROWS + 1), {"completeness": 0, "unique": 0}),
    ("codes of one length without a form", "token", rows(lambda n: f"{n % 150 * 2654435761 % 16**8:08x}"), {"completeness": 0, "length": 0}),
    ("postal codes that say so", "zip", [str(10000 + 997 * CHANCE.randrange(60)) for _ in range(ROWS)], {"completeness": 0, "length": 0}),
    ("times of a clock", "dep", [str(hour % 24 * 100 + hour * 7 % 60) for hour in range(ROWS)], {"completeness": 0, "range": 0}),
    ("sentences that recur", "remark", some([f"{a} of the shop was not seen before {b} in that week" for a in TOWNS for b in TOWNS[:2]]), {"completeness": 0}),
    ("codes of two letters", "state", some([f"{a}{b}" for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOP"], 900), {"completeness": 0, "pattern": 0}),
    ("words that happen to have one length", "word", some(["east", "west", "moon", "star"], ROWS), {"completeness": 0, "accepted_values": 0}),
    ("numbers of a row, one twice", "id", [*rows(lambda n: n + 1), 1], {"completeness": 0, "unique": 2}),
    ("amounts that happen to differ", "c", rows(lambda n: n * 7919 % 100_003 + CHANCE.randrange(7)), {"completeness": 0, "range": 0}),
    ("amounts with cents that happen to differ", "c", rows(lambda n: round(n * 7.919 % 100 + n / 10000, 4)), {"completeness": 0, "range": 0}),
    ("amounts, and one far out", "c", [*rows(lambda _: round(CHANCE.gauss(50, 9), 1)), 9999.0], {"completeness": 0, "range": 1}),
    ("years", "year", some(["2019", "2020", "2021"]), {"completeness": 0, "range": 0}),
    ("postal codes", "c", [str(10000 + CHANCE.randrange(80000)) for _ in range(ROWS)], {"completeness": 0}),
    ("names of towns", "town", some(TOWNS, 900), {"completeness": 0, "accepted_values": 0}),
    ("prose", "c", [" ".join(some(TOWNS, 4 + n % 9)) for n in range(ROWS)], {"completeness": 0}),  # type: ignore[arg-type]
    ("addresses of mail", "c", [f"{CHANCE.choice(TOWNS)}{n}@example.org" for n in range(ROWS)], {"completeness": 0, "unique": 0, "format": 0}),
    ("addresses of mail and some that are none", "c", [*(f"{CHANCE.choice(TOWNS)}{n}@example.org" for n in range(ROWS)), "nobody", "at home"], {"completeness": 0, "format": 2}),
    ("codes of one form", "c", [f"{CHANCE.choice('ABC')}{CHANCE.choice('XYZ')}-{CHANCE.randrange(1000, 9999)}" for _ in range(ROWS)], {"completeness": 0, "pattern": 0}),
    ("a constant", "c", ["same"] * ROWS, {"completeness": 0}),
    ("the year of a file", "cycle", [2010] * ROWS, {"completeness": 0, "range": 0}),
    ("nothing", "c", [None] * ROWS, {}),
    ("half of it missing", "town", [*some(TOWNS, 150), *[None] * 150], {"completeness": 0, "variants": 0}),
    ("one of many missing", "town", [*some(TOWNS, 1200), None], {"completeness": 1, "accepted_values": 0}),
    ("numbers with a unit in two spellings", "c", [f"{CHANCE.randrange(8, 20)} {CHANCE.choice(['oz', 'oz.', 'OZ'])}" for _ in range(ROWS)], {"completeness": 0, "format": ROWS}),
    ("numbers with two units", "c", [f"{CHANCE.randrange(8, 20)} {CHANCE.choice(['g', 'ml'])}" for _ in range(ROWS)], {"completeness": 0, "pattern": 0}),
    ("numbers, and words for nothing", "c", [*rows(lambda _: round(CHANCE.gauss(50, 9), 1), 200), *["n/a"] * 100], {"completeness": 0, "rejected_values": 100}),
    ("percentages", "percent", rows(lambda _: round(CHANCE.betavariate(5, 2) * 100, 1)), {"completeness": 0, "range": 0}),
    ("a series that grows", "c", rows(lambda n: 1000 + n * 3 + CHANCE.randrange(5)), {"completeness": 0}),
]  # fmt: skip


def test_spellings_that_recur_are_listed_as_right(tmp_path: Path) -> None:
    cells = [*["paid", "open", "late"] * 60, *["Paid", "void", "held", "held", *["ope"] * 2]]
    (rule,) = (
        one.rule
        for one in of_rows(tmp_path, ("state",), [(one,) for one in cells]).suggestions
        if one.rule.type == "variants"
    )
    # `Paid` is another spelling, `void` was seen once, and `ope` may be `open`.
    assert getattr(rule, "values", None) == ("held", "late", "open", "paid")


@pytest.mark.parametrize(("it", "name", "cells", "expected"), COLUMNS, ids=[case[0] for case in COLUMNS])
def test_column(tmp_path: Path, it: str, name: str, cells: list[Cell], expected: dict[str, int]) -> None:
    found = {rule.partition("(")[0]: failed for rule, failed in of_column(tmp_path, cells, name).items()}
    assert found == expected, it


def test_bounds_have_a_margin_and_are_natural_where_nature_has_some(tmp_path: Path) -> None:
    chance = random.Random(1)
    table: list[tuple[Cell, ...]] = [
        (
            round(chance.gauss(50, 9), 1),
            round(chance.expovariate(1), 3),
            chance.uniform(40, 50),
            chance.randrange(1, 13),
        )
        for _ in range(500)
    ]
    ranges = {
        one.rule.columns[0]: (getattr(one.rule, "min", None), getattr(one.rule, "max", None))
        for one in of_rows(tmp_path, ("size", "wait", "latitude", "month"), table).suggestions
        if one.rule.type == "range"
    }
    sizes = [float(str(row[0])) for row in table]
    low, high = ranges["size"]
    assert low is not None
    assert high is not None
    assert min(sizes) - 30 < float(low) < min(sizes)
    assert max(sizes) < float(high) < max(sizes) + 40
    assert ranges["wait"][0] == 0
    assert ranges["latitude"] == (-90, 90)
    assert ranges["month"] == (1, 12)


def test_directions_and_times_of_a_clock_have_their_bounds_by_nature(tmp_path: Path) -> None:
    chance = random.Random(2)
    table: list[tuple[Cell, ...]] = [
        (chance.randrange(36) * 10, chance.randrange(24) * 100 + chance.randrange(60), chance.randrange(2400))
        for _ in range(500)
    ]
    ranges = {
        one.rule.columns[0]: (getattr(one.rule, "min", None), getattr(one.rule, "max", None))
        for one in of_rows(tmp_path, ("wind_dir", "departs", "steps"), table).suggestions
        if one.rule.type == "range"
    }
    assert ranges["wind_dir"] == (0, 360)
    assert ranges["departs"] == (0, 2400)
    assert ranges["steps"] != (0, 2400)


def towns(count: int = 400) -> list[tuple[Cell, ...]]:
    return [(n, TOWNS[n % 30], f"state {'ABCDE'[n % 30 % 5]}", CHANCE.randrange(100)) for n in range(count)]


def test_a_column_that_another_determines_and_a_row_that_breaks_it(tmp_path: Path) -> None:
    table = towns()
    table[7] = (7, TOWNS[7], "state A", 3)
    found = of_rows(tmp_path, ("id", "town", "state", "n"), table).suggestions
    dependencies = {one.rule.columns: one.failed for one in found if one.rule.type == "dependency"}
    assert dependencies == {("town", "state"): 1}


def test_columns_that_have_nothing_to_do_with_each_other_are_no_dependency(tmp_path: Path) -> None:
    table = [
        (CHANCE.choice(TOWNS), CHANCE.choice("abc"), CHANCE.choice("xy"), CHANCE.randrange(9)) for _ in range(ROWS)
    ]
    found = of_rows(tmp_path, ("town", "kind", "side", "n"), table).suggestions
    assert not [one.rule.columns for one in found if one.rule.type in {"dependency", "unique"}]


def test_a_key_of_two_columns(tmp_path: Path) -> None:
    table = [(town, 2000 + year, CHANCE.randrange(50)) for town in TOWNS for year in range(12)]
    found = of_rows(tmp_path, ("town", "year", "n"), table).suggestions
    assert [one.rule.columns for one in found if one.rule.type == "unique"] == [("town", "year")]


def test_values_of_things_of_which_others_may_come_are_not_all_that_there_are(tmp_path: Path) -> None:
    owners = ["trust", "city", "county", "church", "federal", "private", "tribal"]
    table = [(f"hospital {n % 20}", owners[n % 20 % 7], CHANCE.randrange(9)) for n in range(400)]
    table = [row if row[0] != "hospital 6" else (row[0], "navy", row[2]) for row in table]
    found = of_rows(tmp_path, ("hospital", "owner", "n"), table).suggestions
    assert not [one.rule.name for one in found if one.rule.name == "accepted_values(owner)"]


@pytest.mark.parametrize(
    ("names", "table"),
    [
        (("a", "b"), [(1, "x"), (2, "y"), (3, "x"), (4, "z")]),
        (("a",), [(None,)]),
        (("a",), []),
    ],
)  # fmt: skip
def test_of_a_few_rows_nothing_is_known(tmp_path: Path, names: tuple[str, ...], table: list[tuple[Cell, ...]]) -> None:
    assert [one.rule.type for one in of_rows(tmp_path, names, table).suggestions] in ([], ["schema"])


def test_a_begin_lies_before_its_end(tmp_path: Path) -> None:
    days = [f"2024-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(300)]
    table: list[tuple[Cell, ...]] = [
        (n, day, day[:8] + f"{min(28, int(day[8:]) + n % 5):02}") for n, day in enumerate(days)
    ]
    table[3] = (3, "2024-12-27", "2024-01-02")
    found = of_rows(tmp_path, ("id", "ordered", "shipped"), table).suggestions
    orders = {str(getattr(one.rule, "expression", "")): one.failed for one in found if one.rule.type == "expression"}
    assert orders == {'"ordered" <= "shipped"': 1}


def test_times_that_have_nothing_to_do_with_each_other_are_in_no_order(tmp_path: Path) -> None:
    table = [(n, f"2024-{CHANCE.randint(1, 12):02}-03", f"2030-{CHANCE.randint(1, 12):02}-03") for n in range(300)]
    found = of_rows(tmp_path, ("id", "a", "b"), table).suggestions
    assert not [one.rule.name for one in found if one.rule.type == "expression"]


def events(count: int = 400) -> list[tuple[Cell, ...]]:
    chance = random.Random(3)
    return [
        (n * 3 + 7, f"2024-01-{n % 28 + 1:02d} {n % 24:02d}:{n % 60:02d}:{n % 59:02d}", chance.choice("ABCD"),
         chance.randrange(50), round(chance.gauss(9, 2), 2), chance.choice(TOWNS))
        for n in range(count)
    ]  # fmt: skip


def test_rows_that_are_copies_but_for_their_number(tmp_path: Path) -> None:
    names = ("id", "at", "kind", "size", "price", "town")
    table = events()
    found = {one.rule.name: one for one in of_rows(tmp_path, names, table).suggestions}
    assert found["duplicates"].failed == 0
    assert getattr(found["duplicates"].rule, "besides", None) == ("id",)
    copies = [(5000 + row[0], *row[1:]) for row in table[5:8]]  # type: ignore[operator]
    found = {one.rule.name: one for one in of_rows(tmp_path, names, [*table, *copies]).suggestions}
    assert found["duplicates"].failed == 3
    # Of few columns of few values equal rows are no copies.
    narrow = [(row[0], row[2], row[3]) for row in table]
    assert "duplicates" not in {one.rule.name for one in of_rows(tmp_path, ("id", "kind", "size"), narrow).suggestions}


def test_rows_that_chance_makes_equal_are_no_copies(tmp_path: Path) -> None:
    chance = random.Random(9)
    names = tuple(f"q{n}" for n in range(12))
    # Each answer mostly follows the first: all rows differ, and many differ in one answer alone.
    answers = {
        tuple(first if chance.random() < 0.8 else chance.randrange(4) for _ in names)
        for first in (chance.randrange(4) for _ in range(220))
    }
    found = {one.rule.name for one in of_rows(tmp_path, names, sorted(answers)).suggestions}
    assert "duplicates" not in found
    measured = [(n // 3, *(round(chance.gauss(0, 1), 4) for _ in range(3))) for n in range(200)]
    found = {one.rule.name for one in of_rows(tmp_path, ("site", "a", "b", "c"), measured).suggestions}
    assert "duplicates" in found


@pytest.mark.parametrize(
    ("shares", "names_of_kinds"),
    [({1: 50, 2: 30, 3: 12}, False), ({1: 30, 2: 12, 3: 50}, True), ({0: 80, 1: 20}, True), ({1: 80, 2: 20}, False)],
)
def test_numbers_that_become_rarer_towards_an_end_may_go_on(
    tmp_path: Path, shares: dict[int, int], *, names_of_kinds: bool
) -> None:
    cells: list[tuple[Cell, ...]] = [(n, other) for n, times in shares.items() for other in range(3 * times)]
    CHANCE.shuffle(cells)
    found = {one.rule.name for one in of_rows(tmp_path, ("n", "other"), cells).suggestions}
    assert ("accepted_values(n)" in found) is names_of_kinds


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["same"] * ROWS, ("same",)),
        ([605] * ROWS, (605,)),
        ([0.19] * ROWS, (0.19,)),
        (["Based on 20 or fewer"] * ROWS, ("Based on 20 or fewer",)),
        ([*["A"] * 200, *[None] * 100], ("A",)),
        # Too few rows, nothing so far, what the next file has another of, no value, and a second value.
        ([605] * 28, None),
        ([0] * ROWS, None),
        ([1] * ROWS, None),
        (["10/20/2020"] * ROWS, None),
        (["v1.2"] * ROWS, None),
        ([2010] * ROWS, None),
        (["N/A"] * ROWS, None),
        ([*["same"] * ROWS, "other"], None),
    ],
)
def test_the_only_value_of_a_column_is_a_rule_of_little_confidence(
    tmp_path: Path, cells: list[Cell], values: tuple[Scalar, ...] | None
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(csv_text(("n", "c"), [(n * 7 % 50, cell) for n, cell in enumerate(cells)]), encoding="utf-8")
    group = Group("t", str(path), (str(path),))
    sure, less = (
        {one.rule.name: one.rule for one in look_at(group, Wanted(least)).suggestions}
        for least in (CONFIDENT, CONFIDENT_AGAINST)
    )
    assert "accepted_values(c)" not in sure
    assert getattr(less.get("accepted_values(c)"), "values", None) == values


@pytest.mark.parametrize("closed", [True, False])
def test_numbers_that_stand_for_a_closed_list_of_texts_are_closed_too(tmp_path: Path, *, closed: bool) -> None:
    kinds = [f"{town} street" for town in TOWNS[:8]]
    # Others come rarely, or each is as frequent as the next one.
    shares = [60] * 8 if closed else [60, 40, 25, 15, 9, 5, 3, 1]
    cells: list[tuple[Cell, ...]] = [(10 * n + 4, kind) for n, kind in enumerate(kinds) for _ in range(shares[n])]
    CHANCE.shuffle(cells)
    found = {one.rule.name for one in of_rows(tmp_path, ("kind_number", "kind"), cells).suggestions}
    assert ("accepted_values(kind_number)" in found) is closed


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_a_range_of_few_numbers_is_wide_and_finds_a_slip_of_the_point(tmp_path: Path, scale: float) -> None:
    chance = random.Random(4)
    cells: list[tuple[Cell, ...]] = [(round(scale * chance.gauss(50, 5), 3), "x") for _ in range(32)]
    (bounds,) = (one for one in of_rows(tmp_path, ("n", "other"), cells).suggestions if one.rule.type == "range")
    low, high = getattr(bounds.rule, "min", None), getattr(bounds.rule, "max", None)
    assert low is not None
    assert high is not None
    assert low < scale * 15
    assert scale * 85 < high < scale * 500


def test_a_temperature_may_fall_below_zero_where_each_is_near_the_one_before(tmp_path: Path) -> None:
    days: list[tuple[Cell, ...]] = [(round(12 + 11 * math.sin(n / 40), 1), n % 7) for n in range(120)]
    found = {one.rule.name for one in of_rows(tmp_path, ("temp_max", "x"), days).suggestions}
    assert "range(temp_max)" not in found
