"""A change that stays is offered by every rule that judges by runs; said to be expected, it is usual from then on.

With IDQP_EXAMPLES, as in `make nightly`, every method is tried with both kinds of baseline.
"""

from __future__ import annotations

import os
import random

import pytest

from conftest import Shell

OFFER = "3 runs like this in a row: `idqp incident resolve 1 --reason expected` makes it usual"
PREVIOUS = {"baseline": "previous"}
WINDOW = {"baseline": {"window": "7d"}}


def table(seed: int, level: float = 50, kind: str = "a", other: float = 7) -> str:
    """Write 400 rows, of which half are of this kind and the others always the same."""
    dice = random.Random(seed)
    rows = ["v,w,k"]
    for place in range(400):
        v, w, k = (level, other, kind) if place % 2 else (50, 7, "z")
        rows.append(f"{dice.gauss(v, 9):.3f},{dice.gauss(w, 1):.3f},{k}")
    return "\n".join(rows) + "\n"


def checked(shell: Shell, text: str, rule: str) -> tuple[str, str]:
    shell.write("t.csv", text)
    results = shell.idqp("check", "--format", "json").json["datasets"][0]["results"]
    (found,) = (one for one in results if one["rule"] == rule)
    return found["status"], found["message"]


def old(seed: int) -> str:
    return table(seed)


def new(seed: int) -> str:
    return table(seed, 90, "b", 30)


RULES = [
    {"type": "drift", "column": "v", **PREVIOUS},
    {"type": "drift", "column": "v", "method": "wasserstein", **WINDOW},
    {"type": "drift", "column": "k", "method": "chi2", "where": "v > 0", **WINDOW},
    {"type": "outliers", "columns": ["v", "w"], **PREVIOUS},
]
if "IDQP_EXAMPLES" in os.environ:
    RULES += [{"type": "drift", "column": "v", "method": method, **WINDOW} for method in ("psi", "ks", "js")]
    RULES += [{"type": "drift", "column": "v", "method": method, **PREVIOUS} for method in ("ks", "wasserstein", "js")]
    RULES += [{"type": "drift", "column": "k", **PREVIOUS}]
    RULES += [{"type": "outliers", "columns": ["v", "w"], "alpha": 0.01, **PREVIOUS}]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_change_that_stays_is_offered(shell: Shell, rule: dict[str, object]) -> None:
    def check(text: str) -> tuple[str, str]:
        return checked(shell, text, "moved")

    shell.rules({**rule, "name": "moved"})
    for seed in range(3):
        check(old(seed))
    for seed in (10, 11):
        found, message = check(new(seed))
        assert (found, "makes it usual" in message) == ("failed", False), message
    found, message = check(new(12))
    assert (found, OFFER in message) == ("failed", True), message
    # The way back passes as long as nobody has answered, and ends the row.
    assert check(old(3))[0] == "passed"
    found, message = check(new(13))
    assert (found, "makes it usual" in message) == ("failed", False), message
    for seed in (14, 15):
        message = check(new(seed))[1]
    assert OFFER in message
    assert shell.idqp("incident", "resolve", "1", "--reason", "expected").code == 0
    assert check(new(16))[0] == "passed"
    assert check(new(17))[0] == "passed"
    if rule["type"] == "outliers":
        # Half of the rows were always as they were, so that rows of that kind are not odd.
        assert check(old(20))[0] == "passed"
        return
    # What was usual once is a change now, and can be called expected again.
    for seed in (20, 21, 22):
        found, message = check(old(seed))
        assert found == "failed", message
    assert OFFER in message
    assert shell.idqp("incident", "resolve", "1", "--reason", "expected").code == 0
    assert check(old(23))[0] == "passed"


def test_another_change_is_another_row(shell: Shell) -> None:
    shell.rules({"type": "drift", "column": "v", "name": "moved"})
    for seed in range(3):
        checked(shell, old(seed), "moved")
    for seed, level in ((1, 90), (2, 20), (3, 90), (4, 20)):
        found, message = checked(shell, table(seed, level), "moved")
        assert (found, "makes it usual" in message) == ("failed", False), message


def test_a_profile_that_stays_changed_is_offered(shell: Shell) -> None:
    shell.rules({"type": "anomaly", "metric": "profile", "name": "moved"})
    for day in range(12):
        shell.write(f"old/t-2024-01-{day + 1:02}.csv", old(day))
    assert shell.idqp("check", "t", "--backfill", "old/*.csv").code == 0
    for seed in (20, 21):
        found, message = checked(shell, new(seed), "moved")
        assert (found, "makes it usual" in message) == ("failed", False), message
    found, message = checked(shell, new(22), "moved")
    assert (found, OFFER in message) == ("failed", True), message
    assert shell.idqp("incident", "resolve", "1", "--reason", "expected").code == 0
    for seed in (23, 24, 25):
        found, message = checked(shell, new(seed), "moved")
        assert found == "passed", message
    # The old level was usual for long, and still is; what neither level was is not.
    assert checked(shell, old(26), "moved")[0] == "passed"
    assert checked(shell, table(27, 500, "c", 200), "moved")[0] == "failed"


def test_a_fixed_baseline_offers_nothing_that_would_not_help(shell: Shell) -> None:
    shell.write("base.csv", old(1))
    shell.rules({"type": "drift", "column": "v", "name": "moved", "baseline": {"file": "base.csv"}})
    for seed in range(4):
        found, message = checked(shell, new(seed), "moved")
        assert (found, "makes it usual" in message) == ("failed", False)
