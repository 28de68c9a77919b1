"""`idqp suggest` prints a rules file that holds, and finds what it says."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Cell, csv_text

CHANCE = random.Random(3)


def run_idqp(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "idqp_cli", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)


NAMES = ("id", "state", "amount", "day", "odd \"name', \U0001f600")


def orders(rows: int = 300) -> list[tuple[Cell, ...]]:
    return [
        (
            n,
            CHANCE.choice(["delivered", "cancelled", "open"]),
            round(CHANCE.gauss(50, 9), 2),
            f"{CHANCE.randint(1, 28):02}.{CHANCE.randint(1, 12):02}.2024",
            CHANCE.choice(["it's", 'a "b"', "c: d", "- e", "#f", "yes", "2024-01-01", "0123"]),
        )
        for n in range(rows)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = orders()
    rows[5] = (5, "delivred", 49.0, "01.02.2024", "#f")
    rows[6] = (6, "open", 9999.0, "01.02.2024", "#f")
    (tmp_path / "orders.csv").write_text(csv_text(NAMES, rows), encoding="utf-8")
    return tmp_path


def test_what_is_printed_is_a_rules_file_that_finds_what_it_says(folder: Path) -> None:
    printed = run_idqp("suggest", "orders.csv", cwd=folder)
    assert (printed.returncode, printed.stderr) == (0, "")
    (folder / "rules.yaml").write_text(printed.stdout, encoding="utf-8")
    linted = run_idqp("rule", "lint", cwd=folder)
    assert linted.returncode == 0, linted.stderr
    found = json.loads(run_idqp("suggest", "orders.csv", "--format", "json", cwd=folder).stdout)
    said = {one["name"]: one["rows_failed"] for one in found["datasets"][0]["rules"] if one["finding"]}
    assert said == {"accepted_values(state)": 1, "range(amount)": 1}
    report = json.loads(run_idqp("check", "--no-store", "--format", "json", cwd=folder).stdout)
    results = report["datasets"][0]["results"]
    assert {one["rule"]: one["rows_failed"] for one in results if one["status"] != "passed"} == said


def test_dates_are_read_as_they_were_found(folder: Path) -> None:
    printed = run_idqp("suggest", "orders.csv", "--select", "type:schema", cwd=folder).stdout
    assert "'%d.%m.%Y'" in printed
    assert "day: DATE" in printed


def test_rules_are_chosen_and_held_against_other_files(folder: Path) -> None:
    (folder / "later.csv").write_text(
        csv_text(NAMES, [*orders(50), (1, "lost", 1.0, "01.01.2025", "#f")]), encoding="utf-8"
    )
    asked = (
        "suggest",
        "orders.csv",
        "--select",
        "type:accepted_values",
        "--exclude",
        "*odd*",
        "--against",
        "later.csv",
    )
    printed = run_idqp(*asked, cwd=folder).stdout
    assert printed.count("- {type:") == 1
    assert "later.csv: 1 of 51 rows" in printed
    assert "lost" not in printed.partition("values:")[2]


def test_a_file_that_cannot_be_read_is_exit_3_and_the_others_are_there(folder: Path) -> None:
    found = run_idqp("suggest", "orders.csv", "gone.csv", cwd=folder)
    assert found.returncode == 3
    assert "gone" in found.stderr
    assert "path: orders.csv" in found.stdout


def test_files_that_are_called_alike_are_one_dataset(folder: Path) -> None:
    for month in (1, 2):
        (folder / f"sales_2024-0{month}.csv").write_text(csv_text(NAMES, orders(80)), encoding="utf-8")
    (folder / "sales_2024-03.csv").write_text("other,columns\n1,2\n", encoding="utf-8")
    files = sorted(path.name for path in folder.glob("sales_*"))
    found = json.loads(run_idqp("suggest", *files[:2], "--format", "json", cwd=folder).stdout)
    assert [(one["dataset"], one["path"], one["rows"]) for one in found["datasets"]] == [("sales", "sales_*.csv", 160)]
    apart = json.loads(run_idqp("suggest", *files, "--format", "json", cwd=folder).stdout)
    assert [one["path"] for one in apart["datasets"]] == files


def test_a_column_refers_to_the_key_of_another_dataset(folder: Path) -> None:
    customers: list[tuple[Cell, ...]] = [(n, f"name {n % 7}") for n in range(100, 160)]
    orders_of: list[tuple[Cell, ...]] = [(n, 100 + n * 7 % 60, n % 9) for n in range(300)]
    (folder / "customers.csv").write_text(csv_text(("id", "name"), customers), encoding="utf-8")
    (folder / "sales.csv").write_text(csv_text(("id", "customer_id", "n"), orders_of), encoding="utf-8")
    printed = run_idqp("suggest", "sales.csv", "customers.csv", cwd=folder).stdout
    assert "- {type: references, column: customer_id, dataset: customers, to: [id]}" in printed
    assert printed.count("type: references") == 1
    (folder / "rules.yaml").write_text(printed, encoding="utf-8")
    assert run_idqp("check", "--no-store", cwd=folder).returncode == 0
