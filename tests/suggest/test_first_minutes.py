"""The first five minutes with three files in an empty folder: profile, init, check, ack, fix, check."""

from __future__ import annotations

import random

import duckdb
import pytest

from conftest import Cell, Shell, csv_text

CHANCE = random.Random(5)
TOWNS = {"80331": "München", "50667": "Köln", "10115": "Berlin", "70173": "Stuttgart", "90402": "Nürnberg"}
# Of each line of the orders: what is wrong in it, and what it should be.
WRONG = {
    12: ("2026-13-05", "2026-01-05"), 40: ("31/01/2026", "2026-01-31"), 77: ("PAID", "paid"), 90: ("paid ", "paid"),
    120: ("Birmingxam", "Birmingham"), 150: ("London ", "London"), 200: ("$-12.00", "$12.00"), 230: ("12,5O", "$12.50"),
}  # fmt: skip
FINDINGS = ("parse", "accepted_values(city)", "accepted_values(status)", "range(amount)")


def orders(*, mended: bool) -> str:
    chance = random.Random(3)
    rows: list[tuple[Cell, ...]] = []
    for line in range(2, 402):
        row: list[Cell] = [
            10_000 + line, f"2026-01-{chance.randint(1, 31):02}", chance.choice(["Birmingham", "London", "Leeds"]),
            chance.choice(["paid", "shipped", "cancelled"]), f"${chance.lognormvariate(5, 1):,.2f}",
        ]  # fmt: skip
        if line in WRONG:
            was, should_be = WRONG[line]
            place = next(at for at, like in ((1, "20"), (3, "paid"), (4, "$"), (2, "")) if should_be.startswith(like))
            row[place] = should_be if mended else was
        rows.append(tuple(row))
    return csv_text(("order_id", "day", "city", "status", "amount"), rows)


def invoices() -> bytes:
    lines = ["Rechnung;Datum;Straße;PLZ;Ort;Betrag"]
    for number in range(200):
        code = CHANCE.choice(list(TOWNS))
        amount = f"{CHANCE.uniform(1_000, 9_000):,.2f}".translate(str.maketrans(",.", ".,"))
        day = f"{number % 28 + 1:02}.{number % 12 + 1:02}.2026"
        lines.append(f"R{number:05};{day};Gasse {CHANCE.randint(1, 99)};{code};{TOWNS[code]};{amount}")
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


@pytest.fixture
def folder(shell: Shell) -> Shell:
    shell.write("orders.csv", orders(mended=False))
    shell.write("rechnungen.csv", invoices())
    trips = "SELECT i AS trip, TIMESTAMP '2026-01-01' + to_seconds(i * 37) AS pickup, hash(i) % 30 + 2.5 AS fare"
    duckdb.sql(f"COPY ({trips} FROM range(500) AS t(i)) TO '{shell.folder / 'trips.parquet'}'")
    return shell


def test_no_step_needs_the_docs(folder: Shell) -> None:
    seen = folder.idqp("profile", "orders.csv", "rechnungen.csv", "trips.parquet")
    assert (seen.code, seen.err) == (0, "")
    for line, (wrong, _) in WRONG.items():
        assert f"line {line}: " in seen.out, wrong
    assert "Datum  DATE" in seen.out
    assert "Betrag  DOUBLE" in seen.out
    assert seen.out.count("\n  encoding: ") == 2
    assert "\n  encoding: latin-1  line 1 is not UTF-8" in seen.out

    begun = folder.idqp("init")
    assert begun.code == 0, begun.err
    assert begun.err.endswith("check with: idqp check\n")
    assert folder.idqp("rule", "lint").code == 0

    first = folder.idqp("check")
    assert first.code == 1
    failed = {word for word in FINDINGS if f"  {word}  incident" in first.out}
    assert (failed, first.out.count("  incident ")) == ({*FINDINGS}, len(FINDINGS))
    advised = next(line for line in first.out.splitlines() if "idqp ack" in line)
    numbers = advised.split("idqp ack ")[1].split(" -m")[0].split()
    assert folder.idqp("ack", *numbers, "-m", "asked the shop").code == 0

    folder.write("orders.csv", orders(mended=True))
    last = folder.idqp("check")
    assert last.code == 0, last.out
    assert "resolved" in folder.idqp("incident", "show", numbers[0]).out
