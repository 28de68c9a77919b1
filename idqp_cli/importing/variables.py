"""Variables in others' files: filled where their value is known, kept for `--set` where rules.yaml can have one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing.foreign import scalar
from idqp_cli.importing.values import NoEquivalentError

DOLLAR = re.compile(r"\$\{\s*(?:(?:var|env)\.)?([A-Za-z_]\w*)\s*\}")
# The moment of the run, as Soda writes it: mostly in quotes, and at times with the word of its type.
NOW = re.compile(
    r"(?P<now>(?:\btimestamp(?:tz)?\s+)?'\$\{\s*(?:soda\.)?NOW\s*\}')|'(?:[^']|'')*'|(?P<bare>\$\{\s*soda\.NOW\s*\})",
    re.IGNORECASE,
)
# The schema of a table, which a dataset does not have.
SCHEMA = re.compile(r"(\b(?:FROM|JOIN)\s+)(?:[\w\"`]+\s*\.\s*)*(?:[\"`]?\$\{[^{}]+\}[\"`]?\s*\.\s*)+", re.IGNORECASE)
LEFT = re.compile(r"\$\{\s*([A-Za-z_][^{}]*?)\s*\}")
# A default may name another variable, and that one itself.
DEEPEST = 10
LONGEST = 10_000


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


def in_values(node: Node, known: Mapping[str, str]) -> Node:
    """Return a document whose values have those variables filled whose value is known; a number stays one."""
    if isinstance(node.value, dict):
        return Node({key: in_values(one, known) for key, one in node.value.items()}, node.mark, node.key_marks)
    if isinstance(node.value, tuple):
        return Node(tuple(in_values(one, known) for one in node.value), node.mark, node.key_marks)
    if not isinstance(node.value, str) or "${" not in node.value:
        return node
    filled = _where_known(node.value, known)
    whole = DOLLAR.fullmatch(node.value.strip()) is not None and filled != node.value
    return Node(scalar(filled) if whole else filled, node.mark, {}, filled)


def in_sql(text: str, known: Mapping[str, str], *, kept: bool = False) -> str:
    """Fill the variables in SQL, where the moment of the run is `current_timestamp`.

    Raises:
        NoEquivalentError: a variable has no value.

    """
    filled = dollars(SCHEMA.sub(lambda match: match[1], text), known, kept=kept)
    return (
        filled
        if "NOW" in known
        else NOW.sub(lambda one: "current_timestamp" if one["now"] or one["bare"] else one[0], filled)
    )


def resolved(defaults: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the values of variables: those that are given, else the defaults, which may name other variables."""
    known = {**defaults, **given}
    for _ in range(DEEPEST):
        filled = {name: _where_known(value, known) for name, value in known.items()}
        if filled == known or any(len(value) > LONGEST for value in filled.values()):
            break
        known = filled
    return known


def _where_known(text: str, known: Mapping[str, str]) -> str:
    return DOLLAR.sub(lambda one: known.get(one[1], one[0]), text)


def refuse_left(keys: Mapping[str, object]) -> None:
    """Refuse a rule with a variable of the other tool in it, which nobody could set.

    Raises:
        NoEquivalentError: it has one.

    """
    for value in keys.values():
        for text in value if isinstance(value, (list, tuple)) else (value,):
            match = LEFT.search(text) if isinstance(text, str) else None
            if match is not None:
                raise NoEquivalentError(f"the variable {clean(match[1], 60)} has no value here; write one in its place")
