"""What every exporter asks of a rule: the condition on its failing rows, how many may fail, and how bad that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from idqp_cli.core import sql
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity
from idqp_cli.core.text import clean
from idqp_cli.importing import intervals, row_checks, rule_keys
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.values import NoEquivalentError
from idqp_cli.rules.rule import Rule
from idqp_cli.rules.shares import Count, Share

Owned = tuple[Dataset, Sequence[Rule]]
# The types of each family, where a tool takes a list of them.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "any integer": ("SMALLINT", "INTEGER", "BIGINT"), "any number": ("INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL"),
    "any text": ("VARCHAR", "UUID"), "any date": ("DATE", "TIMESTAMP", "TIMESTAMPTZ"),
}  # fmt: skip
# The words that others have for a family.
WORDS: Mapping[str, str] = {"any number": "numeric"}


@frozen
class Exported:
    """The text in the form of another tool, and a line for each rule that it cannot say."""

    text: str
    untaken: tuple[str, ...] = ()


@frozen
class Limit:
    """The most rows that may fail: a number of them, or a share; and how bad more are."""

    rows: int | None
    share: Fraction | None
    severity: Severity

    @property
    def none(self) -> bool:
        """Whether not one row may fail."""
        return self.rows == 0 or self.share == 0


class Leaving:
    """The rules that cannot be said, as lines."""

    def __init__(self) -> None:
        """Begin with none."""
        self.lines: list[str] = []

    def leave(self, dataset: str, rule: Rule, why: str) -> None:
        """Note a rule."""
        self.lines.append(f"{clean(dataset, 60)}: {clean(rule.name, 60)}: {clean(why, 200)}")


def own(rule: Rule) -> Any:  # noqa: ANN401 - its type is known by its name
    """Return the rule with the keys that are its type's own."""
    return rule


def type_name(written: str) -> str:
    """Return a type of a schema where one name stands for it.

    Raises:
        NoEquivalentError: it is a family of types without a name.

    """
    if written in FAMILIES and written not in WORDS:
        raise NoEquivalentError(f"the family of types '{written}' has no equivalent")
    return WORDS.get(written, written)


def refuse_divided(rule: Rule) -> None:
    """Refuse what none of the tools has.

    Raises:
        NoEquivalentError: the rule is judged for each segment.

    """
    if rule.segment_by is not None:
        raise NoEquivalentError("segment_by has no equivalent")
    if getattr(rule, "confidence", None) is not None:
        raise NoEquivalentError("confidence has no equivalent")


def limits(rule: Rule) -> list[Limit]:
    """Return how many rows may fail at each level, the most severe first; nothing where the rule has no such limit."""
    levels = getattr(rule, "levels", None)
    if levels is None or rule.type == "outliers":
        return []
    if getattr(rule, "of", "values") != "values" and getattr(rule, "min_share", None) is not None:
        raise NoEquivalentError("min_share of all rows has no equivalent")
    found = []
    for level in levels():
        severity = level.severity or rule.severity
        if isinstance(level.limit, Count):
            found.append(Limit(int(level.limit), None, severity))
        else:
            exact = level.limit.exact if isinstance(level.limit, Share) else Fraction(level.limit)
            found.append(Limit(None, exact, severity))
    return found


def bounds(rule: Rule) -> Allowed:
    """Return the numbers that `min`, `max` and `exclusive` allow.

    Raises:
        NoEquivalentError: they are not numbers.

    """
    low, high, exclusive = (getattr(rule, key, None) for key in ("min", "max", "exclusive"))
    if isinstance(low, str) or isinstance(high, str):
        raise NoEquivalentError("bounds that are not numbers have no equivalent")
    return Allowed(
        None if low is None else Fraction(str(low)),
        None if high is None else Fraction(str(high)),
        str(exclusive) in {"min", "both"},
        str(exclusive) in {"max", "both"},
    )


def failing(rule: Rule) -> Failing | None:
    """Return the condition on a failing row, as SQL, with the columns that have to have a value; None without one."""
    column = rule.columns[0] if rule.columns else ""
    match rule.type:
        case "completeness":
            return row_checks.missing(rule.columns)
        case "accepted_values":
            return row_checks.accepted(column, list(own(rule).values))
        case "rejected_values":
            return row_checks.rejected(column, list(own(rule).values))
        case "length":
            return row_checks.length(column, own(rule).min, own(rule).max)
        case "expression":
            return row_checks.holds(own(rule).expression)
        case "pattern":
            negate = bool(getattr(rule, "negate", False))
            regexes, likes = (list(getattr(rule, key, ()) or ()) for key in ("regex", "like"))
            if regexes and likes:
                return None
            return (
                row_checks.pattern(column, regexes, negate=negate)
                if regexes
                else row_checks.like(column, likes, negate=negate)
            )
        case "range":
            return _range(rule, column)
    return None


def _range(rule: Rule, column: str) -> Failing:
    low, high, exclusive = (getattr(rule, key, None) for key in ("min", "max", "exclusive"))
    if isinstance(low, str) or isinstance(high, str):
        openness = (str(exclusive) in {"min", "both"}, str(exclusive) in {"max", "both"})
        texts = [bound if isinstance(bound, str) else None for bound in (low, high)]
        return row_checks.between_texts(column, texts[0], texts[1], openness, of_sql=False)
    return row_checks.between(column, bounds(rule))


def failing_rows(rule: Rule, dataset: str) -> str:
    """Return the SELECT of the failing rows.

    Raises:
        NoEquivalentError: the rule has none.

    """
    if rule.type == "query" and getattr(rule, "min", None) is None and getattr(rule, "max", None) is None:
        return str(own(rule).sql).strip().rstrip(";")
    if rule.type == "unique":
        return repeated(rule, dataset)
    check = failing(rule)
    if check is None:
        raise NoEquivalentError("it has no equivalent")
    return f"SELECT {rule_keys.from_table('*', dataset, conditions(rule, check.condition))}"


def repeated(rule: Rule, dataset: str) -> str:
    """Return the SELECT of the keys that repeat."""
    names = [sql.identifier(name) for name in rule.columns]
    present = [] if str(getattr(rule, "nulls", "ignore")) == "compare" else [f"{name} IS NOT NULL" for name in names]
    where = conditions(rule, " AND ".join(present) or None)
    listed = ", ".join(names)
    return f"SELECT {rule_keys.from_table(listed, dataset, where)} GROUP BY {listed} HAVING count(*) > 1"


def conditions(rule: Rule, condition: str | None) -> str | None:
    """Return the `where` of a rule with another condition."""
    parts = [f"({text})" for text in (rule.where, condition) if text]
    return " AND ".join(parts) or None


def share_of(rule: Rule, dataset: str) -> str:
    """Return the SELECT of the percentage of failing rows, among those that the rule looks at.

    Raises:
        NoEquivalentError: the rule has no condition on a row.

    """
    check = failing(rule)
    if check is None or not check.condition:
        raise NoEquivalentError("a threshold as a share has no equivalent for it")
    present = ""
    if str(getattr(rule, "of", "values")) == "values" and rule.type != "completeness":
        present = " AND ".join(f"{sql.identifier(name)} IS NOT NULL" for name in check.columns)
    value = f"coalesce(100.0 * count_if({check.condition}) / nullif(count(*), 0), 0)"
    return f"SELECT {rule_keys.from_table(value, dataset, conditions(rule, present or None))}"


def number(value: Fraction) -> int | float:
    """Return a number as YAML and JSON have it."""
    return int(value) if value.denominator == 1 else float(value)


def written(value: Fraction) -> str:
    """Return a number as text, with all its digits."""
    return intervals.as_sql(value)


def seconds(rule: Rule) -> int:
    """Return the greatest age of a freshness rule, in whole seconds."""
    age: float = own(rule).max_age
    return math.floor(age)
