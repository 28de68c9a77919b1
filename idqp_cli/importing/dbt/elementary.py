"""The tests of the package elementary that compare with a history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.core.text import clean
from idqp_cli.importing import rule_keys
from idqp_cli.importing.dbt.test import Test
from idqp_cli.importing.values import Keys, NoEquivalentError

METRICS: Mapping[str, str] = {
    "null_count": "completeness", "null_percent": "completeness", "average": "mean", "standard_deviation": "stddev",
    "variance": "variance", "min": "min", "max": "max", "sum": "sum", "average_length": "mean_length",
}  # fmt: skip
DIRECTIONS: Mapping[str, str | None] = {"both": None, "spike": "up", "drop": "down"}


def volume(test: Test) -> Iterable[Keys]:
    """Return the rule about the number of rows."""
    return [rule_keys.rule("anomaly", metric="row_count", **_keys(test))]


def dimensions(test: Test) -> Iterable[Keys]:
    """Return the rule about the number of rows with each value of a column."""
    names = test.texts("dimensions")
    if len(names) != 1:
        raise NoEquivalentError("segment_by takes one column")
    return [rule_keys.rule("anomaly", metric="row_count", segment_by=names[0], **_keys(test))]


def column(test: Test) -> Iterable[Keys]:
    """Return a rule for each of the metrics of a column."""
    if test.node("column_anomalies") is None:
        raise NoEquivalentError("it does not name its metrics; anomaly with metric: profile looks at all of them")
    asked = test.texts("column_anomalies")
    unknown = [one for one in asked if one not in METRICS]
    if unknown:
        told = ", ".join(clean(one, 40) for one in unknown[:5])
        raise NoEquivalentError(f"the rule type anomaly does not have {told}; list the other metrics without it")
    found = dict.fromkeys(METRICS[one] for one in asked)
    return [rule_keys.rule("anomaly", metric=f"{one}({test.column()})", **_keys(test)) for one in found]


def _keys(test: Test) -> dict[str, object]:
    keys = dict(test.keys)
    if "where_expression" in test.given:
        keys["where"] = test.where_and(test.text("where_expression"))
    if "anomaly_direction" in test.given:
        word = test.text("anomaly_direction").lower()
        if word not in DIRECTIONS:
            raise NoEquivalentError(f"the direction '{clean(word, 40)}' is not known")
        keys["direction"] = DIRECTIONS[word]
    return keys
