"""Which texts are other spellings of more frequent ones; pure.

Two texts are spellings of one thing if they have the same `key`. A rare text is
a misspelling of a frequent one if one long word of them differs by one edit, or
if the column shows that what is one edit from a frequent text is a typing error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from idqp_cli.core.frozen import frozen
from idqp_cli.rules.typos import typos

# Of more different values a column is no list of categories, and comparing them takes too much memory.
MAX_VALUES = 100_000
# In characters; a longer text is no category.
MAX_TEXT = 200
# So many letters a word has, and so many times as many rows, of which another word with one edit is a misspelling.
LONG_WORD, RATIO = 8, 5
# So many letters at the beginning and at the end of a word are the same in a misspelling of it.
HEAD, TAIL = 1, 2

LETTER = r"[^\W\d_]"
# After a Latin or a Greek letter; elsewhere such marks make other letters.
ACCENTS = re.compile("(?<=[A-Za-z\u00c0-\u024f\u0370-\u03ff])[\u0300-\u036f]+")
INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
MARKS = "\\s.,;:'\"`\u00b4\u2018\u2019\u201c\u201d"
BETWEEN = re.compile(f"(?<={LETTER})[{MARKS}_\u2010-\u2014-]+(?={LETTER})")
AROUND = re.compile(f"^[{MARKS}]+(?={LETTER})|(?<={LETTER})[{MARKS}]+$")
WHITE = re.compile(r"\s+")
WORD = re.compile(f"{LETTER}+")


_Place = tuple[str, str, str, str]


@frozen
class _Class:
    """The texts of one key: the one to use, all of them with their numbers of rows, and the words of the one to use."""

    usual: str
    texts: Mapping[str, int]
    words: tuple[str, ...]

    @property
    def rows(self) -> int:
        """The number of rows of all the texts."""
        return sum(self.texts.values())


def key(text: str) -> str:
    """Return what all spellings of a text have in common.

    Case and accents do not count, and neither do white space, quotes, hyphens and
    full stops between letters or around them. Beside a digit or another character
    a mark counts, and white space counts as one space.
    """
    if text.isascii() and text.isalpha():
        return text.lower()
    return WHITE.sub(" ", BETWEEN.sub("", _folded(text))).strip()


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, by which misspellings are found."""
    return tuple(BETWEEN.sub(" ", _folded(text)).split())


def _folded(text: str) -> str:
    if text.isascii():
        return AROUND.sub("", text.lower())
    plain = ACCENTS.sub("", unicodedata.normalize("NFD", INVISIBLE.sub("", text)))
    return AROUND.sub("", plain.casefold())


def variants(counts: Iterable[tuple[str, int]], right: Iterable[str] = ()) -> dict[str, str]:
    """Return the texts that are variants of more frequent ones, each with the text to use.

    `counts` are the different texts, each with its number of rows. Those that are known to be `right` are no
    variants, and more frequent than all others, whether they occur or not.
    """
    rows = dict(counts)
    known = frozenset(right)
    many = RATIO * (sum(rows.values()) + 1)
    alike: dict[str, dict[str, int]] = {}
    for text in rows | dict.fromkeys(known):
        alike.setdefault(key(text), {})[text] = rows.get(text, 0) + many * (text in known)
    alike.pop("", None)
    classes = [_class(texts) for texts in alike.values()]
    misspelt = typos([(one.usual, one.rows) for one in classes]) | _misspelt(classes)
    found: dict[str, str] = {}
    for number, one in enumerate(classes):
        if number in misspelt:
            at = number
            while at in misspelt:
                at = misspelt[at]
            found |= dict.fromkeys(one.texts, classes[at].usual)
            continue
        most, certain = one.texts[one.usual], _clean(one.usual)
        found |= {text: one.usual for text, rows in one.texts.items() if rows < most or (certain and not _clean(text))}
    return {text: usual for text, usual in found.items() if text not in known}


def _class(texts: Mapping[str, int]) -> _Class:
    """Return a class; of its most frequent texts a clean one is to be used, and of these the first."""
    most = max(texts.values())
    usual = min((text for text, rows in texts.items() if rows == most), key=lambda text: (not _clean(text), text))
    return _Class(usual, texts, words(usual))


def _clean(text: str) -> bool:
    """Tell whether a text has no white space but single spaces between words, and no invisible character."""
    return text == " ".join(text.split()) and not INVISIBLE.search(text)


def _misspelt(classes: Sequence[_Class]) -> dict[int, int]:
    """Return the classes that are misspellings, by number, each with the number of the class that it is one of.

    What one edit makes of a word is the same word where each of the two lacks one letter more.
    """
    rows = [one.rows for one in classes]
    if not rows:
        return {}
    least, most = min(rows), max(rows)
    frequent: dict[_Place, dict[str, list[int]]] = {}
    for number, one in enumerate(classes):
        if rows[number] >= RATIO * least:
            for place, word in _places(one.words, LONG_WORD):
                for lacking in _lacking(word):
                    frequent.setdefault(place, {}).setdefault(lacking, []).append(number)
    found = {}
    for number, one in enumerate(classes):
        if frequent and rows[number] * RATIO <= most:
            good = [
                at
                for at in _near(one.words, frequent)
                if rows[at] >= RATIO * rows[number] and is_misspelt(one.words, classes[at].words)
            ]
            if good:
                found[number] = min(good, key=lambda at: (-rows[at], classes[at].usual))
    return found


def _near(own: Sequence[str], frequent: Mapping[_Place, Mapping[str, Sequence[int]]]) -> set[int]:
    """Return the numbers of the frequent classes of which the words may be a misspelling."""
    near: set[int] = set()
    for place, word in _places(own, LONG_WORD - 1):
        known = frequent.get(place)
        if known is not None:
            near.update(at for lacking in _lacking(word) for at in known.get(lacking, ()))
    return near


def _places(own: Sequence[str], shortest: int) -> Iterator[tuple[_Place, str]]:
    """Yield each long word, and what a misspelling of it has in common with it: the text around, and its ends."""
    for at, word in enumerate(own):
        if len(word) >= shortest and WORD.fullmatch(word):
            yield (" ".join(own[:at]), " ".join(own[at + 1 :]), word[:HEAD], word[-TAIL:]), word


def _lacking(word: str) -> Iterator[str]:
    """Yield a word as it is, and with each letter in the middle of it missing."""
    yield word
    for place in range(HEAD, len(word) - TAIL):
        yield word[:place] + word[place + 1 :]


def is_misspelt(rare: Sequence[str], usual: Sequence[str]) -> bool:
    """Tell whether the words are the usual ones, but for one edit in the middle of a long one."""
    pairs = [(one, other) for one, other in zip(rare, usual, strict=False) if one != other]
    if len(rare) != len(usual) or len(pairs) != 1:
        return False
    ((one, other),) = pairs
    if len(other) < LONG_WORD or not (WORD.fullmatch(one) and WORD.fullmatch(other)):
        return False
    same_ends = one[:HEAD] == other[:HEAD] and one[-TAIL:] == other[-TAIL:]
    return same_ends and _one_edit(one, other)


def _one_edit(one: str, other: str) -> bool:
    """Tell whether one letter more, less or another, or two that changed places, make one word of the other."""
    if len(one) > len(other):
        one, other = other, one
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
    return one[start + 1 :] == other[start + 1 :] or swapped
