"""What each rule type means, in plain Python: no SQL, no arrays, one row after the other.

`CASES` gives for each rule type a strategy of cases: the keys of a rule, and a
function that says of rows what the rule must say of them.
"""

from __future__ import annotations

import json
import math
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tables import TYPES, Row, written

AS_OF = datetime(2024, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """What a rule says of rows; `failing` are the numbers of the rows that fail, None where rows do not."""

    metric: float | None
    evaluated: int | None = None
    failing: Sequence[int] | None = None
    status: str | None = None


@dataclass(frozen=True)
class Case:
    """The keys of a rule, and what it must say of rows that `where` holds for."""

    keys: Mapping[str, Any]
    says: Callable[[Sequence[Row]], Said]
    divisible: bool = True
    filterable: bool = True


Cases = st.SearchStrategy[Case]


def there(value: object) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def order(value: Any) -> Any:  # noqa: ANN401 - as many types as a table has
    """Return what a value is ordered by: text by its bytes, moments by their instant."""
    match value:
        case str():
            return value.encode()
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        case date():
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        case float() | Decimal() if math.isfinite(value):
            return Fraction(value)
        case _:
            return value


def share(looked: Sequence[Row], failing: Sequence[Row]) -> Said:
    ids = [row["id"] for row in failing]
    return Said(len(ids) / len(looked) if looked else 0.0, len(looked), ids)


def of_rows(rows: Sequence[Row], columns: Sequence[str], fails: Callable[..., bool]) -> Said:
    looked = [row for row in rows if all(there(row[name]) for name in columns)]
    return share(looked, [row for row in looked if fails(*(row[name] for name in columns))])


def row_case(kind: str, column: str, fails: Callable[[Any], bool], **keys: object) -> Case:
    given = {key: value for key, value in keys.items() if value is not None}
    return Case({"type": kind, "column": column, **given}, lambda rows: of_rows(rows, [column], fails))


# completeness, unique


# Of what tests write, this stands for nothing.
DISGUISES = {"", "-", "na", "nan", "null", "."}
NOTHING: Mapping[str, Callable[[Any], bool]] = {
    "1": lambda cell: written(cell) == "1" or (type(cell) in {int, float, Decimal} and cell == 1),
    "A": lambda cell: isinstance(cell, str) and cell.strip(" \t\r\n").lower() == "a",
    "1970-01-01": lambda cell: (
        cell.strip(" \t\r\n") == "1970-01-01"
        if isinstance(cell, str)
        else isinstance(cell, date) and order(cell) == datetime(1970, 1, 1, tzinfo=UTC)
    ),
}


@st.composite
def completeness(draw: st.DrawFn, several: st.SearchStrategy[list[str]]) -> Case:
    columns, listed, disguised = draw(several), draw(st.lists(st.sampled_from(list(NOTHING)))), draw(st.booleans())

    def missing(cell: object) -> bool:
        word = cell.strip(" \t\r\n").lower() if isinstance(cell, str) else "a word"
        return not there(cell) or any(NOTHING[one](cell) for one in listed) or (disguised and word in DISGUISES)

    keys = {"missing_values": listed} if listed else {}
    return Case(
        {"type": "completeness", "columns": columns, **keys, "disguised": disguised},
        lambda rows: share(rows, [row for row in rows if any(missing(row[name]) for name in columns)]),
    )


def unique(columns: list[str]) -> Case:
    def says(rows: Sequence[Row]) -> Said:
        looked = [row for row in rows if all(there(row[name]) for name in columns)]
        keys = [tuple(order(row[name]) for name in columns) for row in looked]
        times = Counter(keys)
        return share(looked, [row for row, key in zip(looked, keys, strict=True) if times[key] > 1])

    return Case({"type": "unique", "columns": columns}, says)


def alike(value: Any) -> Any:  # noqa: ANN401
    """Return a value as it is compared where a NULL is equal to a NULL, and a NaN to a NaN."""
    return "NaN" if isinstance(value, float) and math.isnan(value) else (order(value),)


def duplicates(columns: list[str], way: str, every: Sequence[str]) -> Case:
    others = [name for name in every if name not in columns]
    compared, keys = {"columns": (columns, columns), "except": (columns, others), "all": (every, [])}[way]

    def says(rows: Sequence[Row]) -> Said:
        seen, copies = set(), []
        for row in rows:
            key = tuple(alike(row[name]) for name in compared)
            copies += [row] if key in seen else []
            seen.add(key)
        return share(rows, copies)

    return Case({"type": "duplicates", **({} if way == "all" else {way: keys})}, says)


@st.composite
def dependencies(draw: st.DrawFn, several: st.SearchStrategy[list[str]]) -> Case:
    keys = draw(several)
    value = draw(st.sampled_from([name for name in ("n", "t", "x", "d", "day", "z", "b", "g") if name not in keys]))

    def says(rows: Sequence[Row]) -> Said:
        groups: dict[object, list[Row]] = {}
        for row in rows:
            if all(there(row[name]) for name in (*keys, value)):
                groups.setdefault(tuple(order(row[name]) for name in keys), []).append(row)
        looked = [row for group in groups.values() if len(group) > 1 for row in group]
        wrong: list[Row] = []
        for group in groups.values():
            times = Counter(order(row[value]) for row in group)
            usual = [one for one, number in times.items() if number == max(times.values())]
            if len(times) > 1:
                wrong += [row for row in group if len(usual) > 1 or order(row[value]) not in usual]
        return share(looked, sorted(wrong, key=lambda row: row["id"]))

    return Case({"type": "dependency", "columns": keys, "column": value}, says)


# variants

SPELLINGS = [
    "Birmingham", "birmingham", "Birmingxam", "Birminghm", "Birminghamm", "Birmignham", "Xirmingham", "Birminghaw", "Birmingham ",
    "Bir mingham", "Birmingham-North", "Birmingxam North", "birmingham north", "Terminal A", "Terminal B", "terminal a.", "Model 1",
    "model 1", "Model  1", "Model-1", "PAID", "paid", "Paid ", "paid\u200b", "é", "e\u0301", "E", "e", "A-", "A+", "A", "", " ", ".", "1.5", "15", "1 5",
    "O'Brien", "O’Brien", "obrien", "straße", "STRASSE", "Contractor", "Contractors", "İstanbul", "istanbul", "São", "sao", "мой", "мои",
]  # fmt: skip


def spelling(text: str, between: str = "") -> str:
    """Return a text as it is compared; what is left out between letters becomes `between`."""
    latin, found = False, ""
    for one in unicodedata.normalize("NFD", text):
        if one in "\u00ad\u200b\u2060\ufeff":
            continue
        if "\u0300" <= one <= "\u036f" and latin:
            continue
        latin = (one.isascii() and one.isalpha()) or "\u00c0" <= one <= "\u024f" or "\u0370" <= one <= "\u03ff"
        found += one
    folded = found.casefold()
    for inner in (False, True):
        marks = set(".,;:'\"`\u00b4\u2018\u2019\u201c\u201d" + ("-_\u2010\u2011\u2012\u2013\u2014" if inner else ""))
        at, kept = 0, ""
        while at < len(folded):
            end = at
            while end < len(folded) and (folded[end] in marks or folded[end].isspace()):
                end += 1
            before, after = folded[at - 1 : at] if at else "", folded[end : end + 1]
            outer = (not before and letter(after)) or (not after and letter(before))
            if end > at and (letter(before) and letter(after) if inner else outer):
                kept += between if inner else ""
            else:
                kept += folded[at:end]
            kept, at = kept + after, end + 1
        folded = kept
    return " ".join(folded.split())


def letter(one: str) -> bool:
    return one.isalnum() and not one.isdecimal()


def edits(word: str) -> set[str]:
    """Return all words that one edit makes of a word of these letters."""
    letters = sorted(set("".join(spelling(text) for text in SPELLINGS)))
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {left + one + right for left, right in splits for one in letters}
    for left, right in splits:
        if right:
            found |= {left + right[1:], *(left + one + right[1:] for one in letters)}
        if len(right) > 1:
            found.add(left + right[1] + right[0] + right[2:])
    return found


def misspelt(rare: str, usual: str) -> bool:
    mine, theirs = spelling(rare, " ").split(), spelling(usual, " ").split()
    if len(mine) != len(theirs):
        return False
    differing = [(one, other) for one, other in zip(mine, theirs, strict=True) if one != other]
    if len(differing) != 1:
        return False
    ((one, other),) = differing
    plain = all(map(letter, one + other)) and len(other) >= 8
    return plain and one[:1] == other[:1] and one[-2:] == other[-2:] and one in edits(other)


def changed(usual: str, text: str) -> tuple[str, str] | None:
    """Return what one edit does to a text, and to which kinds of characters; None where digits are concerned."""

    def kinds(some: str) -> str:
        return "".join(
            sorted("9" if one.isnumeric() else "A" if one.isupper() else "a" if one.isalpha() else "_" if one.isspace() else "." for one in some)
        )  # fmt: skip

    found = None
    for at in range(max(len(usual), len(text)) + 1):
        for long, short in ((usual, text), (text, usual)):
            if long[:at] + long[at + 1 :] == short != long:
                ends = {long[:place] + long[place + 1 :] == short for place in range(len(long) - 1)}
                found = found or ("in" if True in ends else "end", kinds(long[at : at + 1]))
        if usual[:at] + text[at : at + 1] + usual[at + 1 :] == text and len(usual) == len(text) != at and usual != text:
            found = ("other", kinds(usual[at] + text[at]))
        if usual[:at] + usual[at + 1 : at + 2] + usual[at : at + 1] + usual[at + 2 :] == text != usual:
            found = ("swap", kinds(usual[at : at + 2]))
    return None if found is None or "9" in found[1] else found


def mistyped(rows: dict[str, int]) -> set[str]:
    """Return the texts that are typing errors of others, by all pairs of them."""

    def size(text: str) -> int:
        return sum(len(text) >= one for one in (2, 3, 4, 5, 6, 8, 11, 16))

    def near(text: str, some: list[str]) -> list[str]:
        return [one for one in some if abs(len(text) - len(one)) < 2]

    order = sorted(rows, key=lambda text: (-rows[text], text))
    edit = {(u, t): what for u in order for t in order if abs(len(u) - len(t)) < 2 and (what := changed(u, t))}
    real: set[str] = set()
    for again in (True, False):
        meant: dict[str, str] = {}
        usual: list[str] = []
        for text in order:
            heads = [u for u in usual if (u, text) in edit and rows[u] >= 5 * rows[text]]
            if heads and text not in real:
                meant[text] = heads[0]
            elif rows[text] >= 5:
                usual.append(text)
        for head in usual if again else ():
            own = sorted((text for text in meant if meant[text] == head), key=lambda text: -rows[text])
            while len(own) > 1 and rows[own[0]] >= max(5, 5 * rows[own[1]]):
                real.add(own.pop(0))
    seen = [(edit[u, t], size(u)) for at, t in enumerate(usual) for u in usual[:at] if (u, t) in edit]
    values = [text for text in order if text not in meant]
    sizes = range(9)
    pairs = [
        len([t for u in usual if size(u) == one for t in near(u, usual) if t != u and rows[t] <= rows[u] < 5 * rows[t]])
        for one in sizes
    ]
    rarer = [
        sum(1 + len([t for t in near(u, values) if rows[u] >= 5 * rows[t]]) for u in usual if size(u) == one)
        for one in sizes
    ]
    found: dict[bool, set[str]] = {True: set(), False: set()}
    known = {what for what, _ in seen}
    kinds = {
        t: (len(u) > 3 and (u[0], u[-1]) != (t[0], t[-1]), edit[u, t] if edit[u, t] in known else None)
        for t, u in meant.items()
    }
    for at_end, what in set(kinds.values()):
        slips = [t for t, kind in kinds.items() if kind == (at_end, what)]
        for least in sizes:
            some = [t for t in slips if size(meant[t]) >= least]
            expected = 0.0
            for one in {size(meant[t]) for t in some}:
                alike = [[at for pair, at in seen if pair == what and low <= at <= one] for low in range(one + 1)]
                known_pairs = [sum(pairs[low : one + 1]) + (10 if one >= 3 else 1) for low in range(one + 1)]
                chances = [(len(own) + 1) / of for own, of in zip(alike, known_pairs, strict=True)]
                expected += rarer[one] * min([1.0, *chances])
            if len(some) > 2 and expected <= 0.05 * len(some):
                found[at_end] |= {*some}
                break
    return found[False] | (found[True] if len(found[False]) > 2 else set())


def variants(column: str, right: Sequence[str] = ()) -> Case:
    def says(rows: Sequence[Row]) -> Said:
        looked = [row for row in rows if row[column] is not None]
        times = Counter(row[column] for row in looked)
        times.update(dict.fromkeys(right, 5 * (len(looked) + 1)))
        alike: dict[str, list[str]] = {}
        for text in times:
            if spelling(text):
                alike.setdefault(spelling(text), []).append(text)
        total = {key: sum(times[text] for text in texts) for key, texts in alike.items()}
        best = {key: min(texts, key=lambda text: (-times[text], not tidy(text), text)) for key, texts in alike.items()}
        wrong = set()
        for key, texts in alike.items():
            usual = best[key]
            wrong |= {text for text in texts if times[text] < times[usual] or (tidy(usual) and not tidy(text))}
            if any(total[other] >= 5 * total[key] and misspelt(usual, best[other]) for other in alike):
                wrong |= {*texts}
        typed = mistyped({best[key]: rows for key, rows in total.items()})
        wrong |= {text for key, texts in alike.items() if best[key] in typed for text in texts}
        return share(looked, [row for row in looked if row[column] in wrong - {*right}])

    keys = {"values": [*right]} if right else {}
    return Case({"type": "variants", "column": column, **keys}, says, divisible=False)


def tidy(text: str) -> bool:
    return " ".join(text.split()) == text and not {*text} & {*"\u00ad\u200b\u2060\ufeff"}


# values, range, length

MOMENTS = {
    "1969-12-31": datetime(1969, 12, 31, tzinfo=UTC), "1970-01-01 00:00:00": datetime(1970, 1, 1, tzinfo=UTC),
    "2024-02-29": datetime(2024, 2, 29, tzinfo=UTC), "2024-02-29T12:00:00": datetime(2024, 2, 29, 12, tzinfo=UTC),
    "1969-12-31 23:59:59.999999": datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
}  # fmt: skip
NUMBERS = [0, 1, -3, 2**53, 2**53 + 1, 2**63 - 1, 10**15, 10**20, -1.5, 0.1, 0.3, 1.5, 1e300, "2", "-0.5"]
WORDS = ["", "a", "it's", "é", "e\u0301", "a\nb", "NA", 'a"b', 1, True, "1.0"]
LIKE_TEXT: Mapping[str, list[Any]] = {"t": WORDS, "g": ["a", "b", "é", "c'"]}


def value(column: str, written_as: Any) -> Any:  # noqa: ANN401
    """Return what a value of the rules file is, beside a column."""
    if column in LIKE_TEXT:
        return order(str(written_as).lower() if isinstance(written_as, bool) else str(written_as))
    if column == "b":
        return written_as
    if column in {"day", "at", "z"}:
        return MOMENTS[written_as]
    # A DOUBLE holds the nearest one; elsewhere a number is what its digits say.
    return order(float(written_as)) if column == "x" and not isinstance(written_as, int) else Fraction(str(written_as))


def choices(column: str) -> list[Any]:
    if column in LIKE_TEXT:
        return LIKE_TEXT[column]
    return [True, False] if column == "b" else list(MOMENTS) if column in {"day", "at", "z"} else NUMBERS


@st.composite
def values(draw: st.DrawFn, kind: str) -> Case:
    column = draw(st.sampled_from(["n", "t", "x", "d", "day", "at", "z", "b"]))
    chosen = draw(st.lists(st.sampled_from(choices(column)), min_size=1, max_size=4))
    wanted = [value(column, one) for one in chosen]
    if kind == "required_values":

        def says(rows: Sequence[Row]) -> Said:
            found = [order(row[column]) for row in rows if there(row[column])]
            return Said(sum(one not in found for one in wanted) / len(wanted))

        return Case({"type": kind, "column": column, "values": chosen}, says)
    return row_case(kind, column, lambda cell: (order(cell) in wanted) == (kind == "rejected_values"), values=chosen)


@st.composite
def ranges(draw: st.DrawFn) -> Case:
    column = draw(st.sampled_from(["n", "t", "x", "d", "day", "at", "z"]))
    one = st.sampled_from([one for one in choices(column) if column not in LIKE_TEXT or isinstance(one, str)])
    one = one.filter(lambda bound: column in LIKE_TEXT or column in {"day", "at", "z"} or not isinstance(bound, str))
    low, high = draw(st.none() | one), draw(one)
    if low is not None and (value(column, low) > value(column, high) or low > high):
        low, high = (high, low) if high < low and value(column, high) <= value(column, low) else (None, high)
    exclusive = draw(st.sampled_from([None, "min", "max", "both"]))

    def fails(cell: Any) -> bool:  # noqa: ANN401
        at = order(cell)
        least, most = None if low is None else value(column, low), value(column, high)
        below = least is not None and (at < least or (at == least and exclusive in {"min", "both"}))
        return below or at > most or (at == most and exclusive in {"max", "both"})

    return row_case("range", column, fails, min=low, max=high, exclusive=exclusive)


@st.composite
def lengths(draw: st.DrawFn) -> Case:
    column = draw(st.sampled_from(["t", "n", "day", "b"]))
    low, high = sorted(draw(st.tuples(st.integers(0, 4), st.integers(0, 12))))
    return row_case("length", column, lambda cell: not low <= len(written(cell)) <= high, min=low, max=high)


# pattern, format

# RE2 as DuckDB has it, and the same for Python: its $ would also match before a last line break.
PATTERNS = {
    "^[a-z]": r"\A[a-z]", r"\d": "[0-9]", "é": "é", "^$": r"\A\Z", "^.$": r"\A[^\n]\Z", r"\s": "[\t\n\f\r ]", "a|'": "a|'",
    "(?i)^A": "^[aA]", "b$": r"b\Z", r"^\p{L}+$": r"\A[^\W\d_]+\Z", r"\\": r"\\", "a.b": r"a[^\n]b",
}  # fmt: skip
LIKE = ["a%", "%'%", "_", "%\n%", "%", "é", "__", "1969%"]


def like(pattern: str) -> str:
    return "".join({"%": "(?s:.*)", "_": "(?s:.)"}.get(one, re.escape(one)) for one in pattern) + r"\Z"


@st.composite
def patterns(draw: st.DrawFn) -> Case:
    column = draw(st.sampled_from(["t", "t", "t", "n", "day"]))
    regex = draw(st.lists(st.sampled_from([one for one in PATTERNS if "p{" not in one]), max_size=2))
    likes = draw(st.lists(st.sampled_from(LIKE), min_size=not regex, max_size=2))
    negate = draw(st.booleans())

    def fails(cell: object) -> bool:
        found = any(re.search(PATTERNS[one], written(cell)) for one in regex)
        return (found or any(re.match(like(one), written(cell)) for one in likes)) == negate

    return row_case("pattern", column, fails, regex=regex or None, like=likes or None, negate=negate)


def is_date(text: str) -> bool:
    try:
        return re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def is_datetime(text: str) -> bool:
    clock, zone = (
        "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?",
        "(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?",
    )
    return is_date(text[:10]) and re.fullmatch(f"[T ]{clock}{zone}", text[10:]) is not None


def is_address(kind: Callable[[str], object], text: str) -> bool:
    try:
        return "%" not in text and kind(text) is not None
    except AddressValueError:
        return False


def is_json(text: str) -> bool:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return not re.search(r"\A[^\S\t\n\r ]|[^\S\t\n\r ]\Z", text)


def is_email(text: str) -> bool:
    name, at, domain = text.partition("@")
    marks = set("!#$%&'*+/=?^_`{|}~-")
    labels = domain.split(".")
    return bool(
        at and len(labels) > 1 and labels[-1][:1].isalpha()
        and all(
            atom and all(one in marks or (one.isascii() and one.isalnum()) for one in atom) for atom in name.split(".")
        )
        and all(
            0 < len(one) <= 63 and all(c == "-" or (c.isascii() and c.isalnum()) for c in one)
            and not one.startswith("-") and not one.endswith("-")
            for one in labels
        )
    )  # fmt: skip


def is_day_first(text: str) -> bool:
    found = re.fullmatch("([0-9]{1,2})[.]([0-9]{1,2})[.]([0-9]{4})", text)
    try:
        return found is not None and bool(date(*(int(part) for part in reversed(found.groups()))))
    except ValueError:
        return False


def is_url(text: str) -> bool:
    found = re.fullmatch(r"(?i:https?|ftp)://([^/?#]*)([/?#].*)?", text, re.DOTALL)
    if found is None or "ſ" in text.partition(":")[0]:
        return False
    unseen = [one for one in text if one.isspace() or unicodedata.category(one)[0] in "ZC"]
    user, at, address = found[1].rpartition("@")
    host, colon, port = address.partition(":")
    if address.startswith("["):
        host, _, port = address[1:].partition("]")
        colon, port = port[:1], port[1:]
        right = "]" in address and is_address(IPv6Address, host) and colon in {"", ":"}
    else:
        right = bool(host) and all(host.removesuffix(".").split(".")) and not set(host) & set('<>"\\^`{|}[]')
    right = right and (not colon or (port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) <= 65535))
    return right and not unseen and not (at and (not user or set(user) & set("@[]")))


FORMATS: Mapping[str, Callable[[str], bool]] = {
    "email": is_email,
    "url": is_url,
    "uuid": lambda text: [len(part) for part in text.split("-")] == [8, 4, 4, 4, 12] and set(text) <= set("0123456789abcdefABCDEF-"),
    "ipv4": partial(is_address, IPv4Address),
    "ipv6": partial(is_address, IPv6Address),
    "date": is_date,
    "datetime": is_datetime,
    "integer": lambda text: text.removeprefix("+" if text[:1] == "+" else "-").isdecimal() and text.isascii(),
    "number": lambda text: re.fullmatch(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?", text) is not None,
    "boolean": lambda text: text.isascii() and text.lower() in {"true", "false"},
    "json": is_json,
    "iso_country": lambda text: text in {"DE", "US"},
    "iso_currency": lambda text: text in {"EUR", "USD"},
    "%d.%m.%Y": is_day_first,
}  # fmt: skip


@st.composite
def formats(draw: st.DrawFn) -> Case:
    name = draw(st.sampled_from(sorted(FORMATS)))
    key = {"strptime" if name.startswith("%") else "format": name}
    column = draw(st.sampled_from(["t", "w", "w", "w"]))
    return row_case("format", column, lambda cell: not FORMATS[name](written(cell)), **key)


# expression, query: SQL, and what it says in plain Python, with None for NULL


def both(*cells: object) -> bool:
    return all(cell is not None for cell in cells)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def sql_compare(left: float, right: float) -> int:
    """Compare two numbers as DuckDB does: NaN is above all and equals itself."""
    keys = [(1, 0.0) if math.isnan(one) else (0, one) for one in (left, right)]
    return (keys[0] > keys[1]) - (keys[0] < keys[1])


CONDITIONS: Mapping[str, Callable[[Row], bool | None]] = {
    '"n" > 0': lambda row: None if row["n"] is None else row["n"] > 0,
    "{t} = 'a' OR \"x\" > 0": lambda row: either(
        None if row["t"] is None else row["t"] == "a", None if row["x"] is None else sql_compare(row["x"], 0.0) > 0
    ),
    '"n" IS NULL': lambda row: row["n"] is None,
    "\"day\" < DATE '1970-01-01'": lambda row: None if row["day"] is None else row["day"] < date(1970, 1, 1),
    '"at"::DATE = "day" AND "b"': lambda row: conjunction(
        row["at"].date() == row["day"] if both(row["at"], row["day"]) else None, row["b"]
    ),
    "length({t}) < 2 -- short": lambda row: None if row["t"] is None else len(row["t"]) < 2,
    "\"g\" IN ('a', 'c''')": lambda row: None if row["g"] is None else row["g"] in {"a", "c'"},
    '"b"': lambda row: row["b"],
    '"d" >= 0.5': lambda row: None if row["d"] is None else row["d"] >= Decimal("0.5"),
    "\"z\" < TIMESTAMPTZ '2000-01-01 00:00:00+00'": lambda row: (
        None if row["z"] is None else row["z"] < datetime(2000, 1, 1, tzinfo=UTC)
    ),
}


def either(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001
    return True if left or right else None if None in {left, right} else False


def conjunction(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001
    return False if left is False or right is False else None if None in {left, right} else True


def expression(names: Mapping[str, str], condition: str) -> Case:
    holds = CONDITIONS[condition]
    return Case(
        {"type": "expression", "expression": condition.format(t=quoted(names["t"]))},
        lambda rows: share(rows, [row for row in rows if holds(row) is False]),
    )


@st.composite
def queries(draw: st.DrawFn, names: Mapping[str, str]) -> Case:
    condition = draw(st.sampled_from(sorted(CONDITIONS)))
    grouped = draw(st.booleans())
    where = f"WHERE {condition.format(t=quoted(names['t']))}\n"
    select = (
        f'SELECT "g", count(*) FROM t {where} GROUP BY ALL HAVING count(*) > 1'
        if grouped
        else f"SELECT * FROM t {where};"
    )

    def says(rows: Sequence[Row]) -> Said:
        found = [row for row in rows if CONDITIONS[condition](row)]
        number = sum(times > 1 for times in Counter(row["g"] for row in found).values()) if grouped else len(found)
        return Said(number, None, [-1] * number)

    return Case({"type": "query", "sql": select}, says, divisible=False, filterable=False)


# sequence, references, row_count


def sequence(column: str, direction: str, *, strict: bool) -> Case:
    def says(rows: Sequence[Row]) -> Said:
        looked = [row for row in rows if there(row[column])]
        failing = []
        for before, row in pairwise(looked):
            low, high = (before, row) if direction == "increasing" else (row, before)
            first, second = order(low[column]), order(high[column])
            if first > second or (strict and first == second):
                failing.append(row)
        return share(looked, failing)

    return Case({"type": "sequence", "column": column, "order": direction, "strict": strict}, says)


REFERENCES = [(["n"], ["n"]), (["t"], ["t"]), (["n", "t"], ["n", "t"]), (["x"], ["n"]), (["n"], ["x"]), (["d"], ["n"]),
              (["day"], ["day"]), (["at"], ["z"]), (["day"], ["at"]), (["x"], ["x"]), (["d"], ["d"]), (["d"], ["x"]), (["g"], ["t"])]  # fmt: skip


def references(names: Mapping[str, str], others: Sequence[Row], pair: tuple[list[str], list[str]]) -> Case:
    mine, theirs = pair
    keys = {
        tuple(order(row[name]) for name in theirs) for row in others if all(row[name] is not None for name in theirs)
    }

    def says(rows: Sequence[Row]) -> Said:
        looked = [row for row in rows if all(there(row[name]) for name in mine)]
        return share(looked, [row for row in looked if tuple(order(row[name]) for name in mine) not in keys])

    to = [names[name] for name in theirs]
    return Case({"type": "references", "columns": mine, "dataset": "o", "to": to}, says)


@st.composite
def row_counts(draw: st.DrawFn, others: Sequence[Row]) -> Case:
    low, high = sorted(draw(st.tuples(st.integers(0, 9), st.integers(0, 9))))
    if draw(st.booleans()):
        return Case(
            {"type": "row_count", "equals": "o"},
            lambda rows: Said(len(rows), len(rows), status=passed(len(rows) == len(others))),
            divisible=False,
        )
    return Case(
        {"type": "row_count", "min": low, "max": high},
        lambda rows: Said(len(rows), len(rows), status=passed(low <= len(rows) <= high)),
    )


def passed(holds: bool) -> str:  # noqa: FBT001
    return "passed" if holds else "failed"


# statistic, freshness


def quantile(found: Sequence[Any], q: float) -> float:
    at = (len(found) - 1) * q
    low, high = found[math.floor(at)], found[math.ceil(at)]
    if low == high or at == math.floor(at):
        return float(low)
    return (
        float(low + (high - low) * (Fraction(at) - math.floor(at))) if finite([low, high]) else float(low) + float(high)
    )


def as_float(exact: Any) -> float:  # noqa: ANN401
    """Return an exact number as the nearest float; one beyond all floats is infinite."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def finite(found: Sequence[Any]) -> bool:
    return all(isinstance(one, (int, Fraction)) for one in found)


def spread(found: Sequence[Any], name: str) -> float | None:
    if not finite(found):
        return math.inf
    return as_float(getattr(statistics, name)([Fraction(one) for one in found])) if len(found) > 1 else None


def total(found: Sequence[Any]) -> Any:  # noqa: ANN401
    return sum(found) if finite(found) else sum(one for one in found if isinstance(one, float))


OF_NUMBERS: Mapping[str, Callable[[list[Any]], Any]] = {
    "min": min, "max": max, "sum": total, "mean": lambda found: total(found) / len(found),
    "median": lambda found: quantile(sorted(found), 0.5), "quantile": lambda found: quantile(sorted(found), 0.25),
    "stddev": lambda found: spread(found, "stdev"), "variance": lambda found: spread(found, "variance"),
}  # fmt: skip
OF_VALUES: Mapping[str, Callable[[list[Any]], float]] = {
    "distinct_count": lambda found: len(set(found)),
    "distinct_share": lambda found: len(set(found)) / len(found),
    "mode_share": lambda found: max(Counter(found).values()) / len(found),
}


@st.composite
def statistics_of(draw: st.DrawFn) -> Case:
    name = draw(st.sampled_from([*OF_NUMBERS, *OF_VALUES]))
    column = draw(
        st.sampled_from(["n", "x", "d"] if name in OF_NUMBERS else ["n", "x", "d", "t", "day", "at", "z", "b"])
    )
    low, high = sorted(draw(st.tuples(st.integers(-5, 5), st.integers(-5, 2**53))))

    def says(rows: Sequence[Row]) -> Said:
        found = [order(row[column]) for row in rows if there(row[column])]
        if name == "distinct_count":
            metric: float | None = len(set(found))
        else:
            metric = {**OF_NUMBERS, **OF_VALUES}[name](found) if found else None
        if metric is None:
            return Said(None, status="skipped")
        return Said(metric, status=passed(low <= metric <= high))

    q = {"q": 0.25} if name == "quantile" else {}
    return Case({"type": "statistic", "column": column, "statistic": name, "min": low, "max": high, **q}, says)


def freshness(column: str, age: str) -> Case:
    allowed = {"0s": 0, "36h": 36 * 3600, "36500d": 36500 * 86400}[age]

    def says(rows: Sequence[Row]) -> Said:
        found = [order(row[column]) for row in rows if row[column] is not None]
        # A value more than five minutes in the future is not looked at.
        found = [moment for moment in found if (moment - AS_OF).total_seconds() <= 300]
        if not found:
            return Said(None, status="failed")
        old = (AS_OF - max(found)).total_seconds()
        return Said(old, status=passed(old <= allowed))

    return Case({"type": "freshness", "column": column, "max_age": age}, says)


def cases(names: Mapping[str, str], others: Sequence[Row]) -> Mapping[str, Cases]:
    """Return a strategy of cases for each rule type; `others` are the rows of the dataset that some refer to."""
    several = st.lists(
        st.sampled_from(["n", "t", "x", "d", "day", "at", "z", "b", "g"]), min_size=1, max_size=3, unique=True
    )
    return {
        "completeness": completeness(several),
        "unique": several.map(unique),
        "duplicates": st.builds(
            partial(duplicates, every=[*TYPES]), several, way=st.sampled_from(["columns", "except", "all"])
        ),
        "dependency": dependencies(several),
        "variants": st.builds(
            variants,
            st.sampled_from(["t", "g", "w"]),
            st.just([]) | st.lists(st.sampled_from([one for one in SPELLINGS if one]), min_size=1, max_size=6, unique=True),
        ),
        "accepted_values": values("accepted_values"),
        "rejected_values": values("rejected_values"),
        "required_values": values("required_values"),
        "range": ranges(),
        "length": lengths(),
        "pattern": patterns(),
        "format": formats(),
        "expression": st.builds(partial(expression, names), st.sampled_from(sorted(CONDITIONS))),
        "sequence": st.builds(
            sequence, st.sampled_from(["n", "t", "x", "d", "day", "at", "z"]),
            st.sampled_from(["increasing", "decreasing"]), strict=st.booleans(),
        ),
        "references": st.builds(partial(references, names, others), st.sampled_from(REFERENCES)),
        "row_count": row_counts(others),
        "statistic": statistics_of(),
        "freshness": st.builds(freshness, st.sampled_from(["day", "at", "z"]), st.sampled_from(["0s", "36h", "36500d"])),
        "query": queries(names),
    }  # fmt: skip
