"""The checks of Pandera, by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.core.model import Scalar
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look, row_checks, rule_keys
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.regexes import Flavour
from idqp_cli.importing.values import Keys, NoEquivalentError

# The keys of a check in code: its condition as SQL, of which column it is one for all rows, and why there is none.
CONDITION, OF_ALL, GROUPS, UNTAKEN = "sql of code", "of all rows", "of groups", "not taken"
# That of one by which rows, or the cells of a column, are unique: the columns.
UNIQUE = "unique by"
Make = Callable[[], Iterable[Keys]]
ALIASES: Mapping[str, str] = {
    "greater_than": "gt", "greater_than_or_equal_to": "ge", "less_than": "lt", "less_than_or_equal_to": "le",
    "equal_to": "eq", "not_equal_to": "ne", "between": "in_range",
}  # fmt: skip
CHECKS = frozenset({
    "gt", "ge", "lt", "le", "eq", "ne", "in_range", "isin", "notin", "str_length", "str_matches", "str_contains",
    "str_startswith", "str_endswith", "unique_values_eq",
})  # fmt: skip
# What a check takes without its name.
FIRST: Mapping[str, tuple[str, ...]] = {
    "in_range": ("min_value", "max_value", "include_min", "include_max"), "between": ("min_value", "max_value"),
    "str_length": ("min_value", "max_value"), "isin": ("allowed_values",), "notin": ("forbidden_values",),
    "str_matches": ("pattern",), "str_contains": ("pattern",), "str_startswith": ("string",),
    "str_endswith": ("string",), "unique_values_eq": ("values",),
}  # fmt: skip
SIGNS: Mapping[str, str] = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "=", "ne": "!="}
VALUES = ("value", "min_value", "max_value", "allowed_values", "forbidden_values", "values", "pattern", "string")
KNOWN = frozenset({
    *VALUES, CONDITION, OF_ALL, GROUPS, UNTAKEN, UNIQUE, "include_min", "include_max", "exact_value", "ignore_na",
    "raise_warning", "error", "name", "title", "description", "options", "n_failure_cases", "element_wise",
    "statistics", "check_name", "check_kwargs",
})  # fmt: skip


def listed(node: Node | None) -> Iterator[tuple[str, Node]]:
    """Yield the checks with their names: of a mapping from a name to its value, or a list of mappings."""
    if node is None or node.value is None:
        return
    if isinstance(node.value, dict):
        for name, inner in node.value.items():
            yield name, inner
        return
    for item in look.items(node, "checks"):
        if isinstance(item.value, dict) and "check_name" in look.mapping(item.value.get("options"), "options"):
            yield look.text(look.mapping(item.value["options"], "options")["check_name"], "check_name"), item
        elif isinstance(item.value, dict) and len(item.value) == 1:
            name, inner = next(iter(item.value.items()))
            yield name, inner
        else:
            yield look.text(item, "a check") if not isinstance(item.value, (dict, tuple)) else "a check", item


def of_column(column: str, written: str, node: Node, dataset: str) -> Iterable[Keys]:
    """Return the rules that a check of a column of a dataset becomes.

    Raises:
        NoEquivalentError: it is not known, or is code.

    """
    name = ALIASES.get(written, written)
    given = _given(node)
    inner = look.mapping(given.get("options"), "options")
    if look.flag({**given, **inner}.get("ignore_na"), "ignore_na", default=True) or name in {"ne", "notin"}:
        return _of_column(column, written, node, dataset)
    return [_of_all_cells(made) for made in _of_column(column, written, node, dataset)]


def _of_all_cells(keys: Keys) -> Keys:
    """Return a rule in which a missing cell fails."""
    if keys["type"] == "expression":
        return {**keys, "expression": f"coalesce({keys['expression']}, false)"}
    if keys["type"] in {"query", "required_values"}:
        raise NoEquivalentError("ignore_na=False has no equivalent for it; completeness is for missing cells")
    return {**keys, "min_share": "100%", "of": "all"}


def _of_column(column: str, written: str, node: Node, dataset: str) -> Iterable[Keys]:
    name = ALIASES.get(written, written)
    given = _given(node)
    keys = _keys(given)
    if UNIQUE in given:
        return [rule_keys.rule("unique", column, nulls="compare", **keys)]
    if CONDITION in given:
        return _coded(given, dataset, keys)
    if name in SIGNS:
        return [_compared(column, name, _one(given, node), keys)]
    match name:
        case "in_range":
            return [_in_range(column, given, node, keys)]
        case "isin":
            return [row_checks.accepted(column, _values(given, node), **keys).keys]
        case "notin":
            return [row_checks.rejected(column, _values(given, node), **keys).keys]
        case "str_length":
            return [_length(column, given, node, keys)]
        case "str_matches":
            # As re.match: from the beginning.
            regex = _pattern(given, node)
            return [
                row_checks.pattern(
                    column,
                    [regex if regex.startswith("^") and "|" not in regex else f"^(?:{regex})"],
                    flavour=Flavour.PYTHON,
                    **keys,
                ).keys
            ]
        case "str_contains":
            return [row_checks.pattern(column, [_pattern(given, node)], flavour=Flavour.PYTHON, **keys).keys]
        case "str_startswith":
            return [row_checks.pattern(column, [f"^{re.escape(_pattern(given, node))}"], **keys).keys]
        case "str_endswith":
            return [row_checks.pattern(column, [f"{re.escape(_pattern(given, node))}$"], **keys).keys]
        case "unique_values_eq":
            values = _values(given, node)
            return [
                row_checks.accepted(column, values, **keys).keys,
                rule_keys.rule("required_values", column, values=values, **keys),
            ]
    raise NoEquivalentError(look.text(given[UNTAKEN], "code") if UNTAKEN in given else _why(written))


def of_table(written: str, node: Node, dataset: str) -> Iterable[Keys]:
    """Return the rules that a check of the whole table becomes; Pandera knows none that is not code."""
    given = _given(node)
    if UNIQUE in given:
        names = look.texts(given[UNIQUE], "the columns")
        kind, nulls = ("unique", "compare") if names else ("duplicates", None)
        return [rule_keys.rule(kind, names, nulls=nulls, **_keys(given))]
    if CONDITION in given:
        return _coded(given, dataset, _keys(given))
    if UNTAKEN in given:
        raise NoEquivalentError(look.text(given[UNTAKEN], "code"))
    raise NoEquivalentError(_why(written) if node is not None else "it is empty")


def _coded(given: Mapping[str, Node], dataset: str, keys: Mapping[str, object]) -> Iterable[Keys]:
    """Return the rule that a condition in code becomes: of each row, or of all of them."""
    condition = look.text(given[CONDITION], "the condition")
    if OF_ALL not in given:
        return [rule_keys.rule("expression", expression=condition, **keys)]
    column = look.text(given[OF_ALL], "the column")
    # Of a column Pandera leaves out what is missing.
    rows = f"{sql.identifier(column)} IS NOT NULL" if column else None
    groups = ", ".join(map(sql.identifier, look.texts(given.get(GROUPS), "groups")))
    if groups:
        present = " AND ".join(f"{sql.identifier(one)} IS NOT NULL" for one in look.texts(given[GROUPS], "groups"))
        inner = rule_keys.from_table(f"SELECT {groups}", dataset, present)
        return [
            rule_keys.rule("query", sql=f"{inner} GROUP BY {groups} HAVING NOT coalesce({condition}, false)", **keys)
        ]
    inner = rule_keys.from_table(f"SELECT {condition} AS holds", dataset, rows)
    return [rule_keys.rule("query", sql=f"SELECT * FROM ({inner}) WHERE NOT coalesce(holds, false)", **keys)]


def _why(name: str) -> str:
    return f"the check '{clean(name, 60)}' is code, or one of your own; code is not run"


def _given(node: Node) -> Mapping[str, Node]:
    given = look.mapping(node, "a check") if isinstance(node.value, dict) else {}
    look.refuse_others(given, tuple(KNOWN), "a check")
    return given


def _keys(given: Mapping[str, Node]) -> dict[str, object]:
    inner = look.mapping(given.get("options"), "options")
    look.refuse_others(inner, tuple(KNOWN), "the options of a check")
    options = {**given, **inner}
    keys: dict[str, object] = {}
    if look.flag(options.get("raise_warning"), "raise_warning"):
        keys["severity"] = "warning"
    for key in ("description", "error", "title"):
        told = given.get(key)
        if told is not None and isinstance(told.value, str) and told.value.strip():
            keys["description"] = told.value
            break
    return keys


def _one(given: Mapping[str, Node], node: Node) -> Node:
    """Return the value of a check that has one."""
    return next((given[key] for key in VALUES if key in given), node)


def _compared(column: str, name: str, value: Node, keys: Mapping[str, object]) -> Keys:
    word = look.value(value, name)
    if name in {"eq", "ne"} and (isinstance(word, (bool, str))):
        function = row_checks.accepted if name == "eq" else row_checks.rejected
        return function(column, [word], **keys).keys
    if isinstance(word, str) and not look.NUMBER.fullmatch(word):
        text = _moment(word)
        openness = (name == "gt", name == "lt")
        low, high = (text, None) if name in {"gt", "ge"} else (None, text)
        return rule_keys.rule("range", column, **intervals.text_bounds(low, high, openness), **keys)
    return row_checks.between(column, intervals.compared(SIGNS[name], look.number(value, name)), **keys).keys


def _moment(word: str) -> str:
    if not row_checks.ISO.fullmatch(word):
        raise NoEquivalentError(f"'{clean(word, 60)}' is neither a number nor a date")
    return word


def _in_range(column: str, given: Mapping[str, Node], node: Node, keys: Mapping[str, object]) -> Keys:
    low, high = (given.get(key) for key in ("min_value", "max_value"))
    if low is None and high is None:
        pair = look.items(node, "in_range") if not isinstance(node.value, dict) else ()
        if len(pair) != 2:
            raise NoEquivalentError("in_range needs two bounds")
        low, high = pair
    opens = tuple(not look.flag(given.get(key), key, default=True) for key in ("include_min", "include_max"))
    bounds = [_bound(bound) for bound in (low, high)]
    if any(isinstance(one, str) for one in bounds):
        return rule_keys.rule(
            "range", column, **intervals.text_bounds(bounds[0], bounds[1], (opens[0], opens[1])), **keys
        )
    numbers = [bound if isinstance(bound, Fraction) else None for bound in bounds]
    return row_checks.between(column, Allowed(numbers[0], numbers[1], opens[0], opens[1]), **keys).keys


def _bound(node: Node | None) -> Fraction | str | None:
    if node is None or node.value is None:
        return None
    written = look.text(node, "a bound")
    return look.fraction(written, "a bound") if look.NUMBER.fullmatch(written) else _moment(written)


def _values(given: Mapping[str, Node], node: Node) -> list[Scalar]:
    return look.values(_one(given, node), "the values")


def _pattern(given: Mapping[str, Node], node: Node) -> str:
    return look.text(_one(given, node), "the pattern")


def _length(column: str, given: Mapping[str, Node], node: Node, keys: Mapping[str, object]) -> Keys:
    if "exact_value" in given:
        exact = look.whole(given["exact_value"], "exact_value")
        return row_checks.length(column, exact, exact, **keys).keys
    pair: list[Node | None] = [given.get("min_value"), given.get("max_value")]
    if not isinstance(node.value, dict):
        pair = [*look.items(node, "str_length"), None, None][:2]
    low, high = (None if one is None or one.value is None else look.whole(one, "a length") for one in pair)
    if low is None and high is None:
        raise NoEquivalentError("str_length needs a bound")
    return row_checks.length(column, low, high, **keys).keys
