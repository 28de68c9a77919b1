"""What a rule needs to know of the data before it can judge.

A need is data, not code: the engine reads it, fetches it in as few scans as it
can, and gives back named numbers. `Rows`, `Keys` and `Values` are SQL text and
nothing else, so another engine can take them as they are. A rule that needs
more than the dataset itself (the time, a file's age, later a baseline or a
metric's history) finds it in `Given`, fetched before the scan is planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Cause, Column, MetricName, Metrics

if TYPE_CHECKING:
    from idqp_cli.anomaly.saved_model import Learnt

EVALUATED = "evaluated"
FAILED = "failed"
DISTINCT = "distinct"
LARGEST = "largest"
TRAINED = "trained"
# Whether rows were judged by the file that they stand in, 1 or 0.
OWN = "own"
ROWS = "rows"
VALUE = "value"
OTHER = "other"
# What stands beside the counts of a sample: how many independent rows it is worth, and the share of row groups
# that may all fail without having been seen.
EFFECTIVE = "effective"
UNSEEN = "unseen"


@frozen
class Rows:
    """Count the rows looked at, and those among them that `failing` holds for.

    Looked at are the rows that `where` holds for, if there is one, and in which
    every one of `columns` has a value. `failing` is a condition on one row that
    does not hold where one of them is NULL. Gives the metrics `evaluated` and
    `failed`; the failing rows can also be shown, set apart or counted by segment.
    """

    columns: tuple[Column, ...]
    failing: str
    where: str | None = None


@frozen
class Keys:
    """Count the rows looked at, and those whose key, the values of `columns`, occurs more than once.

    Looked at are the rows that `where` holds for, if there is one, and whose
    key is whole; with `nulls` also the others, and a NULL is equal to a NULL.
    Gives the metrics `evaluated` and `failed`, and beside them `distinct`, the
    number of keys, and `largest`, the rows of the most frequent one. Where
    `spelled` is given, rows are compared by these columns, which differ wherever
    `columns` do. With `every` all rows that `where` holds for are `evaluated`.
    `by` is the segment of a row as SQL, where rows are set apart by segment.
    `earlier` names a dataset whose keys count as occurrences too.
    """

    columns: tuple[Column, ...]
    where: str | None = None
    spelled: tuple[Column, ...] = ()
    nulls: bool = False
    every: bool = False
    by: str | None = None
    earlier: str | None = None


@frozen
class Copies:
    """Count the rows looked at, and those among them that are equal in all of `columns` to one before them.

    Looked at are the rows that `where` holds for, if there is one. Of equal rows
    the first in the order of the file does not fail. A NULL is equal to a NULL, a
    NaN to a NaN. Gives the metrics `evaluated` and `failed`. `by` is the segment
    of a row as SQL, where rows are set apart by segment.
    """

    columns: tuple[Column, ...]
    where: str | None = None
    by: str | None = None


@frozen
class Agreement:
    """Count the rows looked at, and those whose `value` is not the one that most rows with their `keys` have.

    Looked at are the rows that `where` holds for, if there is one, in which every
    column has a value, and whose keys occur in another row that is looked at.
    Where no value has more rows than each of the others, all rows of the keys
    fail. Keys are compared by the columns `spelled`. Gives the metrics `evaluated`
    and `failed`. `by` is the segment of a row as SQL, where rows are set apart by
    segment.
    """

    keys: tuple[Column, ...]
    value: Column
    spelled: tuple[Column, ...]
    where: str | None = None
    by: str | None = None


@frozen
class Order:
    """Count the rows looked at, and those whose value stands in the relation `breaks` to the one before it.

    Looked at are the rows that `where` holds for, if there is one, and that have
    a value of `column`; before is in the order of the file. `breaks` is an SQL
    comparison, `<`, `<=`, `>` or `>=`. Gives the metrics `evaluated` and `failed`.
    With `every` all rows that `where` holds for are `evaluated`. `by` is the
    segment of a row as SQL, where rows are set apart by segment.
    """

    column: Column
    breaks: str
    where: str | None = None
    every: bool = False
    by: str | None = None


@frozen
class References:
    """Count the rows looked at, and those whose `columns` are no row of another dataset's columns `to`.

    Looked at are the rows that `where` holds for, if there is one, and in which
    every one of `columns` has a value; unless `without` says whether the others
    fail. Gives the metrics `evaluated` and `failed`.
    """

    columns: tuple[Column, ...]
    dataset: str
    to: tuple[str, ...]
    where: str | None = None
    without: bool | None = None


@frozen
class Values:
    """Compute named SQL aggregates over the dataset; gives a metric of each name."""

    aggregates: Mapping[MetricName, str]


@frozen
class Counts:
    """Count the rows that `where` holds for, if there is one, and those of another dataset.

    Gives the metrics `rows` and `other`.
    """

    dataset: str
    where: str | None = None


@frozen
class Select:
    """Count the rows of the user's `sql`, a SELECT to which the dataset is a table of its name; gives `rows`.

    So are the datasets of the names `others`. With `number` the one cell of its
    first row is the metric `value`, as a DOUBLE. `masked` says that what it
    returns may be personal values.
    """

    sql: str
    number: bool = False
    others: tuple[str, ...] = ()
    masked: bool = False


@frozen
class Fences:
    """Find the rows with a value outside of bounds that the data itself sets.

    `bounds` gives, for each of `columns`, the value to compare and the SQL
    aggregates of the least and the largest that is usual. Once they are fetched,
    the need comes down to `Rows`.
    """

    columns: tuple[Column, ...]
    bounds: tuple[tuple[str, str, str], ...]
    where: str | None = None


@frozen
class Scores:
    """Score the rows that `where` holds for by a model: a `known` one, or one trained on a baseline or on their own.

    `order` names the column of time that puts them in order. `baseline` is a file
    of rows, read like the dataset; `alpha` the share of the training rows that
    may be called anomalous. With `lenient` a known model that does not fit the
    columns gives way to one of the rows' own. Once rows are scored, the need comes
    down to `Marked`.
    """

    columns: tuple[Column, ...]
    method: str
    seed: int
    order: str | None = None
    baseline: str | None = None
    alpha: float | None = None
    where: str | None = None
    known: Learnt | None = None
    lenient: bool = False


@frozen
class Twins:
    """Find the rows whose text in `column` is a variant of a more frequent one; see `spelling.variants`.

    Looked at are the rows that `where` holds for, if there is one, and that have a
    text. The texts `right` are known to be no variants. Once the texts are counted, the
    need comes down to `Spelled`.
    """

    column: Column
    where: str | None = None
    right: tuple[str, ...] = ()


@frozen
class Spelled(Rows):
    """Rows that fail by the text that they have in the column `of`, and for each such text the one to use."""

    of: str = ""
    usual: Mapping[str, str] = field(default_factory=dict)


@frozen
class Marked:
    """Rows that are known to fail: their places, by file and row, and why those fail that are shown.

    Gives the metrics, among them `evaluated`, `failed`, `trained`, the number of
    rows that were learnt from, and `own`; `shown` are the columns that the causes name.
    """

    metrics: Metrics
    places: tuple[int, ...] = ()
    causes: Mapping[int, tuple[Cause, ...]] = field(default_factory=dict)
    shown: tuple[Column, ...] = ()


@frozen
class Division:
    """Judge a rule for each value of `column` that has at least `min_rows` rows, and for the others together."""

    column: Column
    min_rows: int


# They depend on the data itself, and come down to others once more of it is known.
Unsettled = Fences | Scores | Twins
Need = Rows | Keys | Copies | Agreement | Order | References | Counts | Select | Values | Unsettled | Marked
