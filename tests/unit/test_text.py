import math
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from idqp_cli.core.text import apart, cell, clean, count, duration, percent, quantity, quoted


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("JFK", "JFK"),
        ("São Paulo 日本 😀", "São Paulo 日本 😀"),
        ("two\nlines\tand\r", "two\\nlines\\tand\\r"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b31m", "\\x9b31m"),
        ("bell\x07 nul\x00 del\x7f", "bell\\x07 nul\\x00 del\\x7f"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("a\u200bb\ufeff\xad", "a\\u200bb\\ufeff\\xad"),
        ("a\u2028b\u2029c\x85", "a\\u2028b\\u2029c\\x85"),
        ("\ud800", "\\ud800"),
        ("\ue000", "\\ue000"),
        ("\u0378", "\\u0378"),
        ("\U000e0041", "\\U000e0041"),
        (None, "None"),
        (1.5, "1.5"),
    ],
    ids=[
        "plain", "letters of the world", "line breaks", "ESC", "C1 CSI", "controls", "bidi", "zero width",
        "line separators", "surrogate", "private use", "unassigned", "tag", "None", "number",
    ],
)  # fmt: skip
def test_clean(foreign: object, shown: str) -> None:
    assert clean(foreign) == shown


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [("abcde", 5, "abcde"), ("abcdef", 5, "abcd…"), ("x" * 201, 200, "x" * 199 + "…")],
    ids=["fits", "is cut", "default"],
)
def test_clean_cuts_at_the_limit(text: str, limit: int, shown: str) -> None:
    assert clean(text, limit) == shown


@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_clean_text_is_one_printable_line(text: str) -> None:
    shown = clean(text)
    assert len(shown.splitlines()) <= 1
    assert all(character.isprintable() or character in " \xa0\u3000" or character.isspace() for character in shown)
    shown.encode()


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0, "0 %"),
        (1e-9, "<0.01 %"),
        (0.00004, "<0.01 %"),
        (0.0001, "0.01 %"),
        (0.01, "1 %"),
        (0.07, "7 %"),
        (0.1, "10 %"),
        (0.125, "12.5 %"),
        (1 / 3, "33.33 %"),
        (0.9999, "99.99 %"),
        (0.999999, ">99.99 %"),
        (1, "100 %"),
    ],
)
def test_percent(share: float, shown: str) -> None:
    assert percent(share) == shown


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_percent_says_all_or_nothing_only_of_that(share: float) -> None:
    assert percent(share) not in {"0 %", "100 %"} or share * 100 in {0, 100}


@pytest.mark.parametrize(
    ("number", "noun", "shown"),
    [
        (0, "row", "0 rows"),
        (1, "row", "1 row"),
        (2000, "row", "2,000 rows"),
        (1, "class", "1 class"),
        (2, "class", "2 classes"),
    ],
)
def test_count(number: int, noun: str, shown: str) -> None:
    assert count(number, noun) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (-3.0, "-3"),
        (1234567, "1,234,567"),
        (1234567.0, "1,234,567"),
        (0.1, "0.1"),
        (1.50, "1.5"),
        (1234.5678, "1,234.57"),
        (1e-7, "1e-07"),
        (1e20, "1e+20"),
        (10**20, "100,000,000,000,000,000,000"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_quantity(value: float, shown: str) -> None:
    assert quantity(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (119, "1 min"),
        (45 * 60, "45 min"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (86400, "1 d"),
        (86460, "1 d 1 min"),
        (2 * 86400 + 3 * 3600 + 5 * 60, "2 d 3 h"),
        (-90, "-1 min"),
    ],
)
def test_duration(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("shipped", "shipped"),
        ("New York", "New York"),
        ("it's", "it's"),
        ("São Paulo 日本 😀", "São Paulo 日本 😀"),
        ("Москва", "Москва"),
        ("Αθήνα", "Αθήνα"),
        ("C:\\dir", "C:\\dir"),
        (5, "5"),
        (None, "None"),
        ("", "''"),
        (" ", "' '"),
        ("shipped ", "'shipped '"),
        (" shipped", "' shipped'"),
        ("two  spaces", "'two  spaces'"),
        ("'shipped '", r"'\'shipped \''"),
        ("C:\\dir ", r"'C:\\dir '"),
        ("a\tb", r"'a\tb'"),
        ("a\nb", r"'a\nb'"),
        ("a\x00b", r"'a\x00b'"),
        ("10\xa0000", r"'10\xa0000'"),
        ("\u3000x", r"'\u3000x'"),
        ("a\u2009b", r"'a\u2009b'"),
        ("a\u200bb", r"'a\u200bb'"),
        ("a\u2060b", r"'a\u2060b'"),
        ("\ufeffid", r"'\ufeffid'"),
        ("a\u202eb", r"'a\u202eb'"),
        ("soft\xadhyphen", r"'soft\xadhyphen'"),
        ("a\u3164b", r"'a\u3164b'"),
        ("a\ufe0fb", r"'a\ufe0fb'"),
        ("cafe\u0301", r"'cafe\u0301'"),
        ("\u2126", r"'\u2126'"),
        ("p\u0430ypal", r"'p\u0430ypal'"),
        ("\u0410\u0412\u0421", r"'\u0410\u0412\u0421'"),
    ],
)  # fmt: skip
def test_a_cell_shows_what_is_wrong_with_it(value: object, shown: str) -> None:
    assert cell(value) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 100, "x" * 59 + "…"),
        ("x" * 100 + " ", "'" + "x" * 29 + "…" + "x" * 15 + " '"),
        ("x" * 80 + "\u200b" + "y" * 80, "'" + "x" * 29 + "…" + "x" * 15 + r"\u200b" + "y" * 8 + "…'"),
        ("\u200b" + "y" * 80, r"'\u200b" + "y" * 53 + "…'"),
        ("x" * 100_000 + " ", "'" + "x" * 29 + "…" + "x" * 15 + " '"),
    ],
    ids=["plain", "space at the end", "in the middle", "at the begin", "very long"],
)
def test_a_long_cell_keeps_the_place_that_is_wrong(text: str, shown: str) -> None:
    assert cell(text) == shown


@given(st.text(st.characters(codec=None, exclude_categories=[])))
@example(" a")
@example("\u200b")
def test_cells_that_look_alike_are_told_apart(text: str) -> None:
    shown = cell(text, 10_000)
    assert len(shown.splitlines()) == 1
    assert shown == shown.strip()
    assert quoted(text, 10_000).startswith("'")
    if shown != text:
        assert shown.encode("ascii", "backslashreplace").decode().startswith("'")
    assert len(cell(text, 20)) <= 22


Shown = Callable[[float, int], str]
SHOWS: list[tuple[Shown, st.SearchStrategy[float]]] = [
    (quantity, st.floats(allow_nan=False) | st.integers()),
    (percent, st.floats(0, 1)),
    (duration, st.floats(0, 1e12)),
]


@pytest.mark.parametrize(("show", "numbers"), SHOWS, ids=["quantity", "percent", "duration"])
@given(data=st.data())
def test_unequal_numbers_never_read_the_same(
    show: Shown, numbers: st.SearchStrategy[float], data: st.DataObject
) -> None:
    bound = data.draw(numbers)
    near = st.sampled_from([math.nextafter(bound, math.inf), math.nextafter(bound, -math.inf), bound * (1 + 1e-7)])
    values = data.draw(st.lists(numbers | near.filter(lambda one: 0 <= one <= 1 or show is not percent), max_size=3))
    shown, *others = apart(bound, *values, show=show)
    for value, text in zip(values, others, strict=True):
        assert value == bound or text != shown


@pytest.mark.parametrize(
    ("bound", "value", "show", "shown"),
    [
        (0.3, 0.1 + 0.2, quantity, ("0.3", "0.30000000000000004")),
        (0.3, 0.5, quantity, ("0.3", "0.5")),
        (1234567, 1234567.25, quantity, ("1,234,567", "1,234,567.2")),
        (2**53, 2**53 + 1, quantity, ("9,007,199,254,740,992", "9,007,199,254,740,993")),
        (1e-7, 1.00000001e-7, quantity, ("1e-07", "1.00000001e-07")),
        (0.0629, 0.062901, percent, ("6.29 %", "6.2901 %")),
        (0.0629, 0.0629, percent, ("6.29 %", "6.29 %")),
        (1e-6, 2e-6, percent, ("0.0001 %", "0.0002 %")),
        (0.999999, 0.9999999, percent, ("99.9999 %", ">99.9999 %")),
        (86400, 86400.5, duration, ("1 d", "1 d 0.5 s")),
        (90061, 90062, duration, ("1 d 1 h 1 min 1 s", "1 d 1 h 1 min 2 s")),
        (60, 59.5, duration, ("1 min", "59 s")),
        (30, 30.25, duration, ("30 s", "30.25 s")),
    ],
)
def test_numbers_have_as_many_digits_as_differ(bound: float, value: float, show: Shown, shown: tuple[str, str]) -> None:
    assert apart(bound, value, show=show) == shown
