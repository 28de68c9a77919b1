"""The steps of Pointblank about columns: that they are there, and of their types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from idqp_cli.importing import look, rule_keys, typenames
from idqp_cli.importing.pointblank import r_code
from idqp_cli.importing.pointblank.asked import Asked, columns_of
from idqp_cli.importing.pointblank.levels import Made
from idqp_cli.importing.values import NoEquivalentError


def _typed(asked: Asked) -> Iterable[Made]:
    kind = typenames.ours(r_code.TYPES[asked.kind])
    return [rule_keys.schema(dict.fromkeys(columns_of(asked.given), kind), allow_extra=True, **asked.keys)]


def _exists(asked: Asked) -> Iterable[Made]:
    return [rule_keys.schema(dict.fromkeys(columns_of(asked.given), "any"), allow_extra=True, **asked.keys)]


def _schema(asked: Asked) -> Iterable[Made]:
    told = look.mapping(asked.given.get("schema"), "schema")
    look.refuse_others(told, ("columns",), "the schema")
    if not look.flag(asked.given.get("full_match_dtypes"), "full_match_dtypes", default=True):
        raise NoEquivalentError("full_match_dtypes: false has no equivalent; types are compared as a whole")
    named: list[tuple[str, list[str]]] = []
    for item in look.items(told.get("columns"), "columns"):
        if isinstance(item.value, dict):
            named += [(name, look.texts(node, name)) for name, node in item.value.items()]
            continue
        words = [one for part in look.items(item, "a column") for one in look.texts(part, "a column")]
        if not words:
            raise NoEquivalentError("a column has no name")
        named.append((words[0], words[1:]))
    columns, remarks = _types(named)
    keys = {**asked.keys, **({"description": "; ".join(remarks)} if remarks else {})}
    complete = look.flag(asked.given.get("complete"), "complete", default=True)
    ordered = look.flag(asked.given.get("in_order"), "in_order", default=True)
    return [
        rule_keys.schema(columns, allow_extra=None if complete else True, ordered=True if ordered else None, **keys)
    ]


def _types(named: Iterable[tuple[str, list[str]]]) -> tuple[dict[str, object], list[str]]:
    """Return the types of columns, and a line for each that may be of types which no family has."""
    columns: dict[str, object] = {}
    remarks = []
    for name, words in named:
        try:
            columns[name] = typenames.any_of(words) if words else "any"
        except NoEquivalentError:
            if len(words) < 2:
                raise
            columns[name] = "any"
            remarks.append(f"the type of {name} is not checked; it may be {' or '.join(words)}")
    return columns, remarks


STEPS: Mapping[str, Callable[[Asked], Iterable[Made]]] = {
    "col_exists": _exists, "col_schema_match": _schema, **dict.fromkeys(r_code.TYPES, _typed),
}  # fmt: skip
