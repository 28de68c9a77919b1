"""Find wrong cells in tables by suggested rules, as the evaluator of `detect/cells` takes them.

    PYTHONPATH=tests python tests/benchmarks/cells.py DATA OUT [--track dirty|reference] [--names a,b]

DATA has a folder for each table: `dirty.csv`, or `reference.csv` and `check_dirty.csv`. For each table
OUT gets a file of rows and columns that a suggested rule fails in.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from idqp_cli.core import sql
from idqp_cli.core.model import Status
from idqp_cli.core.relation import Relation
from idqp_cli.engine import plan, row_flags
from idqp_cli.engine.judge import judge
from idqp_cli.engine.measure import Measured, measure
from idqp_cli.engine.results import met
from idqp_cli.engine.settle import settle
from idqp_cli.ingest.database import Database
from idqp_cli.pipeline.looking import Wanted, look_at
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.sources import everything
from idqp_cli.rules.parse import Parse
from idqp_cli.rules.rule import Rule
from idqp_cli.suggest.grouping import Group
from idqp_cli.suggest.judge import CONFIDENT_AGAINST
from idqp_cli.suggest.suggest import suggest
from suggest_of import given, request

FAILED = "idqp:fails"


def cells(
    database: Database, measured: Measured, columns: dict[str, tuple[str, ...]], row: str
) -> Iterator[tuple[int, str]]:
    """Yield the rows and columns that fail, by rule; `row` is SQL for the number of a row."""
    relation, needs = measured.ingested.relation, met(measured)
    for name, own in columns.items():
        fails = row_flags._fails(relation, needs[name], {}) if name in needs else None  # noqa: SLF001
        if fails is not None:
            for (number,) in database.fetch(_failing(relation, row, fails)):
                yield from ((int(str(number)), column) for column in own)
    for column in relation.columns:
        if column.text is not None:
            for (number,) in database.fetch(_failing(relation, row, sql.malformed(column))):
                yield int(str(number)), column.name


def _failing(relation: Relation, row: str, fails: str) -> str:
    failed = sql.identifier(FAILED)
    table = f"SELECT *, ({fails}) AS {failed} FROM {plan.source(relation, relation.numbered)}"
    return f"SELECT {row} FROM ({table}) WHERE {failed}"


def blamed(rule: Rule) -> tuple[str, ...]:
    """Return the columns whose cells a failing row has wrong; none where the whole row is."""
    if rule.type == "dependency":
        return rule.columns[-1:]
    return rule.columns or ("",)


def dirty(folder: Path) -> Iterator[tuple[int, str]]:
    asked = request(folder / "dirty.csv")
    with everything(asked, Memory(None)) as session:
        found = suggest(session.database, asked.targets[0].dataset, session.opened["table"], given(), (Parse(),))  # type: ignore[arg-type]
        columns = {one.rule.name: blamed(one.rule) for one in found.suggestions if one.finding}
        yield from cells(session.database, found.measured, columns, f"{sql.identifier('idqp:row')} - 1")


def by_reference(folder: Path) -> Iterator[tuple[int, str]]:
    path = str(folder / "reference.csv")
    # As `idqp suggest REFERENCE --against DIRTY` learns: read as the reference is written.
    found = look_at(Group("table", path, (path,)), Wanted(CONFIDENT_AGAINST))
    rules = [Parse(), *(one.rule for one in found.suggestions)]
    asked = request(folder / "check_dirty.csv", rules, found.dataset.read)
    with everything(asked, Memory(None)) as session:
        measured = measure(session.database, rules, session.opened["table"], {}, ())  # type: ignore[arg-type]
        measured = settle(session.database, asked.targets[0].dataset, rules, measured, {})
        judged = judge(rules, measured, given())
        columns = {one.rule.name: blamed(one.rule) for one in judged if one.verdict.status is Status.FAILED}
        yield from cells(session.database, measured, columns, sql.identifier("_row"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--track", choices=["dirty", "reference"], default="dirty")
    parser.add_argument("--names", default="")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    names = options.names.split(",") if options.names else sorted(one.name for one in options.data.iterdir())
    for name in names:
        start = time.process_time()
        found = sorted(set((dirty if options.track == "dirty" else by_reference)(options.data / name)))
        with open(options.out / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("row", "column"))
            writer.writerows(found)
        sys.stderr.write(f"{name}: {len(found):,} cells, {time.process_time() - start:.1f} s\n")


if __name__ == "__main__":
    main()
