"""Metrics by name, `row_count` or `mean(amount)`, as SQL aggregates; and a dataset's profile, all of them at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, MetricName
from idqp_cli.core.text import clean
from idqp_cli.rules.columns import NotEvaluableError, resolve
from idqp_cli.rules.literals import NESTED, NOTHING, NUMBERS, TEXT

PROFILE = "profile"
ROW_COUNT, DUPLICATES = "row_count", "duplicate_share"
WRITTEN = re.compile(r"(\w+)\((.+)\)", re.DOTALL)
# Of so many texts, the same ones in every run, the words are counted.
WORDS_OF = 5_000

# {x} is the cell as text, {n} the finite number it stands for, {small} one whose square is finite too,
# {rows} the number of cells that are there.
OF_TEXT = {
    "completeness": "1 - {rows} / count(*)",
    "number_share": "count({n}) / nullif({rows}, 0)",
    "distinct_count": "count(DISTINCT {x})",
    "distinct_share": "count(DISTINCT {x}) / nullif({rows}, 0)",
    "mode_share": "list_max(map_values(histogram({x}))) / nullif({rows}, 0)",
    "mean_length": "avg(length({x}))",
    "stddev_length": "stddev_samp(length({x}))",
}
OF_NUMBERS = {
    "min": "min({n})", "max": "max({n})", "mean": "avg({n})", "median": "quantile_cont({n}, 0.5)",
    "sum": "sum({n})", "stddev": "stddev_samp({small})", "variance": "var_samp({small})",
}  # fmt: skip
# How the cells are written: shares of characters (all others are what is left of 1),
# and the growth of the vocabulary (Heaps' exponent).
OF_WRITING = {
    "digit_share": "avg(length(regexp_replace({x}, '[^0-9]', '', 'g')) / greatest(length({x}), 1))",
    "upper_share": "avg(length(regexp_replace({x}, '[^A-Z]', '', 'g')) / greatest(length({x}), 1))",
    "lower_share": "avg(length(regexp_replace({x}, '[^a-z]', '', 'g')) / greatest(length({x}), 1))",
    "space_share": "avg(length(regexp_replace({x}, '[^ ]', '', 'g')) / greatest(length({x}), 1))",
    "words": "avg(length({x}) - length(replace({x}, ' ', '')))",
    "distinct_growth": "ln(greatest(count(DISTINCT {x}), 1)) / greatest(ln(greatest({rows}, 1)), 1)",
    "word_growth": "ln(greatest(len(list_distinct({words})), 1)) / greatest(ln(greatest(len({words}), 1)), 1)",
    "evenness": "entropy({x}) / greatest(log2(greatest({rows}, 1)), 1)",
    "low": "quantile_cont({n}, 0.05)",
    "high": "quantile_cont({n}, 0.95)",
}
KNOWN = {**OF_TEXT, **OF_NUMBERS, **OF_WRITING}
PROFILED = (
    "completeness", "number_share", "mode_share", "mean_length", "stddev_length", "min", "max", "mean", "median",
    "stddev", *OF_WRITING,
)  # fmt: skip
# They are a value of the column, or are one where it has few rows.
OF_VALUES = frozenset({"min", "max", "mean", "median", "sum", "low", "high"})
BETWEEN_0_AND_1 = frozenset({"completeness", "distinct_growth", "word_growth", "evenness"})
SHARES = frozenset(name for name in KNOWN if name.endswith("_share")) | BETWEEN_0_AND_1


@frozen
class Metric:
    """A metric of a dataset: its name, and the column that it is of, None for one of the rows."""

    name: str
    column: str | None

    def __str__(self) -> str:
        return self.name if self.column is None else f"{self.name}({self.column})"

    @property
    def share(self) -> bool:
        """Whether it lies between 0 and 1."""
        return self.name in SHARES or self.name == DUPLICATES

    def reveals(self, hidden: Collection[str]) -> bool:
        """Tell whether it may be a value of one of the columns `hidden`, which are named in lower case."""
        return self.name in OF_VALUES and self.column is not None and self.column.casefold() in hidden

    @property
    def profiled(self) -> bool:
        """Whether it is part of a profile."""
        return self.column is None or self.name in PROFILED


def read(text: str) -> Metric | None:
    """Read a metric as it is written; None where there is none of this name."""
    if text in {ROW_COUNT, DUPLICATES}:
        return Metric(text, None)
    found = WRITTEN.fullmatch(text)
    return Metric(found[1], found[2]) if found is not None and found[1] in KNOWN else None


def profile(columns: tuple[Column, ...]) -> tuple[Metric, ...]:
    """Return the metrics that describe a dataset with these columns."""
    whole = [Metric(ROW_COUNT, None), Metric(DUPLICATES, None)]
    flat = [column for column in columns if not NESTED.fullmatch(column.type)]
    return (*whole, *(Metric(name, column.name) for column in flat for name in PROFILED))


def reach(profile: Mapping[str, Sequence[float | None]]) -> Mapping[str, float]:
    """Return the largest absolute number that each column of a profile had, as its least and largest values tell."""
    found: dict[str, float] = {}
    for name, values in profile.items():
        metric = read(name)
        if metric is not None and metric.name in {"min", "max"} and metric.column is not None:
            known = [abs(one) for one in values if one is not None]
            found[metric.column] = max([found.get(metric.column, 0.0), *known])
    return found


def refuse_unfit(metric: Metric, columns: tuple[Column, ...]) -> None:
    """Refuse a metric of numbers for a column of another type, of which it would never be known.

    Raises:
        NotEvaluableError: it is one, or there is no such column.

    """
    if metric.column is None or metric.name not in {*OF_NUMBERS, "low", "high"}:
        return
    (column,) = resolve((metric.column,), columns)
    numeric = (NUMBERS, TEXT)
    if not any(kind.fullmatch(column.type) for kind in numeric) and column.type not in {"BOOLEAN", NOTHING}:
        raise NotEvaluableError(f"{clean(column.name, 60)} is {clean(column.type, 60)}, not a number")


def aggregates(
    metrics: tuple[Metric, ...], columns: tuple[Column, ...], where: str | None = None
) -> Mapping[MetricName, str]:
    """Return SQL for the metrics, by name as it is written, over the rows that `where` holds for.

    Raises:
        NotEvaluableError: there is no such column.

    """
    return {str(metric): _aggregate(metric, columns, where) for metric in metrics}


def _aggregate(metric: Metric, columns: tuple[Column, ...], where: str | None) -> str:
    rows = "count(*)" if where is None else sql.count_where(where)
    if metric.name == ROW_COUNT:
        return rows
    if metric.name == DUPLICATES:
        cells = ", ".join(sql.as_text(column) for column in columns)
        row = f"hash({cells})" if where is None else f"CASE WHEN {where} THEN hash({cells}) END"
        return f"1 - count(DISTINCT {row}) / nullif({rows}, 0)"
    (column,) = resolve((metric.column or "",), columns)
    if NESTED.fullmatch(column.type):
        raise NotEvaluableError(f"{clean(column.name, 60)} is {clean(column.type, 60)}, which has no such metric")
    # A cell that does not parse is there, and its text is what tells of it.
    there = (
        sql.as_text(column)
        if column.text is not None
        else f"CASE WHEN {sql.present(column)} THEN {sql.as_text(column)} END"
    )
    cell = there if where is None else f"CASE WHEN {where} THEN {there} END"
    number = f"try_cast({cell} AS DOUBLE)"
    if column.type == "BOOLEAN" and column.text is None:
        number = f"CASE {cell} WHEN 'true' THEN 1.0 WHEN 'false' THEN 0.0 END::DOUBLE"
    finite = f"CASE WHEN isfinite({number}) THEN {number} END"
    small = f"CASE WHEN abs({number}) < 1e150 THEN {number} END"
    words = f"flatten(list_transform(arg_min({cell}, hash({cell}), {WORDS_OF}), lambda one: string_split(one, ' ')))"
    expression = KNOWN[metric.name].format(x=cell, n=finite, small=small, rows=f"count({cell})", words=words)
    return expression.replace("count(*)", rows)
