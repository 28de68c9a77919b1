"""The checks of Databricks DQX, in YAML and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, tables
from idqp_cli.importing.deequ import dqx_cells, dqx_tables, dqx_times, spark_columns
from idqp_cli.importing.deequ.dqx_asked import Asked, Function, Given, Made
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.values import Draft, Drafts, Keys, NoEquivalentError, Where
from idqp_cli.importing.variables import dollars

# Others, as a time to compare with instead of now, would change the meaning.
ARGUMENTS = frozenset({
    "column", "columns", "col_name", "col_names", "trim_strings", "allowed", "forbidden", "min_limit", "max_limit",
    "limit", "value", "regex", "negate", "expression", "msg", "name", "query", "condition_column", "input_placeholder",
    "nulls_distinct", "ref_table", "ref_df_name", "ref_columns", "date_format", "timestamp_format", "offset",
    "max_age_minutes", "aggr_type", "group_by", "row_filter", "case_sensitive", "merge_columns", "aggr_params",
    "days", "column1", "column2", "curr_date", "curr_timestamp", "base_timestamp", "cidr_block", "keys", "require_all",
    "window_minutes", "min_records_per_window", "lookback_windows", "expected_schema", "strict", "exclude_columns",
    "check_missing_records", "abs_tolerance", "rel_tolerance",
})  # fmt: skip
OUTER = frozenset({
    "name", "criticality", "filter", "check", "run_config_name", "user_metadata", "table_name", "description",
    "rule_set_fingerprint", "rule_fingerprint", "created_at", "run_id", "message_expr", "id", "version",
})  # fmt: skip
INNER = frozenset({"function", "arguments", "for_each_column"})


def is_checks(root: Node) -> bool:
    """Tell whether a document is a list of checks of DQX, or one."""
    given = root.value if isinstance(root.value, tuple) else (root,)
    return bool(given) and all(isinstance(one.value, dict) and "check" in one.value for one in given)


def read(root: Node, path: str, stem: str, variables: Mapping[str, str], drafts: Drafts) -> None:
    """Read checks; those that name no table are of the file's name."""
    items = root.value if isinstance(root.value, tuple) else (root,)
    several = len({_run_config(item) for item in items}) > 1
    for item in items:
        where = Where(path, item.mark)
        with drafts.guarded(where, "a check"):
            given = look.mapping(item, "a check")
            # Checks of several run configurations are of several tables.
            named = given.get("table_name", given.get("run_config_name") if several else None)
            draft = drafts.of(stem if named is None else tables.last(look.text(named, "table_name")))
            draft.unread.meet(path, "a check", given, OUTER)
            one(draft, given, where, variables, drafts)


def one(draft: Draft, given: Given, where: Where, variables: Mapping[str, str], drafts: Drafts) -> None:
    """Take a check of a dataset."""
    check = look.mapping(given.get("check"), "check")
    function = look.text(check.get("function"), "function")
    draft.unread.meet(where.path, "the function of a check", check, INNER)
    what = look.text(given["name"], "name") if "name" in given else function
    draft.take(where, what, partial(_rules, function, given, check, draft.name, drafts, variables))


def _run_config(item: Node) -> object:
    named = item.value.get("run_config_name") if isinstance(item.value, dict) else None
    return None if named is None else named.value


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
    if function in dqx_tables.FUNCTIONS:
        return [_keys(one) for one in made(Asked(names, arguments, keys, dataset, drafts))]
    plain = [spark_columns.name_of(name) for name in names if spark_columns.is_name(name)]
    rules = [_keys(one) for one in made(Asked(plain, arguments, keys, dataset, drafts))] if plain or not names else []
    for expression in (name for name in names if not spark_columns.is_name(name)):
        checks = made(Asked([spark_columns.PLACE], arguments, keys, dataset, drafts))
        rules += [spark_columns.of_expression(one, expression) for one in checks]
    return rules


def _keys(made: Made) -> Keys:
    return made.keys if isinstance(made, Failing) else made


FUNCTIONS: Mapping[str, Function] = {**dqx_cells.FUNCTIONS, **dqx_times.FUNCTIONS, **dqx_tables.FUNCTIONS}
