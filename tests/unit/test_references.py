"""What runs leave in a store for others: as much as is asked for again, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idqp_cli.anomaly.saved_model import Learnt, Reference
from idqp_cli.anomaly.summary import Shape, Summary
from idqp_cli.baselines import recall, saved
from idqp_cli.rules.drift import Drift
from idqp_cli.rules.outliers import Outliers, lesson
from idqp_cli.rules.rule import Baseline
from idqp_cli.store import Store, open_store

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
RULE = Outliers(name="odd: one", line=1, against=Baseline())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(str(tmp_path / "state.db"))) as opened:
        yield opened


def leave(store: Store, day: float, state: str | None, rule: Outliers = RULE) -> None:
    """Keep a model whose settings say on which day it was trained."""
    at = BEGIN + timedelta(days=day)
    saved.keep(store, "t", Reference(models={lesson(rule): Learnt(f"{day:g}", b"")}, state=state), at, "me")


def asked(store: Store, day: float, state: str | None, rule: Outliers = RULE) -> str | None:
    """Return the settings of the model that a run on a day would be judged by."""
    past = recall.recalled(store, "t", [rule], BEGIN + timedelta(days=day), state)
    return past.models[rule.name].settings if rule.name in past.models else None


def test_a_run_is_judged_by_the_last_one_over_other_data(store: Store) -> None:
    assert asked(store, 0, "a") is None
    leave(store, 0, "a")
    assert (asked(store, 1, "a"), asked(store, 1, "b"), asked(store, 1, None)) == (None, "0", "0")
    for day in (1, 2, 3):
        leave(store, day, "b")
        assert (asked(store, day + 0.5, "b"), asked(store, day + 0.5, "c")) == ("0", f"{day}")
    leave(store, 4, "c")
    leave(store, 0.5, "e")
    assert len(store.models("t")) == 2
    assert (asked(store, 5, "c"), asked(store, 5, "b"), asked(store, 3.5, "d")) == ("3", "4", "3")
    assert len(store.models("t")) == 2


def test_of_data_that_nothing_tells_apart_every_run_counts(store: Store) -> None:
    for day in range(5):
        assert asked(store, day, None) == (None if day == 0 else f"{day - 1}")
        leave(store, day, None)
    assert len(store.models("t")) == 2


def test_rules_have_their_own_models_and_those_of_rules_that_are_no_more_are_let_go(store: Store) -> None:
    other = Outliers(name="one", line=1, against=Baseline())
    leave(store, 0, "a")
    leave(store, 1, "a", other)
    assert (asked(store, 2, "b"), asked(store, 2, "b", other)) == ("0", "1")
    assert asked(store, 2, "b", Outliers(name="one", line=1, against=Baseline(), seed=1)) is None
    leave(store, 89, "b", other)
    assert asked(store, 90, "c") == "0"
    leave(store, 92, "c", other)
    assert (asked(store, 93, "d"), asked(store, 93, "d", other)) == (None, "92")
    assert len(store.models("t")) == 2


def test_a_snapshot_has_the_models_of_the_rules_that_name_it_and_no_older_ones(store: Store) -> None:
    first, second = (Outliers(name=name, line=1, against=Baseline(snapshot="gold")) for name in ("a", "b"))
    for rule in (first, second):
        reference = Reference(models={lesson(rule): Learnt(rule.name, b"x")})
        saved.keep_snapshot(store, "t", "gold", reference, BEGIN, "me")
    past = recall.recalled(store, "t", [first, second], BEGIN, None)
    assert {name: model.settings for name, model in past.models.items()} == {"b": "b"}
    assert "the snapshot gold has no model for this rule" in past.faults["a"]
    saved.drop_snapshot(store, "t", "gold", BEGIN, "me")
    assert store.models("t") == {}


def test_repeated_runs_do_not_push_out_what_other_data_left(store: Store) -> None:
    of_column = {"x": Summary(Shape.NUMBER, (1, 2), edges=(0.5,))}
    for day, state in enumerate(("a", *("b" for _ in range(saved.RUNS_KEPT + 5)))):
        at = BEGIN + timedelta(days=day)
        saved.keep(store, "t", Reference(summaries=of_column, state=state), at, "me")
    assert len(store.baselines("t")) == 2
    rule = Drift(name="moved", line=1, columns=("x",))
    assert recall.recalled(store, "t", [rule], at + timedelta(days=1), "b").baselines["moved"] == of_column
