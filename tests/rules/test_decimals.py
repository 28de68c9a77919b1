"""Decimals are compared with all their digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from idqp_cli.model import DatasetReport


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
