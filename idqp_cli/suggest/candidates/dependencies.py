"""Dependencies: columns that others determine, where chance does not explain it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from idqp_cli.core.text import cell, count
from idqp_cli.rules.consistency import Dependency
from idqp_cli.suggest import together
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.candidates.keys import is_code, is_dense, named_as_key
from idqp_cli.suggest.missing import cells, words
from idqp_cli.suggest.profile import Kind, Pair, Profile
from idqp_cli.suggest.second_values import EXPECTED

# So many groups and rows, or it is a coincidence of a few.
GROUPS, ROWS = 5, 30
# In more groups than this share a second value is no error.
SPLIT = 0.05
# Rows that have another group's value are so few beside those that chance would make.
CONFLICTS = 0.1
# More rows that differ are how the columns are.
FEW = 0.1


def candidates(profile: Profile, _: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask of a column that another determines that it does; of several that do, of the best one."""
    # `N/A` stands for no value: rows that have it have nothing in common.
    missing = words(profile)
    empty = {column.name for column in profile.columns if cells(column, missing)}
    pairs = [pair for pair in profile.pairs if not {pair.first, pair.second} & empty and determines(pair)]
    pairs = [pair for pair in pairs if not _happens_to_differ(profile, pair, pairs)]
    for column in profile.columns:
        able = [pair for pair in pairs if pair.second == column.name]
        if not able:
            continue
        fewest = min(pair.others for pair in able)
        # Of those that are equal but for chance, the first column of the table.
        best = next(pair for pair in able if pair.others <= fewest + 2 * math.sqrt(fewest) + 1)
        rule = Dependency(name="", line=0, columns=(best.first, best.second))
        differ = f" but {best.others:,}" if best.others else ""
        why = (
            f"in {count(best.groups, 'group')} of rows with the same {cell(best.first, 40)}, {best.rows:,} rows,"
            f" all{differ} agree; by chance {best.chance:,.0f} would not"
        )
        strength = 1 - together.share_below(best.others - best.rare, best.rows)
        yield Candidate(rule, why, known=True, strength=strength)


def _happens_to_differ(profile: Profile, pair: Pair, pairs: Sequence[Pair]) -> bool:
    """Tell whether a number determines a thing only because the things happen to have different numbers.

    A month determines how many advertisements it had. That 35 months had 35 different numbers of them says
    nothing: of numbers from as wide a range, drawn anew for each, few would be equal.
    """
    column = profile.column(pair.first)
    if column.kind is not Kind.NUMBER or named_as_key(column.name) or is_code(column) or is_dense(column):
        return False
    if not any((one.first, one.second) == (pair.second, pair.first) for one in pairs):
        return False
    ends = column.numbers
    span = float(ends[-1] - ends[0]) + 1 if ends is not None and len(ends) else 1.0
    things = profile.column(pair.second).distinct
    return things * (things - 1) / 2 / span < EXPECTED


def determines(pair: Pair) -> bool:
    """Tell whether a column determines another but for errors."""
    if pair.groups < GROUPS or pair.rows < ROWS or pair.split > SPLIT * pair.groups or pair.real:
        return False
    if together.share_below(pair.others, pair.rows) > FEW and pair.others:
        return False
    # A value that no group has most is an error by itself; the others are those that the pair has to explain.
    conflicts, by_chance = pair.others - pair.rare, pair.chance - pair.rare
    if not together.far_from(conflicts, by_chance):
        return False
    most = together.share_below(conflicts, pair.rows) * pair.rows if conflicts else 0.0
    return most <= CONFLICTS * by_chance
