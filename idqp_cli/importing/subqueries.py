"""Checks of rows whose filter has a SELECT in it: `where` takes an expression on the row, and a query takes any."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.importing import rule_keys, tables
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.row_checks import COMMON
from idqp_cli.importing.row_sql import as_text, breaks, is_missing, listed
from idqp_cli.importing.values import Import, Imported, Keys, NoEquivalentError, Taken, Untaken

SELECT = re.compile(r"\bselect\b", re.IGNORECASE)
TEXT = re.compile(r"'(?:[^']|'')*'")
SHARE = re.compile(r"(\d+(?:\.\d+)?)%")
ROWS = re.compile(r"\d+ rows?")
# What a rule may have beside its filter and its limit, by its type.
OWN: Mapping[str, frozenset[str]] = {
    "completeness": frozenset(), "accepted_values": frozenset({"values"}), "rejected_values": frozenset({"values"}),
    "range": frozenset({"min", "max", "exclusive"}), "length": frozenset({"min", "max"}),
    "pattern": frozenset({"regex", "like", "negate"}), "expression": frozenset({"expression"}),
    "unique": frozenset({"nulls"}), "references": frozenset({"dataset", "to"}),
    "row_count": frozenset({"min", "max", "exclusive"}),
}  # fmt: skip


def as_queries(found: Import) -> Import:
    """Return what was found, with queries for the rules whose filter has a SELECT in it."""
    return replace(found, datasets=tuple(_dataset(one) for one in found.datasets))


def _dataset(found: Imported) -> Imported:
    return replace(found, checks=tuple(_check(one, found.name) for one in found.checks))


def _check(check: Taken | Untaken, dataset: str) -> Taken | Untaken:
    if isinstance(check, Untaken):
        return check
    where = check.keys.get("where")
    if not isinstance(where, str) or not SELECT.search(TEXT.sub("", where)):
        return check
    try:
        made = _query(check.keys, where, dataset)
    except NoEquivalentError as error:
        return Untaken(check.what, check.where, str(error))
    return check if made is None else replace(check, keys=made)


def _query(keys: Keys, where: str, dataset: str) -> Keys | None:
    """Return the query of the rows that fail, or of their number; None of a rule that has none."""
    kind = str(keys["type"])
    beside = keys.keys() - {*COMMON, "type", "column", "columns", "where", "threshold", "of"}
    if kind not in OWN or not beside <= OWN[kind]:
        return None
    kept = {key: keys[key] for key in COMMON if key in keys}
    own = f"({where})"
    if kind == "row_count":
        bounds = {key: keys[key] for key in OWN[kind] if key in keys}
        return rule_keys.rule("query", sql=_select("count(*)", dataset, [own]), **bounds, **kept)
    names = _names(keys)
    if kind == "unique":
        return None if "threshold" in keys else _repeated(keys, names, own, dataset, kept)
    condition = CONDITIONS[kind](keys, names)
    if condition is None:
        return None
    limit = str(keys.get("threshold", "0 rows"))
    if ROWS.fullmatch(limit):
        more = {} if limit == "0 rows" else {"threshold": limit}
        return rule_keys.rule("query", sql=_select("*", dataset, [own, f"({condition})"]), **more, **kept)
    share = SHARE.fullmatch(limit)
    if share is None:
        return None
    # A share is of the rows with a value, unless it is of all.
    of_all = keys.get("of") == "all" or kind in {"completeness", "expression"}
    present = [] if of_all else [f"{sql.identifier(name)} IS NOT NULL" for name in names]
    value = f"coalesce(100.0 * count_if({condition}) / nullif(count(*), 0), 0)"
    most = Allowed(high=Fraction(share[1]))
    return rule_keys.number_of(_select(value, dataset, [own, *present]), most, **kept)


def _select(value: str, dataset: str, conditions: Iterable[str]) -> str:
    return tables.own(f"SELECT {rule_keys.from_table(value, dataset, ' AND '.join(conditions))}", dataset)


def _names(keys: Keys) -> list[str]:
    names = keys.get("columns", keys.get("column", ()))
    return [str(one) for one in names] if isinstance(names, (list, tuple)) else [str(names)]


def _repeated(keys: Keys, names: list[str], own: str, dataset: str, kept: Mapping[str, object]) -> Keys:
    present = [] if keys.get("nulls") else [f"{sql.identifier(name)} IS NOT NULL" for name in names]
    columns = ", ".join(map(sql.identifier, names))
    groups = f"{_select(columns, dataset, [own, *present])} GROUP BY {columns} HAVING count(*) > 1"
    return rule_keys.rule("query", sql=groups, **kept)


def _accepted(keys: Keys, names: list[str]) -> str | None:
    return breaks(listed(names[0], _values(keys)))


def _rejected(keys: Keys, names: list[str]) -> str | None:
    return f"coalesce({listed(names[0], _values(keys))}, false)"


def _values(keys: Keys) -> list[bool | int | float | str]:
    values = keys["values"]
    return list(values) if isinstance(values, (list, tuple)) else []


def _bounded(value: str, keys: Keys) -> str:
    open_ = str(keys.get("exclusive", ""))
    parts = []
    if "min" in keys:
        parts.append(f"{value} {'>' if open_ in {'min', 'both'} else '>='} {_bound(keys['min'])}")
    if "max" in keys:
        parts.append(f"{value} {'<' if open_ in {'max', 'both'} else '<='} {_bound(keys['max'])}")
    return breaks(" AND ".join(parts))


def _bound(value: object) -> str:
    return sql.literal(value) if isinstance(value, str) else str(value)


def _pattern(keys: Keys, names: list[str]) -> str | None:
    text, key = as_text(names[0]), "regex" if "regex" in keys else "like"
    given = keys[key]
    found = [str(one) for one in given] if isinstance(given, (list, tuple)) else [str(given)]
    each = (
        f"regexp_matches({text}, {sql.literal(one)})" if key == "regex" else f"{text} LIKE {sql.literal(one)}"
        for one in found
    )
    matched = " OR ".join(each)
    return f"coalesce({matched}, false)" if keys.get("negate") else breaks(matched)


def _references(keys: Keys, names: list[str]) -> str | None:
    if len(names) != 1:
        return None
    own, other = sql.identifier(names[0]), sql.identifier(str(keys.get("to", names[0])))
    table = sql.identifier(str(keys["dataset"]))
    return f"{own} IS NOT NULL AND {own} NOT IN (SELECT {other} FROM {table} WHERE {other} IS NOT NULL)"


CONDITIONS: Mapping[str, Callable[[Keys, list[str]], str | None]] = {
    "completeness": lambda _, names: is_missing(names),
    "accepted_values": _accepted,
    "rejected_values": _rejected,
    "range": lambda keys, names: _bounded(sql.identifier(names[0]), keys),
    "length": lambda keys, names: _bounded(f"length({as_text(names[0])})", keys),
    "pattern": _pattern,
    "expression": lambda keys, _: breaks(str(keys["expression"])),
    "references": _references,
}
