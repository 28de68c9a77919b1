"""What each step of Pointblank becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from idqp_cli.core import sql
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look, row_checks, row_sql, rule_keys, typenames
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.pointblank import numbers, r_code
from idqp_cli.importing.pointblank.arguments import ARGUMENTS, KNOWN, REFUSED
from idqp_cli.importing.pointblank.asked import SIGNS, Asked, columns_of
from idqp_cli.importing.pointblank.levels import Given, Made, judged, levels, missing_passes
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.values import Keys, NoEquivalentError

SPECS = {
    "email": "email", "url": "url", "ipv4": "ipv4", "ipv6": "ipv6", "mac": "mac", "iban": "iban", "phone": "phone",
    "credit_card": "credit_card",
}  # fmt: skip
COLUMN = re.compile(r"\s*(?:pb\.)?col\(\s*['\"]([^'\"]+)['\"]\s*\)\s*")
EXPRESSION = re.compile(r"\s*(?:pb\.)?expr_col\(")
LAMBDA = re.compile(r"\blambda\b|\bpl\.|\bpd\.|\bnw\.")


def rules(kind: str, given: Given, thresholds: Node | None, dataset: str) -> Iterable[Keys]:
    """Return the rules that a step becomes.

    Raises:
        NoEquivalentError: it has no equivalent.

    """
    if kind in REFUSED:
        raise NoEquivalentError("code is not run" if kind != "tbl_match" else "it compares with a table in code")
    function = STEPS.get(kind)
    if function is None:
        raise NoEquivalentError("Pointblank has no such step")
    look.refuse_others(dict(given), (*KNOWN, *ARGUMENTS.get(kind, ())), "the step")
    for key in ("pre", "preconditions", "segments"):
        if key in given:
            raise NoEquivalentError(f"{key} is code, which is not run")
    keys = _keys(given)
    warn, fail, percent = levels(given.get("thresholds") or thresholds)
    if kind == "rows_complete" and "columns_subset" not in given and (warn is not None or fail is not None):
        raise NoEquivalentError("a share of the rows that are complete in all columns needs columns_subset")
    made: list[Keys] = []
    for check in function(Asked(kind, given, keys, dataset)):
        made += judged(check, warn, fail, dataset, passes=missing_passes(kind, given), percent=percent)
    return made


def _keys(given: Given) -> dict[str, object]:
    keys: dict[str, object] = {}
    brief = given.get("brief")
    if brief is not None and isinstance(brief.value, str) and brief.value.strip() and "{" not in brief.value:
        keys["description"] = brief.value
    if not look.flag(given.get("active"), "active", default=True):
        keys["enabled"] = False
    return keys


def _compared(asked: Asked) -> Iterable[Made]:
    node = asked.given.get("value")
    checks = []
    for column in columns_of(asked.given):
        written = look.text(node, "value")
        other = COLUMN.fullmatch(written)
        sign = SIGNS[asked.kind]
        if other is not None:
            condition = f"{sql.identifier(column)} {sign} {sql.identifier(other[1])}"
            checks.append(
                Failing(
                    rule_keys.rule("expression", expression=condition, **asked.keys),
                    row_sql.breaks(condition),
                    (column, other[1]),
                )
            )
        elif look.NUMBER.fullmatch(written) and not (node is not None and isinstance(node.value, str)):
            checks.append(
                row_checks.between(column, intervals.compared(sign, look.fraction(written, "value")), **asked.keys)
            )
        elif sign in {"=", "!="}:
            value = look.value(node, "value")
            checks.append((row_checks.accepted if sign == "=" else row_checks.rejected)(column, [value], **asked.keys))
        else:
            low, high = (written, None) if sign in {">", ">="} else (None, written)
            checks.append(
                row_checks.between_texts(column, low, high, (sign == ">", sign == "<"), of_sql=False, **asked.keys)
            )
    return checks


def _between(asked: Asked) -> Iterable[Made]:
    low, high = (look.text(asked.given.get(key), key) for key in ("left", "right"))
    inclusive = [look.flag(item, "inclusive") for item in look.items(asked.given.get("inclusive"), "inclusive")] or [
        True,
        True,
    ]
    opens = (not inclusive[0], not inclusive[-1])
    checks: list[Made] = []
    for column in columns_of(asked.given):
        if look.NUMBER.fullmatch(low) and look.NUMBER.fullmatch(high):
            allowed = Allowed(look.fraction(low, "left"), look.fraction(high, "right"), *opens)
            if asked.kind == "col_vals_outside":
                # The bounds that belong to the range are inside.
                allowed = Allowed(allowed.low, allowed.high, *opens, outside=True)
            checks.append(row_checks.between(column, allowed, **asked.keys))
        elif asked.kind == "col_vals_between" and row_checks.ISO.fullmatch(low) and row_checks.ISO.fullmatch(high):
            checks.append(row_checks.between_texts(column, low, high, opens, of_sql=False, **asked.keys))
        else:
            raise NoEquivalentError("bounds that are neither numbers nor dates have no equivalent")
    return checks


def _set(asked: Asked) -> Iterable[Made]:
    values = look.values(asked.given.get("set"), "set")
    function = row_checks.rejected if "not" in asked.kind else row_checks.accepted
    return [function(column, values, **asked.keys) for column in columns_of(asked.given)]


def _made_set(asked: Asked) -> Iterable[Made]:
    """All values of the set are there; of make_set no others are."""
    values = look.values(asked.given.get("set"), "set")
    for column in columns_of(asked.given):
        yield rule_keys.rule("required_values", column, values=values, **asked.keys)
        if asked.kind == "col_vals_make_set":
            yield row_checks.accepted(column, values, **asked.keys)


def _typed(asked: Asked) -> Iterable[Made]:
    kind = typenames.ours(r_code.TYPES[asked.kind])
    return [rule_keys.schema(dict.fromkeys(columns_of(asked.given), kind), allow_extra=True, **asked.keys)]


def _all_of(asked: Asked) -> Iterable[Made]:
    """Every condition is true of a row."""
    conditions = look.texts(asked.given.get("exprs"), "the conditions")
    return [row_checks.holds(f"coalesce({sql.both(*conditions)}, false)", **asked.keys)]


def _regex(asked: Asked) -> Iterable[Made]:
    regex, inverse = look.text(asked.given.get("pattern"), "pattern"), look.flag(asked.given.get("inverse"), "inverse")
    return [row_checks.pattern(column, [regex], negate=inverse, **asked.keys) for column in columns_of(asked.given)]


def _null(asked: Asked) -> Iterable[Made]:
    if asked.kind == "col_vals_not_null":
        return [row_checks.missing(column, **asked.keys) for column in columns_of(asked.given)]
    names = [sql.identifier(column) for column in columns_of(asked.given)]
    return [
        Failing(rule_keys.rule("expression", expression=f"{name} IS NULL", **asked.keys), f"{name} IS NOT NULL")
        for name in names
    ]


def _expr(asked: Asked) -> Iterable[Made]:
    expression = look.text(asked.given.get("expr"), "expr")
    if LAMBDA.search(expression) or EXPRESSION.match(expression):
        raise NoEquivalentError("an expression in code is not evaluated")
    # As there, a row for which it is NULL fails.
    return [row_checks.holds(f"coalesce({expression}, false)", **asked.keys)]


def _spec(asked: Asked) -> Iterable[Made]:
    word = look.text(asked.given.get("spec"), "spec").lower()
    country = re.fullmatch(r"postal_code\[(\w+)\]", word)
    if country is not None:
        form: Mapping[str, object] = {"format": "postal_code", "country": country[1].upper()}
    elif re.sub(r"\[\w+\]", "", word) in SPECS:
        form = {"format": SPECS[re.sub(r"\[\w+\]", "", word)]}
    else:
        raise NoEquivalentError(f"the specification '{clean(word, 40)}' has no equivalent")
    return [row_checks.formatted(column, form, **asked.keys) for column in columns_of(asked.given)]


def _ordered(asked: Asked) -> Iterable[Made]:
    if "decreasing_tol" in asked.given or "increasing_tol" in asked.given:
        raise NoEquivalentError("a tolerance for the order has no equivalent")
    order = "decreasing" if asked.kind.endswith("decreasing") else None
    strict = None if look.flag(asked.given.get("allow_stationary"), "allow_stationary") else True
    return [
        rule_keys.rule("sequence", column, order=order, strict=strict, **asked.keys)
        for column in columns_of(asked.given)
    ]


def _distinct(asked: Asked) -> Iterable[Made]:
    names = look.texts(asked.given.get("columns_subset"), "columns_subset")
    nulls = "compare" if names else None
    return [rule_keys.rule("unique" if names else "duplicates", names, nulls=nulls, **asked.keys)]


def _complete(asked: Asked) -> Iterable[Made]:
    names = look.texts(asked.given.get("columns_subset"), "columns_subset")
    if names:
        return [row_checks.missing(names, **asked.keys)]
    rows = f"SELECT * FROM {sql.identifier(asked.dataset)}"
    return [rule_keys.rule("query", sql=f"{rows} EXCEPT ALL {rows} WHERE COLUMNS(*) IS NOT NULL", **asked.keys)]


def _exists(asked: Asked) -> Iterable[Made]:
    return [rule_keys.schema(dict.fromkeys(columns_of(asked.given), "any"), allow_extra=True, **asked.keys)]


def _schema(asked: Asked) -> Iterable[Made]:
    told = look.mapping(asked.given.get("schema"), "schema")
    look.refuse_others(told, ("columns",), "the schema")
    for key in ("case_sensitive_colnames", "full_match_dtypes"):
        if not look.flag(asked.given.get(key), key, default=True):
            raise NoEquivalentError(f"{key}: false has no equivalent; names and types are compared as a whole")
    columns: dict[str, object] = {}
    for item in look.items(told.get("columns"), "columns"):
        if isinstance(item.value, dict):
            columns |= {name: typenames.any_of(look.texts(node, name)) for name, node in item.value.items()}
            continue
        parts = [one for part in look.items(item, "a column") for one in look.texts(part, "a column")]
        if not parts:
            raise NoEquivalentError("a column has no name")
        columns[parts[0]] = typenames.any_of(parts[1:]) if len(parts) > 1 else "any"
    complete = look.flag(asked.given.get("complete"), "complete", default=True)
    ordered = look.flag(asked.given.get("in_order"), "in_order", default=True)
    return [
        rule_keys.schema(
            columns, allow_extra=None if complete else True, ordered=True if ordered else None, **asked.keys
        )
    ]


Function = Callable[[Asked], Iterable[Made]]
STEPS: Mapping[str, Function] = {
    **dict.fromkeys(SIGNS, _compared), "col_vals_between": _between, "col_vals_outside": _between,
    "col_vals_in_set": _set, "col_vals_not_in_set": _set, "col_vals_regex": _regex, "col_vals_not_null": _null,
    "col_vals_null": _null, "col_vals_expr": _expr, "col_vals_within_spec": _spec, "col_vals_increasing": _ordered,
    "col_vals_decreasing": _ordered, "rows_distinct": _distinct, "rows_complete": _complete, "col_exists": _exists,
    "col_schema_match": _schema,
    "col_vals_make_set": _made_set, "col_vals_make_subset": _made_set,
    **dict.fromkeys(r_code.TYPES, _typed), "conjointly": _all_of,
    **numbers.STEPS,
}  # fmt: skip
