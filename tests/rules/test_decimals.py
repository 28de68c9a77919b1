"""Decimals are compared with all their digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from idqp_cli.core.model import DatasetReport


@pytest.mark.parametrize(
    ("rule", "failed"),
    [
        ({"type": "rejected_values", "values": [1000000000000000, 0.1]}, 0),
        ({"type": "accepted_values", "values": [1000000000000000, 0.1, 1e300]}, 1),
        ({"type": "range", "min": 0.1, "max": 10**37}, 0),
        ({"type": "range", "min": 1000000000000000}, 1),
    ],
)
def test_a_decimal_is_not_rounded(check: Callable[..., DatasetReport], rule: dict[str, Any], failed: int) -> None:
    body = "i,d\n1,999999999999999.999\n"
    report = check(body, {**rule, "column": "d"}, read={"types": {"d": "DECIMAL(18,3)"}})
    assert (report.results[-1].verdict.rows_evaluated, report.results[-1].verdict.rows_failed) == (1, failed)


@pytest.mark.parametrize("kind", ["DECIMAL(18,3)", "DECIMAL(18,0)", "DECIMAL(4,3)"])
def test_the_spread_of_decimals_is_exact(check: Callable[..., DatasetReport], kind: str) -> None:
    low, high, step = {"DECIMAL(18,3)": ("999999999999999.998", "999999999999999.999", 0.001),
                       "DECIMAL(18,0)": ("-999999999999999999", "-999999999999999998", 1.0),
                       "DECIMAL(4,3)": ("-9.999", "9.999", 19.998)}[kind]  # fmt: skip
    rule = {"type": "statistic", "column": "d", "statistic": "stddev", "min": 0}
    report = check(f"i,d\n1,{low}\n2,{high}\n3,\n", rule, read={"types": {"d": kind}})
    assert report.results[-1].verdict.metric_value == pytest.approx(step / 2**0.5, rel=1e-12)
