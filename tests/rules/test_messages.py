"""What rules say of numbers that nearly are their bounds."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conftest import checked
from idqp_cli.model import Result
from idqp_cli.output import phrases


def of(folder: Path, text: str, **rule: object) -> Result:
    (folder / "t.csv").write_text(text, encoding="utf-8")
    return checked(folder, [rule]).datasets[0].results[-1]


@pytest.mark.parametrize(
    ("failing", "threshold", "status", "told"),
    [
        (629, "6.29%", "passed", "(6.29 %, 6.29 % allowed)"),
        (7, "0.07%", "passed", "(0.07 %, 0.07 % allowed)"),
        (630, "6.299999%", "failed", "(6.3 %, 6.299999 % allowed)"),
        (1, 0.000099, "failed", "(0.01 %, 0.0099 % allowed)"),
    ],
)
def test_a_share_beside_its_threshold(tmp_path: Path, failing: int, threshold: object, status: str, told: str) -> None:
    rows = "".join(f"{0 if number < failing else 1}\n" for number in range(10_000))
    found = of(tmp_path, f"x\n{rows}", type="accepted_values", column="x", values=[1], threshold=threshold)
    assert (found.status, told in found.verdict.message) == (status, True)


def test_an_interval_beside_its_threshold(tmp_path: Path) -> None:
    rows = "".join(f"{0 if number < 100 else 1}\n" for number in range(10_000))
    rule = {"type": "accepted_values", "column": "x", "values": [1], "confidence": 0.95}
    low, _ = of(tmp_path, f"x\n{rows}", **rule, threshold=0.01).verdict.confidence_interval or (0.0, 0.0)
    found = of(tmp_path, f"x\n{rows}", **rule, threshold=round(low, 7))
    interval = phrases.bounds(found).split("interval ")[1].split(" to ")
    allowed = found.verdict.message.split(", ")[1].split(" allowed")[0]
    assert allowed not in interval
    assert float(allowed.split()[0]) == pytest.approx(low * 100, abs=1e-4)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"statistic": "max", "max": 0.3}, "is 0.30000000000000004, at most 0.3 expected"),
        ({"statistic": "max", "min": 0.30000000000000010}, "is 0.3, at least 0.3000000000000001 expected"),
        ({"statistic": "max", "max": 0.25}, "is 0.3, at most 0.25 expected"),
        ({"statistic": "max", "max": 1}, "is 0.3"),
    ],
)  # fmt: skip
def test_a_statistic_beside_its_bound(tmp_path: Path, rule: dict[str, object], told: str) -> None:
    found = of(tmp_path, "x\n0.30000000000000004\n0.1\n", type="statistic", column="x", **rule)
    assert found.verdict.message == f"the max of x {told}"


def test_an_age_beside_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x\n1\n", encoding="utf-8")
    old = (datetime.now(UTC) - timedelta(days=1, seconds=20)).timestamp()
    os.utime(path, (old, old))
    message = checked(tmp_path, [{"type": "freshness", "max_age": "1d"}]).datasets[0].results[-1].verdict.message
    assert message.startswith("the file is 1 d 2")
    assert message.endswith(" s old, at most 1 d allowed")
