"""The formats of a property in a data contract: of texts, dates, and the widths of numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from idqp_cli.core.text import clean
from idqp_cli.importing import patterns, row_checks, rule_keys
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.values import Keys, NoEquivalentError

EPOCH = re.compile(
    r"(?:unix[_-]?)?(?:epoch|timestamp)(?:[_-]?(?:s|ms|us|ns|seconds|millis|milliseconds|micros))?", re.IGNORECASE
)
NAMED: Mapping[str, str] = {
    "email": "email", "idn-email": "email", "uuid": "uuid", "url": "url", "ipv4": "ipv4", "ipv6": "ipv6",
    "hostname": "hostname", "date": "date", "date-time": "datetime", "datetime": "datetime",
}  # fmt: skip
# A URI has a scheme, like mailto, and need not have a host.
WRITTEN: Mapping[str, str] = {"uri": r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$"}
# How wide numbers are, as i32 or u8.
WIDTH = re.compile(r"([iu])(8|16|32|64|128)")
SAYS_NOTHING = frozenset({"f16", "f32", "f64", "password", "binary"})


def rules(name: str, written: str) -> Iterable[Keys]:
    """Return the rules of a format.

    Raises:
        NoEquivalentError: it is none that is known.

    """
    if written.lower() in WRITTEN:
        return [rule_keys.rule("pattern", name, regex=WRITTEN[written.lower()])]
    width = WIDTH.fullmatch(written)
    if width is not None:
        half = 2 ** (int(width[2]) - 1)
        low, high = (0, 2 * half - 1) if width[1] == "u" else (-half, half - 1)
        return [row_checks.between(name, Allowed(Fraction(low), Fraction(high))).keys]
    if written.lower() in SAYS_NOTHING:
        return []
    if written.lower() in NAMED:
        return [rule_keys.rule("format", name, format=NAMED[written.lower()])]
    if EPOCH.fullmatch(written):
        return [rule_keys.rule("format", name, format="integer")]
    pattern = patterns.strptime(written)
    if pattern is None:
        raise NoEquivalentError(f"the format '{clean(written, 60)}' is not known")
    return [rule_keys.rule("format", name, strptime=pattern)]
