"""Models of rows in their stored form: settings as JSON text, and arrays as the bytes of an npz archive."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from idqp_cli.anomaly import isolation_forest, knn, lstm, zscore
from idqp_cli.anomaly.encoding import Encoding
from idqp_cli.anomaly.exponential_tail import Tail
from idqp_cli.anomaly.features import Field, Kind
from idqp_cli.anomaly.rows import Member, Model, Scorer, UntrainableError
from idqp_cli.anomaly.saved_model import Learnt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Arrays = Mapping[str, NDArray[np.generic]]

FORMAT, DIGEST = 1, "sha256"
DAMAGED = "the stored model is damaged; save it anew"


def saved(model: Model) -> Learnt:
    """Return a model in its stored form; the arrays contain no pickled objects."""
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
        of_member = {f"{member.method}.{name}": array for name, array in member.scorer.arrays().items()}
        arrays |= of_member | _tail_arrays(f"{member.method}.", member.tail)
    written = io.BytesIO()
    np.savez(written, **arrays)  # type: ignore[arg-type] # its stub takes no mapping of arrays
    return Learnt(json.dumps(settings | {DIGEST: _digest(settings, written.getvalue())}), written.getvalue())


def _digest(settings: Mapping[str, object], arrays: bytes) -> str:
    """Return the checksum by which a damaged model is detected."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode() + arrays).hexdigest()


def _tail_arrays(prefix: str, tail: Tail) -> dict[str, NDArray[np.generic]]:
    return {f"{prefix}scores": tail.scores, f"{prefix}tail": np.array([tail.start, tail.scale])}


def restored(kept: Learnt) -> Model:
    """Return the model that `saved` stored.

    Raises:
        UntrainableError: the stored model has another version of the format, or is damaged.

    """
    try:
        said = json.loads(kept.settings)
        if said["format"] != FORMAT:
            raise UntrainableError(f"the stored model is of format {said['format']}, this idqp reads {FORMAT}")
        if said.pop(DIGEST) != _digest(said, kept.arrays):
            raise UntrainableError(DAMAGED)
        with np.load(io.BytesIO(kept.arrays), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        fields = tuple(
            Field(
                column["name"],
                Kind(column["kind"]),
                tuple((text, share) for text, share in column["common"]),
                column["rows"],
                column["present"],
            )
            for column in said["columns"]
        )
        encoding = _encoding(fields, arrays)
        members = tuple(_member(name, weight, arrays) for name, weight in said["members"].items())
        return Model(said["method"], said["seed"], said["rows"], said["own"], encoding, members, _tail("", arrays))
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, OSError, EOFError, BadZipFile) as error:
        raise UntrainableError(DAMAGED) from error


def _encoding(fields: tuple[Field, ...], arrays: Mapping[str, Floats]) -> Encoding:
    return Encoding(
        fields,
        arrays["middle"],
        arrays["spread"],
        arrays["low"],
        arrays["high"],
        arrays["missing"],
        arrays.get("ranked"),
    )  # fmt: skip


def _tail(prefix: str, arrays: Arrays) -> Tail:
    start, scale = arrays[f"{prefix}tail"].tolist()
    return Tail(arrays[f"{prefix}scores"], start, scale)  # type: ignore[arg-type] # as it was written


def _member(method: str, weight: float, arrays: Arrays) -> Member:
    prefix = f"{method}."
    of_member = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    scorer: Scorer
    match method:
        case "isolation_forest":
            scorer = isolation_forest.restored(of_member)
        case "knn":
            scorer = knn.restored(of_member)
        case "lstm":
            scorer = lstm.restored(of_member)
        case "zscore":
            scorer = zscore.ZScore()
        case _:
            raise ValueError(method)
    return Member(method, weight, scorer, _tail(prefix, arrays))
