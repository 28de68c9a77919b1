"""Models of rows: trained on a matrix of features, they return scores, and are stored as arrays.

An ensemble adds the surprise of its members: -log10 of the share of training
rows that are at least as far out. On this scale a path length, a distance and a
forecast error can be added. If a member is absent, its weight goes to the others
in proportion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from idqp_cli.anomaly import encoding as encodings
from idqp_cli.anomaly import exponential_tail, false_discovery, isolation_forest, knn, lstm, pareto_tail, zscore
from idqp_cli.anomaly.encoding import Encoding
from idqp_cli.anomaly.exponential_tail import Tail
from idqp_cli.anomaly.false_discovery import Company
from idqp_cli.anomaly.features import Field
from idqp_cli.anomaly.lstm import Forecaster
from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Arrays = Mapping[str, NDArray[np.generic]]

FOREST, ZSCORE, LSTM, KNN, ENSEMBLE = "isolation_forest", "zscore", "lstm", "knn", "ensemble"
WEIGHTS: Mapping[str, float] = {FOREST: 0.4, ZSCORE: 0.3, LSTM: 0.3}
GRAINS = {FOREST: isolation_forest.GRAIN, ZSCORE: zscore.GRAIN, LSTM: lstm.GRAIN, KNN: knn.GRAIN}
ENSEMBLE_GRAIN = 0.05
LEAST_ROWS = 10
TAUGHT = 2 / 3
# The share of clean files, judged by themselves, in which a row may fail.
FALSE_ALARMS = 0.01


class UntrainableError(Exception):
    """A model cannot be trained or restored; the message is the reason."""


class Scorer(Protocol):
    """A trained method that scores rows; a larger score is more anomalous."""

    def scores(self, coordinates: Floats) -> Floats:
        """Return the scores, shape (rows,), of rows with the shape (rows, coordinates)."""

    def arrays(self) -> Arrays:
        """Return the learnt arrays by name, for storage."""


@frozen
class Member:
    """One method of a model, with its weight (all weights add up to 1) and the tail of its training scores."""

    method: str
    weight: float
    scorer: Scorer
    tail: Tail


@frozen
class Model:
    """A trained model of rows.

    `own` is true if it was trained on the file that it judges, and false if it was
    trained on a baseline. `rows` is the number of training rows. `tail` holds the
    scores of the model for them.
    """

    method: str
    seed: int
    rows: int
    own: bool
    encoding: Encoding
    members: tuple[Member, ...]
    tail: Tail

    @property
    def forecaster(self) -> Member | None:
        """The member that depends on the order of rows (the LSTM), or None."""
        return next((member for member in self.members if member.method == LSTM), None)

    def scores(self, coordinates: Floats) -> Floats:
        """Return the scores, shape (rows,), of rows in their order, shape (rows, coordinates); larger is odder."""
        return _scores(self.members, coordinates, self.encoding)

    def floor(self, alpha: float | None, rows: int) -> float:
        """Return the score that a row must exceed to be anomalous, in a file of `rows` rows with any scores."""
        if alpha is None and not self.own:
            return false_discovery.floor(self.tail.scores)
        return self.cut(alpha, self.tail.scores, rows)

    def cut(self, alpha: float | None, scores: Floats, rows: int) -> float:
        """Return the score above which a row is anomalous.

        `scores` are the scores above the floor, in a file of `rows` rows. With
        `alpha`, this share of the training rows exceeds the result. Without it, a
        model of a baseline controls the false discovery rate (`false_discovery.cut`).
        A file judged by itself gets the bound that the largest score of a clean file
        of its size exceeds with a probability of `FALSE_ALARMS`.
        """
        if alpha is not None:
            return self.tail.quantile(1 - alpha) if alpha * self.rows >= 1 else self.tail.fence(alpha)
        if not self.own:
            return false_discovery.cut(self.tail.scores, scores, rows)
        chance = FALSE_ALARMS / max(1, rows)
        return pareto_tail.searched(self.tail.scores, self.tail.fence(chance), chance)

    def company(self, alpha: float | None, coordinates: Floats, rows: int) -> Company | None:
        """Return the test for rows that are alone in a file of `rows` rows; None if the test does not apply.

        `coordinates` are some rows of the file, shape (some rows, coordinates).
        """
        if self.own or alpha is not None or not len(coordinates):
            return None
        return false_discovery.company(self.tail.scores, coordinates, rows)


def train(method: str, fields: Sequence[Field], matrix: Floats, *, seed: int, own: bool, ordered: bool) -> Model:
    """Train a model on rows.

    Args:
        method: one of the methods, or ENSEMBLE.
        fields: the columns that the features come from.
        matrix: the rows, shape (rows, features), with NaN for missing cells.
        seed: the seed of random choices.
        own: whether the rows belong to the file that is judged.
        ordered: whether the rows are in the order of time.

    Raises:
        UntrainableError: there are fewer than `LEAST_ROWS` rows, or all rows are equal.

    """
    if len(matrix) < LEAST_ROWS:
        raise UntrainableError(f"it takes {LEAST_ROWS} rows to learn what is usual, there are {len(matrix)}")
    names = _members(method, ordered=ordered and len(matrix) >= lstm.LEAST_ROWS)
    encoding = encodings.fit(fields, matrix, own=own, ranked=method == KNN and not own)
    coordinates = encoding.coordinates(matrix)
    if not (coordinates != coordinates[0]).any():
        raise UntrainableError("its rows are all alike")
    # A forecaster has smaller errors on its training rows, so its usual errors come from rows that it has not seen.
    taught = int(len(matrix) * TAUGHT) if LSTM in names and not own else 0
    found = []
    for name in names:
        scorer, scores = _fitted(name, _seen(name, coordinates, encoding), seed, taught if name == LSTM else 0, own=own)
        tail = exponential_tail.fit(scores[taught if name == LSTM else 0 :], GRAINS[name])
        found.append(Member(name, WEIGHTS.get(name, 1.0), scorer, tail))
    total = sum(member.weight for member in found)
    members = tuple(Member(one.method, one.weight / total, one.scorer, one.tail) for one in found)
    if len(members) == 1:
        return Model(method, seed, len(matrix), own, encoding, members, members[0].tail)
    tail = exponential_tail.fit(_scores(members, coordinates, encoding)[taught:], ENSEMBLE_GRAIN)
    return Model(method, seed, len(matrix), own, encoding, members, tail)


def _members(method: str, *, ordered: bool) -> list[str]:
    if method == LSTM and not ordered:
        raise UntrainableError(f"it takes {lstm.LEAST_ROWS} rows in the order of time to learn to forecast them")
    return [name for name in WEIGHTS if ordered or name != LSTM] if method == ENSEMBLE else [method]


def _fitted(method: str, coordinates: Floats, seed: int, taught: int, *, own: bool) -> tuple[Scorer, Floats]:
    """Train a method on the first `taught` rows, or on all rows if it is 0; return it with its scores of all rows."""
    if method == KNN:
        nearest = knn.fit(coordinates, own=own)
        return nearest, nearest.reference_scores()
    scorer: Scorer = (
        isolation_forest.fit(coordinates, seed)
        if method == FOREST
        else lstm.fit(coordinates[:taught] if taught else coordinates, seed)
        if method == LSTM
        else zscore.ZScore()
    )
    return scorer, scorer.scores(coordinates)


def _seen(method: str, coordinates: Floats, encoding: Encoding) -> Floats:
    """Return the coordinates that a method uses: only the nearest rows use ranks."""
    return coordinates if method == KNN else coordinates[:, : len(encoding.middle) + len(encoding.fields)]


def _scores(members: Sequence[Member], coordinates: Floats, encoding: Encoding) -> Floats:
    raw = [member.scorer.scores(_seen(member.method, coordinates, encoding)) for member in members]
    if len(members) == 1:
        return raw[0]
    weighted = [member.weight * member.tail.surprise(scores) for member, scores in zip(members, raw, strict=True)]
    return sum(weighted[1:], weighted[0])


def errors(model: Model, coordinates: Floats) -> Floats | None:
    """Return the forecast errors of rows in their order, shape (rows, …); None for a model without a forecaster."""
    member = model.forecaster
    if member is None or not isinstance(member.scorer, Forecaster):
        return None
    return member.scorer.errors(_seen(LSTM, coordinates, model.encoding))
