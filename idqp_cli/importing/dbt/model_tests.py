"""Tests of dbt that compare a model with another one."""

from __future__ import annotations

from collections.abc import Iterable

from idqp_cli.core import sql
from idqp_cli.importing import row_checks, rule_keys
from idqp_cli.importing.dbt.test import Test, bare
from idqp_cli.importing.expectations.expectation import Made
from idqp_cli.importing.values import NoEquivalentError


def relationships(test: Test) -> Iterable[Made]:
    """Return the rules that every value of a column is a value of a column of another model."""
    column, dataset, field = test.column(), test.model("to"), bare(test.text("field"))
    conditions = [test.text(key) for key in ("from_condition",) if key in test.given]
    keys = {**test.keys, "where": test.where_and(*conditions)} if conditions else test.keys
    if "to_condition" not in test.given:
        to = None if field == column else field
        return [
            row_checks.Failing(
                rule_keys.rule("references", column, dataset=dataset, to=to, **keys),
                _orphan(column, dataset, field),
                (column,),
            )
        ]
    orphan = _orphan(column, dataset, field, test.text("to_condition"))
    table = rule_keys.from_table("*", test.dataset, test.where_and(*conditions, orphan))
    return [rule_keys.rule("query", sql=f"SELECT {table}", **test.plain)]


def _orphan(column: str, dataset: str, field: str, condition: str | None = None) -> str:
    name, key = sql.identifier(column), sql.identifier(field)
    where = f"{key} IS NOT NULL" + (f" AND ({condition})" if condition else "")
    return f"{name} IS NOT NULL AND {name} NOT IN (SELECT {key} FROM {sql.identifier(dataset)} WHERE {where})"


def equal_row_counts(test: Test) -> Iterable[Made]:
    """Return the rules that two models have the same number of rows."""
    if any(
        key in test.given
        for key in ("group_by_columns", "group_by", "factor", "row_condition", "compare_row_condition")
    ):
        raise NoEquivalentError("equals compares whole numbers of rows")
    return [rule_keys.rule("row_count", equals=test.model("compare_model", "other_table_name"), **test.keys)]


def fewer_rows(test: Test) -> Iterable[Made]:
    """Return the rules that a model has fewer rows than another one."""
    if "group_by_columns" in test.given:
        raise NoEquivalentError("row counts of groups have no equivalent")
    own, other = sql.identifier(test.dataset), sql.identifier(test.model("compare_model"))
    where = f" WHERE {test.where}" if test.where else ""
    inner = f"(SELECT count(*) FROM {own}{where}) AS own, (SELECT count(*) FROM {other}) AS other"
    return [rule_keys.rule("query", sql=f"SELECT * FROM (SELECT {inner}) WHERE own >= other", **test.plain)]


def equality(test: Test) -> Iterable[Made]:
    """Return the rules that two models have the same rows."""
    if any(key in test.given for key in ("precision", "exclude_columns", "compare_model_columns")):
        raise NoEquivalentError("equality except for some columns or digits has no equivalent")
    columns = ", ".join(map(sql.identifier, test.texts("compare_columns"))) if "compare_columns" in test.given else "*"
    return [_apart(test, columns, test.model("compare_model"), columns)]


def cardinality(test: Test) -> Iterable[Made]:
    """Return the rules that the values of a column are as frequent as those of a column of another model."""
    own, other = sql.identifier(test.column()), sql.identifier(bare(test.text("field")))
    return [
        _apart(
            test, f"{own}, count(*)", test.model("to"), f"{other}, count(*)", f" GROUP BY {own}", f" GROUP BY {other}"
        )
    ]


def _apart(test: Test, columns: str, dataset: str, others: str, group: str = "", other_group: str = "") -> Made:
    own = f"SELECT {rule_keys.from_table(columns, test.dataset, test.where)}{group}"
    other = f"SELECT {others} FROM {sql.identifier(dataset)}{other_group}"
    return rule_keys.rule("query", sql=f"({own} EXCEPT {other}) UNION ALL ({other} EXCEPT {own})", **test.plain)
