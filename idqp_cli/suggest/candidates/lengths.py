"""Lengths: codes that all have so many characters, where no form or list says it already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idqp_cli.core.text import count
from idqp_cli.rules.validity import Length
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.candidates.keys import is_code, is_key, named_as_key
from idqp_cli.suggest.candidates.values import SAID
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile

# So many different texts of one length are no chance; words of so few letters may be.
FEWEST, SHORTEST = 20, 4


def candidates(profile: Profile, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask of codes of one length that others have it, too."""
    done = {one.rule.columns[0] for one in found if one.rule.type in SAID and one.rule.columns}
    for column in profile.columns:
        if column.name in done or column.distinct < FEWEST:
            continue
        length = _of_text(column) if column.kind is Kind.TEXT else _of_number(column)
        if length is not None:
            rule = Length(name="", line=0, columns=(column.name,), min=length, max=length)
            yield Candidate(rule, f"all {count(column.present, 'value')} have {length} characters")


def _of_text(column: ColumnProfile) -> int | None:
    """Return the length of all texts of a column, each one word."""
    length = column.longest
    if length is None or length != column.shortest or length < SHORTEST or column.spaced:
        return None
    return None if any(" " in shape for shape, _ in column.shapes) else length


def _of_number(column: ColumnProfile) -> int | None:
    """Return the number of digits of codes; what counts up will have more of them one day."""
    if column.kind is not Kind.NUMBER or column.missing == column.rows or is_key(column) or column.ordered:
        return None
    return len(str(column.low)) if is_code(column) and named_as_key(column.name) else None
