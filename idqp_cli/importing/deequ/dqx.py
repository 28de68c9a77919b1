"""The checks of Databricks DQX, in YAML and JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look, patterns, row_checks, rule_keys, tables
from idqp_cli.importing.deequ import spark_values
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.values import Drafts, Keys, NoEquivalentError, Where
from idqp_cli.importing.variables import dollars

Given = Mapping[str, Node]
# Others, as a time to compare with instead of now, would change the meaning.
ARGUMENTS = frozenset({
    "column", "columns", "col_name", "col_names", "trim_strings", "allowed", "forbidden", "min_limit", "max_limit",
    "limit", "value", "regex", "negate", "expression", "msg", "name", "query", "condition_column", "input_placeholder",
    "nulls_distinct", "ref_table", "ref_df_name", "ref_columns", "date_format", "timestamp_format", "offset",
    "max_age_minutes", "aggr_type", "group_by", "row_filter", "case_sensitive", "merge_columns",
})  # fmt: skip
OUTER = frozenset({
    "name", "criticality", "filter", "check", "run_config_name", "user_metadata", "table_name", "description",
    "rule_set_fingerprint", "rule_fingerprint", "created_at", "run_id", "message_expr", "id", "version",
})  # fmt: skip
INNER = frozenset({"function", "arguments", "for_each_column"})
AGGREGATES = {"avg": "mean", "min": "min", "max": "max", "sum": "sum", "count_distinct": "distinct_count"}


def is_checks(root: Node) -> bool:
    """Tell whether a document is a list of checks of DQX, or one."""
    given = root.value if isinstance(root.value, tuple) else (root,)
    return bool(given) and all(isinstance(one.value, dict) and "check" in one.value for one in given)


def read(root: Node, path: str, stem: str, variables: Mapping[str, str], drafts: Drafts) -> None:
    """Read checks; those that name no table are of the file's name."""
    for item in root.value if isinstance(root.value, tuple) else (root,):
        where = Where(path, item.mark)
        with drafts.guarded(where, "a check"):
            given = look.mapping(item, "a check")
            table = tables.last(look.text(given["table_name"], "table_name")) if "table_name" in given else stem
            draft = drafts.of(table)
            check = look.mapping(given.get("check"), "check")
            function = look.text(check.get("function"), "function")
            draft.unread.meet(path, "a check", given, OUTER)
            draft.unread.meet(path, "the function of a check", check, INNER)
            what = look.text(given["name"], "name") if "name" in given else function
            made = partial(_rules, function, given, check, draft.name, drafts, variables)
            draft.take(where, what, made)


def _rules(
    function: str, given: Given, check: Given, dataset: str, drafts: Drafts, variables: Mapping[str, str], /
) -> Iterable[Keys]:
    keys: dict[str, object] = {}
    if "name" in given:
        keys["name"] = look.text(given["name"], "name")
    if "filter" in given:
        keys["where"] = dollars(look.text(given["filter"], "filter"), variables, kept=True)
    if "criticality" in given and look.text(given["criticality"], "criticality") in {"warn", "warning"}:
        keys["severity"] = "warning"
    arguments = look.mapping(check.get("arguments"), "arguments")
    if "run_config_name" in given and look.text(given["run_config_name"], "run_config_name") != "default":
        keys["tags"] = [look.text(given["run_config_name"], "run_config_name")]
    for key in arguments:
        if key not in ARGUMENTS:
            raise NoEquivalentError(f"the argument '{clean(key, 40)}' is not known")
    if not look.flag(arguments.get("case_sensitive"), "case_sensitive", default=True):
        raise NoEquivalentError("values in any case have no equivalent; write an expression with lower(…)")
    if "row_filter" in arguments:
        more = dollars(look.text(arguments["row_filter"], "row_filter"), variables, kept=True)
        keys["where"] = f"({keys['where']}) AND ({more})" if "where" in keys else more
    listed = look.texts(check.get("for_each_column"), "for_each_column") or look.texts(
        arguments.get("col_names"), "col_names"
    )
    one = arguments.get("column") or arguments.get("col_name")
    names = listed or (
        [look.text(one, "column")] if one is not None else look.texts(arguments.get("columns"), "columns")
    )
    made = FUNCTIONS.get(function)
    if made is None:
        raise NoEquivalentError(f"the function '{clean(function, 40)}' has no equivalent")
    return made(Asked(names, arguments, keys, dataset, drafts))


@frozen
class Asked:
    """A check as it is asked for: the columns, the arguments, the keys of every rule, and the datasets."""

    names: list[str]
    given: Given
    keys: Mapping[str, object]
    dataset: str
    drafts: Drafts


Function = Callable[[Asked], Iterable[Keys]]


def _some(names: list[str]) -> list[str]:
    if not names:
        raise NoEquivalentError("it names no column")
    return names


def _not_null(asked: Asked) -> Iterable[Keys]:
    return [rule_keys.rule("completeness", name, **asked.keys) for name in _some(asked.names)]


def _not_empty(asked: Asked) -> Iterable[Keys]:
    trimmed = look.flag(asked.given.get("trim_strings"), "trim_strings")
    return [
        row_checks.pattern(name, ["[^ ]"], **asked.keys).keys
        if trimmed
        else row_checks.length(name, 1, None, **asked.keys).keys
        for name in _some(asked.names)
    ]


def _neither(asked: Asked) -> Iterable[Keys]:
    return [*_not_null(asked), *_not_empty(asked)]


def _in_list(asked: Asked) -> Iterable[Keys]:
    values = look.values(asked.given.get("allowed"), "allowed")
    return [row_checks.accepted(name, values, **asked.keys).keys for name in _some(asked.names)]


def _not_in_list(asked: Asked) -> Iterable[Keys]:
    values = look.values(asked.given.get("forbidden"), "forbidden")
    return [row_checks.rejected(name, values, **asked.keys).keys for name in _some(asked.names)]


def _there_and_in_list(asked: Asked) -> Iterable[Keys]:
    return [*_not_null(asked), *_in_list(asked)]


def _ranged(low: str | None, high: str | None, *, outside: bool = False) -> Function:
    def function(asked: Asked) -> Iterable[Keys]:
        keys = [key for key in (low, high) if key]
        if len(keys) == 2 and not outside and any(key in asked.given for key in keys):
            # One limit of a range says what is meant, though DQX asks for both.
            keys = [key for key in keys if key in asked.given]
        bounds = [look.text(asked.given.get(key), key) if key in keys else None for key in (low, high)]
        if all(bound is None or look.NUMBER.fullmatch(bound) for bound in bounds):
            numbers = [None if one is None else look.fraction(one, "a limit") for one in bounds]
            return [
                row_checks.between(name, Allowed(numbers[0], numbers[1], outside=outside), **asked.keys).keys
                for name in _some(asked.names)
            ]
        if outside:
            raise NoEquivalentError("limits that are not numbers have no equivalent")
        return [
            row_checks.between_texts(name, bounds[0], bounds[1], (False, False), of_sql=True, **asked.keys).keys
            for name in _some(asked.names)
        ]

    return function


def _equal(sign: str) -> Function:
    def function(asked: Asked) -> Iterable[Keys]:
        values = spark_values.constants(look.value(asked.given.get("value"), "value"))
        made = row_checks.accepted if sign == "=" else row_checks.rejected
        if values:
            return [made(name, values, **asked.keys).keys for name in _some(asked.names)]
        written = look.text(asked.given.get("value"), "value").strip()
        return [
            rule_keys.rule("expression", expression=f"{sql.identifier(name)} {sign} ({written})", **asked.keys)
            for name in _some(asked.names)
        ]

    return function


def _regex(asked: Asked) -> Iterable[Keys]:
    regex, negate = look.text(asked.given.get("regex"), "regex"), look.flag(asked.given.get("negate"), "negate")
    return [row_checks.pattern(name, [regex], negate=negate, **asked.keys).keys for name in _some(asked.names)]


def _expression(asked: Asked) -> Iterable[Keys]:
    expression = look.text(asked.given.get("expression"), "expression").strip()
    expression = f"NOT ({expression})" if look.flag(asked.given.get("negate"), "negate") else expression
    described = {"description": look.text(asked.given["msg"], "msg")} if "msg" in asked.given else {}
    return [rule_keys.rule("expression", expression=expression, **described, **asked.keys)]


def _query(asked: Asked) -> Iterable[Keys]:
    statement = look.text(asked.given.get("query"), "query").strip().rstrip(";")
    named = asked.given.get("input_placeholder")
    own = "" if named is None else look.text(named, "input_placeholder").strip("{} ")
    places = "|".join(map(re.escape, filter(None, ("input_view", "input", "table", own))))
    statement = re.sub(rf"\{{\{{?\s*(?:{places})\s*\}}?\}}", lambda _: sql.identifier(asked.dataset), statement)
    if "{{" in statement:
        raise NoEquivalentError("a template in the query is not filled")
    if "condition_column" not in asked.given and not re.search(r"\bcondition\b", statement, re.IGNORECASE):
        raise NoEquivalentError("its query returns no column 'condition', and it names no condition_column")
    condition = sql.identifier(
        look.text(asked.given["condition_column"], "condition_column")
        if "condition_column" in asked.given
        else "condition"
    )
    if look.flag(asked.given.get("negate"), "negate"):
        condition = f"NOT {condition}"
    kept = {key: value for key, value in asked.keys.items() if key != "where"}
    return [
        rule_keys.rule("query", sql=f"SELECT * FROM ({tables.own(statement, asked.dataset)}) WHERE {condition}", **kept)
    ]


def _unique(asked: Asked) -> Iterable[Keys]:
    distinct = look.flag(asked.given.get("nulls_distinct"), "nulls_distinct", default=True)
    return [rule_keys.rule("unique", _some(asked.names), nulls=None if distinct else "compare", **asked.keys)]


def _foreign(asked: Asked) -> Iterable[Keys]:
    if look.flag(asked.given.get("negate"), "negate"):
        raise NoEquivalentError("that no key is in another table has no rule but a query")
    # A DataFrame of the code that is named is a dataset of that name.
    key = "ref_df_name" if "ref_df_name" in asked.given and "ref_table" not in asked.given else "ref_table"
    other = asked.drafts.named(tables.last(look.text(asked.given.get(key), key))).name
    to = look.texts(asked.given.get("ref_columns"), "ref_columns")
    return [
        rule_keys.rule(
            "references", _some(asked.names), dataset=other, to=None if to == asked.names else to, **asked.keys
        )
    ]


def _formatted(form: str) -> Function:
    def function(asked: Asked) -> Iterable[Keys]:
        node = asked.given.get("date_format") or asked.given.get("timestamp_format")
        pattern = None if node is None else patterns.strptime(look.text(node, "the format"))
        keys_ = {"format": form} if pattern is None else {"strptime": pattern}
        return [rule_keys.rule("format", name, **keys_, **asked.keys) for name in _some(asked.names)]

    return function


def _not_future(asked: Asked) -> Iterable[Keys]:
    offset = look.whole(asked.given["offset"], "offset") if "offset" in asked.given else 0
    now = "current_timestamp" + (f" + INTERVAL {offset} SECOND" if offset else "")
    return [
        rule_keys.rule("expression", expression=f"{sql.identifier(name)} <= {now}", **asked.keys)
        for name in _some(asked.names)
    ]


def _fresh(asked: Asked) -> Iterable[Keys]:
    # Each row is looked at, not only the newest one.
    minutes = look.whole(asked.given.get("max_age_minutes"), "max_age_minutes")
    oldest = f"CAST(current_timestamp AS TIMESTAMP) - INTERVAL {minutes} MINUTE"
    return [
        rule_keys.rule("expression", expression=f"{sql.identifier(name)} >= {oldest}", **asked.keys)
        for name in _some(asked.names)
    ]


def _aggregate(sign: str) -> Function:
    def function(asked: Asked) -> Iterable[Keys]:
        kind = look.text(asked.given["aggr_type"], "aggr_type").lower() if "aggr_type" in asked.given else "count"
        allowed = intervals.compared(sign, look.number(asked.given.get("limit"), "limit"))
        groups = look.texts(asked.given.get("group_by"), "group_by")
        if len(groups) > 1:
            raise NoEquivalentError("segment_by takes one column")
        more = {"segment_by": groups[0]} if groups else {}
        if kind == "count":
            where = None if asked.keys.get("where") is None else str(asked.keys["where"])
            plain = {key: value for key, value in asked.keys.items() if key != "where"}
            return [rule_keys.row_count(allowed, asked.dataset, where, **plain, **more)]
        if kind not in AGGREGATES:
            raise NoEquivalentError(f"the aggregate '{clean(kind, 40)}' has no equivalent")
        return [
            rule_keys.statistic(name, AGGREGATES[kind], allowed, asked.dataset, **asked.keys, **more)
            for name in _some(asked.names)
        ]

    return function


FUNCTIONS: Mapping[str, Function] = {
    "is_not_null": _not_null, "is_not_empty": _not_empty, "is_not_null_and_not_empty": _neither, "is_in_list": _in_list,
    "value_is_in_list": _in_list, "is_not_in_list": _not_in_list, "is_not_null_and_is_in_list": _there_and_in_list,
    "value_is_not_null_and_is_in_list": _there_and_in_list, "is_in_range": _ranged("min_limit", "max_limit"),
    "is_not_in_range": _ranged("min_limit", "max_limit", outside=True), "is_not_less_than": _ranged("limit", None),
    "not_less_than": _ranged("limit", None), "is_not_greater_than": _ranged(None, "limit"),
    "not_greater_than": _ranged(None, "limit"), "is_equal_to": _equal("="), "is_not_equal_to": _equal("<>"),
    "regex_match": _regex, "sql_expression": _expression, "sql_query": _query, "is_unique": _unique,
    "foreign_key": _foreign, "is_valid_date": _formatted("date"), "is_valid_timestamp": _formatted("datetime"),
    "is_valid_json": _formatted("json"), "is_valid_ipv4_address": _formatted("ipv4"),
    "is_valid_ipv6_address": _formatted("ipv6"), "is_not_in_future": _not_future, "is_data_fresh": _fresh,
    "is_aggr_not_greater_than": _aggregate("<="), "is_aggr_not_less_than": _aggregate(">="),
    "is_aggr_equal": _aggregate("="), "is_aggr_not_equal": _aggregate("!="),
}  # fmt: skip
