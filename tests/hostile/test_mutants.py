"""Mutants of good files: no crash, no bug, no hang, and no silent pass of what another reader reads otherwise."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from hostile.extent import AGAIN, LONG, SEED
from hostile.judges import judge_all
from hostile.mutants import GOOD, mutant

# As many of each format, and so many at once: a slice that fails is run again by itself.
EACH = 1_112 if LONG else 4
AT_ONCE = 100
SLICES = [(name, first) for name in GOOD for first in range(0, EACH, AT_ONCE)]
# One process judges all of the short form.
TOGETHER = [[one] for one in SLICES] if LONG else [SLICES]


def test_the_good_ones_pass(tmp_path: Path) -> None:
    for name, content in GOOD.items():
        (tmp_path / name).write_bytes(content)
    found = judge_all(tmp_path, [(name, {}) for name in GOOD])
    assert [(one["outcome"], one["wrong"]) for one in found] == [("passed", None)] * len(GOOD)


@pytest.mark.parametrize("slices", TOGETHER, ids=lambda slices: "-".join(f"{name}:{first}" for name, first in slices))
def test_mutants(tmp_path: Path, slices: list[tuple[str, int]]) -> None:
    files: list[tuple[str, dict[str, object]]] = []
    for name, first in slices:
        for number in range(first, min(first + AT_ONCE, EACH)):
            folder = tmp_path / f"{name}.{number}"
            folder.mkdir()
            (folder / name).write_bytes(mutant(GOOD[name], random.Random(f"{SEED} {name} {number}")))
            files.append((f"{folder.name}/{name}", {}))
    found = judge_all(tmp_path, files)
    wrong = [(file, one["outcome"], one["wrong"]) for (file, _), one in zip(files, found, strict=True) if one["wrong"]]
    assert wrong == [], AGAIN
