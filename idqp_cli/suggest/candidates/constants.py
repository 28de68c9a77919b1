"""Constants: columns in which every row has the same value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idqp_cli.core.model import Scalar
from idqp_cli.core.text import cell, count
from idqp_cli.rules.validity import AcceptedValues
from idqp_cli.suggest import shapes
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.nature import is_year
from idqp_cli.suggest.placeholders import PLACEHOLDERS
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile

# Of fewer rows one value may be the first of many; `completeness` is as careful.
FEWEST = 29
# One file has this value: of the next file it says as much as one of two (P.-S. Laplace's rule of succession).
ONE_FILE = (1 + 1) / (1 + 2)
# Counts and flags begin with these: nothing has happened yet.
BEGINNINGS = (0.0, 1.0)


def candidates(profile: Profile, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask of a column of one value that no other comes.

    Its rows have one value together, as a file of one species or of one state has: they are one observation, not many.
    """
    done = {one.rule.columns[0] for one in found if one.rule.type == "accepted_values"}
    for column in profile.columns:
        value = None if column.name in done else _only(column)
        if value is not None and str(value).strip().casefold() not in PLACEHOLDERS:
            rule = AcceptedValues(name="", line=0, columns=(column.name,), values=(value,))
            why = f"all {count(column.present, 'value')} are {cell(str(value), 40)}"
            yield Candidate(rule, why, strength=ONE_FILE)


def _only(column: ColumnProfile) -> Scalar | None:
    """Return the one value of a column; None if it has others, or tomorrow's may well be another."""
    if not column.complete or len(column.values) != 1 or column.malformed or column.present < FEWEST:
        return None
    if column.kind is Kind.NUMBER and isinstance(column.low, (int, float)):
        return None if column.low in BEGINNINGS or is_year(column) else column.low
    text = column.values[0][0]
    return text if column.kind is Kind.TEXT and text.strip() and not _counts(text) else None


def _counts(text: str) -> bool:
    """Tell whether a text is a day, a version or a number of something, of which the next one is another."""
    shape = shapes.runs(text)
    return shape is not None and any(one.kind == "9" for one in shape) and not any(one.kind == " " for one in shape)
