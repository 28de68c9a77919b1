"""Accepted values: columns of which every value is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from idqp_cli.core.model import Scalar
from idqp_cli.core.text import cell, count, listed
from idqp_cli.rules.typos import typos
from idqp_cli.rules.validity import AcceptedValues, RejectedValues
from idqp_cli.suggest import shapes
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.candidates.dependencies import determines
from idqp_cli.suggest.candidates.keys import is_key
from idqp_cli.suggest.missing import cells as cells_of
from idqp_cli.suggest.missing import words
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile
from idqp_cli.suggest.saturation import MOST, OFTEN, Closed, closed, none_missed

# A column of so few values is closed, whatever its values depend on.
FEW = 12
# Of values that are seen once, as many more are not seen yet (I. J. Good, Biometrika 40, 1953).
TWICE = 2
# A form, a list of values or a format says what the values of a column are.
SAID = frozenset({"accepted_values", "pattern", "format"})
# With more spellings than this a column has no list of values.
MOST_SPELLINGS = 1_000
# Of numbers each is seen at least this often, of what it were if all were alike often.
EVEN = 0.1
# So many numbers, on average, stand for one text.
MANY_FOR_EACH = 1.5
MOST_NUMBERS = 6


def candidates(profile: Profile, _: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask of a column with few values, each seen many times, that no other comes; and of all that none says `N/A`."""
    missing = words(profile)
    for column in profile.columns:
        said = cells_of(column, missing)
        if said and column.present > sum(one for _, one in said):
            texts = tuple(text for text, _ in said)
            number = sum(one for _, one in said)
            says = "say" if number > 1 else "says"
            why = f"{count(number, 'cell')} {says} that there is no value; see read.missing_values"
            yield Candidate(RejectedValues(name="", line=0, columns=(column.name,), values=texts), why, certain=True)
        found = accepted(profile, column)
        if found is None:
            continue
        values = _typed(column, found)
        if not values:
            continue
        seen = found.inside[-1][1]
        why = f"{count(len(values), 'value')}, each in {seen:,} rows or more"
        if found.outside:
            some = listed([cell(text, 30) for text, _ in found.outside], 3)
            why += f"; not {some}, in {found.outside[0][1]:,} or fewer"
        if found.slips:
            some = listed([cell(text, 30) for text, _ in found.slips], 3)
            why += f"; {some} {'are' if len(found.slips) > 1 else 'is'} one edit from these"
        rule = AcceptedValues(name="", line=0, columns=(column.name,), values=values)
        known = bool(found.outside or found.slips)
        yield Candidate(rule, why, known=known, certain=bool(found.slips))


def accepted(profile: Profile, column: ColumnProfile) -> Closed | None:
    """Return the closed set of a column's values, if it has one; typing errors are outside of it."""
    if not column.complete or column.distinct < 2 or is_key(column):
        return None
    if column.kind is Kind.TEXT:
        absent = {text for text, _ in cells_of(column, words(profile))}
        known = [pair for pair in column.values if pair[0] not in absent]
        slips = typos(known) if len(known) <= MOST_SPELLINGS else {}
        found = closed([pair for number, pair in enumerate(known) if number not in slips])
        if found is not None:
            found = replace(found, slips=tuple(known[number] for number in sorted(slips)))
        if found is None or len(found.inside) * 2 * OFTEN > column.present:
            return None
        return None if _opens(profile, column, found) else found
    if column.kind is Kind.NUMBER and not column.ordered:
        return (_few_numbers(column) if column.whole else None) or _standing_for(profile, column)
    return None


def unsure(profile: Profile, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask that no other value comes of texts that are all seen more than once, as surely as none of them was missed."""
    done = {name for one in found if one.rule.type in SAID for name in one.rule.columns}
    for column in profile.columns:
        absent = cells_of(column, words(profile))
        if column.name in done or absent or column.kind is not Kind.TEXT or not column.complete or is_key(column):
            continue
        inside = Closed(column.values, ())
        if not 2 <= len(column.values) <= MOST or column.values[-1][1] < TWICE or typos(column.values):
            continue
        if not _opens(profile, column, inside):
            why = f"{count(len(column.values), 'value')}, each in {column.values[-1][1]:,} rows or more"
            rule = AcceptedValues(name="", line=0, columns=(column.name,), values=_typed(column, inside))
            yield Candidate(rule, why, strength=none_missed(column.values))


def _opens(profile: Profile, column: ColumnProfile, found: Closed) -> bool:
    """Tell whether other values may come, though each of these is seen often."""
    many = len(found.inside) > FEW
    return _counting(found) or (many and _sorted(column, found)) or _of_entities(profile, column, found)


def _standing_for(profile: Profile, column: ColumnProfile) -> Closed | None:
    """Return the numbers of a column that stand for the values of a closed list of texts, one or more for each."""
    for pair in profile.pairs:
        if (pair.first, pair.others) == (column.name, 0) and determines(pair) and column.values[-1][1] >= OFTEN:
            texts = profile.column(pair.second)
            if texts.kind is Kind.TEXT and column.distinct <= MANY_FOR_EACH * texts.distinct:
                listed_texts = accepted(profile, texts)
                if listed_texts is not None and not (listed_texts.outside or listed_texts.slips):
                    return Closed(column.values, ())
    return None


def _counting(found: Closed) -> bool:
    """Tell whether the values are of one form with numbers in it, like `PAL0708`, so that the next ones are others."""
    forms, prose = shapes.forms(found.inside)
    return not prose and len(forms) == 1 and any(one.kind == "9" and one.most > 1 for one in forms[0].shape)


def _sorted(column: ColumnProfile, found: Closed) -> bool:
    """Tell whether the rows stand by this column, so that the next file may go on with other values."""
    return column.runs <= 3 * len(found.inside)


def _of_entities(profile: Profile, column: ColumnProfile, found: Closed) -> bool:
    """Tell whether the values are those of things that rows are about, and of which others may come.

    A value is then seen as often as its thing is, which says nothing of the next
    one: of the things, not the rows, each value is to be seen more than once (I. J.
    Good, Biometrika 40, 1953). Errors, which are no value of a thing, are not to be among the values.
    """
    many = len(found.inside) > FEW
    errors = sum(cells for _, cells in (*found.outside, *found.slips))
    for pair in profile.pairs:
        if pair.second != column.name or not determines(pair):
            continue
        if pair.rare > errors + 3:
            return True
        # What has about as many values as its things is another name for them.
        if (many or pair.groups >= 2 * len(found.inside)) and pair.single:
            return True
    return False


def _few_numbers(column: ColumnProfile) -> Closed | None:
    """Return the numbers of a column that are names of kinds, and not counts or years.

    Counts become rarer towards an end, and one beyond it may come; names of kinds have no order.
    """
    least = EVEN * column.present / len(column.values)
    if len(column.values) > MOST_NUMBERS or column.values[-1][1] < max(OFTEN, least):
        return None
    if isinstance(column.low, (int, float)) and column.low >= 1000:
        return None
    ends = (column.low, column.high)
    if ends != (0, 1) and _number(column.values[-1][0]) in ends:
        return None
    return Closed(column.values, ())


def _number(text: str) -> float | None:
    """Return a cell as a number, however it is written: `1`, `1.0` or `01`."""
    try:
        return float(text)
    except ValueError:
        return None


def _typed(column: ColumnProfile, found: Closed) -> tuple[Scalar, ...]:
    """Return the values as the rules file says them, in order."""
    texts = [text for text, _ in found.inside]
    if column.kind is Kind.TEXT:
        return tuple(sorted(texts))
    try:
        numbers = sorted({float(text) for text in texts})
    except ValueError:
        return ()
    return tuple(int(one) if one.is_integer() else one for one in numbers)
