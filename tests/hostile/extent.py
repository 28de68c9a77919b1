"""How much of each suite runs: all of it by `make hostile`, and as much as is spread evenly otherwise."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

LONG = "IDQP_HOSTILE" in os.environ
SEED = int(os.environ.get("IDQP_SEED", "17"))
# How to see again what a run with fresh seeds found.
AGAIN = f"again by: make hostile SEED={SEED}"
One = TypeVar("One")


def spread(cases: Sequence[One], few: int) -> list[One]:
    """Return all cases, or so `few` of them at even distances."""
    if LONG or few >= len(cases):
        return list(cases)
    return [cases[number * len(cases) // few] for number in range(few)]
