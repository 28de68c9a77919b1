"""Distributions of the last run beside those of the run before, from what runs leave in the store."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from idqp_cli.anomaly import summaries
from idqp_cli.anomaly.summary import Shape, Summary
from idqp_cli.store import open_store
from idqp_cli.store.values import Baseline, OfRun
from server_place import Place

NOW = datetime.now(UTC)


def summary(*counts: int, missing: int = 0) -> Summary:
    return Summary(Shape.NUMBER, counts, edges=(0.0, 10.0, 20.0), low=1.0, high=20.0, missing=missing)


def test_what_moved_most_is_first(place: Place) -> None:
    assert place.get("/datasets/t/distributions")["items"] == []
    runs = [
        {"calm": summary(0, 50, 50, 0), "word": Summary(Shape.TEXT, (60, 40, 0), texts=("a", "b")), "gone": summary(0, 1, 1, 0)},
        {"calm": summary(0, 52, 48, 0), "word": Summary(Shape.TEXT, (10, 80, 10), texts=("a", "b")), "new": summary(0, 1, 1, 0)},
    ]  # fmt: skip
    with closing(open_store(place.owned)) as store:
        for number, run in enumerate(runs):
            at = NOW - timedelta(hours=2 - number)
            store.save_baseline(Baseline("t", OfRun(at), summaries.as_text(run), at, "me"))
    found = place.get("/datasets/t/distributions")["items"]
    assert [one["column"] for one in found] == ["word", "calm"]
    assert found[0]["moved"] == pytest.approx(0.5)
    assert found[0]["bins"][0] == {"bin": "a", "before": 0.6, "now": 0.1}
    assert sum(one["now"] for one in found[1]["bins"]) == pytest.approx(1)
    assert place.ask("GET", "/datasets/none/distributions").status_code == 404
