"""Integrity of the file itself: does every line and every cell parse?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, MetricName, Metrics, Severity, Status, Verdict
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean, count
from idqp_cli.rules.column_facts import Fact, OfColumn, of_columns
from idqp_cli.rules.given import Given
from idqp_cli.rules.needs import Need, Values
from idqp_cli.rules.rule import Rule, Takes

NAME = "parse"
LINES = "lines"
ROWS = "rows"
BAD_ROWS = "bad_rows"
MAX_NOTES = 5


@frozen(kw_only=True)
class Parse(Rule):
    """Every line has the file's columns, and every cell is of its column's type.

    Every dataset that is read from text has this rule; nobody writes it.
    `doubts` are what the reader decided by itself and cannot be sure of; `notes`
    what it decided and every cell agrees with, or left open. `absent` are words for
    a missing value, like `NA`: where all cells that do not parse are such words,
    the failure is one of severity info.
    """

    type = "parse"
    takes = Takes.ALL
    sampled = True

    name: str = NAME
    line: int = 0
    severity: Severity = Severity.CRITICAL
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def needs_rows(self) -> bool:
        """A dataset without a row is judged, too."""
        return False

    def needs(self, columns: tuple[Column, ...]) -> Need:
        """Count the bad cells of each column; every column is looked at, so that none goes unread."""
        typed = [column for column in columns if column.text is not None]
        aggregates: dict[MetricName, str] = {
            ROWS: "count(*)",
            BAD_ROWS: sql.count_where(sql.either(sql.malformed(column) for column in typed)),
        }
        for column in columns:
            there = f"count({sql.identifier(column.name)})"
            if column.text is None:
                aggregates[OfColumn(Fact.TEXTS, column.name)] = there
            else:
                aggregates[OfColumn(Fact.BAD, column.name)] = f"count({sql.as_text(column)}) - {there}"
                if self.absent:
                    word = f"{sql.as_text(column)} IN ({sql.listing(self.absent)})"
                    aggregates[OfColumn(Fact.ABSENT, column.name)] = sql.count_where(
                        f"({sql.malformed(column)}) AND {word}"
                    )
        return Values(aggregates)

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - text has no age
        """Fail where anything did not parse; `lines` counts the lines that are no rows."""
        by_column, wrong = self.bad_cells(metrics), self.wrong_cells(metrics)
        absent = _whole(of_columns(metrics, Fact.ABSENT))
        lines = int(metrics[LINES] or 0)
        cells = sum(by_column.values())
        found = [f"{_cells(wrong)} not of the column's type ({_parts(wrong)})"] if any(wrong.values()) else []
        if lines:
            found.append(f"{count(lines, 'line')} not read as a row")
        found += self.doubts
        mild = None if found or not any(absent.values()) else Severity.INFO
        if any(absent.values()):
            say = (
                "says that there is no value, and is"
                if sum(absent.values()) == 1
                else "say that there is no value, and are"
            )
            found.append(f"{_cells(absent)} {say} read as missing ({_parts(absent)})")
        return Verdict(
            status=Status.FAILED if found else Status.PASSED,
            message="; ".join([*(found or ["every line and every cell parses"]), *self._noted()]),
            metric_value=cells + lines + len(self.doubts),
            threshold=0,
            rows_evaluated=int(metrics[ROWS] or 0) + lines,
            rows_failed=int(metrics[BAD_ROWS] or 0) + lines,
            severity=mild,
        )

    def _noted(self) -> tuple[str, ...]:
        more = len(self.notes) - MAX_NOTES
        return (*self.notes[:MAX_NOTES], *([f"and {count(more, 'more note')}"] if more > 0 else []))

    def on(self, relation: Relation) -> Rule:
        """Return the rule with what the reader decided."""
        return replace(self, doubts=relation.doubts, notes=relation.notes)

    @staticmethod
    def bad_cells(metrics: Metrics) -> dict[str, int]:
        """Return how many cells of each typed column did not parse."""
        return _whole(of_columns(metrics, Fact.BAD))

    @staticmethod
    def wrong_cells(metrics: Metrics) -> dict[str, int]:
        """Return how many of those say something else than that there is no value."""
        absent = _whole(of_columns(metrics, Fact.ABSENT))
        return {name: number - absent.get(name, 0) for name, number in Parse.bad_cells(metrics).items()}

    @staticmethod
    def text_cells(metrics: Metrics) -> dict[str, int]:
        """Return how many cells each text column has."""
        return _whole(of_columns(metrics, Fact.TEXTS))


def _cells(by_column: Mapping[str, int]) -> str:
    return count(sum(by_column.values()), "cell")


def _parts(by_column: Mapping[str, int]) -> str:
    """Name the columns with the most cells."""
    worst = sorted(((number, name) for name, number in by_column.items() if number), reverse=True)
    parts = [f"{clean(name, 60)}: {count(number, 'cell')}" for number, name in worst[:5]]
    if len(worst) > 5:
        parts.append(f"{len(worst) - 5} more columns")
    return "; ".join(parts)


def _whole(numbers: Mapping[str, float | None]) -> dict[str, int]:
    return {column: int(number or 0) for column, number in numbers.items()}
