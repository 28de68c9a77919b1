"""Query: what no other rule type says, in SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.model import Column, Metrics, Status, Verdict
from idqp_cli.core.text import apart, count, quantity
from idqp_cli.rules.bounds import Exclusive, above, below, least, most, refuse_exclusive
from idqp_cli.rules.given import Given
from idqp_cli.rules.needs import ROWS, VALUE, Need, Select
from idqp_cli.rules.rule import INNER, Rule, Takes, refuse_bounds, rule
from idqp_cli.rules.shares import Count, Level, judged_number, leveled
from idqp_cli.rules.tables import tables

NONE = Count(0)
# One count, and no other SELECT beside it.
COUNTS = re.compile(
    r"\s*select\s+count\s*\([^()]*\)(?:\s+as\s+\w+)?\s+from\b(?!.*\bunion\b).*", re.IGNORECASE | re.DOTALL
)


# Columns that are read without their names: all of them, or by their places.
KEYWORDS = (
    r"(?!(?:using|on|where|filter|over|in|and|or|not|group|having|exists|then|else|when|between|like|order|within|select"
    r"|limit|qualify|values)\b)"
)
RENAMES = re.compile(
    r"\*|\bcolumns\b|\bunion\b|\bexcept\b|\bintersect\b|#\d|\)\s*as\b[\w\s]*\("
    rf"|\)\s*(?:as\s+)?{KEYWORDS}[\w\"]+\s*\("
    rf"|(?:\bfrom|\bjoin|,)\s+(?:\"[^\"]+\"|\w+)\s+(?:as\s+)?{KEYWORDS}[\w\"]+\s*\("
)


def _named(name: str, own: str, datasets: Mapping[str, Dataset]) -> str | None:
    """Return the dataset that a table of a SELECT is, None where it is none or may be several: SQL has no case."""
    if name.lower() == own.lower():
        return own
    alike = [one for one in datasets if one.lower() == name.lower()]
    return alike[0] if len(alike) == 1 else None


@rule("query")
class Query(Rule):
    """A SELECT returns no rows: it selects the failing ones. With `min` or `max` it returns one number in bounds.

        {type: query, sql: SELECT * FROM orders WHERE shipped < placed}

    Each dataset of the rules file is a table with its name. Quote a name that
    contains a dot or a hyphen with double quotes. The SELECT cannot read anything
    else. `where` is not available, because the SELECT has its own.

    The metric is the number of returned rows. `threshold`, or `warn` and `fail`, are
    the largest numbers that pass.

    With bounds, the SELECT returns one row with one column, and the metric is this
    number. It must be at least `min` and at most `max`. `exclusive` (`min`, `max` or
    `both`) excludes the bound itself. NULL instead of a number is an error. If the
    SELECT names a column under `pii`, its number is judged but neither shown nor
    kept, unless it is a count.
    """

    takes = Takes.NO_COLUMN
    repeatable = True
    divisible = False

    sql: str
    threshold: Count = NONE
    warn: Count | None = None
    fail: Count | None = None
    min: float | None = None
    max: float | None = None
    exclusive: Exclusive | None = None
    # The other datasets that the SELECT reads, and all that there are.
    reads: tuple[str, ...] = field(default=(), repr=False, metadata=INNER)
    siblings: tuple[str, ...] = field(default=(), repr=False, metadata=INNER)

    def __post_init__(self) -> None:
        """Refuse a `where` beside the SELECT's own."""
        if self.where is not None:
            raise ValueError("where: belongs into the SELECT")
        if self._bounded:
            refuse_bounds(self.min, self.max)
            for key in ("threshold", "warn", "fail"):
                if getattr(self, key):
                    raise ValueError(f"{key}: goes without min and max, which are bounds of one number")
        refuse_exclusive(self.min, self.max, self.exclusive)

    @property
    def _bounded(self) -> bool:
        """Whether the SELECT returns one number."""
        return self.min is not None or self.max is not None

    def among(self, own: Dataset, datasets: Mapping[str, Dataset]) -> Rule:
        read = [_named(name, own.name, datasets) for name in tables(self.sql)]
        reads = tuple(dict.fromkeys(name for name in read if name is not None and name != own.name))
        hidden = [*self.hidden, *(column.casefold() for name in reads for column in datasets[name].pii)]
        # Which columns of another dataset look personal is not known here: then all may.
        veiled = self.veiled or any(datasets[name].finds_pii for name in reads)
        return replace(self, reads=reads, siblings=tuple(datasets), hidden=tuple(dict.fromkeys(hidden)), veiled=veiled)

    def others(self) -> Sequence[str]:
        return self.reads

    def known_tables(self) -> Sequence[str]:
        return self.siblings

    def levels(self) -> tuple[Level, ...]:
        return leveled(self.warn, self.fail)

    def statement(self) -> str:
        return self._select()

    def selects(self) -> Mapping[str, str]:
        return {"sql": self._select()}

    def needs(self, columns: tuple[Column, ...]) -> Need:  # noqa: ARG002 - the SELECT names its columns
        return Select(self._select(), self._bounded, self.reads, masked=self.veiled or bool(self.hidden))

    def _select(self) -> str:
        return self.sql.rstrip().removesuffix(";")

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - rows have no age
        rows = int(metrics[ROWS] or 0)
        if self._bounded:
            return self._judge_number(rows, metrics[VALUE])
        levels = self.levels() or (Level(self.threshold),)
        strict = len(levels) == 1 and levels[0].severity is None and not levels[0].limit
        found = f"{count(rows, 'row')} returned" + (", none expected" if rows and strict else "")
        judged = judged_number(rows, levels, found)
        return replace(judged, rows_failed=rows)

    def counts_rows(self) -> bool:
        """Tell whether the SELECT returns a count and nothing else, as far as its words say it."""
        return COUNTS.fullmatch(self._select()) is not None

    def _personal(self) -> bool:
        """Tell whether the number may be a personal value; a count is none."""
        if self.veiled:
            return True
        if not self.hidden or self.counts_rows():
            return False
        plain = self.sql.casefold().replace('""', '"')
        return RENAMES.search(plain) is not None or any(name in plain for name in self.hidden)

    def _judge_number(self, rows: int, value: float | None) -> Verdict:
        if rows != 1:
            return Verdict(
                Status.ERROR, f"{count(rows, 'row')} returned; with min or max the SELECT returns one number"
            )
        if value is None:
            return Verdict(Status.ERROR, "NULL returned; with min or max the SELECT returns one number")
        low = self.min is not None and not above(value, self.min, self.exclusive)
        high = self.max is not None and not below(value, self.max, self.exclusive)
        bound, shown = apart((self.max if high else self.min) or 0, value)
        asked = most(self.exclusive) if high else least(self.exclusive)
        if self._personal():
            found = "above what is allowed" if high else "below what is allowed" if low else "as expected"
            return Verdict(Status.FAILED if low or high else Status.PASSED, f"the number is {found} (pii, not shown)")
        return Verdict(
            status=Status.FAILED if low or high else Status.PASSED,
            message=f"{shown}, {asked} {bound} expected" if low or high else quantity(value),
            metric_value=value,
            threshold=self.max if high or self.min is None else self.min,
        )
