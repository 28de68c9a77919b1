"""What rules say of numbers that nearly are their bounds."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conftest import checked
from idqp_cli.core.model import Result
from idqp_cli.report import wording


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
    interval = wording.bounds(found).split("interval ")[1].split(" to ")
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


def drifted(folder: Path, before: str, now: str, **rule: object) -> Result:
    (folder / "b.csv").write_text(before, encoding="utf-8")
    return of(folder, now, **{"type": "drift", "column": "x", "baseline": {"file": "b.csv"}, **rule})


def numbers(*values: object) -> str:
    return "x\n" + "".join(f"{value}\n" for value in values)


def test_drift_says_what_happened_against_what_and_where(tmp_path: Path) -> None:
    low, high = numbers(*[1, 2] * 200), numbers(*[1] * 150, *[3] * 250)
    found = drifted(tmp_path, low, high)
    assert found.verdict.message.startswith("x has drifted: PSI ")
    assert " against the file b.csv (p < 0.0001, 0.2 allowed); most moved: " in found.verdict.message
    assert " from 0 % to 62.5 %" in found.verdict.message
    same = drifted(tmp_path, low, low, method="ks")
    assert same.verdict.message == "x has not drifted: KS distance 0 against the file b.csv (p = 1.0000, 0.1 allowed)"


def test_drift_that_may_be_chance_says_so(tmp_path: Path) -> None:
    found = drifted(tmp_path, numbers(*[1, 2] * 50), numbers(*[1] * 55, *[2] * 45), threshold=0.001)
    assert (found.status, "; the difference may be chance" in found.verdict.message) == ("passed", True)


def test_drift_beside_its_threshold_has_as_many_digits_as_tell_them_apart(tmp_path: Path) -> None:
    low, high = numbers(*[1, 2] * 200), numbers(*[1] * 150, *[3] * 250)
    distance = drifted(tmp_path, low, high).verdict.metric_value or 0.0
    told = drifted(tmp_path, low, high, threshold=distance * 0.9999).verdict.message
    shown, bound = told.split("PSI ")[1].split(" ")[0], told.split(", ")[1].split(" ")[0]
    assert float(bound.replace(",", "")) < float(shown.replace(",", ""))


@pytest.mark.parametrize(("text", "rule", "told"), [
    ("x\n1\n", {"type": "drift", "column": "x"}, "nothing to compare x with yet: no run that passed before had other data"),
    ("x\n1\n", {"type": "row_count", "change": "10%"}, "1 row; no run before to compare with yet"),
    ("x\n1\n", {"type": "anomaly", "metric": "row_count"}, "8 more runs needed: the history has 0 of 8"),
    ("x\n1\n", {"type": "query", "sql": "SELECT * FROM t"}, "1 row returned, none expected"),
    ("x\n1\n", {"type": "query", "sql": "SELECT * FROM t WHERE x > 1"}, "0 rows returned"),
    ("x\n1\n", {"type": "query", "sql": "SELECT * FROM t", "threshold": 2}, "1 row returned, at most 2 allowed"),
])  # fmt: skip
def test_a_message_says_what_there_is_and_what_is_expected(
    tmp_path: Path, text: str, rule: dict[str, object], told: str
) -> None:
    assert of(tmp_path, text, **rule).verdict.message == told


def test_an_old_value_names_its_column(tmp_path: Path) -> None:
    found = of(tmp_path, "at\n2020-01-01\n", type="freshness", column="at", max_age="24h")
    assert found.verdict.message.startswith("the newest value of at is ")
