"""Formats: is each text written as it should be?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from idqp_cli import sql
from idqp_cli.model import Column
from idqp_cli.rules.rule import RowRule, rule
from idqp_cli.text import clean

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_HEX = r"[0-9A-Fa-f]{1,4}"
_DAY = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?"
# RFC 4291, 2.2: eight groups, or fewer around one ::, the last two possibly as IPv4.
_IPV6 = "|".join(
    [
        rf"(?:{_HEX}:){{7}}{_HEX}",
        rf"(?:{_HEX}:){{6}}{_IPV4}",
        *(rf"(?:{_HEX}(?::{_HEX}){{0,{left}}})?::(?:{_HEX}:){{0,{5 - left}}}(?:{_HEX}|{_IPV4})" for left in range(6)),
        rf"(?:{_HEX}(?::{_HEX}){{0,6}})?::",
    ]
)


class Format(StrEnum):
    """The formats that a text can be held against."""

    EMAIL = "email"
    URL = "url"
    UUID = "uuid"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    DATE = "date"
    DATETIME = "datetime"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    JSON = "json"
    ISO_COUNTRY = "iso_country"
    ISO_CURRENCY = "iso_currency"


_JSON_TEXT = r'"(?:[^"\\]|\\.)*"'
_JSON_LENIENT = r"(?i)nan|inf|,\s*[\]}]"
PATTERNS: Mapping[Format, str] = {
    # The form that the HTML standard gives for <input type=email>, with a dot in the domain.
    Format.EMAIL: r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+",
    # Without case would let ſ pass for s.
    Format.URL: r"(?:[Hh][Tt][Tt][Pp][Ss]?|[Ff][Tt][Pp])://[^\s/?#:@\[\]]+(?::\d{1,5})?(?:[/?#]\S*)?",
    Format.UUID: r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}",
    Format.IPV4: _IPV4,
    Format.IPV6: _IPV6,
    Format.DATE: _DAY,
    Format.DATETIME: rf"{_DAY}[T ]{_CLOCK}(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?",
    Format.INTEGER: r"[+-]?\d+",
    Format.NUMBER: r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?",
    Format.BOOLEAN: r"[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]",
}

# ISO 3166-1 alpha-2, 2024.
_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
# ISO 4217, active codes, 2024.
_CURRENCIES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD
MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR
RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XDR XOF XPD XPF XPT XSU XTS XUA XXX
YER ZAR ZMW ZWG
"""


@rule("format")
class Formatted(RowRule):
    """Every text is written in a format, or as a `strptime` pattern reads it.

    `format` is one of email, url, uuid, ipv4, ipv6, date, datetime, integer,
    number, boolean, json, iso_country (ISO 3166-1 alpha-2) and iso_currency (ISO
    4217). `strptime` is a pattern like `%d.%m.%Y`. A column that is not text is
    looked at as text.
    """

    format: Format | None = None
    strptime: str | None = None

    def __post_init__(self) -> None:
        """Refuse a rule without a format, or with two."""
        if (self.format is None) == (self.strptime is None):
            raise ValueError("needs format or strptime, one of them")

    def formats(self) -> Mapping[str, str]:
        return {} if self.strptime is None else {"strptime": self.strptime}

    def failing(self, columns: tuple[Column, ...]) -> str:
        cell = sql.as_text(columns[0])
        match self.format:
            case None:
                # DuckDB reads these words whatever the pattern is.
                word = f"{cell} IN ('epoch', 'infinity', '-infinity')"
                wrong = f"try_strptime({cell}, {sql.literal(self.strptime)}) IS NULL"
                return f"{cell} IS NOT NULL AND ({sql.either([word, wrong, *self._spaced(cell)])})"
            case Format.JSON:
                # DuckDB's reader is lenient: it takes NaN, Infinity and a comma before a closing bracket.
                bare = f"regexp_replace({cell}, {sql.literal(_JSON_TEXT)}, '0', 'g')"
                return f"NOT json_valid({cell}) OR regexp_matches({bare}, {sql.literal(_JSON_LENIENT)})"
            case Format.ISO_COUNTRY:
                return f"{cell} NOT IN ({sql.listing(_COUNTRIES.split())})"
            case Format.ISO_CURRENCY:
                return f"{cell} NOT IN ({sql.listing(_CURRENCIES.split())})"
            case Format.DATE:
                return f"{cell} IS NOT NULL AND NOT ({_fits(cell, _DAY)} AND TRY_CAST({cell} AS DATE) IS NOT NULL)"
            case Format.DATETIME:
                day = f"TRY_CAST(left({cell}, 10) AS DATE) IS NOT NULL"
                return f"{cell} IS NOT NULL AND NOT ({_fits(cell, PATTERNS[Format.DATETIME])} AND {day})"
            case _:
                return f"NOT {_fits(cell, PATTERNS[self.format])}"

    def _spaced(self, cell: str) -> Sequence[str]:
        """Condition: there are spaces around the text, which DuckDB passes over, and the pattern has none."""
        pattern = self.strptime or ""
        return [] if pattern != pattern.strip() else [f"regexp_matches({cell}, '^\\s|\\s$')"]

    def fault(self) -> str:
        wanted = self.strptime if self.format is None else self.format.replace("_", " ")
        return f"{clean(self.columns[0], 60)} is not {clean(wanted, 60)}"


def _fits(cell: str, pattern: str) -> str:
    return f"regexp_full_match({cell}, {sql.literal(pattern)})"
