"""Formats: is each text written as it should be?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from idqp_cli.core import sql
from idqp_cli.core.model import Column
from idqp_cli.core.text import clean, nearest
from idqp_cli.rules.literals import refuse_unwritten
from idqp_cli.rules.rule import Kind, rule
from idqp_cli.rules.share_rule import RowRule


class Format(StrEnum):
    """The formats that a text can be held against."""

    EMAIL = "email"
    URL = "url"
    HOSTNAME = "hostname"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    MAC = "mac"
    UUID = "uuid"
    DATE = "date"
    DATE_DMY = "date_dmy"
    DATE_MDY = "date_mdy"
    DATE_YMD = "date_ymd"
    DATETIME = "datetime"
    TIMESTAMP = "timestamp"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    JSON = "json"
    BASE64 = "base64"
    HEX_COLOR = "hex_color"
    SEMVER = "semver"
    PHONE = "phone"
    POSTAL_CODE = "postal_code"
    IBAN = "iban"
    EAN = "ean"
    CREDIT_CARD = "credit_card"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    ISO_COUNTRY = "iso_country"
    ISO_COUNTRY3 = "iso_country3"
    ISO_CURRENCY = "iso_currency"


@rule("format")
class Formatted(RowRule):
    """Every text has a given format, or matches a `strptime` pattern.

        {type: format, column: email, format: email}

    `format` is one of:

    - email, url (http, https or ftp), hostname, ipv4, ipv6, mac
    - uuid (`version: 4` accepts only that version)
    - date (`2024-01-31`), datetime or timestamp (`2024-01-31T10:00:00Z`; seconds and
      zone are optional, and a space may replace the T)
    - date_dmy (`31.01.2024`), date_mdy (`1/31/2024`), date_ymd (`2024/1/31`): a valid
      day with `.`, `/` or `-` as separator, and a year of four digits
    - integer, number, boolean (true or false), json
    - base64 (RFC 4648, with padding), hex_color (`#1e90ff`), semver (`1.2.3-rc.1`)
    - phone: 7 to 15 digits, with or without `+` and a country code (E.164), in groups
      separated by spaces, `.`, `/` or `-`, with an area code in parentheses or an
      `ext. 12` at the end
    - postal_code of a `country` (ISO 3166-1 alpha-2)
    - iban: with the length of its country and valid check digits, without spaces or
      in groups of four
    - ean (or gtin: 8, 12, 13 or 14 digits) and credit_card (12 to 19 digits, with
      spaces or hyphens as on the card), with valid check digits
    - latitude and longitude in decimal degrees
    - iso_country (ISO 3166-1 alpha-2), iso_country3 (alpha-3), iso_currency (ISO 4217)

    `strptime` is a pattern like `%d.%m.%Y`. A column of another type is converted to
    text first. A column of numbers may have lost the leading zeros of an ean.
    """

    format: Format | None = None
    strptime: str | None = None
    country: str | None = None
    version: int | None = None

    def __post_init__(self) -> None:
        """Refuse a rule without a format or with two, and keys that its format has no use for."""
        if (self.format is None) == (self.strptime is None):
            raise ValueError("needs format or strptime, one of them")
        if (self.format is Format.POSTAL_CODE) != (self.country is not None):
            raise ValueError("country: goes with format: postal_code, and that needs it")
        if self.country is not None:
            _refuse_country(self.country)
        if self.version is not None and (self.format is not Format.UUID or not 1 <= self.version <= 8):
            raise ValueError("version: goes with format: uuid, and is 1 to 8")

    def kinds(self) -> Mapping[str, Kind]:
        return dict.fromkeys(self.columns, Kind.TEXT)

    def formats(self) -> Mapping[str, str]:
        return {} if self.strptime is None else {"strptime": self.strptime}

    def failing(self, columns: tuple[Column, ...]) -> str:
        (column,) = columns
        refuse_unwritten(column)
        if self.format is Format.DATETIME and column.text is None and column.type.startswith("TIMESTAMP"):
            # Whatever DuckDB's text of it is, like `+00` for an offset.
            return f"NOT isfinite({sql.moment(column)})"
        cell = sql.as_text(column)
        if self.format is None:
            return f"{cell} IS NOT NULL AND ({sql.either(self._unread(cell))})"
        from idqp_cli.rules.notation import checks  # noqa: PLC0415 - only a check with such a rule has to pay

        fits = checks.check(self.format, self.country, self.version)(column)
        return f"{cell} IS NOT NULL AND NOT coalesce({fits}, false)"

    def _unread(self, cell: str) -> Sequence[str]:
        """Return the conditions under which the pattern does not read the text as it stands there."""
        pattern = self.strptime or ""
        # DuckDB reads Z in no pattern.
        text = f"regexp_replace({cell}, 'Z$', '+00')" if pattern.endswith("%z") else cell
        read = f"try_strptime({text}, {sql.literal(pattern)})"
        # DuckDB reads these words whatever the pattern is.
        unread = [f"{cell} IN ('epoch', 'infinity', '-infinity')", f"{read} IS NULL"]
        if "%Y" in pattern:
            # It takes 24 for the year 24.
            unread.append(f"year({read}) < 1000 AND NOT contains({cell}, lpad(year({read})::VARCHAR, 4, '0'))")
        # It passes over spaces around the text.
        return unread if pattern != pattern.strip() else [*unread, f"regexp_matches({cell}, '^\\s|\\s$')"]

    def fault(self) -> str:
        column = clean(self.columns[0], 60)
        if self.format is None:
            return f"{column} is not {clean(self.strptime, 60)}"
        of = "" if self.country is None else f" of {self.country}"
        return f"{column} is not {self.format.replace('_', ' ')}{of}" + (
            "" if self.version is None else f" version {self.version}"
        )


def _refuse_country(country: str) -> None:
    """Refuse a country whose postal codes are not known.

    Raises:
        ValueError: with what to say instead.

    """
    from idqp_cli.rules.notation.postal import POSTAL_CODES  # noqa: PLC0415 - only such a rule has to pay

    if country not in POSTAL_CODES:
        near = country.upper() if country.upper() in POSTAL_CODES else nearest(country, POSTAL_CODES)
        hint = f"did you mean '{near}'?" if near else f"known countries: {', '.join(POSTAL_CODES)}"
        raise ValueError(f"country: the postal codes of '{clean(country, 60)}' are not known; {hint}")
