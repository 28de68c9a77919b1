"""What is hidden: columns that look personal, and every cell from whoever may not see the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from idqp_cli.core.model import Cause, Column, DatasetReport, Report, Result, RuleKey, Sample, Scalar
from idqp_cli.core.relation import Relation
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.pipeline.request import Target
from idqp_cli.rules.rule import Rule

CELL = "(hidden)"
# The samples of rules and segments with cells that are masked elsewhere, by dataset.
Unmasked = Mapping[str, Mapping[RuleKey, tuple[Sample, ...]]]


def target(asked: Target, columns: Iterable[Column]) -> Target:
    """Return a target without rules of its own so that the rules which are suggested for it are made of no value."""
    if asked.unnamed is None:
        return asked
    return replace(asked, dataset=replace(asked.dataset, pii=tuple(column.name for column in columns)))


def personal(database: Database, asked: Target, relation: Relation) -> Target:
    """Return a target of which the columns that look personal are under `pii`, if its dataset asks for that.

    Of data that cannot be looked at all columns are.
    """
    if not asked.dataset.finds_pii:
        return asked
    from idqp_cli.engine.personal import personal as found  # noqa: PLC0415 - only who asks for it has to pay

    try:
        names = found(database, relation)
    except QueryError:
        names = tuple(column.name for column in relation.columns)
    hidden = tuple(name.casefold() for name in names)
    return replace(
        asked,
        dataset=replace(asked.dataset, pii=names),
        rules=tuple(replace(one, hidden=tuple(dict.fromkeys((*one.hidden, *hidden)))) for one in asked.rules),
    )


def rules(given: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules that tell no value."""
    return tuple(replace(one, veiled=True) for one in given)


def reading(given: Iterable[tuple[str, str, str]]) -> tuple[tuple[str, str, str], ...]:
    """Return how files are read, without the reasons, which may show a cell."""
    return tuple((of, decided, "") for of, decided, _ in given)


def report(found: DatasetReport) -> DatasetReport:
    """Return the report of a dataset without cells: which lines fail, and nothing of what is in them."""
    numbers: dict[str, int] = {}
    return replace(found, content=None, results=tuple(_result(one, numbers) for one in found.results))


def lifted(found: Report, unmasked: Unmasked) -> Report:
    """Return a report with the cells that one may see who asks for it."""
    return replace(found, datasets=tuple(_lifted(one, unmasked.get(one.dataset, {})) for one in found.datasets))


def _lifted(found: DatasetReport, samples: Mapping[RuleKey, tuple[Sample, ...]]) -> DatasetReport:
    results = (replace(one, samples=samples.get((one.rule, one.segment), one.samples)) for one in found.results)
    return replace(found, results=tuple(results))


def _result(found: Result, numbers: dict[str, int]) -> Result:
    segment = found.segment
    if segment is not None:
        # A segment is named after a cell; the same cell has the same number in all rules.
        segment = f"segment {numbers.setdefault(segment, len(numbers) + 1)}"
    return replace(
        found,
        segment=segment,
        samples=tuple(map(_sample, found.samples)),
        verdict=replace(found.verdict, distribution=None),
    )


def _sample(found: Sample) -> Sample:
    causes = tuple(Cause(one.column, CELL) for one in found.causes)
    return replace(found, key=_hidden(found.key), values=_hidden(found.values), causes=causes)


def _hidden(cells: Mapping[str, Scalar | None]) -> dict[str, Scalar | None]:
    # Under no name stands why a line is no row.
    return {name: cell if cell is None or not name else CELL for name, cell in cells.items()}
