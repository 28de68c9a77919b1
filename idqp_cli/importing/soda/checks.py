"""What each kind of check of SodaCL becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.text import clean
from idqp_cli.importing import intervals, look, row_checks, row_sql, rule_keys, tables
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.soda import groups, schema
from idqp_cli.importing.soda.sentences import sentence
from idqp_cli.importing.soda.sodacl import MISSING, VALID, Check, columns_of, words
from idqp_cli.importing.soda.validity import NONE, invalid, together, validity
from idqp_cli.importing.values import Drafts, Keys, NoEquivalentError

STATISTICS = {
    "avg": "mean", "sum": "sum", "min": "min", "max": "max", "stddev": "stddev", "stddev_samp": "stddev",
    "variance": "variance", "var_samp": "variance", "distinct_count": "distinct_count",
}  # fmt: skip
AGGREGATES = {"stddev_pop": "stddev_pop", "var_pop": "var_pop"}
LENGTHS = {"avg_length": "avg", "min_length": "min", "max_length": "max"}

CONDITIONS = frozenset({"fail condition", "warn condition", "fail query", "warn query"})


def rules(check: Check, drafts: Drafts) -> Iterable[Keys]:
    """Return the rules that a check becomes.

    Raises:
        NoEquivalentError: it has no equivalent.

    """
    special = sentence(check, drafts)
    if special is not None:
        return special
    own = [
        key
        for key in check.given
        if key.lower() in {f"{check.metric} expression".lower(), f"{check.metric} query".lower()}
    ]
    if own:
        return _own_metric(check, own[0])
    function = METRICS.get(check.metric)
    if function is None and any(key.lower() in CONDITIONS for key in check.given):
        # Rows that fail, under another name.
        function = _failed_rows
    if function is None:
        raise NoEquivalentError(f"'{clean(check.metric, 60)}' is not a check of SodaCL")
    return function(check)


def _own_metric(check: Check, key: str) -> Iterable[Keys]:
    check.refuse_others(key)
    written = check.filled(check.given[key], key).strip().rstrip(";")
    if key.lower().endswith("expression"):
        select = rule_keys.from_table(written, check.dataset, check.where)
    else:
        select = tables.own(written, check.dataset)
        return [rule_keys.number_of(select, allowed, **check.plain, **more) for allowed, more in check.bounds()]
    return [rule_keys.number(select, allowed, **check.plain, **more) for allowed, more in check.bounds()]


def _rows(check: Check, failing: Failing, *, percent: bool) -> Iterable[Keys]:
    """Return the rules that limit failing rows, with the levels of the check."""
    percent = percent or (check.unit == "%" and check.allowed is not None)
    if check.warn is not None or check.fail is not None:
        return failing.levels(check.warn, check.fail, check.dataset, percent=percent)
    ((allowed, _),) = check.bounds()
    return [failing.within(allowed, check.dataset, percent=percent)]


def _missing(check: Check) -> Iterable[Keys]:
    check.refuse_others(*MISSING)
    column = columns_of(check)[0]
    stand_ins, regex = words(check.given)
    failing = row_checks.missing(column, **check.keys)
    if stand_ins or regex:
        condition = row_sql.is_missing([column], stand_ins, regex)
        failing = Failing(rule_keys.rule("expression", expression=f"NOT ({condition})", **check.keys), condition)
    return _rows(check, failing, percent="percent" in check.metric)


def _invalid(check: Check) -> Iterable[Keys]:
    check.refuse_others(*MISSING, *VALID)
    column, percent = columns_of(check)[0], "percent" in check.metric
    checks = invalid(check.given, column, check.keys, check.variables)
    if len(checks) > 1 and (check.warn is not None or check.fail is not None or check.allowed != Allowed(NONE, NONE)):
        checks = [together(checks, check.keys)]
    return [keys for one in checks for keys in _rows(check, one, percent=percent)]


def _valid(check: Check) -> Iterable[Keys]:
    check.refuse_others(*MISSING, *VALID)
    column = columns_of(check)[0]
    stand_ins, regex = words(check.given)
    missing = row_sql.is_missing([column], stand_ins, regex)
    wrong = [f"({one.condition})" for one in validity(check.given, column, check.keys, check.variables)]
    condition = f"NOT ({' OR '.join([missing, *wrong])})"
    value = f"count_if({condition})"
    if "percent" in check.metric:
        value = f"coalesce(100.0 * {value} / nullif(count(*), 0), 0)"
    select = rule_keys.from_table(value, check.dataset, check.where)
    return [rule_keys.number(select, allowed, **check.plain, **more) for allowed, more in check.bounds()]


def _none(allowed: Allowed, *, percent: bool) -> bool:
    """Tell whether not a single one is allowed."""
    below_one = not percent and allowed.high == 1 and allowed.high_open
    return allowed.limit and (allowed.high == 0 or below_one)


def _duplicates(check: Check) -> Iterable[Keys]:
    check.refuse_others()
    columns, made = columns_of(check), []
    for allowed, more in check.bounds():
        if _none(allowed, percent="percent" in check.metric):
            made.append(rule_keys.rule("unique", columns, **check.keys, **more))
            continue
        names = ", ".join(map(sql.identifier, columns))
        present = [f"{sql.identifier(column)} IS NOT NULL" for column in columns]
        where = " AND ".join([*present, *([f"({check.where})"] if check.where else [])])
        table = sql.identifier(check.dataset)
        repeated = f"(SELECT {names} FROM {table} WHERE {where} GROUP BY {names} HAVING count(*) > 1)"
        value = f"count(*) FROM {repeated}"
        if "percent" in check.metric:
            rows = rule_keys.from_table("count(*)", check.dataset, check.where)
            value = f"coalesce(100.0 * (SELECT {value}) / nullif((SELECT {rows}), 0), 0)"
        made.append(rule_keys.number(value, allowed, **check.plain, **more))
    return made


def _row_count(check: Check) -> Iterable[Keys]:
    check.refuse_others()
    return [
        rule_keys.row_count(allowed, check.dataset, check.where, **check.plain, **more)
        for allowed, more in check.bounds()
    ]


def _statistic(check: Check) -> Iterable[Keys]:
    check.refuse_others()
    column, made = check.column(), []
    for allowed, more in check.bounds():
        low_alone = allowed.high is None and not allowed.outside
        high_alone = allowed.low is None and not allowed.outside
        if (check.metric == "min" and low_alone) or (check.metric == "max" and high_alone):
            made.append(row_checks.between(column, allowed, **check.keys, **more).keys)
        else:
            made.append(
                rule_keys.statistic(column, STATISTICS[check.metric], allowed, check.dataset, **check.keys, **more)
            )
    return made


def _percentile(check: Check) -> Iterable[Keys]:
    check.refuse_others()
    if len(check.arguments) != 2:
        raise NoEquivalentError("it is not a percentile like percentile(a, 0.95)")
    share = look.fraction(check.arguments[1], "the percentile")
    made = []
    for allowed, more in check.bounds():
        if allowed.outside:
            raise NoEquivalentError("a quantile must lie in a range")
        bounds = {**allowed.bounds(), "q": intervals.as_number(share)}
        made.append(
            rule_keys.rule("statistic", check.arguments[0], statistic="quantile", **bounds, **check.keys, **more)
        )
    return made


def _aggregate(check: Check) -> Iterable[Keys]:
    check.refuse_others()
    name = sql.identifier(check.column())
    text = row_sql.as_text(check.column())
    value = (
        f"{LENGTHS[check.metric]}(length({text}))" if check.metric in LENGTHS else f"{AGGREGATES[check.metric]}({name})"
    )
    select = rule_keys.from_table(value, check.dataset, check.where)
    return [rule_keys.number(select, allowed, **check.plain, **more) for allowed, more in check.bounds()]


def _failed_rows(check: Check) -> Iterable[Keys]:
    conditions = [key for key in check.given if key.lower() in {"fail condition", "warn condition"}]
    queries = [key for key in check.given if key.lower() in {"fail query", "warn query"}]
    check.refuse_others(*conditions, *queries)
    made: list[Keys] = []
    for key in [*conditions, *queries]:
        written = check.filled(check.given[key], key).strip().rstrip(";")
        more = {"severity": "warning"} if key.lower().startswith("warn") else {}
        if key in queries:
            if "filter" in check.given:
                raise NoEquivalentError("a filter cannot be combined with a query")
            # The filter of its block is not of a query, which has its own conditions.
            query = tables.own(written, check.dataset)
            made += [
                rule_keys.rule("query", sql=query, threshold=limit, **{**check.plain, **level, **more})
                for limit, level in _query_levels(check)
            ]
        elif (look_up := re.search(r"\bselect\b", written, re.IGNORECASE)) is not None and look_up:
            where = f"({tables.own(written, check.dataset)})" + (f" AND ({check.where})" if check.where else "")
            made.append(
                rule_keys.rule(
                    "query", sql=f"SELECT * FROM {sql.identifier(check.dataset)} WHERE {where}", **check.plain, **more
                )
            )
        else:
            failing_rows = Failing(
                rule_keys.rule("expression", expression=f"NOT ({written})", **check.keys, **more),
                f"coalesce({written}, false)",
            )
            levels = check.warn is not None or check.fail is not None
            made += failing_rows.levels(check.warn, check.fail, check.dataset) if levels else [failing_rows.keys]
    if not made:
        raise NoEquivalentError("it has neither a fail condition nor a fail query")
    return made


def _query_levels(check: Check) -> list[tuple[int | None, Keys]]:
    """Return how many rows a query may have, with the severity of a rule that has more: for each level that is said."""
    said: list[tuple[Allowed | None, Keys]] = [(check.fail, {}), (check.warn, {"severity": "warning"})]
    return [(_query_limit(allowed), level) for allowed, level in said if allowed is not None] or [(None, {})]


def _query_limit(allowed: Allowed | None) -> int | None:
    if allowed is None:
        return None
    if not allowed.limit or allowed.high is None:
        raise NoEquivalentError("the number of rows of a query can only have an upper limit")
    limit = row_checks.Failing({}, "").limit(allowed)
    return int(str(limit).split()[0]) or None


def _schema(check: Check) -> Iterable[Keys]:
    check.refuse_others("warn", "fail", *schema.PARTS, schema.INDEX)
    return schema.rules(check.given, check.plain)


METRICS: Mapping[str, Callable[[Check], Iterable[Keys]]] = {
    "missing_count": _missing, "missing_percent": _missing, "missing_percentage": _missing,
    "invalid_count": _invalid, "invalid_percent": _invalid, "invalid_percentage": _invalid,
    "valid_count": _valid, "valid_percent": _valid,
    "duplicate_count": _duplicates, "duplicate_percent": _duplicates,
    "row_count": _row_count, "percentile": _percentile, "failed rows": _failed_rows, "schema": _schema,
    "group by": groups.rules,
    **dict.fromkeys(STATISTICS, _statistic), **dict.fromkeys((*AGGREGATES, *LENGTHS), _aggregate),
}  # fmt: skip
INVENTED: Sequence[str] = ("missing_percentage", "invalid_percentage")
