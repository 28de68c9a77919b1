"""Variants: words of a column that are twins of more frequent ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idqp_cli.core.text import cell, count, listed
from idqp_cli.rules import spelling
from idqp_cli.rules.consistency import Variants
from idqp_cli.rules.typos import slips, typos
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.candidates.keys import is_key, is_prose
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile
from idqp_cli.suggest.saturation import MOST, OFTEN

# Of so few letters two codes are alike without being twins.
SHORT = 3
# Values occur so often on average, or they are no names that recur.
RECURRING = 2


def candidates(profile: Profile, others: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask of a column of names that recur that each is written in one way."""
    # A column of which every value is known needs no other rule of its spellings.
    done = {one.rule.columns[0] for one in others if one.rule.type == "accepted_values"}
    for column in profile.columns:
        if column.name not in done and column.kind is Kind.TEXT and not is_key(column) and _recurring(column):
            why = f"{count(column.distinct, 'spelling')} in {count(column.present, 'row')}"
            found = typos(column.values)
            if not found and not _lettered(column):
                continue
            if found:
                some = [cell(column.values[number][0], 30) for number in found]
                why += f"; {listed(some, 3)} {'are' if len(some) > 1 else 'is'} one edit from frequent ones"
            rule = Variants(name="", line=0, columns=(column.name,), values=_right(column))
            yield Candidate(rule, why, known=True, certain=bool(found))


def _right(column: ColumnProfile) -> tuple[str, ...]:
    """Return the texts that are right, since they recur and are no spellings of others; none where they are many.

    A rare text that is one edit from a frequent one may be right or not. It is left to the rule.
    """
    doubtful = slips(column.values)
    others = spelling.variants(column.values)
    recurring = [
        text
        for number, (text, rows) in enumerate(column.values)
        if rows >= (OFTEN if number in doubtful else RECURRING) and text not in others
    ]
    return tuple(sorted(recurring)) if len(recurring) <= MOST else ()


def _recurring(column: ColumnProfile) -> bool:
    if is_prose(column) or _are_short_codes(column):
        return False
    return 1 < column.distinct <= column.present / RECURRING


def _lettered(column: ColumnProfile) -> bool:
    """Tell whether most texts are words without digits."""
    cells = sum(cells for shape, cells in column.shapes if ("a" in shape or "A" in shape) and "9" not in shape)
    return 2 * cells > column.sampled


def _are_short_codes(column: ColumnProfile) -> bool:
    """Tell whether texts are codes of a few letters, all of one case."""
    letters = {letter for shape, _ in column.shapes for letter in shape if letter in "Aa"}
    return column.longest is not None and column.longest <= SHORT and len(letters) == 1
