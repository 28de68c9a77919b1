"""What each step of Pointblank becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from idqp_cli.core import sql
from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look, row_checks, row_sql, rule_keys
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.pointblank import coded, numbers, parts, selectors
from idqp_cli.importing.pointblank import columns as columns_steps
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
# A value that the code computes, in SQL.
COMPUTED = re.compile(r"sql\(.*\)", re.DOTALL)
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
    warn, fail, percent = levels(given.get("thresholds") or thresholds)
    passes = missing_passes(kind, given)
    named, chosen = _selected(kind, given)
    made: list[Keys] = []
    for part in parts.of(kind, given):
        for check in function(Asked(kind, named, {**_keys(given), **part}, dataset)):
            if chosen is not None:
                of_rows = kind == "rows_complete"
                made += selectors.rules(check, chosen, (warn, fail, percent), dataset, passes=passes, of_rows=of_rows)
            else:
                made += judged(check, warn, fail, dataset, passes=passes, percent=percent)
    return made


def _selected(kind: str, given: Given) -> tuple[Given, str | None]:
    """Return a step with a name in the place of the columns that it selects, and the SQL of these."""
    if kind == "rows_complete" and "columns_subset" not in given:
        return {**given, "columns_subset": _place(None)}, "COLUMNS(*)"
    for key in ("columns", "column"):
        chosen = selectors.of(given.get(key))
        if chosen is not None:
            return {**given, key: _place(given[key])}, chosen
    return given, None


def _place(node: Node | None) -> Node:
    return Node(selectors.PLACE, Mark(1, 1) if node is None else node.mark, {}, selectors.PLACE)


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
        other, computed = COLUMN.fullmatch(written), COMPUTED.fullmatch(written)
        sign = SIGNS[asked.kind]
        if other is not None or computed is not None:
            bound = sql.identifier(other[1]) if other is not None else written.removeprefix("sql")
            condition = f"{sql.identifier(column)} {sign} {bound}"
            made = rule_keys.rule("expression", expression=condition, **asked.keys)
            columns = (column,) if other is None else (column, other[1])
            checks.append(Failing(made, row_sql.breaks(condition), columns))
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
    others = [COLUMN.fullmatch(one) or COMPUTED.fullmatch(one) for one in (low, high)]
    inclusive = [look.flag(item, "inclusive") for item in look.items(asked.given.get("inclusive"), "inclusive")] or [
        True,
        True,
    ]
    opens = (not inclusive[0], not inclusive[-1])
    checks: list[Made] = []
    for column in columns_of(asked.given):
        if any(others) or (asked.kind == "col_vals_outside" and all(map(row_checks.ISO.fullmatch, (low, high)))):
            checks.append(_among(asked, column, opens))
        elif look.NUMBER.fullmatch(low) and look.NUMBER.fullmatch(high):
            allowed = Allowed(look.fraction(low, "left"), look.fraction(high, "right"), *opens)
            if asked.kind == "col_vals_outside":
                # The bounds that belong to the range are inside.
                allowed = Allowed(allowed.low, allowed.high, *opens, outside=True)
            checks.append(row_checks.between(column, allowed, **asked.keys))
        elif asked.kind == "col_vals_between" and row_checks.ISO.fullmatch(low) and row_checks.ISO.fullmatch(high):
            checks.append(row_checks.between_texts(column, low, high, opens, of_sql=False, **asked.keys))
        else:
            raise NoEquivalentError("bounds that are neither numbers, dates nor columns have no equivalent")
    return checks


def _among(asked: Asked, column: str, opens: tuple[bool, bool]) -> Failing:
    """Return the check of a range whose bounds are other columns or, of what is outside of it, dates."""
    name, columns, parts_ = sql.identifier(column), [column], []
    for key, sign in (("left", ">" if opens[0] else ">="), ("right", "<" if opens[1] else "<=")):
        written = look.text(asked.given.get(key), key)
        other = COLUMN.fullmatch(written)
        columns += [other[1]] if other is not None else []
        number = look.NUMBER.fullmatch(written)
        if COMPUTED.fullmatch(written):
            parts_.append(f"{name} {sign} {written.removeprefix('sql')}")
            continue
        if other is None and not number and not row_checks.ISO.fullmatch(written):
            raise NoEquivalentError("bounds that are neither numbers, dates nor columns have no equivalent")
        bound = sql.identifier(other[1]) if other is not None else written if number else sql.literal(written)
        parts_.append(f"{name} {sign} {bound}")
    inside = " AND ".join(parts_)
    condition = f"NOT ({inside})" if asked.kind == "col_vals_outside" else inside
    made = rule_keys.rule("expression", expression=condition, **asked.keys)
    return Failing(made, row_sql.breaks(condition), tuple(columns))


def _special(asked: Asked) -> Iterable[Made]:
    """Return the rule of a function of the table that says yes or no: of all rows, or of each."""
    expression = look.text(asked.given.get("expr"), "expr")
    if coded.OF_ALL not in asked.given:
        return [row_checks.holds(f"coalesce({expression}, false)", **asked.keys)]
    inner = rule_keys.from_table(f"SELECT {expression} AS holds", asked.dataset, asked.where)
    return [rule_keys.rule("query", sql=f"SELECT * FROM ({inner}) WHERE NOT coalesce(holds, false)", **asked.plain)]


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


def _all_of(asked: Asked) -> Iterable[Made]:
    """Every condition is true of a row."""
    conditions = [
        coded.condition(coded.parsed(one), {}).text if LAMBDA.search(one) or EXPRESSION.match(one) else one
        for one in look.texts(asked.given.get("exprs"), "the conditions")
    ]
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
        expression = coded.condition(coded.parsed(expression), {}).text
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
    return [row_checks.missing(look.texts(asked.given.get("columns_subset"), "columns_subset"), **asked.keys)]


Function = Callable[[Asked], Iterable[Made]]
STEPS: Mapping[str, Function] = {
    **dict.fromkeys(SIGNS, _compared), "col_vals_between": _between, "col_vals_outside": _between,
    "col_vals_in_set": _set, "col_vals_not_in_set": _set, "col_vals_regex": _regex, "col_vals_not_null": _null,
    "col_vals_null": _null, "col_vals_expr": _expr, "col_vals_within_spec": _spec, "col_vals_increasing": _ordered,
    "col_vals_decreasing": _ordered, "rows_distinct": _distinct, "rows_complete": _complete,
    "col_vals_make_set": _made_set, "col_vals_make_subset": _made_set,
    "conjointly": _all_of,
    "specially": _special, **columns_steps.STEPS, **numbers.STEPS,
}  # fmt: skip
