"""What Soda's `valid format` names mean, as the regular expressions by which Soda finds them."""

from __future__ import annotations

from collections.abc import Mapping

_ANY, _POINT, _COMMA = r"(\d+([.,]\d+)?|[.,]\d+)", r"(\d+(\.\d+)?|\.\d+)", r"(\d+(,\d+)?|,\d+)"
_ZERO = {_ANY: r"(0+([.,]0+)?|[.,]0+)", _POINT: r"(0+(\.0+)?|\.0+)", _COMMA: r"(0+(,0+)?|,0+)"}
_CURRENCY = r"([A-Z]{3}|[a-z]{3})"
# As in Soda, a day is at most 12 and a month at most 31: the two names are the wrong way round there.
_DAY, _MONTH, _YEAR = r"([1-9]|0[1-9]|1[012])", r"([1-9]|[012][0-9]|3[01])", r"(19|20)?\d\d"
_HOUR24, _HOUR12 = r"(0?[0-9]|[01]\d|2[0-3])", r"(0?[0-9]|1[0-2])"
_MINUTE, _SECOND = "[0-5]?[0-9]", r"[0-5]?[0-9]([.,]\d+)?"
_HEX = "[0-9a-fA-F]"
_ISO_DAY = r"((0[0-9]|1[12])-?([012][0-9]|3[01])|W[0-5]\d(-?[1-7])?|[0-3]\d\d)"
_ISO_HOUR = "(0[0-9]|1[012])"
_ISO_TIME = rf"([ T]{_ISO_HOUR}(:?[0-5][0-9](:?[0-5][0-9]([.,]\d+)?)?)?([+-]{_ISO_HOUR}:?[0-5][0-9]|Z)?)?"
_LETTERS = r"[a-zA-ZÀ-ÿĀ-ſƀ-ȳ0-9.\-_%]+"


def _numbers() -> dict[str, str]:
    formats = {
        "integer": "^ *[-+]? *[0-9]+ *$",
        "positive integer": r"^ *\+? *[0-9]+ *$",
        "negative integer": "^ *(- *[0-9]+|0+) *$",
    }
    for suffix, number in (("", _ANY), (" point", _POINT), (" comma", _COMMA)):
        for word, end in (("decimal", ""), ("percentage", "% *")):
            formats[f"{word}{suffix}"] = f"^ *[-+]? *{number} *{end}$"
            formats[f"positive {word}{suffix}"] = rf"^ *\+? *{number} *{end}$"
            formats[f"negative {word}{suffix}"] = f"^ *(- *{number}|{_ZERO[number]}) *{end}$"
    return formats


FORMATS: Mapping[str, str] = {
    **_numbers(),
    "money": f"^ *[-+]? *{_ANY} *{_CURRENCY} *$",
    "money point": rf"^ *[-+]? *\d{{1,3}}(,\d\d\d)*(.\d+)? *{_CURRENCY} *$",
    "money comma": rf"^ *[-+]? *\d{{1,3}}(\.\d\d\d)*(,\d+)? *{_CURRENCY} *$",
    "date us": f"^ *{_DAY}[-./]{_MONTH}[-./]{_YEAR} *$",
    "date eu": f"^ *{_MONTH}[-./]{_DAY}[-./]{_YEAR} *$",
    "date inverse": f"^ *{_YEAR}[-./]{_DAY}[-./]{_MONTH} *$",
    "date iso 8601": rf"^ *(19|20)\d\d-?{_ISO_DAY}{_ISO_TIME} *$",
    "time 24h": f"^ *{_HOUR24}:{_MINUTE}(:{_SECOND})? *$",
    "time 24h nosec": f"^ *{_HOUR24}:{_MINUTE} *$",
    "time 12h": f"^ *{_HOUR12}:{_MINUTE}(:{_SECOND})? *$",
    "time 12h nosec": f"^ *{_HOUR12}:{_MINUTE} *$",
    "timestamp 24h": f"^ *{_HOUR24}:{_MINUTE}:{_SECOND} *$",
    "timestamp 12h": f"^ *{_HOUR12}:{_MINUTE}:{_SECOND} *$",
    "uuid": f"^{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}$",
    "ip address": r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$",
    "ipv4 address": r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$",
    "email": rf"^{_LETTERS}@{_LETTERS}\.[A-Za-z]{{2,4}}$",
    "phone number": r"^((\+[0-9]{1,2}\s)?\(?[0-9]{3}\)?[\s.-])?[0-9]{3}[\s.-][0-9]{4}$",
    # As in Soda, the anchors belong to the first and the last alternative alone.
    "credit card number": "^[0-9]{14}|[0-9]{15,19}|([0-9]{4}-){3}[0-9]{4}|([0-9]{4} ){3}[0-9]{4}$",
}
