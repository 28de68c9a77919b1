"""Ages are exact seconds, whatever the zone, the type and the clock on the wall."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conftest import Shell, checked
from idqp_cli.core.model import Verdict


def verdict(folder: Path, newest: str, max_age: str, **dataset: object) -> Verdict:
    (folder / "t.csv").write_text(f"id,at\n1,{newest}\n2,1999-12-31\n3,\n")
    rule = {"type": "freshness", "column": "at", "max_age": max_age}
    return checked(folder, [rule], path="t.csv", **dataset).datasets[0].results[-1].verdict


def ago(**how_long: float) -> datetime:
    return datetime.now(UTC) - timedelta(**how_long)


@pytest.mark.parametrize(
    "form", ["{:%Y-%m-%d %H:%M:%S}", "{:%Y-%m-%dT%H:%M:%SZ}", "{:%Y-%m-%d %H:%M:%S+00:00}", "{:%Y-%m-%d %H:%M:%S.%f}"]
)
@pytest.mark.parametrize(
    ("max_age", "status"), [("3h", "passed"), ("119m", "failed"), ("1d2h", "passed"), ("7199s", "failed")]
)
def test_age_of_the_newest_value(tmp_path: Path, form: str, max_age: str, status: str) -> None:
    found = verdict(tmp_path, form.format(ago(hours=2)), max_age)
    assert found.status == status
    assert found.metric_value == pytest.approx(7200, abs=30)


def test_an_offset_is_not_dropped(tmp_path: Path) -> None:
    local = ago(hours=2) + timedelta(hours=5)
    assert verdict(tmp_path, f"{local:%Y-%m-%dT%H:%M:%S}+05:00", "3h").metric_value == pytest.approx(7200, abs=30)


def test_the_session_time_zone_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert verdict(tmp_path, f"{ago(hours=2):%Y-%m-%d %H:%M:%S}", "3h").metric_value == pytest.approx(7200, abs=30)


def test_a_date_is_its_midnight(tmp_path: Path) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    expected = (datetime.now(UTC) - midnight).total_seconds()
    assert verdict(tmp_path, f"{midnight:%Y-%m-%d}", "1d").metric_value == pytest.approx(expected, abs=30)


def test_a_column_without_a_value_is_not_fresh(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,at\n1,\n")
    rule = {"type": "freshness", "column": "at", "max_age": "1d"}
    found = checked(tmp_path, [rule], path="t.csv").datasets[0].results[-1].verdict
    assert (found.status, found.metric_value) == ("failed", None)


@pytest.mark.parametrize(("age", "status"), [(3600, "passed"), (90_000, "failed")])
def test_without_a_column_the_file_is_looked_at(tmp_path: Path, age: int, status: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id\n1\n")
    os.utime(path, (0, ago(seconds=age).timestamp()))
    found = checked(tmp_path, [{"type": "freshness", "max_age": "1d"}], path="t.csv").datasets[0].results[-1].verdict
    assert found.status == status
    assert found.metric_value == pytest.approx(age, abs=30)


def test_standard_input_has_no_age(shell: Shell) -> None:
    shell.rules({"type": "freshness", "max_age": "1d"})
    ran = shell.idqp("check", "-", stdin=b"id\n1\n")
    assert (ran.code, "nobody says when the file was written, as of standard input; name a column" in ran.err) == (
        3,
        True,
    )
