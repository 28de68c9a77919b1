"""Patterns of other engines find here what they find there."""

from __future__ import annotations

import duckdb
import pytest

from idqp_cli.importing import lookarounds, row_checks, tables
from idqp_cli.importing.regexes import Flavour
from idqp_cli.importing.values import NoEquivalentError

ECMA, PYTHON, PLAIN = Flavour.ECMA, Flavour.PYTHON, Flavour.PLAIN


@pytest.mark.parametrize(
    ("flavour", "regex", "found", "not_found"),
    [
        (ECMA, r"^[A-Z\u00C0-\u00D6]+$", ["ÀB"], ["a", "ÿ"]),
        (PLAIN, r"^\u00e9$", ["é"], ["e"]),
        (ECMA, r"^\uD83D\uDE00$", ["😀"], ["x"]),
        (ECMA, r"^\u{1F600}$", ["😀"], ["u"]),
        (ECMA, r"^[^\s@]+$", ["ab"], ["a\u00a0b", "a b"]),
        (ECMA, r"^\w+$", ["ab_1"], ["é"]),
        (PYTHON, r"^\w+$", ["José_1"], ["a-b"]),
        (PYTHON, r"^[\w.]+$", ["é.a"], ["-"]),
        (PYTHON, r"^\D$", ["a"], ["1", "٣"]),
        (PYTHON, r"^a{,2}$", ["", "aa"], ["aaa"]),
        (PYTHON, r"\Aabc\Z", ["abc"], ["abcd", "xabc"]),
        (ECMA, r"^[\s\S]{2}$", ["a\n"], ["a"]),
        (ECMA, r"^[^]$", ["\n"], [""]),
        (ECMA, r"^\p{Letter}\p{Script=Greek}$", ["aα"], ["1α", "ab"]),
        (ECMA, r"^(?<year>\d{4})-\d\d$", ["2024-01"], ["24-01"]),
        (ECMA, r"^.{1,2000}$", ["a" * 2000, "a"], ["", "a" * 2001]),
        (ECMA, r"^[a-z]{1500}$", ["a" * 1500], ["a" * 1499, "a" * 1501]),
        (ECMA, r"^\_a\-$", ["_a-"], ["a-"]),
        (ECMA, r"^(?!0000)\d{4}$", ["0001"], ["0000", "00010"]),
        (ECMA, r"^(?=.*[A-Z])(?=.*\d).{4,}$", ["aB3d"], ["ab3d", "aBcd", "B3"]),
        (PLAIN, r"^(?!000|666)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}$", ["123-45-6789"],
         ["000-45-6789", "666-45-6789", "123-00-6789", "123-45-0000", "12-345-6789"]),
        (PLAIN, r"^(?:(?!\.\.)[a-z.]+)$", ["a.b.."], ["..a"]),
        (PLAIN, r"^((?!test).)*$", ["prod"], ["a test b"]),
        (PLAIN, r"^[a-z-]+(?<!-)$", ["a-b"], ["a-"]),
        (PLAIN, r"^(?!-)a|^b(?!c)$", ["a", "b"], ["-a", "bc"]),
        (PLAIN, r"^(?=(?!.*--)[a-z-]+$).{3}$", ["a-b"], ["a--", "abcd"]),
        (PLAIN, r"(?i)^(?!admin).+$", ["user"], ["ADMIN1"]),
        (PLAIN, r"^[[:alpha:]]+$", ["ab"], ["1"]),
    ],
)  # fmt: skip
def test_what_is_found(flavour: Flavour, regex: str, found: list[str], not_found: list[str]) -> None:
    condition = lookarounds.condition("t", regex, flavour)
    judged = duckdb.execute(f"SELECT t, ({condition}) FROM (SELECT unnest($1) AS t)", [[*found, *not_found]]).fetchall()
    assert [text for text, yes in judged if yes] == found
    assert len(judged) == len(found) + len(not_found)


@pytest.mark.parametrize(
    "regex",
    ["(?<!x)y$", "^a+(?!b)c$", "(?!x)y", "^a++b$", "^(?>a)b$", "^(?:(?!x).)+y$", "^(?x) a$", r"\uD83D", "[a", "^(?!(?!a)b)c$"],
)  # fmt: skip
def test_what_cannot_be_said_is_refused(regex: str) -> None:
    with pytest.raises(NoEquivalentError, match="its pattern"):
        lookarounds.condition("t", regex, PLAIN)


def test_a_class_inside_brackets_that_re2_reads_in_another_way_is_refused() -> None:
    with pytest.raises(NoEquivalentError, match="inside brackets"):
        lookarounds.condition("t", r"^[^\W_]+$", PYTHON)


def test_a_pattern_that_looks_ahead_is_an_expression() -> None:
    assert row_checks.pattern("a", ["^(?!x)y$"]).keys["type"] == "expression"
    assert row_checks.pattern("a", [r"^\u0041$"]).keys == {"type": "pattern", "column": "a", "regex": r"^\x{41}$"}


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        ("SELECT * FROM t FINAL WHERE a > 1", False),
        ("SELECT * FROM db.t AS x FINAL", False),
        ("WITH final AS (SELECT 1) SELECT * FROM final", True),
        ("SELECT final.a FROM t final WHERE final.a > 1", True),
    ],
)
def test_final_of_clickhouse_is_refused(statement: str, read: bool) -> None:  # noqa: FBT001
    if read:
        assert tables.own(statement, "t")
    else:
        with pytest.raises(NoEquivalentError, match="FINAL"):
            tables.own(statement, "t")
