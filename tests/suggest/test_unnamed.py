"""A check without rules finds what is wrong, fails nothing by it, and leaves no trace."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from conftest import Cell, Shell, csv_text

CHANCE = random.Random(11)


def orders() -> str:
    rows: list[tuple[Cell, ...]] = [
        (n, CHANCE.choice(["delivered", "cancelled"]), round(CHANCE.gauss(50, 9), 2)) for n in range(200)
    ]
    rows[5] = (5, "delivred", 9999.0)
    return csv_text(("id", "state", "amount"), rows)


@pytest.fixture
def shop(shell: Shell) -> Shell:
    shell.write("orders.csv", orders())
    return shell


def test_what_is_wrong_is_shown_as_information(shop: Shell) -> None:
    found = shop.idqp("check", "orders.csv")
    assert found.code == 0
    assert "✗ info  accepted_values(state)" in found.out
    assert "line 7: state = delivred" in found.out
    assert found.out.rstrip().endswith("idqp init orders.csv")
    assert not list(shop.folder.glob(".idqp*"))


def test_who_asks_for_it_fails_by_it(shop: Shell) -> None:
    found = shop.idqp("check", "orders.csv", "--fail-on", "info", "--format", "json")
    assert found.code == 1
    failed = {one["rule"]: one for one in found.json["datasets"][0]["results"] if one["status"] == "failed"}
    assert {name: (one["severity"], one["rows_failed"]) for name, one in failed.items()} == {
        "accepted_values(state)": ("info", 1),
        "range(amount)": ("info", 1),
    }


def test_a_store_that_is_there_hears_nothing_of_it(shop: Shell) -> None:
    shop.rules({"type": "row_count", "min": 1}, path="other.csv")
    shop.write("other.csv", "a\n1\n")
    assert shop.idqp("check", "t").code == 0
    assert shop.idqp("check", "orders.csv").code == 0
    assert "orders" not in shop.idqp("dataset", "list").out
    assert "orders" not in shop.idqp("incident", "list").out


def test_failing_and_good_rows_are_set_apart(shop: Shell) -> None:
    assert shop.idqp("check", "orders.csv", "--quarantine", "bad", "--good", "fine").code == 0
    (bad,) = (shop.folder / "bad").glob("*.csv")
    (fine,) = (shop.folder / "fine").glob("*.csv")
    assert [line.split(",")[0] for line in bad.read_text().splitlines()] == ["id", "5"]
    assert "range(amount)" in bad.read_text()
    assert len(fine.read_text().splitlines()) == 200


def test_rules_are_chosen_and_a_sample_is_judged_by_none(shop: Shell) -> None:
    chosen = shop.idqp("check", "orders.csv", "--select", "type:range", "--format", "json").json["datasets"][0]
    assert [one["rule"] for one in chosen["results"]] == ["parse", "row_count", "range(amount)"]
    sampled = shop.idqp("check", "orders.csv", "--sample", "50", "--format", "json").json["datasets"][0]
    assert [one["rule"] for one in sampled["results"]] == ["parse", "row_count"]


def test_standard_input_and_an_empty_file(shop: Shell) -> None:
    assert "accepted_values(state)" in shop.idqp("check", "-", stdin=orders().encode()).out
    shop.write("empty.csv", "a,b\n")
    assert shop.idqp("check", "empty.csv").code == 1


def test_init_writes_rules_that_hold_and_says_what_is_wrong(shop: Shell) -> None:
    shop.write(".git/HEAD", "ref: refs/heads/main\n")
    for month in range(1, 4):
        shop.write(f"data/sales_2024-0{month}.csv", "id;n\n" + "".join(f"{month}{n:03};{n % 7}\n" for n in range(60)))
    shop.write("data/.hidden.csv", "a\n1\n")
    shop.write(
        "straße.csv", ("datum;betrag\n" + "".join(f"{n % 28 + 1:02}.03.2024;{n},5\n" for n in range(60))).encode()
    )
    made = shop.idqp("init")
    assert made.code == 0, made.err
    assert "✗ warning  accepted_values(state)" in made.out
    text = (shop.folder / "rules.yaml").read_text(encoding="utf-8")
    assert [line.strip() for line in text.splitlines() if line.startswith("    path:")] == [
        "path: orders.csv",
        "path: 'straße.csv'",
        "path: 'data/sales_*.csv'",
    ]
    assert "'%d.%m.%Y'" in text
    assert (shop.folder / ".gitignore").read_text() == ".idqp/\n"
    assert shop.idqp("rule", "lint").code == 0
    again = shop.idqp("check", "--format", "json").json
    failed = [one["rule"] for dataset in again["datasets"] for one in dataset["results"] if one["status"] != "passed"]
    assert failed == ["accepted_values(state)", "range(amount)"]


def test_init_writes_over_nothing(shop: Shell) -> None:
    shop.write("rules.yaml", "mine")
    refused = shop.idqp("init", "orders.csv")
    assert (refused.code, (shop.folder / "rules.yaml").read_text()) == (2, "mine")
    assert shop.idqp("init", "orders.csv", "--output", "sub/r.yaml").code != 0
    (shop.folder / "sub").mkdir()
    assert shop.idqp("init", "orders.csv", "--output", "sub/r.yaml").code == 0
    assert "path: '../orders.csv'" in (shop.folder / "sub" / "r.yaml").read_text()
    assert shop.idqp("init", "orders.csv", "--force").code == 0
    assert "version: 1" in (shop.folder / "rules.yaml").read_text()
    assert not (shop.folder / ".gitignore").exists()


def test_init_of_what_cannot_be_read(shop: Shell, tmp_path: Path) -> None:
    shop.write("broken.parquet", b"PAR1 is not enough")
    found = shop.idqp("init", "broken.parquet", "orders.csv", "--output", "-")
    assert found.code == 3
    assert "broken" in found.err
    assert "path: orders.csv" in found.out
    (tmp_path / "none").mkdir()
    assert shop.idqp("init", "none").code == 3
