"""`idqp profile` shows what is in data, in each of its formats."""

from __future__ import annotations

import random
from html.parser import HTMLParser

import pytest

from conftest import Cell, Shell, csv_text

CHANCE = random.Random(2)
TOWNS = ["Leeds", "York", "Hull", "Bath", "Ripon", "Wells"]
NAMES = ("id", "town", "land", "amount", "day", "<b>odd</b> | \x1b[31m name")


@pytest.fixture
def shop(shell: Shell) -> Shell:
    rows: list[tuple[Cell, ...]] = []
    for n in range(200):
        at = CHANCE.randrange(6)
        day = f"2024-{CHANCE.randint(1, 12):02}-{CHANCE.randint(1, 28):02}"
        rows.append((n, TOWNS[at], "NS"[at % 2], round(CHANCE.gauss(50, 9), 2), day, f"<i>{n % 3}</i>"))
    rows[9] = (9, "Leeds", "X", 9999.5, "2024-01-01", None)
    shell.write("orders.csv", csv_text(NAMES, rows))
    return shell


def test_the_screen(shop: Shell) -> None:
    found = shop.idqp("profile", "orders.csv")
    assert found.code == 0, found.err
    for told in (
        "orders  orders.csv · 200 rows · 6 columns",
        "delimiter: comma",
        "amount  DOUBLE · ",
        "0.5 % missing",
        "top: ",
        "keys: id",
        "depend: town → land",
        "✗ dependency(town, land)  1 row of 200",
        "✗ range(amount)  1 row of 200",
    ):
        assert told in found.out, told
    assert "\x1b" not in found.out


def test_plain_values(shop: Shell) -> None:
    (dataset,) = shop.idqp("profile", "orders.csv", "--format", "json").json["datasets"]
    amount = next(one for one in dataset["columns"] if one["name"] == "amount")
    assert (amount["max"], sum(amount["histogram"]), amount["missing"]) == (9999.5, 200, 0)
    assert amount["min"] <= amount["q1"] <= amount["median"] <= amount["q3"] <= amount["max"]
    assert dataset["keys"] == [["id"]]
    assert {one["rule"]: one["rows_failed"] for one in dataset["findings"]}["range(amount)"] == 1


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.found.append(tag)


def test_the_page_has_a_histogram_for_each_number_and_no_markup_of_the_data(shop: Shell) -> None:
    page = shop.idqp("profile", "orders.csv", "--format", "html").out
    tags = Tags()
    tags.feed(page)
    assert page.isascii()
    assert tags.found.count("svg") == 3
    assert "i" not in tags.found
    assert 'name="viewport"' in page


def test_markdown_has_one_row_for_each_column(shop: Shell) -> None:
    rows = [
        line for line in shop.idqp("profile", "orders.csv", "--format", "markdown").out.splitlines() if line[:1] == "|"
    ]
    assert len(rows) == 2 + len(NAMES)
    assert all(line.replace("\\|", "").count("|") == 7 for line in rows)


def test_what_cannot_be_read_is_exit_3(shop: Shell) -> None:
    found = shop.idqp("profile", "gone.csv")
    assert (found.code, found.out) == (3, "")
    assert "gone" in found.err
