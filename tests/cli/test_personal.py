"""`pii: auto`: columns that look personal are masked as if they were named."""

from __future__ import annotations

import json

import pytest

from conftest import Shell, csv_text
from idqp_cli.core.model import Column
from idqp_cli.core.relation import Relation
from idqp_cli.engine.personal import by_name, personal
from idqp_cli.ingest.connecting import connect

CARDS = ["4111 1111 1111 1111", "5500005555555559", "340000000000009"]
# Columns with the cells that are repeated in them, and whether they look personal.
COLUMNS: dict[str, tuple[list[str], bool]] = {
    "a": (["ada@example.com", "bob@example.org", ""], True),
    "b": (["+49 30 1234567", "(030) 123 45 67", "+1-202-555-0143"], True),
    "c": (CARDS, True),
    "d": (["536-90-4399", "078-05-1121"], True),
    "e": (["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32"], True),
    "customer": (["Ada Lovelace", "Bob van Dam", "Zoë O'Neil-Smith"], True),
    "FirstName": (["x", "y"], True),
    "contact_phone": (["12345", "67890"], True),
    "Geburtsdatum": (["1.1.1980", "x"], True),
    "prénom": (["x"], True),
    "note": (["call ada@example.com", "paid", "x"], False),
    "sku": (["4111111111111112", "5500005555555550"], False),
    "number": (["123456789", "123456788", "5551234567"], False),
    "day": (["2024-01-31", "01.02.2024"], False),
    "address_of_host": (["192.168.100.200", "10.20.30.40"], False),
    "city": (["New York", "San Francisco"], False),
    "product_kind": (["Blue Shirt", "Red Hat"], False),
    "status": (["open", "closed"], False),
    "email_share": (["0.5", "0.1"], True),
    "empty": ([""], False),
}


def test_columns_that_look_personal() -> None:
    rows = 12
    names = list(COLUMNS)
    cells = [[COLUMNS[name][0][row % len(COLUMNS[name][0])] for name in names] for row in range(rows)]
    columns = tuple(Column(name, "VARCHAR", text=None) for name in names)
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    values = ", ".join(
        "(" + ", ".join("'" + cell.replace("'", "''") + "'" if cell else "NULL" for cell in row) + ")" for row in cells
    )
    table = f"(SELECT * FROM (VALUES {values}) AS v({quoted}))"
    with connect(()) as database:
        found = personal(database, Relation("t", columns, table, table, table))
    assert set(found) == {name for name, (_, looks) in COLUMNS.items() if looks}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("email", True), ("E-Mail", True), ("customerEmail", True), ("phone_number", True), ("SSN", True),
        ("date_of_birth", True), ("dateOfBirth", True), ("last name", True), ("Créditcard", True),
        ("product", False), ("hostname", False), ("filename", False), ("panel", False), ("1", False), ("", False),
        ("x" * 10_000, False),
    ],
)  # fmt: skip
def test_names_of_columns(name: str, *, said: bool) -> None:
    assert by_name(name) == said


def test_found_columns_are_masked_and_kept_out_of_the_store(shell: Shell) -> None:
    secrets = [f"qzMarker{number}@example.com" for number in range(5)]
    rows = [(number, secrets[number % 5], ("x", "y")[number % 2]) for number in range(60)]
    shell.write("t.csv", csv_text(("id", "who", "part"), rows))
    rules: list[dict[str, object]] = [
        {"type": "accepted_values", "column": "who", "values": ["nobody"]},
        {"type": "drift", "column": "who", "min_rows": 1},
        {"type": "query", "sql": "SELECT who AS w FROM t WHERE id < 3"},
        {"type": "row_count", "min": 99, "segment_by": "who"},
        {"type": "accepted_values", "column": "part", "values": ["y"]},
    ]
    shell.rules(*rules, pii="auto", key=["who"])
    ran = shell.idqp("check", "--format", "json", "-o", "html=out.html")
    texts = [ran.out, ran.err, (shell.folder / "out.html").read_text(encoding="utf-8")]
    texts.append((shell.folder / ".idqp" / "state.db").read_bytes().decode("latin-1"))
    assert not [text for text in texts if "qzMarker" in text]
    found = {one["rule"]: one for one in ran.json["datasets"][0]["results"]}
    assert found["drift(who)"]["status"] == found["row_count"]["status"] == "error"
    assert found["accepted_values(part)"]["samples"][0]["values"] == {"part": "x"}
    shown = found["accepted_values(who)"]["samples"][0]["key"]["who"]
    assert shown.startswith("q***")
    # A column of that name is written as a list.
    shell.write("t.csv", "auto,who\nqzMarker,x\n")
    shell.rules({"type": "accepted_values", "column": "who", "values": ["nobody"]}, pii=["auto"], key=["auto"])
    assert "qzMarker" not in shell.idqp("check", "--no-store").out


def test_another_dataset_hides_what_a_query_makes_of_it(shell: Shell) -> None:
    shell.write("t.csv", "id\n1\n")
    shell.write("other.csv", "id,who\n1,qzMarker@example.com\n")
    query = {"type": "query", "sql": "SELECT o.who AS w FROM other AS o JOIN t USING (id)"}
    datasets = {"t": {"path": "t.csv", "rules": [query]}, "other": {"path": "other.csv", "pii": "auto"}}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}))
    ran = shell.idqp("check", "t", "--no-store", "--format", "json")
    assert ran.code == 1
    assert "qzMarker@" not in ran.out
