"""Each format as an SQL condition on a cell; where that is NULL, the cell is not in the format. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from idqp_cli.core import sql
from idqp_cli.core.model import Column
from idqp_cli.rules.literals import INTEGERS, NUMBERS
from idqp_cli.rules.notation import codes, patterns, sums
from idqp_cli.rules.notation.postal import POSTAL_CODES

_JSON_TEXT = r'"(?:[^"\\]|\\.)*"'
_JSON_LENIENT = r"(?i)nan|inf|,\s*[\]}]"
# A number has lost the zeros that its code begins with.
_GTIN, _SHORT_GTIN = r"\d{8}|\d{12,14}", r"\d{7,14}"
_STRPTIME = {"dmy": "%d{0}%m{0}%Y", "mdy": "%m{0}%d{0}%Y", "ymd": "%Y{0}%m{0}%d"}

Check = Callable[[Column], str]


def fits(cell: str, pattern: str) -> str:
    """Condition: the whole text is as a pattern says."""
    return f"regexp_full_match({cell}, {sql.literal(pattern)})"


def postal_code(country: str) -> Check:
    """Return the check of a country's postal codes."""
    return lambda column: fits(sql.as_text(column), POSTAL_CODES[country])


def uuid(version: int | None) -> Check:
    """Return the check of UUIDs of a version, or of all."""
    return lambda column: fits(sql.as_text(column), patterns.uuid(version))


def _like(pattern: str) -> Check:
    return lambda column: fits(sql.as_text(column), pattern)


def _one_of(listed: str) -> Check:
    return lambda column: f"{sql.as_text(column)} IN ({sql.listing(listed.split())})"


def _date(column: Column) -> str:
    cell = sql.as_text(column)
    return f"{fits(cell, patterns.DAY)} AND {_day(cell)}"


def _moment(column: Column) -> str:
    cell = sql.as_text(column)
    return f"{fits(cell, patterns.MOMENT)} AND {_day(f'left({cell}, 10)')}"


def _day(cell: str) -> str:
    # DuckDB has a year 0, which no calendar has.
    return f"TRY_CAST({cell} AS DATE) >= DATE '0001-01-01'"


def _ordered(order: str) -> Check:
    pattern = patterns.YEAR_FIRST if order == "ymd" else patterns.DAY_FIRST
    ways = sql.listing(_STRPTIME[order].format(mark) for mark in (".", "/", "-"))

    def check(column: Column) -> str:
        cell = sql.as_text(column)
        return f"{fits(cell, pattern)} AND try_strptime({cell}, [{ways}]) IS NOT NULL"

    return check


def _json(column: Column) -> str:
    # DuckDB's reader is lenient: it takes NaN, Infinity and a comma before a closing bracket.
    cell = sql.as_text(column)
    bare = f"regexp_replace({cell}, {sql.literal(_JSON_TEXT)}, '0', 'g')"
    return f"json_valid({cell}) AND NOT regexp_matches({bare}, {sql.literal(_JSON_LENIENT)})"


def _phone(column: Column) -> str:
    # What stands before an extension has 7 to 15 digits (ITU-T E.164).
    cell = sql.as_text(column)
    return f"{fits(cell, patterns.PHONE)} AND {fits(cell, patterns.PHONE_DIGITS)}"


def _iban(column: Column) -> str:
    cell = sql.as_text(column)
    bare = f"replace({cell}, ' ', '')"
    ways = "|".join(
        sums.iban_pattern(one[:2], [(part[:-1], part[-1]) for part in _parts(one[3:])]) for one in codes.IBANS.split()
    )
    grouped = f"{fits(cell, patterns.IN_FOURS)} AND {fits(bare, ways)} AND {sums.iban(bare)}"
    return f"CASE WHEN contains({cell}, ' ') THEN {grouped} ELSE {fits(cell, ways)} AND {sums.iban(cell)} END"


def _parts(written: str) -> list[str]:
    parts = [""]
    for character in written:
        parts[-1] += character
        if character.isalpha():
            parts.append("")
    return parts[:-1]


def _digits(column: Column) -> str:
    """Return a code's digits, also where it is kept as a number with a fraction of 0."""
    name = sql.identifier(column.name)
    if column.text is not None or INTEGERS.fullmatch(column.type) or not NUMBERS.fullmatch(column.type):
        return sql.as_text(column)
    return f"CASE WHEN {name} = trunc({name}) THEN CAST(TRY_CAST({name} AS HUGEINT) AS VARCHAR) END"


def _ean(column: Column) -> str:
    digits = _digits(column)
    kept_as_number = column.text is None and NUMBERS.fullmatch(column.type)
    return f"{fits(digits, _SHORT_GTIN if kept_as_number else _GTIN)} AND {sums.gtin(digits)}"


def _card(column: Column) -> str:
    digits = _digits(column)
    bare = f"replace(replace({digits}, ' ', ''), '-', '')"
    return f"{fits(digits, patterns.CARD)} AND {sums.luhn(bare)}"


def _hostname(column: Column) -> str:
    # Digits alone at the end would be an address (RFC 1123, 2.1).
    cell = sql.as_text(column)
    return f"{fits(cell, patterns.HOSTNAME)} AND length({cell}) <= 253 AND NOT regexp_matches({cell}, '(?:^|\\.)\\d+$')"


def _degrees(most: int) -> Check:
    def check(column: Column) -> str:
        if NUMBERS.fullmatch(column.type):
            return f"{sql.identifier(column.name)} BETWEEN -{most} AND {most}"
        cell = sql.as_text(column)
        number = f"TRY_CAST({cell} AS DOUBLE) BETWEEN -{most} AND {most}"
        return f"{fits(cell, patterns.NUMBER)} AND {number}"

    return check


# By the names of the formats.
CHECKS: Mapping[str, Check] = {
    "email": _like(patterns.EMAIL),
    "url": _like(patterns.URL),
    "hostname": _hostname,
    "ipv4": _like(patterns.IPV4),
    "ipv6": _like(patterns.IPV6),
    "mac": _like(patterns.MAC),
    "uuid": uuid(None),
    "date": _date,
    "date_dmy": _ordered("dmy"),
    "date_mdy": _ordered("mdy"),
    "date_ymd": _ordered("ymd"),
    "datetime": _moment,
    "timestamp": _moment,
    "integer": _like(patterns.INTEGER),
    "number": _like(patterns.NUMBER),
    "boolean": _like(patterns.BOOLEAN),
    "json": _json,
    "base64": _like(patterns.BASE64),
    "hex_color": _like(patterns.HEX_COLOR),
    "semver": _like(patterns.SEMVER),
    "phone": _phone,
    "iban": _iban,
    "ean": _ean,
    "credit_card": _card,
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "iso_country": _one_of(codes.COUNTRIES),
    "iso_country3": _one_of(codes.COUNTRIES_3),
    "iso_currency": _one_of(codes.CURRENCIES),
}


def check(name: str, country: str | None, version: int | None) -> Check:
    """Return the check of a format; `country` is that of postal codes, `version` that of UUIDs."""
    if name == "postal_code" and country is not None:
        return postal_code(country)
    return uuid(version) if name == "uuid" else CHECKS[name]
