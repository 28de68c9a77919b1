"""Check digits as SQL: integer arithmetic on digits, so that a scan of many rows stays cheap; pure.

A number's digits are taken in pairs. A pair p has the digits p // 10 and p % 10,
and DuckDB computes a part that is written down twice once.
"""

from __future__ import annotations

from collections.abc import Callable

A = ord("A") - 10
CHUNK = 17
# What powers of ten leave when divided by 97.
POWERS = str([10**power % 97 for power in range(31)])
# The BBAN of an IBAN in a pattern's words.
KINDS = {"n": r"\d", "a": "[A-Z]", "c": "[0-9A-Z]"}


def gtin(digits: str) -> str:
    """Condition: the digits (14 at most) end in the check digit of GS1: weights 3 and 1 from the right."""
    return f"({_pairs(digits, 'BIGINT', 7, lambda pair: f'{pair} - 7 * ({pair} // 10)')}) % 10 = 0"


def luhn(digits: str) -> str:
    """Condition: the digits (19 at most) end in Luhn's check digit (ISO/IEC 7812-1)."""

    def weighed(pair: str) -> str:
        # Twice the tens digit, less 9 where that has two digits.
        return f"{pair} - 8 * ({pair} // 10) - CASE WHEN {pair} >= 50 THEN 9 ELSE 0 END"

    return f"({_pairs(digits, 'UBIGINT', 10, weighed)}) % 10 = 0"


def iban(cell: str) -> str:
    """Condition: the digits of a text that is written like an IBAN leave 1 when divided by 97 (ISO 7064).

    A letter stands for two digits. Most IBANs have no letter behind the check
    digits, or some in a row and then digits, and need no replacing of each letter.
    """
    rest = f"substr({cell}, 5)"
    country = f"({_letter(cell, 1)} * 100 + {_letter(cell, 2)}) * 100 + TRY_CAST(substr({cell}, 3, 2) AS BIGINT)"
    country_digits = f"{_letter(cell, 1)}, {_letter(cell, 2)}, substr({cell}, 3, 2)"
    replaced = rest
    for value in range(10, 36):
        replaced = f"replace({replaced}, '{chr(A + value)}', '{value}')"
    ways = []
    for letters in (0, 1, 2, 4):
        first = " + ".join(f"{_letter(cell, 5 + at)} * {100 ** (letters - 1 - at)}" for at in range(letters))
        digits = f"substr({cell}, {5 + letters})"
        begin = f"({first}) % 97 * {POWERS}[length({digits}) + 1] + " if letters else ""
        total = f"({begin}{_left_by_97(digits)}) % 97 * {10**6 % 97} + {country}"
        ways.append(f"WHEN regexp_full_match({rest}, '[A-Z]{{{letters}}}\\d+') THEN ({total}) % 97 = 1")
    return (
        f"CASE {' '.join(ways)} ELSE list_transform([concat({replaced}, {country_digits})],"
        f" lambda digits: ({_left_by_97('digits', 4)}) % 97 = 1)[1] END"
    )


def _letter(cell: str, place: int) -> str:
    """Return the number that the letter at a place stands for."""
    return f"(ascii(substr({cell}, {place}, 1)) - {A})"


def _left_by_97(digits: str, chunks: int = 2) -> str:
    """Return a BIGINT that leaves as much as the digits do, of which there are `CHUNK` for each chunk at most."""
    parts = []
    for place in range(chunks):
        end = f"length({digits}) - {CHUNK * place}" if place else f"length({digits})"
        begin = f"greatest({end} - {CHUNK}, 0)"
        part = f"substr({digits}, {begin} + 1, greatest({end}, 0) - {begin})"
        # Nothing is no number, and 0 before it is.
        parts.append(f"TRY_CAST(concat('0', {part}) AS BIGINT) % 97 * {10 ** (CHUNK * place) % 97}")
    return " + ".join(parts)


def iban_pattern(country: str, parts: list[tuple[str, str]]) -> str:
    """Return the pattern of a country's IBANs from the numbers and kinds of their characters."""
    return rf"{country}\d\d" + "".join(f"{KINDS[kind]}{{{number}}}" for number, kind in parts)


def _pairs(digits: str, kind: str, pairs: int, weighed: Callable[[str], str]) -> str:
    number = f"TRY_CAST({digits} AS {kind})"
    return " + ".join(f"{weighed(f'({number} // {100**place} % 100)')}" for place in range(pairs))
