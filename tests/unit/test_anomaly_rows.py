"""Models of rows: each against an oracle, and all of them through being kept and read again."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from idqp_cli.anomaly import (
    encoding,
    explain,
    exponential_tail,
    false_discovery,
    features,
    isolation_forest,
    knn,
    lstm,
    model_arrays,
    pareto_tail,
    rows,
)
from idqp_cli.anomaly.features import Field, Kind

Floats = NDArray[np.float64]


def numbers(columns: int) -> list[Field]:
    return [Field(f"c{number}", Kind.NUMBER) for number in range(columns)]


def normal(count: int, columns: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=(count, columns))


class TestLstm:
    """The forecaster."""

    @pytest.mark.parametrize("seed", range(3))
    def test_its_gradient_is_that_of_finite_differences(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        weights = lstm.initial(3, random)
        windows = random.normal(size=(7, 2, 3))
        _, gradient = lstm.loss(weights, windows)
        for name, part in weights.items():
            for _ in range(30):
                at = tuple(int(random.integers(0, size)) for size in part.shape)
                slopes = []
                for step in (1e-5, -1e-5):
                    moved = {other: one.copy() for other, one in weights.items()}
                    moved[name][at] += step
                    slopes.append(lstm.loss(moved, windows)[0])
                assert gradient[name][at] == pytest.approx((slopes[0] - slopes[1]) / 2e-5, rel=1e-5, abs=1e-9)

    def test_a_forecast_depends_on_no_later_row(self) -> None:
        series = normal(400, 2)
        learnt = lstm.fit(series, 0)
        changed = series.copy()
        changed[301:] += 9
        assert np.array_equal(learnt.scores(series)[:301], learnt.scores(changed)[:301])
        assert learnt.scores(changed)[301] > 3 * learnt.scores(series)[301]

    def test_it_learns_a_rhythm(self) -> None:
        hours = np.arange(2000)
        wave = np.sin(hours * np.pi / 12) + 0.1 * normal(2000, 1)[:, 0]
        learnt = lstm.fit(wave[:, None], 0)
        assert learnt.usual[0] < 0.25


def test_the_forest_scores_as_scikit_learn_does() -> None:
    train, check = (normal(1000, 4, seed).astype(np.float32) for seed in (1, 2))
    theirs = IsolationForest(n_estimators=isolation_forest.TREES, max_samples=256, random_state=3).fit(train)
    ours = isolation_forest.fit(train.astype(np.float64), 3)
    assert np.allclose(ours.scores(check.astype(np.float64)), -theirs.score_samples(check), rtol=0, atol=1e-12)


@given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_distances_are_those_to_the_nearest(count: int, columns: int, seed: int) -> None:
    reference, check = normal(count, columns, seed), normal(7, columns, seed + 100)
    distances = np.sort(np.linalg.norm(check[:, None] - reference[None], axis=2), axis=1)
    with_baseline = knn.fit(reference, own=False)
    assert np.allclose(with_baseline.scores(check), distances[:, : knn.NEAREST].mean(axis=1), atol=1e-3)
    alone = knn.fit(reference, own=True)
    among = np.sort(np.linalg.norm(reference[:, None] - reference[None], axis=2), axis=1)
    nearest = min(count, 1 + max(1, round(knn.SHARE * count)))
    assert np.allclose(alone.reference_scores(), among[:, nearest - 1], atol=5e-3)


@given(st.lists(st.floats(-1e3, 1e3), min_size=10, max_size=300), st.floats(-2e3, 2e3), st.floats(-2e3, 2e3))
@settings(max_examples=100, deadline=None)
def test_a_higher_score_is_never_less_surprising(reference: list[float], one: float, other: float) -> None:
    tail = exponential_tail.fit(np.array(reference), 0.01)
    low, high = tail.surprise(np.array(sorted((one, other))))
    assert 0 <= low <= high + 1e-12
    assert tail.fence(1e-6) >= tail.fence(1e-3) >= tail.start


@given(
    st.lists(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=3, max_size=3), min_size=1, max_size=30)
)
@settings(max_examples=150, deadline=None)
def test_coordinates_are_finite_whatever_the_numbers(table: list[list[float]]) -> None:
    matrix = np.array(table)
    fitted = encoding.fit(numbers(3), matrix, own=False, ranked=True)
    coordinates = fitted.coordinates(matrix)
    assert np.isfinite(coordinates).all()
    assert np.abs(coordinates).max(initial=0) < 1e4
    assert coordinates.shape == (len(matrix), len(fitted.owners()))


@pytest.mark.parametrize("method", ["knn", "isolation_forest", "zscore", "lstm", "ensemble"])
@pytest.mark.parametrize("own", [True, False])
def test_a_model_that_was_kept_says_the_same(method: str, own: bool) -> None:  # noqa: FBT001 - a case
    train, check = normal(300, 3, 1), normal(200, 3, 2)
    model = rows.train(method, numbers(3), train, seed=7, own=own, ordered=True)
    kept = model_arrays.saved(model)
    again = model_arrays.restored(kept)
    again_kept = model_arrays.saved(again)
    coordinates = model.encoding.coordinates(check)
    assert np.array_equal(coordinates, again.encoding.coordinates(check))
    assert np.array_equal(model.scores(coordinates), again.scores(coordinates))
    scores = model.scores(coordinates)
    for alpha in (None, 0.01):
        assert model.floor(alpha, 200) == again.floor(alpha, 200)
        above = scores[scores > model.floor(alpha, 200)]
        assert model.cut(alpha, above, 200) == again.cut(alpha, above, 200)
    assert json.loads(kept.settings) | {"members": None, "columns": None} == {
        "sha256": json.loads(again_kept.settings)["sha256"],
        "format": 1, "method": method, "seed": 7, "rows": 300, "own": own, "members": None, "columns": None,
    }  # fmt: skip
    for name in zipfile.ZipFile(io.BytesIO(kept.arrays)).namelist():
        assert b"|O" not in zipfile.ZipFile(io.BytesIO(kept.arrays)).read(name)[:200]


def test_the_same_rows_make_the_same_model() -> None:
    train = normal(1000, 8)
    made = [
        model_arrays.saved(rows.train("ensemble", numbers(8), train, seed=1, own=True, ordered=True)) for _ in range(2)
    ]
    assert made[0] == made[1]


@pytest.mark.parametrize("damage", ["nonsense", "format", "cut", "stray"])
def test_a_damaged_model_is_refused(damage: str) -> None:
    kept = model_arrays.saved(
        rows.train("isolation_forest", numbers(2), normal(50, 2), seed=0, own=True, ordered=False)
    )
    match damage:
        case "nonsense":
            kept = replace(kept, settings="{}")
        case "format":
            kept = replace(kept, settings=json.dumps(json.loads(kept.settings) | {"format": 99}))
        case "cut":
            kept = replace(kept, arrays=kept.arrays[: len(kept.arrays) // 2])
        case "stray":
            with np.load(io.BytesIO(kept.arrays)) as file:
                content = {name: file[name] for name in file.files}
            content["isolation_forest.left_child"] = np.where(content["isolation_forest.left_child"] > 0, 10**6, -1)
            written = io.BytesIO()
            np.savez(written, **content)
            kept = replace(kept, arrays=written.getvalue())
    with pytest.raises(rows.UntrainableError):
        model_arrays.restored(kept)


def test_weights_of_an_absent_member_go_to_the_others() -> None:
    train = normal(300, 2)
    weights = {
        ordered: {
            one.method: one.weight
            for one in rows.train("ensemble", numbers(2), train, seed=0, own=True, ordered=ordered).members
        }
        for ordered in (True, False)
    }
    assert weights[True] == pytest.approx({"isolation_forest": 0.4, "zscore": 0.3, "lstm": 0.3})
    assert weights[False] == pytest.approx({"isolation_forest": 4 / 7, "zscore": 3 / 7})


def test_causes_name_the_columns_that_are_out() -> None:
    model = rows.train("knn", numbers(6), normal(500, 6), seed=0, own=False, ordered=False)
    odd = np.zeros((2, 6))
    odd[0, 4] = 30
    odd[1, [1, 2]] = 30, -30
    found = explain.causes(model, model.encoding.coordinates(odd), None)
    assert found[0] == (4,)
    assert sorted(found[1]) == [1, 2]


@pytest.mark.parametrize(
    ("cells", "kind", "least", "unseen"),
    [
        ([("a", "a")] * 50 + [("b", "a")] * 50, Kind.WORD, 0.5, 6.6),
        ([(f"x{number}", "a9") for number in range(100)], Kind.TEXT, 1.0, 7.6),
        ([(f"{'-' * number}", "-" * number) for number in range(100)], Kind.TEXT, 0.0, 0.0),
    ],
)
def test_text_is_known_by_value_or_by_shape(
    cells: list[tuple[str | None, str | None]], kind: Kind, least: float, unseen: float
) -> None:
    field = features.text_field("t", cells)
    assert field.kind is kind
    usual = features.least(field)
    assert usual == pytest.approx(least)
    assert features.rarity(0.5 / field.rows, usual) == pytest.approx(unseen, abs=0.1)


def named(reference: Floats, scores: Floats) -> NDArray[np.bool_]:
    """Return which scores are named beside a reference."""
    ascending = np.sort(reference)
    above = scores[scores > false_discovery.floor(ascending)]
    return scores > false_discovery.cut(ascending, above, len(scores))


@pytest.mark.parametrize("rows", [30, 500, 5000])
@pytest.mark.parametrize("reference", [20, 300, 2000])
def test_of_usual_scores_some_are_named_in_few_files(rows: int, reference: int) -> None:
    random = np.random.default_rng(1)
    draws: tuple[Callable[[int], Floats], ...] = (
        lambda size: np.abs(random.standard_normal(size)),
        lambda size: random.exponential(size=size),
        lambda size: np.sqrt(np.abs(random.standard_t(3, size=size))),
    )
    alarms = [named(draw(reference), draw(rows)).any() for draw in draws for _ in range(100)]
    assert sum(alarms) <= 0.05 * len(alarms)


def test_most_of_those_that_are_named_are_odd() -> None:
    random = np.random.default_rng(2)
    odd = np.arange(5000) < 250
    scores = np.where(odd, random.normal(4, 1, 5000), random.normal(0, 1, 5000))
    found = named(random.normal(0, 1, 2000), scores)
    assert (found & odd).sum() > 200
    assert (found & ~odd).sum() < 0.25 * found.sum()


def test_a_row_needs_no_company_that_is_far_beyond_the_reference_and_alone_in_its_file() -> None:
    model = rows.train("knn", numbers(2), normal(1000, 2, 1), seed=0, own=False, ordered=False)
    check = normal(1000, 2, 2)
    check[500], check[600] = 40, 4
    coordinates = model.encoding.coordinates(check)
    found = model.company(None, coordinates, len(check))
    assert found is not None
    assert np.flatnonzero(found.alone(coordinates, model.scores(coordinates))).tolist() == [500]
    # Where a third of the rows are as far out, none of them is alone.
    check[:300] = 40
    coordinates = model.encoding.coordinates(check)
    found = model.company(None, coordinates, len(check))
    assert found is not None
    assert not found.alone(coordinates, model.scores(coordinates)).any()
    assert model.company(0.01, coordinates, len(check)) is None


@pytest.mark.parametrize("size", [12, 60, 1000])
def test_a_heavy_tail_moves_the_bound_of_a_file_that_is_judged_by_itself(size: int) -> None:
    random = np.random.default_rng(4)
    for heavy in (False, True):
        for _ in range(20):
            scores = np.sort(random.pareto(2.0, size) if heavy else random.standard_normal(size))
            begin = exponential_tail.fit(scores, 0.01).fence(0.02 / size)
            found = pareto_tail.searched(scores, begin, 0.02 / size)
            assert begin <= found < np.inf
            assert (scores > found).sum() <= (scores > begin).sum()
    same = np.full(size, 3.0)
    assert pareto_tail.searched(same, 3.0, 0.001) == 3.0
