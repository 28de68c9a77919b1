"""Duplicates: rows that are copies of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idqp_cli.core.text import count, listed
from idqp_cli.rules.uniqueness import Duplicates
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.candidates.keys import is_key
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile

# Of fewer rows, or in fewer columns, or where so many pairs would be alike by chance, equal rows are no copies.
FEWEST, FEWEST_COLUMNS, BY_CHANCE = 100, 4, 0.001
# In so many of the next files chance may make a copy.
AGAIN = 0.01
# So few of the rows are copied by error.
RARELY = 0.02
# A time is that of an event where so many of the rows have their own.
OFTEN = 0.2
# More repeated rows are how the table is.
FEW = 0.05


def candidates(profile: Profile, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask that no row is a copy of one before it, where no key says it already."""
    yield from _besides_keys(profile)
    if (
        not profile.sampled
        or len(profile.columns) < 2
        or any(one.rule.type == "unique" and not one.known for one in found)
    ):
        return
    # Rows that are alike by chance will be so again.
    varied = [one for one in profile.columns if one.distinct > 1]
    if max(_alike(profile.sampled, varied), profile.near) > AGAIN:
        return
    if profile.repeated <= FEW * profile.sampled:
        rows = count(profile.sampled, "row")
        why = f"all {rows} differ" if not profile.repeated else f"all but a few of {rows} differ"
        yield Candidate(Duplicates(name="", line=0), why, known=bool(profile.repeated))


def _besides_keys(profile: Profile) -> Iterator[Candidate]:
    """Ask that no row is a copy of another under a new number, where no two rows are alike by chance."""
    keys = [one.name for one in profile.columns if is_key(one)]
    others = [one for one in profile.columns if one.name not in keys and one.distinct > 1]
    if profile.besides is None or profile.sampled < FEWEST or len(others) < FEWEST_COLUMNS:
        return
    # What stands for a thing, like a name, may well be one of a kind; what happens at a time does so once.
    if not any(one.kind is Kind.TIME and one.distinct >= OFTEN * one.present for one in others):
        return
    if _alike(profile.sampled, others) > BY_CHANCE or profile.besides > RARELY * profile.sampled:
        return
    rule = Duplicates(name="", line=0, besides=tuple(keys))
    rows = count(profile.sampled, "row")
    why = f"{'all' if not profile.besides else 'all but a few of'} {rows} differ in more than {listed(keys)}"
    yield Candidate(rule, why, known=bool(profile.besides))


def _alike(rows: int, columns: Sequence[ColumnProfile]) -> float:
    """Return how many pairs of rows would be alike if the columns had nothing to do with each other."""
    pairs = rows * (rows - 1) / 2
    for one in columns:
        cells = sum(number for _, number in one.values)
        shares = [number / max(1, one.sampled) for _, number in one.values] if one.complete and cells else []
        pairs *= sum(share * share for share in shares) if shares else 1 / max(1, one.distinct)
    return pairs
