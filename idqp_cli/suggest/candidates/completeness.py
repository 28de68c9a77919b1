"""Completeness: columns that are filled, and the share that may be missing of those that nearly are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idqp_cli.core.statistics import wilson
from idqp_cli.core.text import cell, count
from idqp_cli.rules.completeness import Completeness
from idqp_cli.suggest.candidate import SURE, Candidate, share
from idqp_cli.suggest.profile import Profile

# So few missing cells are errors; a larger share is how the column is.
FEW = 0.01
# Of a column with more missing cells nothing is asked.
MOST = 0.5
LEAST_SHOWN = 0.0005
# Of so many columns no rule for each is read by anybody.
MANY = 500


def candidates(profile: Profile, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask of every column that is filled that it stays so, unless the table says so itself."""
    declared = {one.rule.columns for one in found if isinstance(one.rule, Completeness)}
    if len(profile.columns) > MANY:
        filled = tuple(one.name for one in profile.columns if not one.missing)
        if filled:
            why = f"all {count(profile.rows, 'row')} have a value in {count(len(filled), 'column')}"
            yield Candidate(Completeness(name="", line=0, columns=filled), why)
        return
    for column in profile.columns:
        rule = Completeness(name="", line=0, columns=(column.name,))
        if rule.columns in declared:
            continue
        if not column.missing:
            yield Candidate(rule, f"all {count(column.rows, 'row')} have a value")
            continue
        missing = column.missing / column.rows
        most = wilson(column.missing, column.rows, SURE)[1]
        if most <= FEW and column.gone_with is None:
            yield Candidate(rule, f"all but {count(column.missing, 'row')} have a value", known=True)
        elif missing <= MOST:
            # With room for a file in which a few more are missing.
            limit = share(min(1.0, wilson(column.missing, column.rows, 3.0)[1]), 2)
            # A share that rounds to nothing is a number of rows.
            few = missing < LEAST_SHOWN
            why = f"{column.missing:,}" if few else f"{missing:.1%}"
            why += f" of {count(column.rows, 'row')} have no value"
            why += "" if column.gone_with is None else f", nor of {cell(column.gone_with, 40)}"
            yield Candidate(
                Completeness(name="", line=0, columns=(column.name,), threshold=limit),
                why,
                strength=most_sure(column.rows),
            )


def most_sure(rows: int) -> float:
    """Return how sure a share of so many rows is: one less the width of its widest interval."""
    low, high = wilson(rows / 2, rows, SURE)
    return 1 - (high - low)
