"""A profile as plain values: what all of its formats show; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Sample, Scalar, Status, Verdict
from idqp_cli.core.text import clean, quantity
from idqp_cli.report.json import as_values
from idqp_cli.suggest.candidates.dependencies import determines
from idqp_cli.suggest.candidates.keys import is_key
from idqp_cli.suggest.judge import Suggestion
from idqp_cli.suggest.profile import ColumnProfile, Kind, Pair, Profile

BINS = 20
MOST_VALUES, MOST_SHAPES = 5, 4


@frozen
class Finding:
    """Rows that fail a rule: its name, how many they are, of how many, what speaks for the rule, and the first ones."""

    rule: str
    failed: int
    evaluated: int | None
    why: str
    rows: tuple[Sample, ...] = ()


@frozen
class Shown:
    """What a profile shows of a dataset.

    `reading` says how it was read: of what, as what, and why. `depends` are pairs of columns of
    which the first determines the second; `equal` pairs with the same cells.
    """

    dataset: str
    source: str
    profile: Profile
    reading: tuple[tuple[str, str, str], ...]
    findings: tuple[Finding, ...]
    formats: dict[str, str]
    keys: tuple[tuple[str, ...], ...]
    depends: tuple[Pair, ...]


def shown(
    dataset: str,
    source: str,
    profile: Profile,
    reading: Sequence[tuple[str, str, str]],
    suggestions: Sequence[Suggestion],
    own: Mapping[str, Verdict],
    rows: Mapping[str, tuple[Sample, ...]],
) -> Shown:
    """Put together what is shown of a dataset, the findings worst first."""
    findings = [
        Finding(one.rule.name, one.failed, one.evaluated, one.why, rows.get(one.rule.name, ()))
        for one in suggestions
        if one.finding
    ]
    findings.sort(key=lambda one: -one.failed)
    failed = [(name, one) for name, one in own.items() if one.status is Status.FAILED]
    wrong = [
        Finding(name, one.rows_failed or 0, one.rows_evaluated, one.message, rows.get(name, ())) for name, one in failed
    ]
    formats = {
        one.rule.columns[0]: str(getattr(one.rule, "format", None) or "")
        for one in suggestions
        if one.rule.type == "format"
    }
    single: tuple[tuple[str, ...], ...] = tuple((one.name,) for one in profile.columns if one.exact and is_key(one))
    keys = single or tuple(one.columns for one in profile.keys[:3])
    return Shown(
        dataset=dataset,
        source=source,
        profile=profile,
        reading=tuple(reading),
        findings=(*wrong, *findings),
        formats={name: form for name, form in formats.items() if form},
        keys=keys,
        depends=tuple(pair for pair in profile.pairs if determines(pair)),
    )


def summary(column: ColumnProfile) -> tuple[Scalar, ...]:
    """Return the least value, the quartiles and the greatest of numbers or times; none of other columns."""
    if column.low is None or column.high is None or not column.quartiles:
        return ()
    if column.kind is Kind.TIME:
        return (column.low, *map(_moment, column.quartiles), column.high)
    return (column.low, *column.quartiles, column.high)


def value(one: object) -> str:
    """Return a value as it is shown: a number with marks between its thousands, and a text cut where it is long."""
    return quantity(one) if isinstance(one, (int, float)) and not isinstance(one, bool) else clean(one, 40)


def _moment(seconds: float) -> str:
    try:
        found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return str(seconds)
    return found.date().isoformat() if seconds % 86_400 == 0 else found.replace(tzinfo=None).isoformat(" ", "seconds")


def plain(one: Shown) -> dict[str, object]:
    """Return all that is shown, for programs."""
    return {
        "dataset": one.dataset,
        "source": one.source,
        "rows": one.profile.rows,
        "rows_looked_at": one.profile.sampled,
        "reading": [{"of": of, "as": decided, "why": why} for of, decided, why in one.reading],
        "columns": [_column(column, one.formats.get(column.name)) for column in one.profile.columns],
        "keys": [list(key) for key in one.keys],
        "dependencies": [
            {"column": pair.second, "depends_on": pair.first, "rows": pair.rows, "rows_that_differ": pair.others}
            for pair in one.depends
        ],
        "equal_columns": [list(pair) for pair in one.profile.equal],
        "findings": [
            {
                "rule": found.rule,
                "rows_failed": found.failed,
                "rows_evaluated": found.evaluated,
                "evidence": found.why,
                "samples": [as_values(row) for row in found.rows],
            }
            for found in one.findings
        ],
    }


def _column(column: ColumnProfile, form: str | None) -> dict[str, object]:
    ends = summary(column)
    names = ("min", "q1", "median", "q3", "max")
    return {
        "name": column.name,
        "type": column.type,
        "missing": column.missing,
        "malformed": column.malformed,
        "distinct": column.distinct,
        "distinct_is_exact": column.exact,
        **dict(zip(names, ends, strict=False)),
        "histogram": list(column.histogram(BINS)),
        "top_values": [{"value": text, "cells": cells} for text, cells in column.values[:MOST_VALUES]],
        "shapes": [{"shape": shape, "cells": cells} for shape, cells in column.shapes[:MOST_SHAPES]],
        "shortest": column.shortest,
        "longest": column.longest,
        "with_spaces_around": column.spaced,
        "format": form,
    }
