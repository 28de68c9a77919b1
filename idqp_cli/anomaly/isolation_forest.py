"""Isolation forest (F. T. Liu, K. M. Ting, Z.-H. Zhou, ICDM 2008), grown by scikit-learn and kept as arrays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GRAIN = 0.01
TREES = 100
SUBSAMPLE = 256
NODES = ("left_child", "right_child", "feature", "threshold", "n_node_samples")
# Of trees summed together; a fixed number, so that the sum does not depend on the machine.
PARTS = 2
MANY_ROWS = 2_000
# No tree of so few rows is deeper; scikit-learn keeps it and does not use it.
DEEPEST = SUBSAMPLE


@frozen
class Forest:
    """Trees as arrays: the nodes of all of them one after the other, and where each tree begins.

    `nodes` has the fields of scikit-learn's nodes that `NODES` names; `depths`
    is how deep a row counts that ends in a node, shape (nodes,).
    """

    columns: int
    subsample: int
    starts: NDArray[np.int64]
    nodes: dict[str, NDArray[np.generic]]
    depths: Floats
    trees: tuple[Any, ...]

    def scores(self, coordinates: Floats) -> Floats:
        """Return the scores of rows, shape (rows,): near 1 is anomalous, 0.5 and below is not."""
        rows = np.ascontiguousarray(coordinates, dtype=np.float32)
        parts = np.array_split(np.arange(len(self.trees)), PARTS)
        if len(rows) < MANY_ROWS:
            depths = [self._depth(rows, part) for part in parts]
        else:
            with ThreadPoolExecutor(PARTS) as pool:
                depths = list(pool.map(lambda part: self._depth(rows, part), parts))
        mean = sum(depths[1:], depths[0]) / len(self.trees)
        expected = _path_length(np.array([self.subsample]))[0]
        return 2.0 ** (-mean / expected) if expected else np.ones(len(rows))

    def _depth(self, rows: NDArray[np.float32], part: NDArray[np.intp]) -> Floats:
        depth = np.zeros(len(rows))
        for number in part:
            start, end = self.starts[number], self.starts[number + 1]
            depth += self.depths[start:end][self.trees[number].apply(rows)]
        return depth

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is learnt, by name."""
        sizes = np.array([self.columns, self.subsample])
        return {"sizes": sizes, "starts": self.starts, "depths": self.depths, **self.nodes}


def fit(coordinates: Floats, seed: int) -> Forest:
    """Grow a forest on training rows."""
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415 - a second to load

    subsample = min(SUBSAMPLE, len(coordinates))
    grown = IsolationForest(n_estimators=TREES, max_samples=subsample, random_state=seed)
    grown.fit(np.ascontiguousarray(coordinates, dtype=np.float32))
    trees = [tree.tree_ for tree in grown.estimators_]
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])
    nodes = {name: np.concatenate([tree.__getstate__()["nodes"][name] for tree in trees]) for name in NODES}
    depths = [_depths(tree.children_left, tree.children_right) + _path_length(tree.n_node_samples) for tree in trees]
    return _planted(coordinates.shape[1], subsample, starts, nodes, np.concatenate(depths))


def restored(arrays: dict[str, NDArray[np.generic]]) -> Forest:
    """Return what `arrays` gave."""
    columns, subsample = (int(value) for value in arrays["sizes"].tolist())
    nodes = {name: arrays[name] for name in NODES}
    starts, depths = arrays["starts"].astype(np.int64), arrays["depths"].astype(np.float64)
    return _planted(columns, subsample, starts, nodes, depths)


def _planted(
    columns: int, subsample: int, starts: NDArray[np.int64], nodes: dict[str, NDArray[np.generic]], depths: Floats
) -> Forest:
    """Give scikit-learn's trees, which find a row's leaf, their nodes."""
    from sklearn.tree._tree import NODE_DTYPE, Tree  # noqa: PLC0415 - a second to load

    whole = np.zeros(starts[-1], dtype=NODE_DTYPE)
    for name in NODES:
        whole[name] = nodes[name]
    whole["weighted_n_node_samples"] = whole["n_node_samples"]
    trees = []
    for start, end in pairwise(starts.tolist()):
        own = whole[start:end].copy()
        _refuse_stray(own, columns)
        tree = Tree(columns, np.ones(1, dtype=np.intp), 1)
        values = np.zeros((len(own), 1, 1))
        tree.__setstate__({"max_depth": DEEPEST, "node_count": len(own), "nodes": own, "values": values})
        trees.append(tree)
    return Forest(columns, subsample, starts, nodes, depths, tuple(trees))


def _refuse_stray(nodes: NDArray[Any], columns: int) -> None:
    """Refuse nodes that lead out of their tree, or round in it: scikit-learn trusts what it is given.

    Raises:
        ValueError: a child does not come after its parent, or a column is not there.

    """
    left, right, places = nodes["left_child"], nodes["right_child"], np.arange(len(nodes))
    inner = left != -1
    children = np.concatenate([left[inner], right[inner]])
    parents = np.concatenate([places[inner], places[inner]])
    features = nodes["feature"][inner]
    if (children <= parents).any() or (children >= len(nodes)).any() or ((features < 0) | (features >= columns)).any():
        raise ValueError("the nodes of a tree do not belong together")


def _depths(left: NDArray[np.generic], right: NDArray[np.generic]) -> Floats:
    """Return how many splits lie above each node; children come after their parent."""
    depth = np.zeros(len(left))
    for node in range(len(left)):
        if left[node] >= 0:
            depth[left[node]] = depth[right[node]] = depth[node] + 1
    return depth


def _path_length(rows: NDArray[Any]) -> Floats:
    """Return how deep a tree of so many rows is on average (formula 1 of the paper)."""
    size = rows.astype(np.float64)
    several = np.maximum(size, 3)
    found = 2 * (np.log(several - 1) + np.euler_gamma) - 2 * (several - 1) / several
    return np.where(size > 2, found, np.where(size == 2, 1.0, 0.0))
