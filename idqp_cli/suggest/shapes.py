r"""The shapes of texts, and the regular expressions that shapes come down to; pure.

A shape names the runs of characters of one kind and keeps the others as they
are: `A` for capital letters, `a` for small ones, `9` for digits, each with its
length up to four; `AB-1234` has the shape `A2-94`, and `Total 12` is `A1a4 92`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from idqp_cli.core.frozen import frozen

RUN = re.compile(r"([^\W\d_a-z]+)|([^\W\d_A-Z]+)|(\d+)|(\s+)|(.)", re.DOTALL)
# What the groups of `RUN` are; the characters of the last two stay as they are.
KINDS = ("", "A", "a", "9", "", "")
# A text of more runs is prose, or structured data of its own.
MOST_RUNS = 16
LONGEST = 200
CLASSES = {"A": "[A-Z]", "a": "[a-z]", "X": "[A-Za-z]", "9": r"\d", "W": r"[A-Za-z0-9]"}
SPECIAL = frozenset(r"\.^$*+?{}[]|()")


class Run(NamedTuple):
    """Characters of one kind: a letter of `CLASSES` and how many, or a character as it is (of length 1)."""

    kind: str
    least: int
    most: int


Shape = tuple[Run, ...]


def runs(text: str) -> Shape | None:
    """Return the runs of a text; None of prose."""
    measured = _measured(text)
    return None if measured is None else tuple(Run(kind, size, size) for kind, size in zip(*measured, strict=True))


def _measured(text: str) -> tuple[str, list[int]] | None:
    """Return the kinds of the runs of a text, and the length of each; None of prose."""
    if not text or len(text) > LONGEST or not text.isascii():
        return None
    kinds, sizes = "", list[int]()
    for run in RUN.finditer(text):
        own = run[0]
        if kind := KINDS[run.lastindex or 0]:
            kinds += kind
            sizes.append(len(own))
        else:
            kinds += own
            sizes += [1] * len(own)
        if len(sizes) > MOST_RUNS:
            return None
    return kinds, sizes


def skeleton(shape: Shape) -> str:
    """Return the kinds of the runs, without their lengths: `A-9`."""
    return "".join(one.kind for one in shape)


@frozen
class Form:
    """What texts of one skeleton look like, in how many cells, and how many texts these are."""

    shape: Shape
    cells: int
    texts: int

    @property
    def regex(self) -> str:
        """The anchored regular expression of these texts."""
        return f"^{''.join(map(_expression, self.shape))}$"


def forms(values: Iterable[tuple[str, int]]) -> tuple[list[Form], int]:
    """Return the forms of texts with their numbers of cells, the most frequent first, and the cells of prose."""
    # By their kinds: the shortest and the longest of each run, the cells, and the texts.
    found: dict[str, tuple[list[int], list[int], int, int]] = {}
    prose = 0
    for text, cells in values:
        measured = _measured(text)
        if measured is None:
            prose += cells
            continue
        kinds, sizes = measured
        known = found.get(kinds)
        if known is None:
            found[kinds] = (sizes, sizes, cells, 1)
        else:
            least, most, before, texts = known
            found[kinds] = ([*map(min, least, sizes)], [*map(max, most, sizes)], before + cells, texts + 1)
    made = (
        Form(tuple(map(Run, kinds, least, most)), cells, texts) for kinds, (least, most, cells, texts) in found.items()
    )
    return sorted(made, key=lambda one: (-one.cells, skeleton(one.shape))), prose


def described(form: Form) -> str:
    """Return a form as the text that people see: `AA-9999`, `AAA…-99`."""
    return "".join(
        one.kind if one.most == 1 else one.kind * one.most if one.least == one.most <= 8 else one.kind * 2 + "…"
        for one in form.shape
    )


def literal(text: str) -> str:
    """Return the regular expression of a text as it is."""
    return "".join(_one(character) for character in text)


def _one(character: str) -> str:
    return {"\t": r"\t", "\n": r"\n"}.get(character) or ("\\" + character if character in SPECIAL else character)


def _expression(run: Run) -> str:
    if run.kind not in CLASSES:
        return _one(run.kind)
    found = CLASSES[run.kind]
    if run.least == run.most and not (run.kind == "9" and run.most == 1):
        return found if run.most == 1 else f"{found}{{{run.most}}}"
    # Lengths that vary today vary otherwise tomorrow, and after 9 comes 10.
    return f"{found}+"
