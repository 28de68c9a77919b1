"""No SQL of a rule leaves the data: not by the guard alone, not by the settings alone, and not by both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from conftest import checked
from hostile import attempts
from hostile.escapes import Escape, Place, escapes
from hostile.extent import spread
from idqp_cli.core.errors import RulesError

ESCAPES = escapes()
FEW = {"guard": 100, "settings": 30, "guard+settings": 15}


def attempted(layers: str, folder: Path, tried: Sequence[Escape]) -> list[dict[str, bool]]:
    """Return what each attempt did; the rest is tried anew where one ends the process."""
    attempts.prepare(folder)
    found: list[dict[str, bool]] = []
    while len(found) < len(tried):
        done = subprocess.run(
            [sys.executable, attempts.__file__, layers, str(folder)],
            input=json.dumps([(one.place, one.text) for one in tried[len(found) :]]),
            capture_output=True, text=True, check=False, timeout=600,
            env={**os.environ, "IDQP_CANARY": attempts.TOKEN, "PYTHONPATH": str(Path(__file__).parent.parent)},
        )  # fmt: skip
        found += map(json.loads, done.stdout.splitlines())
        if len(found) < len(tried):
            assert done.returncode < 0, done.stderr
            found.append({"died": True})
    return found


def test_there_are_many_of_each_family() -> None:
    assert len({one.text for one in ESCAPES}) == len(ESCAPES) > 500
    assert len({one.family for one in ESCAPES}) == 9
    assert {one.place for one in ESCAPES} == set(Place)


@pytest.mark.parametrize("layers", FEW)
def test_nothing_outside_is_read_written_or_reached(tmp_path: Path, layers: str) -> None:
    tried = spread(ESCAPES, FEW[layers])
    found = attempted(layers, tmp_path, tried)
    harm = ("read", "wrote", "reached", "died")
    assert [str(one) for one, did in zip(tried, found, strict=True) if any(did.get(what) for what in harm)] == []
    if layers == "guard":
        # What it lets through looks at the data alone.
        assert sum(did["ran"] for did in found) < len(found) / 20


def test_what_is_outside_would_be_noticed(tmp_path: Path) -> None:
    """Without the layers, the same statements read, write and reach."""
    tried = {
        "read": ("SELECT * FROM read_text('@secret')", "SELECT * FROM '@secret.parquet'", "FROM python_variable"),
        "wrote": ("COPY (SELECT 666) TO '@new'", "COPY (SELECT 666) TO '@data' (USE_TMP_FILE false)", "ATTACH '@new.db' AS a"),
    }  # fmt: skip
    all_of_them = [Escape("control", Place.QUERY, text) for texts in tried.values() for text in texts]
    found = attempted("none", tmp_path, all_of_them)
    assert [next(what for what in ("read", "wrote") if did[what]) for did in found] == ["read"] * 3 + ["wrote"] * 3


def test_a_check_refuses_them(tmp_path: Path) -> None:
    data = attempts.prepare(tmp_path)
    before, ran = attempts.seen(tmp_path), []
    tried = spread(ESCAPES, 12)
    for one in tried:
        text = one.text.replace("@secret", str(tmp_path / "canary.csv")).replace("@folder", str(tmp_path))
        rule: dict[str, object] = {"type": "query", "sql": text}
        if one.place is Place.EXPRESSION:
            rule = {"type": "expression", "expression": text}
        elif one.place is Place.WHERE:
            rule = {"type": "range", "column": "id", "min": 0, "where": text}
        try:
            report = checked(data.parent, [rule], path="t.csv")
        except RulesError:
            continue
        assert attempts.TOKEN not in repr(report)
        ran.append(str(one))
    after = {name: content for name, content in attempts.seen(tmp_path).items() if not name.endswith("rules.yaml")}
    assert after == before
    assert len(ran) <= max(1, len(tried) / 20)
