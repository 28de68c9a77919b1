"""A profile says of a table what plain Python says of it."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Cell, csv_text
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile
from suggest_of import of_rows, suggested

NAMES = ("id", "amount", "word", "day", "flag", "a \"hostile' name, SELECT")
ROWS = 400


def table(seed: int) -> list[tuple[Cell, ...]]:
    chance = random.Random(seed)

    def maybe(value: Cell, share: float) -> Cell:
        return None if chance.random() < share else value

    return [
        (
            number,
            maybe(round(chance.gauss(10, 3), 2), 0.1),
            maybe(chance.choice(["red", "green", " blue", "Ünï", "a,b"]), 0.05),
            maybe(f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}", 0.02),
            chance.choice([True, False]),
            maybe(chance.choice(["x", "y's", 'z"']), 0.5),
        )
        for number in range(ROWS)
    ]


def written(folder: Path, rows: list[tuple[Cell, ...]], form: str) -> Profile:
    if form == "csv":
        return of_rows(folder, NAMES, rows).proposal.profile
    columns = dict(zip(NAMES, zip(*rows, strict=True), strict=True))
    pq.write_table(pa.table({name: list(cells) for name, cells in columns.items()}), folder / "t.parquet")
    return suggested(folder / "t.parquet").proposal.profile


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("seed", [1, 2])
def test_counts_values_and_ends_are_those_that_python_counts(tmp_path: Path, form: str, seed: int) -> None:
    rows = table(seed)
    found = written(tmp_path, rows, form)
    assert (found.rows, found.sampled, [one.name for one in found.columns]) == (ROWS, ROWS, list(NAMES))
    for column, cells in zip(found.columns, zip(*rows, strict=True), strict=True):
        there = [cell for cell in cells if cell is not None]
        assert column.missing == ROWS - len(there)
        assert column.malformed == 0
        assert (column.distinct, column.exact) == (len(set(there)), True)
        if column.kind is Kind.TEXT and isinstance(there[0], str):
            texts = [str(one) for one in there]
            assert dict(column.values) == dict(Counter(texts))
            assert (column.shortest, column.longest) == (min(map(len, texts)), max(map(len, texts)))
            assert column.spaced == sum(one != one.strip() for one in texts)
        if column.kind is Kind.NUMBER:
            numbers = sorted(float(str(one)) for one in there)
            assert (column.low, column.high) == (numbers[0], numbers[-1])
            assert column.numbers is not None
            assert column.numbers.tolist() == numbers
            assert sum(column.histogram(10)) == len(numbers)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_of_many_rows_some_are_looked_at_and_what_bounds_a_rule_is_counted_in_all(tmp_path: Path, form: str) -> None:
    rows = 120_000
    kinds = [*("abc"[number % 3] for number in range(rows - 1)), "late"]
    columns: dict[str, list[Cell]] = {"id": list(range(rows)), "kind": list(kinds)}
    path = tmp_path / f"t.{form}"
    if form == "csv":
        path.write_text(csv_text(("id", "kind"), list(zip(*columns.values(), strict=True))), encoding="utf-8")
    else:
        pq.write_table(pa.table(columns), path)
    found = suggested(path).proposal.profile
    assert found.rows == rows
    assert 30_000 < found.sampled < 60_000
    assert dict(found.column("kind").values) == Counter(kinds)
    assert found.column("kind").complete
    assert (found.column("id").low, found.column("id").high) == (0, rows - 1)


def test_a_personal_column_is_not_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(csv_text(("name", "n"), [(f"secret{n}", n) for n in range(50)]), encoding="utf-8")
    found = suggested(path, pii=("Name",))
    assert [one.name for one in found.proposal.profile.columns] == ["n"]
    assert not [one for one in found.suggestions if "name" in one.rule.columns]


def test_a_cell_that_does_not_parse_is_neither_missing_nor_a_value(tmp_path: Path) -> None:
    column = of_rows(tmp_path, ("n",), [(n,) for n in range(200)] + [("abc",), (None,)]).proposal.profile.column("n")
    assert isinstance(column, ColumnProfile)
    assert (column.missing, column.malformed, column.present, column.high) == (1, 1, 200, 199)


def test_what_one_column_says_of_another(tmp_path: Path) -> None:
    rows: list[tuple[Cell, ...]] = [(f"city{n % 40}", f"land{n % 40 % 7}", n * 7919 % 101) for n in range(400)]
    rows[0] = ("city0", "lnad0", 1)
    pairs = {
        (one.first, one.second): one for one in of_rows(tmp_path, ("city", "land", "n"), rows).proposal.profile.pairs
    }
    pair = pairs["city", "land"]
    assert (pair.rows, pair.groups, pair.others, pair.rare) == (400, 40, 1, 1)
    assert pair.chance > 200
    assert ("land", "city") not in pairs
