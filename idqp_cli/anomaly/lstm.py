"""A small forecaster of rows in their order: a long short-term memory that predicts each row from those before it.

One layer of cells (S. Hochreiter, J. Schmidhuber, Neural Computation 9, 1997,
with the forget gate of F. Gers et al., 2000) beside a linear forecast from the
row before. It is trained by back-propagation through windows of 48 rows and
Adam (D. Kingma, J. Ba, ICLR 2015). A row is as anomalous as its forecast is
wrong, measured in what is usual for each coordinate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Weights = Mapping[str, Floats]

GRAIN = 0.1
CELLS = 12
WINDOW = 48
BATCH = 32
STEPS = 240
RATE, MOMENTUM, SCALING, TINY = 0.01, 0.9, 0.999, 1e-8
LARGEST_GRADIENT = 5.0
# Rows are forecast in stretches, each after so many rows that warm it up, so that many are forecast at once.
STRETCH, WARM_UP = 64, 16
MOST_COLUMNS = 16
LEAST_ROWS = 4 * WINDOW
LEAST_ERROR = 0.05


@frozen
class Forecaster:
    """Weights, and the usual error of the forecast of each coordinate, shape (coordinates,).

    `gates` is of shape (1 + coordinates + cells, 4 × cells) and gives the input,
    forget and output gates and the candidate; `forecast` of shape
    (1 + coordinates + cells, coordinates). Their first row is a constant's.
    """

    weights: Weights
    usual: Floats

    def scores(self, coordinates: Floats) -> Floats:
        """Return the scores of rows in their order, shape (rows,)."""
        errors = self.errors(coordinates)
        squared: Floats = (errors**2).mean(axis=1)
        return np.sqrt(squared)

    def errors(self, coordinates: Floats) -> Floats:
        """Return the errors of the forecasts of rows in their order, in usual errors, shape (rows, coordinates).

        The first 16 are not forecast, and have none.
        """
        rows = coordinates[:, : len(self.usual)]
        found = (rows - _forecasts(self.weights, rows)) / self.usual
        # Before these there is too little to forecast them by.
        found[:WARM_UP] = 0
        return found

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is learnt, by name."""
        return {**self.weights, "usual": self.usual}


def restored(arrays: dict[str, NDArray[np.generic]]) -> Forecaster:
    """Return what `arrays` gave."""
    weights = {name: arrays[name].astype(np.float64) for name in ("gates", "forecast")}
    return Forecaster(weights, arrays["usual"].astype(np.float64))


def fit(coordinates: Floats, seed: int) -> Forecaster:
    """Train on rows in their order, shape (rows, coordinates); only the first 16 coordinates are forecast."""
    rows = coordinates[:, :MOST_COLUMNS]
    random = np.random.default_rng(seed)
    weights = initial(rows.shape[1], random)
    moments = {name: (np.zeros_like(part), np.zeros_like(part)) for name, part in weights.items()}
    for step in range(1, STEPS + 1):
        starts = random.integers(0, len(rows) - WINDOW, BATCH)
        windows = rows[starts[:, None] + np.arange(WINDOW + 1)].transpose(1, 0, 2)
        _, gradient = loss(weights, windows)
        weights, moments = _adam(weights, moments, gradient, step)
    errors = rows - _forecasts(weights, rows)
    # The middle of the errors, which anomalies among the rows do not move: 0.6745 of a standard deviation.
    return Forecaster(weights, np.maximum(np.median(np.abs(errors), axis=0) / 0.6745, LEAST_ERROR))


def initial(columns: int, random: np.random.Generator) -> dict[str, Floats]:
    """Return weights to begin with; the forget gate begins open."""
    gates = random.normal(0, 1 / np.sqrt(columns + CELLS), (1 + columns + CELLS, 4 * CELLS))
    gates[0] = 0
    gates[0, CELLS : 2 * CELLS] = 1
    forecast = random.normal(0, 0.1 / np.sqrt(CELLS), (1 + columns + CELLS, columns))
    return {"gates": gates, "forecast": forecast}


def _adam(
    weights: Weights, moments: Mapping[str, tuple[Floats, Floats]], gradient: Weights, step: int
) -> tuple[dict[str, Floats], dict[str, tuple[Floats, Floats]]]:
    size = float(np.sqrt(sum((part**2).sum() for part in gradient.values())))
    shrink = min(1.0, LARGEST_GRADIENT / max(size, TINY))
    rate = RATE * (1 - step / (STEPS + 1))
    moved, kept = {}, {}
    for name, part in gradient.items():
        first = MOMENTUM * moments[name][0] + (1 - MOMENTUM) * part * shrink
        second = SCALING * moments[name][1] + (1 - SCALING) * (part * shrink) ** 2
        kept[name] = (first, second)
        even, root = first / (1 - MOMENTUM**step), np.sqrt(second / (1 - SCALING**step))
        moved[name] = weights[name] - rate * even / (root + TINY)
    return moved, kept


def _step(weights: Weights, row: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Take in one row of each sequence: return what goes in, the four gates, the cells and the hidden state."""
    taken = np.hstack([np.ones((len(row), 1)), row, hidden])
    gates = taken @ weights["gates"]
    wide = 3 * CELLS
    gates[:, :wide] = 1 / (1 + np.exp(-np.clip(gates[:, :wide], -40, 40)))
    gates[:, wide:] = np.tanh(gates[:, wide:])
    entry, forget, out, candidate = np.split(gates, 4, axis=1)
    cell = forget * cell + entry * candidate
    return taken, gates, cell, out * np.tanh(cell)


def _forecast(weights: Weights, row: Floats, hidden: Floats) -> Floats:
    return np.hstack([np.ones((len(row), 1)), row, hidden]) @ weights["forecast"]


def loss(weights: Weights, windows: Floats) -> tuple[float, dict[str, Floats]]:
    """Return half the mean squared error of the forecasts in windows, and its gradient by every weight.

    `windows` is of shape (rows + 1, windows, coordinates); each row but the last
    forecasts the next one.
    """
    steps, batch, columns = len(windows) - 1, windows.shape[1], windows.shape[2]
    hidden, cell = np.zeros((batch, CELLS)), np.zeros((batch, CELLS))
    past, errors = [], []
    for at in range(steps):
        before = cell
        taken, gates, cell, hidden = _step(weights, windows[at], hidden, cell)
        past.append((taken, gates, before, cell, hidden))
        errors.append(_forecast(weights, windows[at], hidden) - windows[at + 1])
    count = steps * batch * columns
    gradient = {name: np.zeros_like(part) for name, part in weights.items()}
    hidden_slope, cell_slope = np.zeros((batch, CELLS)), np.zeros((batch, CELLS))
    for at in reversed(range(steps)):
        taken, gates, before, cell, hidden = past[at]
        slope = errors[at] / count
        gradient["forecast"] += np.hstack([np.ones((batch, 1)), windows[at], hidden]).T @ slope
        hidden_slope = hidden_slope + slope @ weights["forecast"][1 + columns :].T
        entry, forget, out, candidate = np.split(gates, 4, axis=1)
        squashed = np.tanh(cell)
        cell_slope = cell_slope + hidden_slope * out * (1 - squashed**2)
        gate_slope = np.hstack([
            cell_slope * candidate * entry * (1 - entry),
            cell_slope * before * forget * (1 - forget),
            hidden_slope * squashed * out * (1 - out),
            cell_slope * entry * (1 - candidate**2),
        ])  # fmt: skip
        gradient["gates"] += taken.T @ gate_slope
        hidden_slope = gate_slope @ weights["gates"][1 + columns :].T
        cell_slope = cell_slope * forget
    return float(sum((error**2).sum() for error in errors)) / (2 * count), gradient


def _forecasts(weights: Weights, rows: Floats) -> Floats:
    """Return the forecast of each row from those before it, shape (rows, coordinates).

    Stretches of 64 rows go side by side, each from an empty state 16 rows before
    its first one; so a row's forecast depends on its place and the rows before it alone.
    """
    count, columns = rows.shape
    stretches = -(-count // STRETCH)
    padded = np.zeros((WARM_UP + stretches * STRETCH + 1, columns))
    padded[WARM_UP + 1 : WARM_UP + 1 + count] = rows
    starts = np.arange(stretches) * STRETCH
    hidden, cell = np.zeros((stretches, CELLS)), np.zeros((stretches, CELLS))
    found = np.empty((stretches, STRETCH, columns))
    for at in range(WARM_UP + STRETCH):
        row = padded[starts + at]
        _, _, cell, hidden = _step(weights, row, hidden, cell)
        if at >= WARM_UP:
            found[:, at - WARM_UP] = _forecast(weights, row, hidden)
    return found.reshape(-1, columns)[:count]
