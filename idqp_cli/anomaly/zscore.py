"""The robust z-scores of a row, together: how far it is from the middle of all columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GRAIN = 0.1


@frozen
class ZScore:
    """The length of the vector of a row's coordinates, of which each is a robust z-score; nothing is learnt."""

    def scores(self, coordinates: Floats) -> Floats:
        """Return the scores of rows, shape (rows,)."""
        squared: Floats = np.einsum("ij,ij->i", coordinates, coordinates)
        return np.sqrt(squared)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is learnt: nothing."""
        return {}
