"""National identity numbers as SQL conditions on a text, with their check digits where they have some; pure.

Each says by its own authority how it is made; python-stdnum collects them: https://arthurdejong.org/python-stdnum/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.rules.notation import sums

LETTERS_OF_SPAIN = "TRWAGMYFPDXBNJZSQVHLCKE"
LAST_OF_CHINA = "10X98765432"


def _shaped(cell: str, pattern: str, condition: str = "true", kept: str = r"\d") -> str:
    """Condition: the text is as the pattern says and, of the characters `kept`, the condition on `d` holds."""
    bare = f"regexp_replace({cell}, '[^{kept}]', '', 'g')"
    holds = f"list_transform([{bare}], lambda d: {condition})[1]"
    return f"CASE WHEN regexp_full_match({cell}, {sql.literal(pattern)}) THEN {holds} ELSE false END"


def _weighed(weights: Sequence[int], first: int = 1) -> str:
    """Return the sum of the digits of `d` from the `first` on, each by its weight."""
    return " + ".join(f"(ascii(substr(d, {first + at}, 1)) - 48) * {weight}" for at, weight in enumerate(weights))


def _spain(cell: str) -> str:
    number = "CAST(replace(replace(replace(left(d, 8), 'X', '0'), 'Y', '1'), 'Z', '2') AS INTEGER)"
    return _shaped(
        cell, r"[0-9XYZ]\d{7}-?[A-Z]", f"substr('{LETTERS_OF_SPAIN}', {number} % 23 + 1, 1) = right(d, 1)", "0-9A-Z"
    )


def _brazil(cell: str) -> str:
    first = f"(({_weighed(range(10, 1, -1))}) * 10) % 11 % 10 = ascii(substr(d, 10, 1)) - 48"
    second = f"(({_weighed(range(11, 1, -1))}) * 10) % 11 % 10 = ascii(substr(d, 11, 1)) - 48"
    return _shaped(cell, r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11}", f"{first} AND {second}")


def _china(cell: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    last = f"substr('{LAST_OF_CHINA}', ({_weighed(weights)}) % 11 + 1, 1) = right(d, 1)"
    return _shaped(cell, r"\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9X]", last, "0-9X")


def _belgium(cell: str) -> str:
    left, check = "CAST(left(d, 9) AS BIGINT)", "CAST(right(d, 2) AS INTEGER)"
    condition = f"97 - {left} % 97 = {check} OR 97 - (2000000000 + {left}) % 97 = {check}"
    return _shaped(cell, r"\d{2}\.(?:[0-5]\d)\.\d{2}-\d{3}\.\d{2}|\d{2}[0-5]\d{8}", condition)


def _france(cell: str) -> str:
    number = "CAST(replace(replace(left(d, 13), '2A', '19'), '2B', '18') AS BIGINT)"
    return _shaped(
        cell, r"[12378] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}",
        f"97 - {number} % 97 = CAST(right(d, 2) AS INTEGER)", "0-9AB",
    )  # fmt: skip


# By the two letters of the country.
IDS: Mapping[str, Callable[[str], str]] = {
    "BE": _belgium,
    "BR": _brazil,
    "CH": lambda cell: _shaped(
        cell, r"756\.?\d{4}\.?\d{4}\.?\d{2}", f"({_weighed([1, 3] * 6 + [1])}) % 10 = 0"
    ),
    "CN": _china,
    "ES": _spain,
    "FR": _france,
    "GB": lambda cell: _shaped(cell, r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"),
    "IT": lambda cell: _shaped(cell, r"[A-Z]{6}\d{2}[A-EHLMPRST](?:[04][1-9]|[1256]\d|[37][01])[A-Z]\d{3}[A-Z]"),
    "NL": lambda cell: _shaped(
        cell, r"\d{9}", f"d <> '000000000' AND ({_weighed([9, 8, 7, 6, 5, 4, 3, 2, -1])}) % 11 = 0"
    ),
    "PL": lambda cell: _shaped(
        cell, r"\d{2}(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12]\d|3[01])\d{5}",
        f"({_weighed([1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1])}) % 10 = 0",
    ),
    "SE": lambda cell: _shaped(
        cell, r"(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-+]?\d{4}", sums.luhn("right(d, 10)")
    ),
    "US": lambda cell: _shaped(
        cell, r"\d{3}-\d{2}-\d{4}",
        "left(d, 3) NOT IN ('000', '666') AND d < '9' AND substr(d, 4, 2) <> '00' AND right(d, 4) <> '0000'"
    ),
}  # fmt: skip
