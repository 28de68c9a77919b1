"""What is a valid value: the keys of Soda's validity checks, in both of its versions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, row_checks, row_sql, rule_keys
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.soda.formats import FORMATS
from idqp_cli.importing.soda.sodacl import words
from idqp_cli.importing.values import Keys, NoEquivalentError
from idqp_cli.importing.variables import dollars

NONE = Fraction(0)
COMPARISON = re.compile(r"[<>=]|\b(?:between|like|in|is|not)\b")


def invalid(given: Mapping[str, Node], column: str, keys: Keys, variables: Mapping[str, str]) -> list[Failing]:
    """Return the checks that find the invalid values, which are neither missing nor valid; their failures add up.

    Where cells are missing that are not NULL it is one check.
    """
    checks = validity(given, column, keys, variables)
    if not checks:
        raise NoEquivalentError("it does not say what is valid")
    stand_ins, regex = words(given)
    if not stand_ins and not regex:
        return checks
    missing = row_sql.is_missing([column], stand_ins, regex)
    return [together(checks, keys, missing)]


def failing(condition: str, keys: Keys) -> Failing:
    """Return the check that a condition of SQL does not hold for a row."""
    expression = f"NOT coalesce({condition}, false)"
    return Failing(rule_keys.rule("expression", expression=expression, **keys), f"coalesce({condition}, false)")


def together(checks: Sequence[Failing], keys: Keys, missing: str | None = None) -> Failing:
    """Return one check for several of the same rows."""
    condition = " OR ".join(f"({one.condition})" for one in checks)
    if missing is not None:
        condition = f"NOT ({missing}) AND ({condition})"
    return Failing(rule_keys.rule("expression", expression=f"NOT ({condition})", **keys), condition)


def validity(given: Mapping[str, Node], column: str, keys: Keys, variables: Mapping[str, str]) -> list[Failing]:
    """Return the checks that a valid value passes, all of them."""
    checks = []
    if "valid values" in given:
        checks.append(row_checks.accepted(column, look.values(given["valid values"], "valid values"), **keys))
    if "invalid values" in given:
        checks.append(row_checks.rejected(column, look.values(given["invalid values"], "invalid values"), **keys))
    low, high = (look.number(given[key], key) if key in given else None for key in ("valid min", "valid max"))
    if low is not None or high is not None:
        checks.append(row_checks.between(column, Allowed(low, high), **keys))
    if "valid length" in given:
        exact = look.whole(given["valid length"], "valid length")
        checks.append(row_checks.length(column, exact, exact, **keys))
    shortest, longest = (
        look.whole(given[key], key) if key in given else None for key in ("valid min length", "valid max length")
    )
    if shortest is not None or longest is not None:
        checks.append(row_checks.length(column, shortest, longest, **keys))
    for key, negate in (("valid regex", False), ("invalid regex", True)):
        if key in given:
            checks.append(
                row_checks.pattern(column, [dollars(look.text(given[key], key), variables)], negate=negate, **keys)
            )
    for key, negate in (("valid format", False), ("invalid format", True)):
        if key in given:
            name = look.text(given[key], key).strip().lower()
            if negate and COMPARISON.search(name):
                # Not a format, but the condition of what is invalid.
                checks.append(failing(look.text(given[key], key), keys))
                continue
            if name not in FORMATS:
                raise NoEquivalentError(f"the {key} '{clean(name, 40)}' is not known")
            checks.append(row_checks.pattern(column, [FORMATS[name]], negate=negate, **keys))
    return checks
