"""Variables in others' files: filled where their value is known, kept for `--set` where rules.yaml can have one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from idqp_cli.core.text import clean
from idqp_cli.importing.values import NoEquivalentError

DOLLAR = re.compile(r"\$\{\s*(?:(?:var|env)\.)?([A-Za-z_]\w*)\s*\}")


def dollars(text: str, known: Mapping[str, str], *, kept: bool = False) -> str:
    """Fill `${NAME}`, `${var.NAME}`; with `kept` what has no value becomes a variable of rules.yaml.

    Raises:
        NoEquivalentError: a variable has no value.

    """

    def value(match: re.Match[str]) -> str:
        if match[1] in known:
            return known[match[1]]
        if kept:
            return f"${{{{ {match[1]} }}}}"
        raise NoEquivalentError(
            f"the variable {clean(match[1], 60)} has no value; set it with --set {clean(match[1], 60)}=…"
        )

    return DOLLAR.sub(value, text)
