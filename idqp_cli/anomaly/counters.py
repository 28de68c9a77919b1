"""Texts that count the rows of a file, like INV-0 and INV-1: where a row stands, and nothing about it; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

DIGITS = re.compile(r"([0-9]+)")
FEW_ROWS = 20
# Nearly all of the steps go one way, or nearly all of the texts are of one pattern and of numbers of their own.
MOSTLY = 0.99
# Numbers that were given out one by one leave out at most so many for each that is there.
DENSE = 2


def counts(texts: Sequence[str], *, whole: bool) -> bool:
    """Tell whether texts, in the order of the file, grow with its rows, or number them in another order.

    `whole` says that they are all texts of the file.
    """
    if len(texts) < FEW_ROWS:
        return False
    keys = [_natural(text) for text in texts]
    up = sum(one < other for one, other in pairwise(keys))
    down = sum(one > other for one, other in pairwise(keys))
    steps = len(keys) - 1
    if max(up, down) >= steps / 2 and min(up, down) <= (1 - MOSTLY) * steps:
        return True
    return whole and _numbered(texts)


def _natural(text: str) -> tuple[tuple[str, int], ...]:
    """Return what orders a text as people do: its numbers by their size."""
    parts = DIGITS.split(text)
    numbers = [int(part) for part in parts[1::2]]
    return tuple(zip(parts[::2], [*numbers, -1], strict=True))


def _numbered(texts: Sequence[str]) -> bool:
    """Tell whether the texts differ in one number, and nearly all numbers of its range are there."""
    patterns = Counter(DIGITS.sub("9", text) for text in texts)
    pattern, often = patterns.most_common(1)[0]
    if often < MOSTLY * len(texts) or not pattern.count("9"):
        return False
    of_pattern = [DIGITS.findall(text) for text in texts if DIGITS.sub("9", text) == pattern]
    for column in zip(*of_pattern, strict=True):
        numbers = {int(number) for number in column}
        if len(numbers) >= MOSTLY * often and max(numbers) - min(numbers) < DENSE * len(numbers):
            return True
    return False
