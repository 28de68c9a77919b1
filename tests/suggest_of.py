"""Suggestions for a table, in process: what the tests of suggestions share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from conftest import Cell, csv_text
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.model import Severity
from idqp_cli.core.reading import ReadOptions
from idqp_cli.engine.judge import Judged, judge
from idqp_cli.engine.measure import Measured, measure
from idqp_cli.engine.settle import settle
from idqp_cli.ingest.relation import Ingested
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.sources import everything
from idqp_cli.project import project
from idqp_cli.rules.given import Given
from idqp_cli.rules.rule import Rule
from idqp_cli.suggest.suggest import Suggested, suggest

PLAIN = ReadOptions()


def request(path: Path, rules: Sequence[Rule] = (), read: ReadOptions = PLAIN, pii: tuple[str, ...] = ()) -> Request:
    target = Target(Dataset("table", str(path), read=read, pii=pii), (str(path),), tuple(rules))
    return Request(project.empty(path.parent), (target,), Severity.INFO, "tests")


def given() -> Given:
    return Given(datetime.now(UTC), None)


def suggested(path: Path, pii: tuple[str, ...] = ()) -> Suggested:
    """Suggest rules for a file."""
    asked = request(path, pii=pii)
    with everything(asked, Memory(None)) as session:
        ingested = session.opened["table"]
        assert isinstance(ingested, Ingested), ingested
        return suggest(session.database, asked.targets[0].dataset, ingested, given())


def judged_by(path: Path, rules: Sequence[Rule], read: ReadOptions) -> tuple[Measured, tuple[Judged, ...]]:
    asked = request(path, rules, read)
    with everything(asked, Memory(None)) as session:
        ingested = session.opened["table"]
        assert isinstance(ingested, Ingested), ingested
        measured = measure(session.database, rules, ingested, {}, ())
        measured = settle(session.database, asked.targets[0].dataset, rules, measured, {})
        return measured, judge(rules, measured, given())


def of_rows(folder: Path, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Suggested:
    """Suggest rules for a table that is written as CSV."""
    path = folder / "t.csv"
    path.write_text(csv_text(names, rows), encoding="utf-8")
    return suggested(path)


def of_column(folder: Path, values: Sequence[Cell], name: str = "c") -> dict[str, int]:
    """Return what is suggested for one column beside another, by rule, and how many rows fail it."""
    found = of_rows(folder, ("other", name), [("x", value) for value in values])
    return {one.rule.name: one.failed for one in found.suggestions if name in one.rule.columns}
