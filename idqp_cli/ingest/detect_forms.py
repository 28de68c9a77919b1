"""Find the form in which a column is written, where every cell agrees on it.

The same questions are asked of a sample and of the whole file. A form is taken
only if nothing but words is written in another one, and if no other form reads
the same cells as other values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import Notation
from idqp_cli.ingest import forms, types
from idqp_cli.ingest.forms import Form, NumberForm, TimeForm

LIKELY = re.compile(rf"[\d.,'’:/ \-+$€£¥{forms.SPACES}APMapmTZ]+")
SYMBOLS = "$€£¥"
DAY, MONTH = "(?:0?[1-9]|[12]\\d|3[01])", "(?:0?[1-9]|1[0-2])"
CLOCK = r"(?: (?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?: [AaPp][Mm])?)"
CLOCKS = (" %H:%M:%S.%f", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", "")
MARKS = ((".", ","), (",", "."), (".", "'"), (",", "'"), (".", "’"), (",", "’"), (",", " "), (".", " "))
# Of a column in a form that is not plain so many cells at least are not plain.
COMMON = 0.05
EITHER = "its numbers may have a decimal mark or thousands; set read.decimal"
GROUPED = r"[ \t]*[+-]?[1-9]\d{0,2}\.\d{3}[ \t]*"


@frozen
class Decided:
    """What a column is read as: its type, its form if that is not plain, and what a person should know of that.

    `guessed` says that the form is not one that a person names. `undecided` says
    why the column is text though it looks like numbers or dates.
    """

    kind: str
    form: Form | None = None
    guessed: bool = False
    undecided: str | None = None


class Evidence(Protocol):
    """The cells of one column."""

    def counts(self, form: Form | None) -> Mapping[str, int]:
        """Count the shapes of the cells as a form rewrites them."""

    def digits(self, form: Form | None) -> tuple[int, int]:
        """Return the most digits before and behind the point."""

    def matches(self, patterns: Sequence[str]) -> list[int]:
        """Count the cells that each pattern matches whole."""


@frozen
class Cells:
    """The cells of a sample."""

    cells: Sequence[str]

    def counts(self, form: Form | None) -> Mapping[str, int]:
        """Count the shapes of the cells as a form rewrites them."""
        return types.shapes(self._normal(form))

    def digits(self, form: Form | None) -> tuple[int, int]:
        """Return the most digits before and behind the point."""
        return types.digits(self._normal(form))

    def matches(self, patterns: Sequence[str]) -> list[int]:
        """Count the cells that each pattern matches whole."""
        compiled = [re.compile(pattern, re.ASCII | re.DOTALL) for pattern in patterns]
        return [sum(one.fullmatch(cell) is not None for cell in self.cells) for one in compiled]

    def _normal(self, form: Form | None) -> Sequence[str]:
        return self.cells if form is None else [forms.normal(cell, form) for cell in self.cells]


def decide(evidence: Evidence, notation: Notation, expected: str | None, registered: str | None) -> Decided:
    """Decide the type and the form of a column without a declared type.

    `expected` is the family that rules take it for, `registered` the type that it
    was read as before.
    """
    for form in _named(notation, expected):
        counts = evidence.counts(form)
        kind = _settled(evidence, form, counts, expected)
        if kind != types.TEXT and types.family_of(kind) == _family(form):
            return Decided(kind, form)
    number = forms.numbers(notation)
    counts = evidence.counts(number)
    kind = types.kept(registered, counts, _settled(evidence, number, counts, expected), expected)
    if number is not None:
        return Decided(kind, number if types.is_number(kind) else None)
    if counts.get("coded") and expected != types.WRITTEN and types.family_of(kind) in {None, types.NUMBER}:
        return _detected(evidence, counts, expected) or Decided(kind)
    return Decided(kind)


def doubted(
    decided: Mapping[str, Decided], sample: Mapping[str, Evidence], delimiter: str, general: Notation
) -> dict[str, Decided]:
    """Return the decisions, but leave numbers like 1.234 open in a file that may write a comma for the decimal mark."""
    plain = [
        name for name, one in decided.items()
        if one.kind == "DOUBLE" and one.form is None
    ]  # fmt: skip
    comma = any(isinstance(one.form, NumberForm) and one.form.decimal == "," for one in decided.values())
    if general.decimal is not None or not plain or not (comma or delimiter == ";"):
        return dict(decided)
    alike = [name for name in plain if grouped(sample[name])]
    if not comma and len(alike) < len(plain):
        # Another column of the file has a decimal point that is no other mark.
        return dict(decided)
    return {**decided, **dict.fromkeys(alike, Decided(types.TEXT, undecided=EITHER))}


def still_grouped(one: Decided, evidence: Evidence, undecided: str | None) -> bool:
    """Tell whether numbers that were left open are so in the whole file."""
    return undecided == EITHER and one.kind == "DOUBLE" and one.form is None and grouped(evidence)


def grouped(evidence: Evidence) -> bool:
    """Tell whether every decimal number may be an integer whose thousands are apart, like 1.234."""
    counts = evidence.counts(None)
    numbers = counts.get("number", 0)
    return bool(numbers) and evidence.matches([GROUPED])[0] == numbers


def _named(notation: Notation, expected: str | None) -> Iterator[Form]:
    words = forms.words(notation)
    if words is not None and expected != types.NUMBER:
        yield words
    for named in (notation.timestamp_format, notation.date_format):
        if named is not None:
            yield forms.of_format(named)


def _family(form: Form) -> str:
    return types.TIME if isinstance(form, TimeForm) else types.BOOL


def _settled(evidence: Evidence, form: Form | None, counts: Mapping[str, int], expected: str | None) -> str:
    return types.settle(counts, expected, evidence.digits(form) if types.rounds(counts) else None)


def _detected(evidence: Evidence, counts: Mapping[str, int], expected: str | None) -> Decided | None:
    """Return the form that all cells but for few words agree on; None where there is none."""
    words, total = counts.get(types.WORD, 0), sum(counts.values())
    looked = total - words
    if not looked or words > max(looked >= 3, total // 10) or evidence.matches([LIKELY.pattern])[0] < looked:
        return None
    return _date(evidence, looked, expected) or _number(evidence, looked, expected)


def of_most(cells: Mapping[str, int], left: float) -> Decided | None:
    """Return the form of texts, each with its cells, in which all but a share of `left` of the cells are written.

    The others are errors. None where nearly all are plain, but for days and times, or more than one form may be meant.
    """
    texts, total = list(cells), sum(cells.values())
    plain = [text for text in texts if types.shape(text) in types.FAMILIES[types.TIME]]
    if plain and sum(cells[text] for text in plain) >= (1 - left) * total:
        return Decided(types.settle(types.shapes(plain)))
    best: list[str] = []
    most = (1 - left) * total
    for pattern in _written():
        compiled = re.compile(pattern, re.ASCII)
        fits = [text for text in texts if compiled.fullmatch(text)]
        weight = sum(cells[text] for text in fits)
        if weight > most:
            best, most = fits, weight
    coded = sum(cells[text] for text in best if types.shape(text) == "coded")
    if not best or coded < COMMON * total:
        return None
    found = _detected(Cells(best), types.shapes(best), None)
    return None if found is None or found.kind == types.TEXT else found


def _written() -> Iterator[str]:
    """Yield the patterns of numbers and of days that are not in the plain form."""
    for symbol in ("", *SYMBOLS):
        yield from (_strict(decimal, thousands, symbol) for decimal, thousands in MARKS)
    yield from (pattern for _, *both in _days() for pattern in both)


def _days() -> Iterator[tuple[str, str, str]]:
    """Yield the forms of days: the format, the pattern of a day with a clock or without, and of one without."""
    for mark in "/.-":
        orders = {"%d{0}%m{0}%Y": (DAY, MONTH, r"\d{4}"), "%m{0}%d{0}%Y": (MONTH, DAY, r"\d{4}")}
        if mark != "-":
            orders["%Y{0}%m{0}%d"] = (r"\d{4}", MONTH, DAY)
        for form, parts in orders.items():
            day = rf"[ \t]*{re.escape(mark).join(parts)}"
            yield form.format(mark), rf"{day}{CLOCK}?[ \t]*", rf"{day}[ \t]*"


def _date(evidence: Evidence, looked: int, expected: str | None) -> Decided | None:
    found = list(_days())
    numbers = evidence.matches([pattern for _, *both in found for pattern in both])
    whole = [(found[at][0], numbers[2 * at + 1] == looked) for at in range(len(found)) if numbers[2 * at] == looked]
    if not whole:
        return None
    if len(whole) > 1:
        either = " or ".join(form for form, _ in whole)
        return Decided(types.TEXT, undecided=f"its dates may be {either}; set read.date_format")
    ((form, bare),) = whole
    if bare:
        return _agreed(evidence, TimeForm((form,), "DATE"), expected)
    formats = tuple(form + clock for clock in CLOCKS)
    # With one clock the form can be named, so that the next file is read by it.
    each = evidence.matches([forms.pattern(TimeForm((one,), "TIMESTAMP")) for one in formats])
    own = [one for one, times in zip(formats, each, strict=True) if times == looked]
    return _agreed(evidence, TimeForm((own[-1],) if own else formats, "TIMESTAMP"), expected)


def _number(evidence: Evidence, looked: int, expected: str | None) -> Decided | None:
    used = evidence.matches([f".*[{symbol}].*" for symbol in SYMBOLS])
    symbols = [symbol for symbol, times in zip(SYMBOLS, used, strict=True) if times]
    if len(symbols) > 1 or (symbols and max(used) != looked):
        return None
    symbol = "".join(symbols)
    numbers = evidence.matches([_strict(decimal, thousands, symbol) for decimal, thousands in MARKS])
    whole = [marks for marks, times in zip(MARKS, numbers, strict=True) if times == looked]
    if not whole:
        return None
    decimal, thousands = whole[0]
    marked, behind = evidence.matches([r".*[.,].*", rf".*[{re.escape(decimal)}]\d+\D*"])
    if thousands == " " and not behind:
        # Groups of digits alone may be an identifier.
        return None
    if whole[:2] == [*MARKS[:2]] and marked:
        return Decided(types.TEXT, undecided=EITHER)
    return _agreed(evidence, NumberForm(decimal, thousands, symbol), expected)


def _strict(decimal: str, thousands: str, symbol: str) -> str:
    """Return the pattern of a number that is no code: grouped by threes, and without a leading zero."""
    group = f"[{forms.SPACES}]" if thousands == " " else f"[{thousands}]"
    number = rf"(?:(?:[1-9]\d{{0,2}}(?:{group}\d{{3}})+|[1-9]\d*|0)(?:[{decimal}]\d+)?|[{decimal}]\d+)"
    space = f"[{forms.SPACES}]?"
    if not symbol:
        return rf"[ \t]*[+-]?{number}[ \t]*"
    mark = f"[{symbol}]"
    return rf"[ \t]*(?:[+-]?{mark}{space}{number}|{mark}{space}[+-]{number}|[+-]?{number}{space}{mark})[ \t]*"


def _agreed(evidence: Evidence, form: Form, expected: str | None) -> Decided | None:
    counts = evidence.counts(form)
    kind = _settled(evidence, form, counts, expected)
    return None if kind == types.TEXT or counts.get("coded") else Decided(kind, form, guessed=True)
