"""`store prune` lets go of what is old, in both stores alike, and nothing else."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from conftest import Cluster, Ran, Shell


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_old_runs_go_and_young_ones_stay(shell: Shell, cluster: Cluster, database: str, backend: str) -> None:
    env = {"IDQP_STORE": "state.db" if backend == "sqlite" else cluster.address(database)}

    def idqp(*words: str) -> Ran:
        return shell.idqp(*words, env=env)

    shell.rules({"type": "range", "column": "a", "max": 1}, {"type": "anomaly", "metric": "row_count"})
    shell.write("t.csv", "a\n1\n")
    today = datetime.now(UTC)
    ages = (400, 300, 200, 100, 10)
    for age in ages:
        shell.write(f"old/{today - timedelta(days=age):%Y-%m-%d}.csv", "a\n1\n")
    assert idqp("check", "t", "--backfill", "old/*.csv").code == 0
    before = idqp("store", "info", "--format", "json").json["rows"]
    dry = idqp("store", "prune", "--older-than", "180d", "--dry-run")
    assert "would delete what is from before" in dry.err
    assert "3 runs" in dry.err
    assert idqp("store", "info", "--format", "json").json["rows"] == before

    assert "3 runs" in idqp("store", "prune", "--older-than", "180d").err
    after = idqp("store", "info", "--format", "json").json["rows"]
    assert after["check_runs"] == len(ages) - 3
    assert after["metrics"] < before["metrics"]
    assert after["audit_events"] == before["audit_events"] + 1
    assert idqp("audit", "verify").code == 0
    assert "store.prune" in idqp("audit", "list").out
    assert "0 runs" in idqp("store", "prune", "--older-than", "180d").err
    # The newest run says which rules there are, and stays.
    assert "1 run," in idqp("store", "prune", "--older-than", "1d").err
    assert idqp("store", "info", "--format", "json").json["rows"]["check_runs"] == 1
    assert idqp("check").code == 0


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_rows_of_resolved_incidents_and_settled_messages_go(
    shell: Shell, cluster: Cluster, database: str, backend: str
) -> None:
    env = {"IDQP_STORE": "state.db" if backend == "sqlite" else cluster.address(database)}
    channel = {"type": "slack", "webhook": "http://127.0.0.1:9/x"}
    rules = [{"type": "range", "column": "a", "max": 1}, {"type": "range", "column": "b", "max": 1}]
    text = {
        "version": 1,
        "datasets": {"t": {"path": "t.csv", "rules": rules}},
        "alerts": {"channels": {"c": channel}, "routes": [{"to": ["c"]}]},
    }
    shell.write("rules.yaml", json.dumps(text))
    shell.write("t.csv", "a,b\n7,7\n")
    assert shell.idqp("check", env=env).code == 1
    assert shell.idqp("incident", "resolve", "1", "--reason", "fixed", "-m", "x", env=env).code == 0
    time.sleep(1.1)
    ran = shell.idqp("store", "prune", "--older-than", "1s", env=env)
    assert ran.code == 0, ran.err
    assert "incident's sample" in ran.err
    # What waits to be delivered stays, and so do the rows of an incident that is open.
    assert "0 messages" in ran.err
    assert "a = 7" not in shell.idqp("incident", "show", "1", env=env).out
    assert "b = 7" in shell.idqp("incident", "show", "2", env=env).out


@pytest.mark.parametrize(
    "words", [[], ["--older-than", "x"], ["--older-than", "0d"], ["--older-than", "90d", "--keep", "0"]]
)
def test_an_age_that_is_none_is_refused(shell: Shell, words: list[str]) -> None:
    assert shell.idqp("store", "prune", *words).code == 2
