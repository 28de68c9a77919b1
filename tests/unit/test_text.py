import pytest
from hypothesis import given
from hypothesis import strategies as st

from idqp_cli.text import clean, count, duration, percent, quantity


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
