"""What is rare and real is no finding: the numbers of one thing, a number near the others, cells that go missing together."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from conftest import Cell
from idqp_cli.suggest.suggest import Suggested
from suggest_of import of_column, of_rows

LANDS = [f"land{n}" for n in range(20)]


def findings(found: Suggested) -> dict[str, int]:
    return {one.rule.name: one.failed for one in found.suggestions if one.finding}


def incomes(rich: str) -> list[tuple[Cell, ...]]:
    """Give incomes of many lands, and five that are far above them."""
    chance = random.Random(4)
    rows: list[tuple[Cell, ...]] = [(LANDS[n % 20], round(chance.lognormvariate(8, 0.4), 1)) for n in range(1_600)]
    for n in range(5):
        rows[n * 61] = (rich or rows[n * 61][0], 90_000.5 + 3_000 * n)
    return rows


def test_numbers_far_out_of_one_thing_are_no_finding(tmp_path: Path) -> None:
    assert "range(income)" not in findings(of_rows(tmp_path, ("land", "income"), incomes("land7")))


def test_numbers_far_out_of_many_things_are_a_finding(tmp_path: Path) -> None:
    assert findings(of_rows(tmp_path, ("land", "income"), incomes("")))["range(income)"] == 5


@pytest.mark.parametrize(("last", "failed"), [(101.0, 0), (400.0, 1)])
def test_a_number_near_the_others_is_no_error(tmp_path: Path, last: float, failed: int) -> None:
    chance = random.Random(6)
    values = [round(chance.gauss(50, 10), 1) for _ in range(600)]
    values[300] = last
    assert of_column(tmp_path, values, "weight").get("range(weight)", 0) == failed


@pytest.mark.parametrize(("together", "findings_"), [(True, set()), (False, {"completeness(tail)"})])
def test_cells_that_go_missing_with_others_are_no_finding(
    tmp_path: Path, *, together: bool, findings_: set[str]
) -> None:
    rows: list[tuple[Cell, ...]] = []
    for n in range(1_000):
        gone = n % 25 == 0
        without = gone and n % 250 == 0 if together else n % 250 == 1
        rows.append((n, None if gone else f"{n % 24}:00", None if without else f"N{n % 90}"))
    found = of_rows(tmp_path, ("id", "time", "tail"), rows)
    assert {name for name in findings(found) if "completeness" in name} == findings_


def test_a_lone_amount_below_0_is_an_error_and_a_temperature_is_none(tmp_path: Path) -> None:
    chance = random.Random(7)
    values = [round(chance.lognormvariate(4, 0.6), 2) for _ in range(800)]
    values[99] = -12.0
    assert of_column(tmp_path, values, "amount")["range(amount)"] == 1
    assert of_column(tmp_path, values, "temp_change").get("range(temp_change)", 0) == 0
    # An amount that lies far apart does not hide it.
    values[500] = 99_999_999.0
    assert of_column(tmp_path, values, "amount")["range(amount)"] == 2
    assert of_column(tmp_path, values, "temp_change").get("range(temp_change)", 0) == 1


@pytest.mark.parametrize(("other", "suggested"), [("the same", False), ("any", True)])
def test_a_second_value_that_many_groups_share_is_real(tmp_path: Path, other: str, *, suggested: bool) -> None:
    chance = random.Random(8)
    carriers = [f"carrier {one}" for one in "ABCDEFGHIJKL"]
    rows: list[tuple[Cell, ...]] = [(f"N{n % 120}", carriers[n % 12], n) for n in range(3_600)]
    for plane in range(24, 120, 12):
        # Planes of the first carrier fly for the second one now and then; or a cell is filled in wrongly.
        rows[plane] = (rows[plane][0], carriers[1] if other == "the same" else chance.choice(carriers[1:]), plane)
    found = of_rows(tmp_path, ("plane", "carrier", "flight"), rows)
    assert ("dependency(plane, carrier)" in {one.rule.name for one in found.suggestions}) == suggested


@pytest.mark.parametrize(("wrong", "suggested"), [("in one group", False), ("anywhere", True)])
def test_a_second_value_in_many_rows_of_one_group_is_real(tmp_path: Path, wrong: str, *, suggested: bool) -> None:
    chance = random.Random(3)
    seats = [100 + 7 * (n % 40) for n in range(79)]
    table: list[tuple[Cell, ...]] = [(n, f"model {n % 79}", seats[n % 79], n) for n in range(3_200)]
    for n in range(10):
        at = 5 + 79 * 2 * n if wrong == "in one group" else chance.randrange(3_200)
        table[at] = (at, f"model {at % 79}", seats[11] if wrong == "in one group" else chance.choice(seats), at)
    found = of_rows(tmp_path, ("plane", "model", "seats", "flight"), table)
    assert ("dependency(model, seats)" in {one.rule.name for one in found.suggestions}) == suggested


def test_an_error_that_a_group_has_more_than_once_is_one_where_many_groups_have_theirs(tmp_path: Path) -> None:
    table: list[tuple[Cell, ...]] = [(n, n % 60, f"town {n % 60}", n) for n in range(2_400)]
    for n in [*range(3, 2_400, 61), 63, 123, 184]:
        # The same wrong way to write it, in any row.
        table[n] = (*table[n][:2], f"{table[n][2]} in the north", n)
    found = of_rows(tmp_path, ("id", "brewery_id", "city", "n"), table)
    assert findings(found)["dependency(brewery_id, city)"] == 43


@pytest.mark.parametrize(
    ("numbers", "both_ways"),
    [
        ([40 + 11 * n % 307 for n in range(30)], False),
        ([n + 1 for n in range(30)], True),
    ],
)
def test_numbers_that_happen_to_differ_determine_nothing(
    tmp_path: Path, numbers: list[int], *, both_ways: bool
) -> None:
    table: list[tuple[Cell, ...]] = [(n, f"month {n // 40}", numbers[n // 40], n * 7 % 50) for n in range(1_200)]
    found = of_rows(tmp_path, ("id", "month", "ads", "other"), table).suggestions
    dependencies = {one.rule.columns for one in found if one.rule.type == "dependency"}
    assert ("month", "ads") in dependencies
    assert (("ads", "month") in dependencies) == both_ways


def test_numbers_far_out_may_be_of_each_of_few_kinds(tmp_path: Path) -> None:
    chance = random.Random(9)
    rows: list[tuple[Cell, ...]] = [(f"kind {n % 6}", round(chance.gauss(50, 5), 2)) for n in range(600)]
    for n in range(60):
        rows[n * 7] = (rows[n * 7][0], round(chance.uniform(-900, 900), 2))
    assert findings(of_rows(tmp_path, ("kind", "weight"), rows))["range(weight)"] >= 50
