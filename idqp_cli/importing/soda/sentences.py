"""Checks of SodaCL that are sentences, like values in … must exist in …, and freshness(…) < 1d."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from idqp_cli.core import sql
from idqp_cli.core.model import Scalar
from idqp_cli.core.text import clean
from idqp_cli.importing import intervals, look, row_checks, rule_keys, tables
from idqp_cli.importing.soda.sodacl import Check
from idqp_cli.importing.values import Drafts, Keys, NoEquivalentError

REFERENCE = re.compile(
    r"values\s+in\s+\(?\s*(?P<own>[^()]+?)\s*\)?\s+must\s+(?P<no>not\s+)?exist\s+in\s+(?P<table>[^\s(]+)\s*\(?\s*"
    r"(?P<other>[^()]+?)\s*\)?",
    re.IGNORECASE,
)
SAME = re.compile(r"row_count\s+same\s+as\s+(?P<table>\S+)(?:\s+in\s+(?P<source>\S+))?", re.IGNORECASE)


LISTED = re.compile(r"values\s+in\s+\(?\s*(?P<own>[^()]+?)\s*\)?\s+must\s+be\s+in\s+\[(?P<values>.*)\]", re.IGNORECASE)
AGE = re.compile(r"\s*<=?\s*((?:\d+(?:\.\d+)?\s*(?:d|h|m|s|min|minutes?|hours?|days?|weeks?|w)\s*)+)", re.IGNORECASE)


PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
ANOMALY = re.compile(r"anomaly (?:detection|score) for (\w+)(?:\(\s*([^()]*?)\s*\))?(?:\s*<\s*default)?", re.IGNORECASE)


# The keys with an age; those with `threshold` are not of Soda, and their meaning is plain.
LIMITS: Mapping[str, Mapping[str, object]] = {
    "fail": {}, "warn": {"severity": "warning"}, "fail_threshold": {}, "warn_threshold": {"severity": "warning"},
}  # fmt: skip
# How Soda's own model is trained, and how sure it has to be; the rule has settings of its own.
ANOMALIES = ("severity_level_parameters", "severity_levels", "model", "training_dataset_parameters")
DIRECTIONS = {"upper": "up", "lower": "down"}
CHANGE = re.compile(r"change percent for row_count", re.IGNORECASE)
WATCHED = {
    "row_count": "row_count", "missing_percent": "completeness", "missing_count": "completeness", "avg": "mean",
    "min": "min", "max": "max", "sum": "sum", "stddev": "stddev", "variance": "variance",
    "distinct_count": "distinct_count", "avg_length": "mean_length",
}  # fmt: skip

HISTORY = "the rule type anomaly compares with all of the history"
NOW = "it counts from the time in a variable of Soda, and freshness from the time of the check"


def sentence(check: Check, drafts: Drafts) -> Iterable[Keys] | None:
    """Return the rules that a check becomes if it is a sentence, otherwise None.

    Raises:
        NoEquivalentError: it has no equivalent.

    """
    line = check.text
    for pattern, function in ((REFERENCE, _reference), (SAME, _same), (LISTED, _in_list)):
        if (match := pattern.fullmatch(line)) is not None:
            return function(check, match, drafts)
    if line.lower().startswith("freshness"):
        return _freshness(check)
    if line.lower().startswith("anomaly"):
        return _anomaly(check)
    if CHANGE.match(line):
        return _change(check)
    for words_, why in (
        ("change avg", f"it compares with the average of several earlier values; {HISTORY}"),
        ("change min", f"it compares with the smallest of several earlier values; {HISTORY}"),
        ("change max", f"it compares with the largest of several earlier values; {HISTORY}"),
        ("change same day", f"it compares with the value of another day; {HISTORY}"),
        ("change for row_count", f"row_count with change compares the share of rows by which it changes; {HISTORY}"),
        ("change", f"it compares with one earlier value of a metric; {HISTORY}"),
        (
            "distribution_difference",
            "it compares with bins in a file; idqp baseline save and the rule type drift do that",
        ),
        ("group evolution", "use segment_by on each rule"),
    ):
        if line.lower().startswith(words_):
            raise NoEquivalentError(why)
    return None


def _reference(check: Check, match: re.Match[str], drafts: Drafts) -> Iterable[Keys]:
    check.refuse_others()
    own, other = (_names(match[part]) for part in ("own", "other"))
    if len(own) != len(other):
        raise NoEquivalentError("the two sides have different numbers of columns")
    dataset = drafts.named(tables.last(match["table"])).name
    if match["no"]:
        key = ", ".join(map(sql.identifier, own))
        inner = ", ".join(map(sql.identifier, other))
        keys = f"({key})" if len(own) > 1 else key
        condition = f"{keys} IN (SELECT {inner} FROM {sql.identifier(dataset)})"
        where = f"{condition} AND ({check.where})" if check.where else condition
        return [
            rule_keys.rule("query", sql=f"SELECT * FROM {sql.identifier(check.dataset)} WHERE {where}", **check.plain)
        ]
    to = None if own == other else other[0] if len(other) == 1 else other
    return [rule_keys.rule("references", own, dataset=dataset, to=to, **check.keys)]


def _names(written: str) -> list[str]:
    return [part.strip().strip("\"`'") for part in written.split(",") if part.strip()]


def _same(check: Check, match: re.Match[str], drafts: Drafts) -> Iterable[Keys]:
    table, source = tables.last(match["table"]), match["source"]
    other = drafts.named(table).name
    if other == check.dataset and source is not None:
        # The table of the same name in another data source.
        other = drafts.of(f"{table}_{source}", key=f"{source}\0{table}").name
    if other == check.dataset:
        raise NoEquivalentError("it compares a table with itself")
    return [rule_keys.rule("row_count", equals=other, **check.keys)]


def _in_list(check: Check, match: re.Match[str], drafts: Drafts) -> Iterable[Keys]:  # noqa: ARG001
    (column,) = _names(match["own"])
    values: list[Scalar] = [part.strip().strip("\"'") for part in match["values"].split(",")]
    return [row_checks.accepted(column, values, **check.keys).keys]


def _freshness(check: Check) -> Iterable[Keys]:
    check.refuse_others(*LIMITS)
    if re.search(r"\(\s*[^(),]+,\s*\w|\swith\s", check.text, re.IGNORECASE):
        raise NoEquivalentError(NOW)
    line = re.sub(r"^freshness\s+using\s+(\S+)", r"freshness(\1)", check.text, flags=re.IGNORECASE)
    match = re.fullmatch(r"freshness\s*\(\s*([^(),]+?)\s*\)\s*(.*)", line, re.IGNORECASE)
    if match is None:
        raise NoEquivalentError("it is not a freshness check like freshness(updated_at) < 1d")
    column = match[1].strip("\"`'")
    made = []
    if match[2]:
        made.append(rule_keys.rule("freshness", column, max_age=_age(match[2]), **check.keys))
    for key, more in LIMITS.items():
        if key in check.given:
            written = re.sub(r"^(?:when\s*)?>=?", "<", look.text(check.given[key], key).strip(), flags=re.IGNORECASE)
            written = f"< {written}" if key.endswith("threshold") and not written.startswith("<") else written
            made.append(rule_keys.rule("freshness", column, max_age=_age(written), **check.keys, **more))
    if not made:
        raise NoEquivalentError("it has no bound like < 1d")
    return made


def _age(written: str) -> str:
    match = AGE.fullmatch(written)
    if match is None:
        raise NoEquivalentError(f"'{clean(written, 40)}' is not an age like < 1d or < 2h30m")
    units = {
        "minutes": "m",
        "minute": "m",
        "min": "m",
        "hour": "h",
        "hours": "h",
        "day": "d",
        "days": "d",
        "week": "w",
        "weeks": "w",
    }
    return "".join(number + units.get(unit, unit) for number, unit in PART.findall(match[1].lower()))


def _anomaly(check: Check) -> Iterable[Keys]:
    match = ANOMALY.fullmatch(check.text)
    if match is None or match[1].lower() not in WATCHED:
        raise NoEquivalentError("the rule type anomaly does not have this metric")
    metric = WATCHED[match[1].lower()]
    if (metric == "row_count") != (not match[2]):
        raise NoEquivalentError("the metric does not name its column")
    check.refuse_others(*ANOMALIES, "alert_directionality")
    name = metric if not match[2] else f"{metric}({_names(match[2])[0]})"
    told = check.given.get("alert_directionality")
    word = look.text(told, "alert_directionality").lower() if told is not None else ""
    direction = next((ours for theirs, ours in DIRECTIONS.items() if word.startswith(theirs)), None)
    return [rule_keys.rule("anomaly", metric=name, direction=direction, **check.keys)]


def _change(check: Check) -> Iterable[Keys]:
    ((allowed, more), *rest) = check.bounds()
    symmetric = allowed.low is not None and allowed.high is not None and -allowed.low == allowed.high
    if rest or allowed.outside or not symmetric or allowed.high is None or not 0 < allowed.high < 100:
        raise NoEquivalentError("row_count: {change: 10%} allows the same change up and down; write between -n and n")
    return [rule_keys.rule("row_count", change=intervals.percentage(allowed.high), **check.keys, **more)]
