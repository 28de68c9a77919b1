"""How the cells of a column are written, where that is not the way of programs: `1.234,50`, `31.12.2024`, `ja`.

A form rewrites a cell into the plain form, which `types` knows. So a column has
one decision on its type, whatever its form is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import Notation
from idqp_cli.ingest import typed_cells, types

SPACES = " \u00a0\u202f"
# An offset like +02:00, or the name of UTC.
DIRECTIVES = {
    "d": r"\d{1,2}", "m": r"\d{1,2}", "H": r"\d{1,2}", "I": r"\d{1,2}", "M": r"\d{1,2}", "S": r"\d{1,2}", "Y": r"\d{4}",
    "y": r"\d{2}", "j": r"\d{1,3}", "f": r"\d{1,6}", "g": r"\d{1,3}", "n": r"\d{1,9}", "b": r"\pL+\.?", "B": r"\pL+",
    "a": r"\pL+\.?", "A": r"\pL+", "p": r"[AaPp][Mm]", "z": r"(?:Z|[+-]\d{2}(?::?\d{2})?)", "Z": r"[A-Za-z_/]+",
    "%": "%",
}  # fmt: skip
WHOLE = r"(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)"
MOMENTS = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"})
EPOCHS = {"EPOCH_S": 6, "EPOCH_MS": 3, "EPOCH_US": 0}


@frozen
class NumberForm:
    """Numbers with this decimal mark, this mark between thousands (or none), and these characters around them."""

    decimal: str = "."
    thousands: str = ""
    strip: str = ""

    @property
    def said(self) -> str:
        """What the form is, in words."""
        parts = [f"decimal '{self.decimal}'"]
        parts += [f"thousands '{self.thousands}'"] if self.thousands else []
        parts += [f"strip '{self.strip}'"] if self.strip else []
        return ", ".join(parts)


@frozen
class TimeForm:
    """Dates or times in one of some `strptime` formats, read as `kind`."""

    formats: tuple[str, ...]
    kind: str

    @property
    def said(self) -> str:
        """What the form is, in words."""
        return f"{'date' if self.kind == 'DATE' else 'timestamp'} format {self.formats[-1]}"


@frozen
class WordForm:
    """Words for true and for false."""

    true: tuple[str, ...]
    false: tuple[str, ...]

    @property
    def said(self) -> str:
        """What the form is, in words."""
        return f"true {'/'.join(self.true) or 'true'}, false {'/'.join(self.false) or 'false'}"


@frozen
class EpochForm:
    """Seconds, or a thousandth or millionth of them, since 1970 began in UTC; 10 to the `power` microseconds each."""

    power: int

    @property
    def said(self) -> str:
        """What the form is, in words."""
        return f"{ {6: 'seconds', 3: 'milliseconds', 0: 'microseconds'}[self.power] } since 1970"


Form = NumberForm | TimeForm | WordForm | EpochForm


def of_format(form: str) -> TimeForm:
    """Return the form of a `strptime` format; its type follows from the format."""
    letters = set(re.findall(r"%-?(\w)", form))
    zoned = letters & {"z", "Z"}
    return TimeForm(
        (form,), "TIMESTAMP WITH TIME ZONE" if zoned else "TIMESTAMP" if letters & set("HIMSfgn") else "DATE"
    )


def declared(kind: str, notation: Notation) -> tuple[str, Form | None]:
    """Return the type and the form of a column whose type a person declares as `kind`."""
    if kind in EPOCHS:
        return "TIMESTAMP", EpochForm(EPOCHS[kind])
    if kind == "BOOLEAN":
        return kind, words(notation)
    if kind in MOMENTS:
        form = notation.date_format if kind == "DATE" else notation.timestamp_format
        found = None if form is None else of_format(form)
        return kind, None if found is None else TimeForm(found.formats, kind)
    return kind, numbers(notation) if types.is_number(kind) else None


def numbers(notation: Notation) -> NumberForm | None:
    """Return the form of numbers that a person names, None without one."""
    if notation.decimal is None and notation.thousands is None and notation.strip is None:
        return None
    return NumberForm(notation.decimal or ".", notation.thousands or "", notation.strip or "")


def words(notation: Notation) -> WordForm | None:
    """Return the words for true and false that a person names, None without them."""
    if not notation.true_values and not notation.false_values:
        return None
    return WordForm(notation.true_values, notation.false_values)


@lru_cache(maxsize=256)
def pattern(form: Form) -> str:
    """Return the regular expression of a cell in a form, for RE2."""
    match form:
        case NumberForm(decimal, thousands, strip):
            around = f"[ \\t\u00a0\u202f{_escaped(strip)}]*"
            group = f"[{_escaped(SPACES)}]" if thousands == " " else _one(thousands)
            whole = WHOLE.format(group=group) if thousands else r"\d+"
            mark = _one(decimal)
            exponent = "" if set("eE") & set(strip) else r"(?:[eE][+-]?\d{1,3})?"
            number = rf"(?:{whole}(?:{mark}\d*)?|{mark}\d+){exponent}"
            return f"{around}[+-]?{around}{number}{around}"
        case TimeForm(formats):
            return rf"[ \t]*(?:{'|'.join(map(_of_format, formats))})[ \t]*"
        case WordForm(true, false):
            return "|".join(re.escape(word) for word in (*true, *false))
        case EpochForm(power):
            return rf"[ \t]*[+-]?\d{{1,{18 - power}}}" + (rf"(?:\.\d{{1,{power}}}0*)?" if power else "") + r"[ \t]*"


def normal(cell: str, form: Form) -> str:
    """Return a cell of a sample in the plain form; a number or a time in another form becomes a text with a digit."""
    match form:
        case WordForm(true, false):
            return "true" if cell in true else "false" if cell in false else cell
        case TimeForm(kind=kind):
            if python_pattern(form).fullmatch(cell):
                return {"DATE": "2000-01-01", "TIMESTAMP": "2000-01-01 00:00"}.get(kind, "2000-01-01 00:00Z")
            return f"x{cell}" if types.family(cell) == types.TIME else cell
        case NumberForm(decimal):
            if python_pattern(form).fullmatch(cell):
                return cell.translate(_table(form)).replace(decimal, ".")
            return f"x{cell}" if types.family(cell) == types.NUMBER else cell
    return cell


@lru_cache(maxsize=256)
def python_pattern(form: Form) -> re.Pattern[str]:
    """Return the regular expression of a cell in a form, for Python."""
    return re.compile(pattern(form).replace(r"\pL", r"[^\W\d_]"), re.ASCII if isinstance(form, NumberForm) else 0)


def normalised(text: str, form: Form, *, strict: bool) -> str:
    """Return SQL for the text of a cell in the plain form.

    What is not in the form is NULL if `strict`; else it stays as it is, and a
    number or a time in another form becomes a text that is none.
    """
    fits = f"regexp_full_match({text}, {sql.literal(pattern(form))})"
    match form:
        case WordForm(true, false):
            told = [f"WHEN {text} IN ({sql.listing(said)}) THEN '{word}'"
                    for said, word in ((true, "true"), (false, "false")) if said]  # fmt: skip
            return f"CASE {' '.join(told)} ELSE {text} END"
        case NumberForm(decimal):
            removed = "".join(map(chr, _table(form)))
            plain = f"translate({text}, {sql.literal(decimal + removed)}, '.')"
            return f"CASE WHEN {fits} THEN {plain} {_otherwise(text, types.NUMBER, strict=strict)} END"
        case TimeForm(kind=kind):
            moment = f"{_moment(text, form)}::{kind}::VARCHAR"
            other = "" if strict else f"WHEN {moment} IS NULL AND {fits} THEN 'no such date'"
            other += _otherwise(text, types.TIME, strict=strict)
            return f"CASE WHEN {fits} AND {moment} IS NOT NULL THEN {moment} {other} END"
    return text


def value(text: str, kind: str, form: Form | None, *, lenient: bool, declared: bool) -> str:
    """Return SQL that reads the SQL text `text` as the type `kind`; NULL where it is not written in the form."""
    match form:
        case None:
            return typed_cells.read_as(text, kind, lenient=lenient, declared=declared)
        case TimeForm():
            fits = f"regexp_full_match({text}, {sql.literal(pattern(form))})"
            return sql.told_apart(text, f"CASE WHEN {fits} THEN {_moment(text, form)}::{kind} END")
        case EpochForm(power):
            fits = f"regexp_full_match({text}, {sql.literal(pattern(form))})"
            micros = f"(TRY_CAST({text} AS DECIMAL(38,6)) * {10**power})::BIGINT"
            return sql.told_apart(text, f"CASE WHEN {fits} THEN make_timestamp({micros})::{kind} END")
        case _:
            return typed_cells.read_as(normalised(text, form, strict=True), kind, lenient=lenient, declared=declared)


def _otherwise(text: str, family: str, *, strict: bool) -> str:
    if strict:
        return ""
    plain = "|".join(types.SHAPES[name] for name in (*types.PLAIN[family], "code") if name in types.SHAPES)
    return f" WHEN regexp_full_match({text}, {sql.literal(plain)}) THEN 'x' || {text} ELSE {text}"


def _moment(text: str, form: TimeForm) -> str:
    trimmed = f"trim({text}, ' \t')"
    zoned = form.formats[-1].endswith("%z")
    read = f"regexp_replace({trimmed}, 'Z$', '+00:00')" if zoned else trimmed
    formats = sql.literal(form.formats[0]) if len(form.formats) == 1 else f"[{sql.listing(form.formats)}]"
    return f"try_strptime({read}, {formats})"


def _table(form: NumberForm) -> dict[int, None]:
    """Return what is taken out of a number that is in the form, as `str.translate` takes it."""
    spaced = SPACES if form.thousands == " " else form.thousands
    return {
        ord(mark): None
        for mark in dict.fromkeys(f"{spaced}{SPACES}\t{form.strip}")
        if mark not in {form.decimal, "-", "+"}
    }


def _of_format(form: str) -> str:
    """Return the regular expression of what a `strptime` format reads; DuckDB alone takes `24` for a year of %Y."""
    parts = re.split(r"%-?(\w|%)", form)
    return "".join(
        DIRECTIVES.get(part, ".+") if number % 2 else re.escape(part).replace("\\ ", " ")
        for number, part in enumerate(parts)
    )


def _one(mark: str) -> str:
    return f"[{_escaped(mark)}]"


def _escaped(marks: str) -> str:
    return "".join(f"\\{mark}" if mark in r"\]^-[" else mark for mark in marks)
