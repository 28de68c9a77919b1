"""Which rare texts of a column are frequent ones with one typing error, by evidence of the column itself; pure.

`Femle` and `emale` beside 200 `Female` are typing errors; `ST` beside `CT` is another value. Both are one edit
apart. What tells them apart is how often real values of the column are alike: of the frequent texts, which are real,
no two are one edit apart in a list of `Male` and `Female`, and many are in a list of codes. From such pairs follows
how many of the rare texts would be that near to a frequent one if they were real values too. Where these are
a small part of those that are near, the near ones are typing errors. (The same reasoning estimates the wrong
identifications of spectra by decoys: J. E. Elias, S. P. Gygi, Nature Methods 4, 2007.)
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from idqp_cli.core.frozen import frozen

# A typing error is so many times as rare as the right text, which occurs in at least so many rows.
RATIO, OFTEN = 5, 5
# At most this share of the texts that are called typing errors is expected to be real values.
EXPECTED_FALSE = 0.05
# So few of one kind may be real values whatever is expected.
FEWEST = 3
# So many frequent texts are compared with all others.
MOST_USUAL = 1_000
# The longer texts are, the fewer are alike by chance: what is known of short ones is at most true of longer ones.
# Each class of lengths begins at one of these.
LENGTHS = (1, 2, 3, 4, 5, 6, 8, 11, 16)
# Before any pair is seen, one pair of real words in so many is taken to be that near; of words of fewer than
# four letters every one. In dictionaries it is far fewer.
PAIRS_OF_WORDS, SHORT = 10, 3

# What an edit does, and to which kinds of characters: those that have nothing to do with each other are told apart.
Edit = tuple[str, str]
# Edits that make no real value of another in the column.
UNSEEN: Edit = ("unseen", "")


@frozen
class _Slip:
    """A rare text, by number, that one edit makes of a frequent one."""

    text: int
    usual: int
    edit: Edit


def typos(counts: Sequence[tuple[str, int]]) -> dict[int, int]:
    """Return which texts are typing errors, by number, each with the number of the text that was meant.

    `counts` are different texts, each with its number of rows.
    """
    order = sorted(range(len(counts)), key=lambda one: (-counts[one][1], counts[one][0]))
    real = set[int]()
    slips, alike, usual = _slips(counts, order, real)
    frequent = _too_frequent(counts, slips)
    if frequent:
        slips, alike, usual = _slips(counts, order, frequent)
    if not slips:
        return {}
    rare = {one.text for one in slips}
    values = [one for one in order if one not in rare]
    chance = _Chance(counts, usual, values, alike)
    known = set(alike)
    by_edit: dict[tuple[bool, Edit], list[_Slip]] = {}
    for slip in slips:
        at_end = _at_end(counts[slip.usual][0], counts[slip.text][0])
        by_edit.setdefault((at_end, slip.edit if slip.edit in known else UNSEEN), []).append(slip)
    inside, at_ends = list[_Slip](), list[_Slip]()
    for (at_end, edit), own in by_edit.items():
        (at_ends if at_end else inside).extend(_believed(counts, edit, own, chance))
    # Plurals, endings and rhymes differ at an end; who mistypes does so elsewhere, too.
    believed = inside if len(inside) < FEWEST else [*inside, *at_ends]
    return {one.text: one.usual for one in believed}


def slips(counts: Sequence[tuple[str, int]]) -> frozenset[int]:
    """Return the texts, by number, that are rare and one edit from a frequent one, whether they are errors or not."""
    order = sorted(range(len(counts)), key=lambda one: (-counts[one][1], counts[one][0]))
    return frozenset(one.text for one in _slips(counts, order, set())[0])


def _at_end(usual: str, text: str) -> bool:
    """Tell whether a word of more than a few letters begins or ends otherwise."""
    return len(usual) > SHORT and (usual[0] != text[0] or usual[-1] != text[-1])


def _slips(
    counts: Sequence[tuple[str, int]], order: Sequence[int], real: set[int]
) -> tuple[list[_Slip], dict[Edit, Counter[int]], list[int]]:
    """Return the rare texts that are near frequent ones; the pairs of frequent texts that are near; and these texts.

    Pairs are counted by what the edit does and by the class of their length. Texts that are `real` are no slips.
    """
    near: dict[str, list[int]] = {}
    slips, usual = list[_Slip](), list[int]()
    alike: dict[Edit, Counter[int]] = {}
    for number in order:
        text, rows = counts[number]
        candidates = dict.fromkeys(at for lacking in _lacking(text) for at in near.get(lacking, ()))
        edits = [(at, edit) for at in candidates if (edit := edited(counts[at][0], text)) is not None]
        meant = [(at, edit) for at, edit in edits if counts[at][1] >= RATIO * rows]
        if meant and number not in real:
            at, edit = min(meant, key=lambda one: (-counts[one[0]][1], counts[one[0]][0]))
            slips.append(_Slip(number, at, edit))
        elif rows >= OFTEN and len(usual) < MOST_USUAL:
            usual.append(number)
            for lacking in _lacking(text):
                near.setdefault(lacking, []).append(number)
            for at, edit in edits:
                alike.setdefault(edit, Counter())[_length(counts[at][0])] += 1
    return slips, alike, usual


def _too_frequent(counts: Sequence[tuple[str, int]], slips: Sequence[_Slip]) -> set[int]:
    """Return the texts that are so much more frequent than the other slips of the same text that they are real."""
    rows: dict[int, list[tuple[int, int]]] = {}
    for slip in slips:
        rows.setdefault(slip.usual, []).append((counts[slip.text][1], slip.text))
    found = set()
    for own in rows.values():
        own.sort(reverse=True)
        for (number, text), (following, _) in pairwise(own):
            if number < max(OFTEN, RATIO * following):
                break
            found.add(text)
    return found


def _believed(
    counts: Sequence[tuple[str, int]], edit: Edit, slips: Sequence[_Slip], chance: _Chance
) -> Iterator[_Slip]:
    """Yield the slips of one edit, from the longest texts on, as far as chance explains only a few of them."""
    lengths = [_length(counts[one.usual][0]) for one in slips]
    own = Counter(lengths)
    expected, so_far, shortest = 0.0, 0, None
    for length in sorted(own, reverse=True):
        expected += chance.expected(edit, length)
        so_far += own[length]
        if so_far >= FEWEST and expected <= EXPECTED_FALSE * so_far:
            shortest = length
    if shortest is not None:
        yield from (one for one, length in zip(slips, lengths, strict=True) if length >= shortest)


class _Chance:
    """How many real values are one edit from a frequent one that is `RATIO` times as frequent, by chance."""

    def __init__(
        self,
        counts: Sequence[tuple[str, int]],
        usual: Sequence[int],
        values: Sequence[int],
        alike: Mapping[Edit, Counter[int]],
    ) -> None:
        self._alike = alike
        # Pairs of frequent texts that could be one edit apart and are about as frequent, by class of length; and
        # pairs of a frequent text with a rarer value, of those that are seen and of one that is not yet.
        self._pairs, self._rarer = Counter[int](), Counter[int]()
        frequent, all_of = _by_length(counts, usual), _by_length(counts, values)
        for number in usual:
            text, rows = counts[number]
            length, least = _length(text), rows // RATIO
            self._pairs[length] -= 1
            self._rarer[length] += 1
            for near in (len(text) - 1, len(text), len(text) + 1):
                others = frequent.get(near, ())
                self._pairs[length] += bisect_right(others, rows) - bisect_right(others, least)
                self._rarer[length] += bisect_right(all_of.get(near, ()), least)

    def expected(self, edit: Edit, length: int) -> float:
        """Return how many real values are so near to a frequent text of this class of lengths, at most."""
        alike = self._alike.get(edit, Counter())
        best, near, pairs = 1.0, 0, PAIRS_OF_WORDS if length >= SHORT else 1
        for shorter in range(length, -1, -1):
            near += alike[shorter]
            pairs += self._pairs[shorter]
            # One more may be near (P.-S. Laplace's rule of succession, cautiously).
            best = min(best, (near + 1) / pairs)
        return best * self._rarer[length]


def _by_length(counts: Sequence[tuple[str, int]], some: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for number in reversed(some):
        text, rows = counts[number]
        found.setdefault(len(text), []).append(rows)
    return found


def _length(text: str) -> int:
    return bisect_right(LENGTHS, len(text)) - 1


def _lacking(text: str) -> Iterator[str]:
    """Yield a text as it is, and with each of its characters missing."""
    yield text
    for place in range(len(text)):
        yield text[:place] + text[place + 1 :]


def edited(usual: str, text: str) -> Edit | None:
    """Return the one edit that makes `text` of the usual one; None where there is none, or it is one of digits.

    An edit replaces, adds or leaves out a character, or swaps two neighbours. It is named by what it
    does and by the kinds of the characters, and is the same both ways round.
    """
    longer, shorter = (usual, text) if len(usual) >= len(text) else (text, usual)
    start = 0
    while start < len(shorter) and longer[start] == shorter[start]:
        start += 1
    if start == len(longer):
        return None
    if len(longer) > len(shorter):
        if longer[start + 1 :] != shorter[start:]:
            return None
        found = ("length at the end" if start == len(shorter) else "length", _kind(longer[start]))
    else:
        mine, theirs = longer[start : start + 2], shorter[start : start + 2]
        if longer[start + 1 :] == shorter[start + 1 :]:
            found = ("another", "".join(sorted(_kind(longer[start]) + _kind(shorter[start]))))
        elif mine == theirs[::-1] and longer[start + 2 :] == shorter[start + 2 :]:
            found = ("swap", "".join(sorted(_kind(mine[0]) + _kind(mine[1]))))
        else:
            return None
    return None if "9" in found[1] else found


def _kind(one: str) -> str:
    if one.isalpha():
        return "A" if one.isupper() else "a"
    return "9" if one.isnumeric() else " " if one.isspace() else "-"
