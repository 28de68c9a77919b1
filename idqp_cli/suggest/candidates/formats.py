"""Formats and patterns: texts that are written alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.core.text import cell, count, listed
from idqp_cli.rules.formats import Format, Formatted
from idqp_cli.rules.notation import codes
from idqp_cli.rules.validity import Pattern
from idqp_cli.suggest import shapes
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.missing import cells as cells_of
from idqp_cli.suggest.missing import words
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile
from idqp_cli.suggest.shapes import Form

# A format is one if so many cells have it; the others are errors.
NEARLY = 0.9
FEWEST = 20
# A form of a pattern has so many of the cells; and an error at most so many.
OFTEN, RARELY = 0.05, 0.02
MOST_FORMS = 3
# Errors come in many forms, or in a cell or two; another form that recurs is one that there is.
VARIED, ALONE = 3, 2
MOST_UNITS = 8
# Letters alone are codes if they are few, and make many different texts.
SHORT, FEWEST_TEXTS = 5, 10
# What to look for; whether a text is in the format says the rule itself.
WRITTEN: Mapping[Format, str] = {
    Format.EMAIL: r"[^@\s]+@[^@\s]+\.[^@\s]+",
    Format.URL: r"(?i)(https?|ftp)://[^\s]+",
    Format.UUID: r"(?i)[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}",
    Format.IPV4: r"(\d{1,3}\.){3}\d{1,3}",
    Format.MAC: r"(?i)([0-9a-f]{2}[:-]){5}[0-9a-f]{2}",
    Format.HEX_COLOR: r"(?i)#([0-9a-f]{3}|[0-9a-f]{6})",
}
# Codes of a list, which other words may be by chance; of so many different ones nearly all must be in it.
LISTED: Mapping[Format, str] = {
    Format.ISO_CURRENCY: codes.CURRENCIES,
    Format.ISO_COUNTRY: codes.COUNTRIES,
    Format.ISO_COUNTRY3: codes.COUNTRIES_3,
}
FEWEST_CODES = 6
DATES: Mapping[Format, str] = {
    Format.DATE_DMY: r"(0?[1-9]|[12]\d|3[01])([./-])(0?[1-9]|1[0-2])\2\d{4}",
    Format.DATE_MDY: r"(0?[1-9]|1[0-2])([./-])(0?[1-9]|[12]\d|3[01])\2\d{4}",
    Format.DATE_YMD: r"\d{4}([./-])(0?[1-9]|1[0-2])\1(0?[1-9]|[12]\d|3[01])",
    Format.DATE: r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
    Format.TIMESTAMP: r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?",
}
NUMBER = re.compile(r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\d\s.,:/-][^\d]*)?")


def candidates(profile: Profile, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask of texts that they are written as they are: in a format, as numbers, or as a pattern says."""
    missing = words(profile)
    done = {one.rule.columns[0] for one in found if one.rule.type == "accepted_values"}
    for column in profile.columns:
        if column.kind is not Kind.TEXT or column.name in done or column.sampled < FEWEST:
            continue
        absent = {text for text, _ in cells_of(column, missing)}
        values = [pair for pair in column.values if pair[0] not in absent]
        one = _number(column, values) or _format(column, values) or _pattern(column, values)
        if one is not None:
            yield one


def _number(column: ColumnProfile, values: Sequence[tuple[str, int]]) -> Candidate | None:
    """Ask that cells are numbers, where they are with units that are written in more than one way."""
    units: dict[str, int] = {}
    numbers = 0
    total = sum(cells for _, cells in values)
    for text, cells in values:
        matched = NUMBER.fullmatch(text)
        if matched is not None:
            numbers += cells
            unit = (matched[2] or "").strip()
            units[unit] = units.get(unit, 0) + cells
    common = {unit: cells for unit, cells in units.items() if cells >= RARELY / 2 * total}
    if numbers < NEARLY * total or len(common) > MOST_UNITS:
        return None
    rule = Formatted(name="", line=0, columns=(column.name,), format=Format.NUMBER)
    plain = {unit.casefold().rstrip(".") for unit in common}
    if len(common) > 1 and ("" in common or len(plain) < len(common)):
        # Grams and kilograms are two units; `oz` and `OZ.` are one, and a number without one may be either.
        often = sorted(common, key=lambda one: (-common[one], one))
        shown = listed([cell(unit, 20) if unit else "nothing" for unit in often], 4)
        return Candidate(rule, f"numbers with a unit in more than one spelling: {shown}", certain=True)
    if set(common) == {""} and column.doubted:
        return Candidate(rule, f"{count(numbers, 'cell')} of {total:,} are numbers", known=True)
    return None


def _format(column: ColumnProfile, values: Sequence[tuple[str, int]]) -> Candidate | None:
    total = sum(cells for _, cells in values)
    for form, pattern in WRITTEN.items():
        fits = _fitting(values, pattern, total)
        if fits:
            return _formatted(column, form, fits, total)
    of_dates = {form: _fitting(values, own, total) for form, own in DATES.items()}
    best = max(of_dates, key=lambda one: (of_dates[one], one is Format.DATE))
    if of_dates[best]:
        alike = [form for form in (Format.DATE_DMY, Format.DATE_MDY) if of_dates[form] == of_dates[best]]
        # Where both readings fit, no day is above 12, and nobody knows.
        return None if len(alike) == 2 else _formatted(column, best, of_dates[best], total)
    for form, known in LISTED.items():
        listed_codes = set(known.split())
        inside = [pair for pair in values if pair[0] in listed_codes]
        cells = sum(number for _, number in inside)
        if len(inside) >= FEWEST_CODES and len(inside) >= NEARLY * len(values) and cells >= NEARLY * total:
            return _formatted(column, form, cells, total)
    return None


def _fitting(values: Sequence[tuple[str, int]], pattern: str, total: int) -> int:
    """Count the cells that are written as a pattern says, if nearly all are; else 0, and not all are looked at."""
    form = re.compile(pattern)
    fits = total
    for text, cells in values:
        if form.fullmatch(text) is None:
            fits -= cells
            if fits < NEARLY * total:
                return 0
    return fits


def _formatted(column: ColumnProfile, form: Format, fits: int, total: int) -> Candidate:
    rule = Formatted(name="", line=0, columns=(column.name,), format=form)
    why = f"{fits:,} of {count(total, 'text')} looked at are {form.value.replace('_', ' ')}"
    return Candidate(rule, why, known=fits < total)


def _pattern(column: ColumnProfile, values: Sequence[tuple[str, int]]) -> Candidate | None:
    found, prose = shapes.forms(values)
    total = sum(cells for _, cells in values)
    usual = [one for one in found if one.cells >= OFTEN * total]
    rare = [one for one in found if one.cells < OFTEN * total]
    if not _varied(rare):
        usual, rare = [*usual, *rare], []
    if not usual or len(usual) > MOST_FORMS or prose > RARELY * total:
        return None
    if any(one.cells > RARELY * total for one in rare) or sum(one.cells for one in usual) < NEARLY * total:
        return None
    if not any(_structured(one) for one in usual) or not all(_structured(one) or one.texts == 1 for one in usual):
        return None
    constant = {
        one.shape: text for one in usual if one.texts == 1 for text, _ in values if shapes.runs(text) == one.shape
    }
    if len(constant) == len(usual):
        return None
    regexes = tuple(f"^{shapes.literal(constant[one.shape])}$" if one.shape in constant else one.regex for one in usual)
    shown = " or ".join(cell(shapes.described(one), 40) for one in usual)
    why = f"{count(total, 'text')} looked at {'are' if not rare else 'but a few are'} like {shown}"
    return Candidate(Pattern(name="", line=0, columns=(column.name,), regex=regexes), why, known=bool(rare))


def _varied(rare: Sequence[Form]) -> bool:
    """Tell whether rare forms are those of errors."""
    return len(rare) >= VARIED or all(one.cells <= ALONE for one in rare)


def _structured(form: Form) -> bool:
    """Tell whether a form is that of codes, and not of words: it has digits, or letters of one short length."""
    if form.texts < 3:
        return False
    digits = any(one.kind == "9" for one in form.shape)
    words = sum(one.kind in {"a", "A"} and one.most > one.least for one in form.shape)
    fixed = all(one.least == one.most for one in form.shape)
    short = fixed and sum(one.most for one in form.shape) <= SHORT and form.texts >= FEWEST_TEXTS
    return (digits and words <= 1) or short
