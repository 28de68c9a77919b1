"""CSV for spreadsheets: no cell and no name of a column is a formula, numbers stay numbers, and nothing is lost."""

from __future__ import annotations

import csv
import io

import pytest

from conftest import Shell, csv_text
from idqp_cli.core.text import inert
from idqp_cli.report.listing import as_csv

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =cmd|' /C calc'!A0", "＝1", "＋1", "－1", "＠x", "\n=1"]
HARMLESS = ["", "x", "1", "a=b", "'=1", "x@y.z", " x", "Ada"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_are_texts(cell: str) -> None:
    assert inert(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", HARMLESS)
def test_other_texts_are_as_they_are(cell: str) -> None:
    assert inert(cell) == cell


def test_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, str | float]] = [{"rule": "=1+1", "value": -1.5}]
    assert as_csv(rows, ("rule", "value")) == "rule,value\n=1+1,-1.5\n"
    monkeypatch.setenv("IDQP_SPREADSHEET", "1")
    assert as_csv(rows, ("rule", "value")) == "rule,value\n'=1+1,-1.5\n"


def test_rows_that_are_set_apart(shell: Shell) -> None:
    cells = [cell for cell in FORMULAS if "\n" not in cell and "\r" not in cell]
    shell.write("t.csv", csv_text(("=id", "n", "t"), [(number, -number, cell) for number, cell in enumerate(cells)]))
    shell.rules({"type": "rejected_values", "column": "t", "values": cells})
    for words, begin, name in (((), "", "=id"), (("--spreadsheet",), "'", "'=id")):
        assert shell.idqp("check", "--no-store", "--quarantine", f"bad{len(words)}", *words).code == 1
        rows = list(
            csv.DictReader(io.StringIO((shell.folder / f"bad{len(words)}" / "t.csv").read_text(encoding="utf-8")))
        )
        assert [row["t"] for row in rows] == [f"{begin}{cell}" for cell in cells]
        assert [row["n"] for row in rows] == [str(-number) for number in range(len(cells))]
        assert name in rows[0]
