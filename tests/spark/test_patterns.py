"""Patterns that mean the same to RE2 and to Java, and those that are refused."""

from __future__ import annotations

import pytest

from idqp_cli.engine.spark.patterns import ForeignPatternError, java


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("abc", "abc"),
        ("a.c", r"a[^\n]c"),
        ("^a$", r"^a\z"),
        (r"\d{3}-\w+", "[0-9]{3}-[0-9A-Za-z_]+"),
        (r"\W[\d.]", "[^0-9A-Za-z_][0-9.]"),
        (r"\s", r"[\t\n\f\r ]"),
        (r"[\s,]", r"[\t\n\f\r ,]"),
        (r"(?:25[0-5]|\.\d)", r"(?:25[0-5]|\.[0-9])"),
        ("[a[b]", r"[a\[b]"),
        ("[]a]", r"[\]a]"),
        ("[^]a]", r"[^\]a]"),
        ("[a&&b]", r"[a\&\&b]"),
        ("[a.$]", "[a.$]"),
        (r"\x{C0}[^\s\v\p{Z}\x{FEFF}]", r"\x{C0}[^\t\n\f\r \x0B\p{Z}\x{FEFF}]"),
        ("[(?:]", "[(?:]"),
        (r"a\.b", r"a\.b"),
        ("(a|b)*?", "(a|b)*?"),
    ],
)
def test_a_pattern_is_written_for_java(pattern: str, written: str) -> None:
    assert java(pattern) == written


@pytest.mark.parametrize(
    "pattern", ["(?i)a", r"\bword", r"\pL", r"\p{Greek}", "[[:alpha:]]", "(?P<n>a)", r"\Qa.b\E", r"\pZ", "[a"]
)
def test_a_pattern_that_java_reads_in_another_way_is_refused(pattern: str) -> None:
    with pytest.raises(ForeignPatternError):
        java(pattern)
