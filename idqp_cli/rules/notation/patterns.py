"""Regular expressions (RE2) of whole texts."""

from __future__ import annotations

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_HEX = r"[0-9A-Fa-f]{1,4}"
# RFC 4291, 2.2: eight groups, or fewer around one ::, the last two possibly as IPv4.
IPV6 = "|".join(
    [
        rf"(?:{_HEX}:){{7}}{_HEX}",
        rf"(?:{_HEX}:){{6}}{IPV4}",
        *(rf"(?:{_HEX}(?::{_HEX}){{{left - 1}}})?::(?:{_HEX}(?::{_HEX}){{0,{6 - left}}})?" for left in range(1, 7)),
        rf"{_HEX}(?::{_HEX}){{6}}::",
        rf"::(?:{_HEX}(?::{_HEX}){{0,6}})?",
        *(
            (rf"{_HEX}(?::{_HEX}){{{left - 1}}}" if left else "") + rf"::(?:{_HEX}:){{0,{5 - left}}}{IPV4}"
            for left in range(6)
        ),
    ]
)
DAY = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?"
MOMENT = rf"{DAY}[T ]{_CLOCK}(?:Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?"
# Day and month have one or two digits, and the same separator stands twice.
DAY_FIRST = "|".join(rf"\d{{1,2}}{mark}\d{{1,2}}{mark}\d{{4}}" for mark in (r"\.", "/", "-"))
YEAR_FIRST = "|".join(rf"\d{{4}}{mark}\d{{1,2}}{mark}\d{{1,2}}" for mark in (r"\.", "/", "-"))

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP = r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
HOSTNAME = rf"(?:{_LABEL}\.)*{_LABEL}"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
# A dot-atom (RFC 5322) at a domain of at least two labels, of which the last begins with a letter.
EMAIL = rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_TOP}"
_PORT = r"(?:6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|\d{1,4})"
_UNSEEN = r"\s\p{Z}\p{C}"
_IN_HOST = rf"[^{_UNSEEN}./?#:@\[\]<>\"\\^`{{|}}]"
# Without case would let ſ pass for s.
URL = (
    rf"(?:[Hh][Tt][Tt][Pp][Ss]?|[Ff][Tt][Pp])://(?:[^{_UNSEEN}/?#@\[\]]+@)?"
    rf"(?:{_IN_HOST}+(?:\.{_IN_HOST}+)*\.?|\[(?:{IPV6})\])(?::{_PORT})?(?:[/?#][^{_UNSEEN}]*)?"
)
_UUID_HEAD, _UUID_TAIL = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}", r"[0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}"
UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"

INTEGER = r"[+-]?\d+"
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
BOOLEAN = r"[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]"

_PAIR = "[0-9A-Fa-f]{2}"
MAC = rf"{_PAIR}(?::{_PAIR}){{5}}|{_PAIR}(?:-{_PAIR}){{5}}|[0-9A-Fa-f]{{4}}(?:\.[0-9A-Fa-f]{{4}}){{2}}"
HEX_COLOR = r"#(?:[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})"
BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)"
_NATURAL, _MIXED = r"(?:0|[1-9]\d*)", r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
# The pattern that semver.org gives.
SEMVER = rf"{_NATURAL}\.{_NATURAL}\.{_NATURAL}(?:-{_MIXED}(?:\.{_MIXED})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_GAP = r"(?: ?[./-] ?| )"
# A country code after + or 00, an area code that may be in parentheses, groups of digits, an extension.
PHONE = (
    rf"(?:(?:\+|00 ?)[1-9]\d{{0,2}}{_GAP}?)?(?:(?:\d{{1,4}}{_GAP}?)?\(\d+(?:[ -]\d+)*\){_GAP}?)?\d+(?:{_GAP}\d+)*"
    r"(?:,? ?(?:x|[Ee]xt\.?) ?\d{1,6})?"
)
PHONE_DIGITS = r"(?:[^\dx]*\d){7,15}[^\dx]*(?:x.*)?"
CARD = r"\d{12,19}|\d{4}(?: \d{4}){2,3}(?: \d{1,4})?|\d{4}(?:-\d{4}){2,3}(?:-\d{1,4})?|\d{4}[ -]\d{6}[ -]\d{5}"
# The printed form of an IBAN.
IN_FOURS = "[0-9A-Z]{4}(?: [0-9A-Z]{4})*(?: [0-9A-Z]{1,3})?"


def uuid(version: int | None) -> str:
    """Return the pattern of a UUID, of one version (RFC 9562) where that is asked for."""
    return UUID if version is None else f"{_UUID_HEAD}-{version}{_UUID_TAIL}"
