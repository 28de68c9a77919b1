"""Models of rows: trained on a matrix of features, asked for scores, kept as arrays.

An ensemble adds the surprise of its members, -log10 of the share of training
rows that are as far out: the one scale on which a path length, a distance and a
forecast's error can be added. The weights of a member that is absent go to the
others in proportion.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol
from zipfile import BadZipFile

from idqp_cli.anomaly import discovery, extremes, isolation_forest, knn, lstm, tails, zscore
from idqp_cli.anomaly import encoding as encodings
from idqp_cli.anomaly.discovery import Company
from idqp_cli.anomaly.encoding import Encoding
from idqp_cli.anomaly.features import Field, Kind
from idqp_cli.anomaly.learnt import Learnt
from idqp_cli.anomaly.lstm import Forecaster
from idqp_cli.anomaly.tails import Tail
from idqp_cli.frozen import frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Arrays = Mapping[str, NDArray[np.generic]]

FORMAT, DIGEST = 1, "sha256"
DAMAGED = "the stored model is damaged; save it anew"
FOREST, ZSCORE, LSTM, KNN, ENSEMBLE = "isolation_forest", "zscore", "lstm", "knn", "ensemble"
WEIGHTS: Mapping[str, float] = {FOREST: 0.4, ZSCORE: 0.3, LSTM: 0.3}
GRAINS = {FOREST: isolation_forest.GRAIN, ZSCORE: zscore.GRAIN, LSTM: lstm.GRAIN, KNN: knn.GRAIN}
ENSEMBLE_GRAIN = 0.05
LEAST_ROWS = 10
TAUGHT = 2 / 3
# A file that is judged by itself and holds no anomaly is to have one in so many files.
FALSE_ALARMS = 0.01


class UntrainableError(Exception):
    """There is nothing to learn from; the text says why."""


class Scorer(Protocol):
    """What gives a row a score: the larger, the more anomalous."""

    def scores(self, coordinates: Floats) -> Floats:
        """Return the scores of rows, shape (rows,)."""

    def arrays(self) -> Arrays:
        """Return what is learnt, by name."""


@frozen
class Member:
    """One opinion of a model: its method, its weight among the others, and the scores of the training rows."""

    method: str
    weight: float
    scorer: Scorer
    tail: Tail


@frozen
class Model:
    """What was learnt of rows: `own` from those of the file that is to be judged, else from a baseline.

    `rows` is the number of training rows, and `tail` has the model's own scores of them.
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
        """The member that looks at rows in their order, if there is one."""
        return next((member for member in self.members if member.method == LSTM), None)

    def scores(self, coordinates: Floats) -> Floats:
        """Return the scores of rows, shape (rows,), the larger the more anomalous; rows are in their order."""
        return _scores(self.members, coordinates, self.encoding)

    def floor(self, alpha: float | None, rows: int) -> float:
        """Return the score up to which none of so many rows is anomalous, whatever the scores of the others."""
        if alpha is None and not self.own:
            return discovery.floor(self.tail.scores)
        return self.cut(alpha, self.tail.scores, rows)

    def cut(self, alpha: float | None, scores: Floats, rows: int) -> float:
        """Return the score above which a row is anomalous; `scores` are those above the floor, of so many rows.

        With a share `alpha` it is what that share of the training rows goes
        beyond. Otherwise rows are held against a baseline's as `discovery` has it,
        and a file that is judged by itself has the bound that one in a hundred clean
        files of its size would go beyond with one row.
        """
        if alpha is not None:
            return self.tail.quantile(1 - alpha) if alpha * self.rows >= 1 else self.tail.fence(alpha)
        if not self.own:
            return discovery.cut(self.tail.scores, scores, rows)
        chance = FALSE_ALARMS / max(1, rows)
        return extremes.searched(self.tail.scores, self.tail.fence(chance), chance)

    def company(self, alpha: float | None, coordinates: Floats, rows: int) -> Company | None:
        """Return what tells which of so many rows stand alone, some of which are given; None where that counts not."""
        if self.own or alpha is not None or not len(coordinates):
            return None
        return discovery.company(self.tail.scores, coordinates, rows)


def train(method: str, fields: Sequence[Field], matrix: Floats, *, seed: int, own: bool, ordered: bool) -> Model:
    """Train a model on rows, shape (rows, features); `ordered` says that their order is one of time.

    Raises:
        UntrainableError: there are too few rows, or no two of them differ.

    """
    if len(matrix) < LEAST_ROWS:
        raise UntrainableError(f"it takes {LEAST_ROWS} rows to learn what is usual, there are {len(matrix)}")
    names = _members(method, ordered=ordered and len(matrix) >= lstm.LEAST_ROWS)
    encoding = encodings.fit(fields, matrix, own=own, ranked=method == KNN and not own)
    coordinates = encoding.coordinates(matrix)
    if not (coordinates != coordinates[0]).any():
        raise UntrainableError("its rows are all alike")
    # A forecaster knows the rows that it was trained on: others are judged by how it does on those that it was not.
    taught = int(len(matrix) * TAUGHT) if LSTM in names and not own else 0
    found = []
    for name in names:
        scorer, scores = _fitted(name, _seen(name, coordinates, encoding), seed, taught if name == LSTM else 0, own=own)
        tail = tails.fit(scores[taught if name == LSTM else 0 :], GRAINS[name])
        found.append(Member(name, WEIGHTS.get(name, 1.0), scorer, tail))
    total = sum(member.weight for member in found)
    members = tuple(Member(one.method, one.weight / total, one.scorer, one.tail) for one in found)
    if len(members) == 1:
        return Model(method, seed, len(matrix), own, encoding, members, members[0].tail)
    tail = tails.fit(_scores(members, coordinates, encoding)[taught:], ENSEMBLE_GRAIN)
    return Model(method, seed, len(matrix), own, encoding, members, tail)


def _members(method: str, *, ordered: bool) -> list[str]:
    if method == LSTM and not ordered:
        raise UntrainableError(f"it takes {lstm.LEAST_ROWS} rows in the order of time to learn to forecast them")
    return [name for name in WEIGHTS if ordered or name != LSTM] if method == ENSEMBLE else [method]


def _fitted(method: str, coordinates: Floats, seed: int, taught: int, *, own: bool) -> tuple[Scorer, Floats]:
    """Return a member that is trained on the first `taught` rows, or on all, and its scores of all of them."""
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
    """Return the coordinates that a method looks at: ranks are for distances alone."""
    return coordinates if method == KNN else coordinates[:, : len(encoding.middle) + len(encoding.fields)]


def _scores(members: Sequence[Member], coordinates: Floats, encoding: Encoding) -> Floats:
    raw = [member.scorer.scores(_seen(member.method, coordinates, encoding)) for member in members]
    if len(members) == 1:
        return raw[0]
    weighted = [member.weight * member.tail.surprise(scores) for member, scores in zip(members, raw, strict=True)]
    return sum(weighted[1:], weighted[0])


def saved(model: Model) -> Learnt:
    """Return a model as it is kept; its arrays hold no pickled objects."""
    import numpy as np  # noqa: PLC0415 - only where rows are scored

    settings = {
        "format": FORMAT, "method": model.method, "seed": model.seed, "rows": model.rows, "own": model.own,
        "columns": [
            {"name": field.name, "kind": field.kind, "rows": field.rows, "present": field.present,
             "common": field.common}
            for field in model.encoding.fields
        ],
        "members": {member.method: member.weight for member in model.members},
    }  # fmt: skip
    encoding = model.encoding
    arrays = {
        "middle": encoding.middle, "spread": encoding.spread, "low": encoding.usual_low, "high": encoding.usual_high,
        "missing": encoding.missing, **_tail_arrays("", model.tail),
    }  # fmt: skip
    if encoding.ranked is not None:
        arrays["ranked"] = encoding.ranked
    for member in model.members:
        own = {f"{member.method}.{name}": array for name, array in member.scorer.arrays().items()}
        arrays |= own | _tail_arrays(f"{member.method}.", member.tail)
    written = io.BytesIO()
    np.savez(written, **arrays)  # type: ignore[arg-type] # its stub takes no mapping of arrays
    return Learnt(json.dumps(settings | {DIGEST: _digest(settings, written.getvalue())}), written.getvalue())


def _digest(settings: Mapping[str, object], arrays: bytes) -> str:
    """Return what tells a model from one that was damaged."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode() + arrays).hexdigest()


def _tail_arrays(prefix: str, tail: Tail) -> dict[str, NDArray[np.generic]]:
    import numpy as np  # noqa: PLC0415 - only where rows are scored

    return {f"{prefix}scores": tail.scores, f"{prefix}tail": np.array([tail.start, tail.scale])}


def restored(kept: Learnt) -> Model:
    """Return the model that `saved` wrote.

    Raises:
        UntrainableError: it is of another version of the format, or damaged.

    """
    import numpy as np  # noqa: PLC0415 - only where rows are scored

    try:
        said = json.loads(kept.settings)
        if said["format"] != FORMAT:
            raise UntrainableError(f"the stored model is of format {said['format']}, this idqp reads {FORMAT}")
        if said.pop(DIGEST) != _digest(said, kept.arrays):
            raise UntrainableError(DAMAGED)
        with np.load(io.BytesIO(kept.arrays), allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        fields = tuple(
            Field(
                one["name"],
                Kind(one["kind"]),
                tuple((text, share) for text, share in one["common"]),
                one["rows"],
                one["present"],
            )
            for one in said["columns"]
        )
        encoding = _encoding(fields, found)
        members = tuple(_member(name, weight, found) for name, weight in said["members"].items())
        return Model(said["method"], said["seed"], said["rows"], said["own"], encoding, members, _tail("", found))
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, OSError, EOFError, BadZipFile) as error:
        raise UntrainableError(DAMAGED) from error


def _encoding(fields: tuple[Field, ...], found: Mapping[str, Floats]) -> Encoding:
    return Encoding(
        fields, found["middle"], found["spread"], found["low"], found["high"], found["missing"], found.get("ranked")
    )


def _tail(prefix: str, found: Arrays) -> Tail:
    start, scale = found[f"{prefix}tail"].tolist()
    return Tail(found[f"{prefix}scores"], start, scale)  # type: ignore[arg-type] # as it was written


def _member(method: str, weight: float, found: Arrays) -> Member:
    prefix = f"{method}."
    own = {name.removeprefix(prefix): array for name, array in found.items() if name.startswith(prefix)}
    scorer: Scorer
    match method:
        case "isolation_forest":
            scorer = isolation_forest.restored(own)
        case "knn":
            scorer = knn.restored(own)
        case "lstm":
            scorer = lstm.restored(own)
        case "zscore":
            scorer = zscore.ZScore()
        case _:
            raise ValueError(method)
    return Member(method, weight, scorer, _tail(prefix, found))


def errors(model: Model, coordinates: Floats) -> Floats | None:
    """Return the errors of the forecasts of rows in their order; None for a model that forecasts nothing."""
    member = model.forecaster
    if member is None or not isinstance(member.scorer, Forecaster):
        return None
    return member.scorer.errors(_seen(LSTM, coordinates, model.encoding))
