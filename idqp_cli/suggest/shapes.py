r"""The shapes of texts, and the regular expressions that shapes come down to; pure.

A shape names the runs of characters of one kind and keeps the others as they
are: `A` for capital letters, `a` for small ones, `9` for digits, each with its
length up to four; `AB-1234` has the shape `A2-94`, and `Total 12` is `A1a4 92`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from idqp_cli.core.frozen import frozen

RUN = re.compile(r"([^\W\d_a-z]+)|([^\W\d_A-Z]+)|(\d+)|(\s+)|(.)", re.DOTALL)
# A text of more runs is prose, or structured data of its own.
MOST_RUNS = 16
LONGEST = 200
CLASSES = {"A": "[A-Z]", "a": "[a-z]", "X": "[A-Za-z]", "9": r"\d", "W": r"[A-Za-z0-9]"}
SPECIAL = frozenset(r"\.^$*+?{}[]|()")


@frozen
class Run:
    """Characters of one kind: a letter of `CLASSES` and how many, or a character as it is (of length 1)."""

    kind: str
    least: int
    most: int


Shape = tuple[Run, ...]


def runs(text: str) -> Shape | None:
    """Return the runs of a text; None of prose."""
    if not text or len(text) > LONGEST or not text.isascii():
        return None
    found = []
    for letters, small, digits, space, other in RUN.findall(text):
        if letters or small:
            found.append(Run("A" if letters else "a", len(letters or small), len(letters or small)))
        elif digits:
            found.append(Run("9", len(digits), len(digits)))
        else:
            found.extend(Run(one, 1, 1) for one in space or other)
        if len(found) > MOST_RUNS:
            return None
    return tuple(found)


def skeleton(shape: Shape) -> str:
    """Return the kinds of the runs, without their lengths: `A-9`."""
    return "".join(one.kind for one in shape)


def merged(one: Shape, other: Shape) -> Shape:
    """Return the shape of the texts of two shapes of one skeleton."""
    return tuple(
        Run(mine.kind, min(mine.least, theirs.least), max(mine.most, theirs.most))
        for mine, theirs in zip(one, other, strict=True)
    )


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
    found: dict[str, Form] = {}
    prose = 0
    for text, cells in values:
        shape = runs(text)
        if shape is None:
            prose += cells
            continue
        known = found.get(key := skeleton(shape))
        found[key] = (
            Form(shape, cells, 1)
            if known is None
            else Form(merged(known.shape, shape), known.cells + cells, known.texts + 1)
        )
    return sorted(found.values(), key=lambda one: (-one.cells, skeleton(one.shape))), prose


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
