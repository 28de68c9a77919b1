"""80 bombs under a deadline and a memory limit: each ends in time and within the memory, and the next rule is judged."""

from __future__ import annotations

import json
import os
import time

import pytest

from conftest import Shell
from hostile.bombs import DATA, bombs
from hostile.extent import LONG
from limits.test_stopped import measured

BOMBS = bombs()
# In seconds and MB. On a machine that does other things, give more time: to start takes some of it.
DEADLINE, MEMORY = int(os.environ.get("IDQP_DEADLINE", "8")), 600
# Seconds are measured where nothing else runs; tests/limits has some bombs for every machine.
pytestmark = pytest.mark.skipif(not LONG, reason="for a machine that does nothing else: make hostile")
SLACK = 2
EVEN: dict[str, object] = {"type": "expression", "name": "even", "expression": "id % 2 = 0"}


def test_there_are_eighty() -> None:
    assert len(BOMBS) == 80


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_goes_off_where_it_does_no_harm(shell: Shell, name: str) -> None:
    bomb = BOMBS[name]
    shell.write("t.csv", DATA)
    datasets: dict[str, object] = {"t": {"path": "t.csv", "rules": [EVEN]}}
    if bomb.file is not None:
        shell.write(bomb.file[0], bomb.file[1]())
        datasets = {"bomb": {"path": bomb.file[0], "rules": [{"type": "row_count", "min": 1}]}, **datasets}
    elif bomb.rule is not None:
        datasets = {"t": {"path": "t.csv", "rules": [{**bomb.rule, "name": "bomb"}, EVEN]}}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}))
    limits = ("--deadline", f"{DEADLINE}s", "--memory-limit", f"{MEMORY}MB")
    began = time.monotonic()
    code, most, out = measured(shell, "check", "--no-store", "--format", "json", *limits)
    seconds = time.monotonic() - began
    found = {one["rule"]: one["status"] for dataset in json.loads(out)["datasets"] for one in dataset["results"]}
    told = f"{seconds:.1f} s, {most / 1e6:.0f} MB, exit {code}: {found}"
    assert seconds < DEADLINE + SLACK, told
    assert most < MEMORY * 1e6 * 1.25, told
    assert found.get("even") == "failed", told
    # A file that is read within the limits is no bomb to this machine.
    assert code == 3 or bomb.kind == "file", told
    if bomb.kind == "sql":
        assert found["bomb"] == "error", told
