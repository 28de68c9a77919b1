"""Sequences: numbers that count the rows, without a gap, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idqp_cli.core.text import count
from idqp_cli.rules.consistency import InSequence
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.candidates.keys import is_key
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile

# So many numbers in a row are no chance.
FEWEST = 20


def candidates(profile: Profile, _: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask of numbers that count the rows that each is above the one before it."""
    for column in profile.columns:
        if _counts(column):
            rule = InSequence(name="", line=0, columns=(column.name,), strict=True)
            ends = f"{column.low:,} to {column.high:,}"
            yield Candidate(rule, f"{count(column.present, 'row')} are numbered {ends} without a gap")


def _counts(column: ColumnProfile) -> bool:
    """Tell whether whole numbers are as many as there are between their ends, and never fall."""
    if column.kind is not Kind.NUMBER or not column.whole or not column.ordered or not is_key(column):
        return False
    if not isinstance(column.low, int) or not isinstance(column.high, int) or column.missing or column.malformed:
        return False
    return column.present >= FEWEST and column.high - column.low + 1 == column.present
