"""Check digits as SQL: integer arithmetic on digits, so that a scan of many rows stays cheap; pure.

A number that is used more than once is the parameter of a lambda over a list of
one, because DuckDB computes parts of a condition as often as they are written.
"""

from __future__ import annotations

A = ord("A") - 10
CHUNK = 17
# What powers of ten leave when divided by 97.
POWERS = str([10**power % 97 for power in range(31)])
# What a pair of digits adds to Luhn's sum: the first one twice, the digits of that, and the second.
LUHN = str([sum(divmod(pair // 10 * 2, 10)) + pair % 10 for pair in range(100)])
# The BBAN of an IBAN in a pattern's words.
KINDS = {"n": r"\d", "a": "[A-Z]", "c": "[0-9A-Z]"}


def gtin(digits: str) -> str:
    """Condition: the digits (14 at most) end in the check digit of GS1: weights 3 and 1 from the right."""
    # Of a number without its last digits, only the last one left counts.
    weighed = " + ".join(f"n // {10**place} * {3 if place % 2 else 1}" for place in range(14))
    return _once(f"TRY_CAST({digits} AS BIGINT)", "n", f"({weighed}) % 10 = 0")


def luhn(digits: str) -> str:
    """Condition: the digits (19 at most) end in Luhn's check digit (ISO/IEC 7812-1)."""
    pairs = ", ".join(f"n // {100**place} % 100" for place in range(10))
    total = f"list_sum(list_transform([{pairs}], lambda pair: {LUHN}[CAST(pair AS INTEGER) + 1]))"
    return _once(f"TRY_CAST({digits} AS UBIGINT)", "n", f"{total} % 10 = 0")


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
    slow = _once(f"concat({replaced}, {country_digits})", "digits", f"({_left_by_97('digits', 4)}) % 97 = 1")
    return f"CASE {' '.join(ways)} ELSE {slow} END"


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


def _once(value: str, name: str, condition: str) -> str:
    """Return a condition in which a value has a name."""
    return f"list_transform([{value}], lambda {name}: {condition})[1]"
