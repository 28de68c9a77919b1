import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idqp_cli.core.statistics import Z95, exceedances_tail, normal_cdf, normal_quantile, power, settled_by, wilson

shares = st.integers(1, 10**9).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows)))


@pytest.mark.parametrize(
    ("failed", "evaluated", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # The limits of 0 of n are 0 and z²/(n + z²).
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
    ],
)
def test_wilson_as_published(failed: int, evaluated: int, low: float, high: float) -> None:
    assert wilson(failed, evaluated) == pytest.approx((low, high), abs=5e-5)


def test_nothing_evaluated_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert power(0, 0.05) == 0.0


def test_wilson_of_none_of_ten_at_90_percent() -> None:
    z = normal_quantile(0.95)
    assert wilson(0, 10, z)[1] == pytest.approx(z * z / (10 + z * z))


@given(shares)
def test_wilson_holds_the_share_and_stays_within_0_and_1(counted: tuple[int, int]) -> None:
    failed, evaluated = counted
    low, high = wilson(failed, evaluated)
    assert 0 <= low <= failed / evaluated <= high <= 1
    assert low < high


@given(shares)
def test_wilson_is_the_same_from_the_other_side(counted: tuple[int, int]) -> None:
    failed, evaluated = counted
    low, high = wilson(failed, evaluated)
    assert wilson(evaluated - failed, evaluated) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(shares)
def test_more_rows_make_wilson_narrower(counted: tuple[int, int]) -> None:
    failed, evaluated = counted
    low, high = wilson(failed, evaluated)
    more_low, more_high = wilson(2 * failed, 2 * evaluated)
    assert more_high - more_low < high - low


@given(shares, st.floats(0.5, 0.98))
def test_more_confidence_makes_wilson_wider(counted: tuple[int, int], confidence: float) -> None:
    less = wilson(*counted, normal_quantile((1 + confidence) / 2))
    more = wilson(*counted, normal_quantile((1 + confidence + 0.01) / 2))
    assert more[0] <= less[0] < less[1] <= more[1]
    assert more != less


@pytest.mark.parametrize(
    ("evaluated", "threshold", "expected"),
    [
        # With a threshold of 0, one failing row of 1 % suffices: 1 - 0.99^n.
        (1, 0.0, 0.01),
        (100, 0.0, 0.6340),
        (299, 0.0, 0.9505),
        # Φ((0.01·√n - 1.645·√(t(1-t))) / √(p(1-p))), with p = t + 0.01.
        (1000, 0.01, 0.8621),
        (500, 0.05, 0.2850),
        (4000, 0.05, 0.8757),
        # Nothing lies above a threshold of 1.
        (10, 1.0, 0.0),
    ],
)
def test_power(evaluated: int, threshold: float, expected: float) -> None:
    assert power(evaluated, threshold) == pytest.approx(expected, abs=5e-5)


@given(st.integers(1, 10**8), st.floats(0, 0.98))
def test_power_grows_with_the_rows(evaluated: int, threshold: float) -> None:
    assert 0 <= power(evaluated, threshold) <= power(2 * evaluated, threshold) <= 1


@given(st.integers(1, 10**6), st.floats(0, 0.45))
def test_power_grows_with_the_effect(evaluated: int, threshold: float) -> None:
    assert power(evaluated, threshold, 0.005) <= power(evaluated, threshold, 0.01)


@pytest.mark.parametrize(
    ("p", "z"),
    [
        (0.5, 0.0),
        (0.8413447460685429, 1.0),
        (0.9, 1.2815515655446004),
        (0.95, 1.6448536269514722),
        (0.975, 1.959963984540054),
        (0.995, 2.5758293035489004),
        (0.025, -1.959963984540054),
        (1e-10, -6.361340902404056),
    ],
)
def test_normal_quantile_as_in_the_tables(p: float, z: float) -> None:
    assert normal_quantile(p) == pytest.approx(z, abs=1e-12)


@given(st.floats(-8, 5))
def test_the_quantile_undoes_the_distribution(z: float) -> None:
    assert normal_quantile(normal_cdf(z)) == pytest.approx(z, abs=1e-9)


@given(st.floats(-30, 30))
def test_the_distribution_is_symmetric(z: float) -> None:
    assert normal_cdf(z) + normal_cdf(-z) == pytest.approx(1)
    assert not math.isnan(normal_cdf(z))


@pytest.mark.parametrize(("share", "threshold"), [(0.0, 0.01), (0.005, 0.01), (0.02, 0.01), (0.5, 0.4), (1.0, 0.99)])
def test_so_many_rows_settle_it_and_fewer_do_not(share: float, threshold: float) -> None:
    rows = settled_by(share, threshold)
    assert rows is not None
    for evaluated, open_ in ((rows, False), (rows - 1, True)):
        spread = Z95**2 / evaluated
        centre = (share + spread / 2) / (1 + spread)
        half = Z95 / (1 + spread) * math.sqrt(share * (1 - share) / evaluated + spread / (4 * evaluated))
        assert (centre - half <= threshold < centre + half) == open_


def test_nothing_settles_a_share_that_is_the_threshold() -> None:
    assert settled_by(0.01, 0.01) is None


@given(st.integers(0, 12), st.integers(1, 12), st.integers(1, 12), st.integers(1, 12))
def test_exceedances_are_counted_like_draws(found: int, rows: int, beyond: int, reference: int) -> None:
    """Each order of the pooled values is as likely: count those with so many new ones beyond the old one."""
    beyond, found = min(beyond, reference), min(found, rows)
    likely = 0
    for more in range(found, rows + 1):
        # Above the old value that is looked at lie `more` new ones and `beyond - 1` old ones.
        above = math.comb(more + beyond - 1, more)
        likely += above * math.comb(rows - more + reference - beyond, rows - more)
    expected = likely / math.comb(rows + reference, rows)
    assert exceedances_tail(found, rows, beyond, reference) == pytest.approx(expected, rel=1e-9)
