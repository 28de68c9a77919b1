"""Mutants of good files: no crash, no bug, no hang, and no silent pass of what another reader reads otherwise."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from hostile.extent import AGAIN, LONG, SEED
from hostile.judges import judge_all
from hostile.mutants import GOOD, mutant

# As many of each format.
EACH = 1_112 if LONG else 4
# One process judges all of the short form.
TOGETHER = [[name] for name in GOOD] if LONG else [list(GOOD)]


def test_the_good_ones_pass(tmp_path: Path) -> None:
    for name, content in GOOD.items():
        (tmp_path / name).write_bytes(content)
    found = judge_all(tmp_path, [(name, {}) for name in GOOD])
    assert [(one["outcome"], one["wrong"]) for one in found] == [("passed", None)] * len(GOOD)


@pytest.mark.parametrize("names", TOGETHER)
def test_mutants(tmp_path: Path, names: list[str]) -> None:
    files: list[tuple[str, dict[str, object]]] = []
    for name in names:
        for number in range(EACH):
            folder = tmp_path / f"{name}.{number}"
            folder.mkdir()
            (folder / name).write_bytes(mutant(GOOD[name], random.Random(f"{SEED} {name} {number}")))
            files.append((f"{folder.name}/{name}", {}))
    found = judge_all(tmp_path, files)
    wrong = [(file, one["outcome"], one["wrong"]) for (file, _), one in zip(files, found, strict=True) if one["wrong"]]
    assert wrong == [], AGAIN
