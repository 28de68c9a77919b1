"""The schema checks of SodaCL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, rule_keys, typenames
from idqp_cli.importing.values import Keys, NoEquivalentError

REQUIRED, FORBIDDEN, TYPE = "when required column missing", "when forbidden column present", "when wrong column type"
INDEX, CHANGES = "when wrong column index", "when schema changes"
PARTS = (REQUIRED, FORBIDDEN, TYPE, CHANGES)


def changes_alone(given: Mapping[str, Node]) -> bool:
    """Tell whether a check is only of changes, which every check of idqp looks for by itself."""
    inner = [look.mapping(given[level], level) for level in ("warn", "fail") if level in given]
    return bool(inner) and all(set(one) == {CHANGES} for one in inner)


def known_parts(given: Mapping[str, Node]) -> tuple[dict[str, Node], list[str]]:
    """Return a schema check without the parts that are not understood, and those; a part in the plural is known."""
    left: list[str] = []
    made = dict(given)
    for level in ("warn", "fail"):
        node = given.get(level)
        if node is None or not isinstance(node.value, dict):
            continue
        spelt = {key: key.replace(" columns ", " column ") for key in node.value}
        parts = {spelt[key]: part for key, part in node.value.items() if spelt[key] in PARTS}
        marks = {spelt[key]: mark for key, mark in node.key_marks.items() if spelt[key] in PARTS}
        unknown = [key for key in node.value if spelt[key] not in PARTS]
        if parts and unknown:
            left += unknown
        made[level] = Node(parts, node.mark, marks) if parts else node
    return made, left


def rules(given: Mapping[str, Node], keys: Keys) -> Iterable[Keys]:
    """Return the rules of a schema check: one for each level."""
    made: list[Keys] = []
    for level, more in (("fail", {}), ("warn", {"severity": "warning"})):
        if level in given:
            parts = look.mapping(given[level], level)
            if set(parts) != {CHANGES}:
                made.append({**_rule(parts), **keys, **more})
    # At the wrong indent Soda does not see them; what is meant is clear.
    loose = {key: given[key] for key in (REQUIRED, FORBIDDEN, TYPE, INDEX) if key in given}
    if loose:
        made.append({**_rule(loose), **keys})
    if not made:
        raise NoEquivalentError("it says nothing of the columns")
    return made


def _rule(parts: Mapping[str, Node]) -> Keys:
    look.refuse_others(dict(parts), PARTS, "a schema check")
    columns: dict[str, object] = {}
    for name in look.texts(parts.get(REQUIRED), REQUIRED):
        columns[name] = "any"
    for name, kind in look.mapping(parts.get(TYPE), TYPE).items():
        ours = typenames.ours(look.text(kind, name))
        columns[name] = ours if name in columns else {"type": ours, "required": False}
    forbidden = [name.replace("%", "*") for name in look.texts(parts.get(FORBIDDEN), FORBIDDEN)]
    if not columns and not forbidden:
        raise NoEquivalentError("it says nothing of the columns")
    return rule_keys.schema(columns, forbidden=forbidden, allow_extra=True if columns else None)
