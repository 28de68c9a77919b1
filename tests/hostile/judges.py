"""Processes that judge files one after another, and are replaced where one crashes or hangs."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hostile import judging

# Longer than any of these small files takes on a busy machine.
HANGS = 240


def judge_all(folder: Path, files: Sequence[tuple[str, Mapping[str, object]]]) -> list[dict[str, Any]]:
    """Judge each file of `folder`; one that ends or holds up the process is what is wrong with it."""
    found: list[dict[str, Any]] = []
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "GITHUB_STEP_SUMMARY": ""}
    while len(found) < len(files):
        with subprocess.Popen(
            [sys.executable, judging.__file__, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
        ) as judge:
            assert judge.stdin is not None
            assert judge.stdout is not None
            judge.stdin.write(json.dumps(files[len(found) :]).encode())
            judge.stdin.close()
            while len(found) < len(files):
                if not select.select([judge.stdout], [], [], HANGS)[0]:
                    judge.kill()
                    found.append({"outcome": "hang", "wrong": f"no answer in {HANGS} s"})
                    break
                line = judge.stdout.readline()
                if not line:
                    found.append({"outcome": "crash", "wrong": f"the process ended by {judge.wait()}"})
                    break
                found.append(json.loads(line))
    return found
