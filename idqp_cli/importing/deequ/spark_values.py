"""Values that are SQL of Spark where they are text."""

from __future__ import annotations

import re

from idqp_cli.core.model import Scalar
from idqp_cli.importing import look, row_checks
from idqp_cli.importing.values import NoEquivalentError

# A text without a quote or a backslash in it.
QUOTED = re.compile(r"""'([^'\\]*)'|"([^"\\]*)\"""")


def constants(value: Scalar) -> list[Scalar]:
    """Return the constant that a value is, in a list; none where it is SQL, as a text without quotes is.

    Raises:
        NoEquivalentError: it has a backslash, which means something else in SQL of Spark.

    """
    if not isinstance(value, str):
        return [value]
    quoted = QUOTED.fullmatch(value.strip())
    if quoted is not None:
        return [quoted[1] if quoted[1] is not None else quoted[2]]
    if "\\" in value:
        raise NoEquivalentError("a backslash in SQL of Spark is not read")
    if look.NUMBER.fullmatch(value.strip()):
        number = look.fraction(value.strip(), "value")
        return [int(number) if number.denominator == 1 else float(number)]
    # A date is a constant of YAML.
    return [value] if row_checks.ISO.fullmatch(value) else []
