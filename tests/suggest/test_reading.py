"""What is learnt of how a file is read reads it: each cell parses by it as it did by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conftest import csv_text
from idqp_cli.rules.parse import Parse
from suggest_of import judged_by, suggested

START = datetime(2023, 1, 5, 13, 5, 30, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("clock", ["", " 00:00:00", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p"])
@pytest.mark.parametrize("day", ["%Y/%m/%d", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%Y"])
def test_times_are_read_by_the_form_that_is_learnt(tmp_path: Path, day: str, clock: str) -> None:
    path = tmp_path / "t.csv"
    rows = [(n, (START + timedelta(hours=37 * n)).strftime(day + clock)) for n in range(40)]
    path.write_text(csv_text(("n", "at"), rows), encoding="utf-8")
    found = suggested(path)
    measured, judged = judged_by(path, (Parse(), *found.proposal.rules), found.proposal.read)
    assert [one.rule.name for one in judged if one.verdict.status != "passed"] == []
    assert measured.ingested.relation.columns[1].type == ("TIMESTAMP" if clock else "DATE")
