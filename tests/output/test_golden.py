"""One report with every awkward value, byte by byte in every format.

`IDQP_GOLDEN=write pytest tests/output` writes the files anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from idqp_cli.model import (
    DatasetReport,
    Report,
    Result,
    RunStatus,
    Sample,
    SchemaChange,
    SchemaReport,
    Severity,
    Status,
    Verdict,
)
from idqp_cli.output import json as as_json
from idqp_cli.output import screen, table

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "\x1b[31m\x07\u202e[bold]<b>&|`'\"\n\r\t::error::\u2028é\ud800"


def result(rule: str, status: Status, severity: Severity, message: str, **more: object) -> Result:
    verdict = {name: more.pop(name) for name in list(more) if name in Verdict.__dataclass_fields__}
    return Result(rule, "range", ("qty",), severity, Verdict(status, message, **verdict), **more)  # type: ignore[arg-type]


def report() -> Report:
    rows = (
        Sample(2, {"id": 1, HOSTILE: HOSTILE}, {"qty": -1.5}),
        Sample(None, {}, {"qty": None, "big": 2**60, "inf": math.inf, "flag": True}, file="b.csv"),
        Sample(4, {}, {"qty": "z" * 300}),
        Sample(5, {}, {"qty": 5}),
    )
    parse = (
        Sample(7, {}, {"qty": HOSTILE}, column="qty", expected="BIGINT"),
        Sample(9, {}, {"": "too few cells"}, expected="2 cells"),
    )
    failed = result(
        f"range({HOSTILE})", Status.FAILED, Severity.CRITICAL, "4 of 9 rows: qty is outside [0, ∞) (44.44 %)",
        metric_value=4 / 9, threshold=0.0, confidence_interval=(0.1888, 0.7333), statistical_power=0.0865,
        rows_evaluated=9, rows_failed=4, samples=rows, incident=12,
    )  # fmt: skip
    results = (
        result("passes", Status.PASSED, Severity.WARNING, "none of 9 rows fails", metric_value=0.0, threshold=0.0),
        result("mild", Status.FAILED, Severity.INFO, "1 of 9 rows", metric_value=math.inf, threshold=-math.inf),
        result("settled later", Status.INCONCLUSIVE, Severity.WARNING, "1 of 9 rows", metric_value=1 / 9),
        result("not there", Status.ERROR, Severity.WARNING, "column 'x' is not in the data"),
        result("nothing to see", Status.SKIPPED, Severity.WARNING, "there is no row to look at"),
        failed,
        result("parse", Status.FAILED, Severity.CRITICAL, "1 cell, 1 line", samples=parse, incident=13),
    )
    changes = (
        SchemaChange("removed", HOSTILE, "BIGINT", None, breaking=True),
        SchemaChange("added", "n", None, "DATE", breaking=False),
    )
    datasets = (
        DatasetReport("orders", "orders.csv", 9, RunStatus.FAILED, 12.5, SchemaReport("2.0.0", "changed", changes), results),
        DatasetReport("gone", "gone.csv", None, RunStatus.ERROR, None, None, (), "gone.csv: no such file"),
        DatasetReport("fine", "a.csv (2 files)", 1, RunStatus.PASSED, 100.0, SchemaReport("1.0.0", "new"), results[:1]),
    )  # fmt: skip
    return Report(
        run_id="01a2", started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), duration_seconds=1.23456,
        status=RunStatus.FAILED, exit_code=3, score=20.0, audit_head="7:" + "a" * 64, datasets=datasets,
    )  # fmt: skip


def rendered(form: str, capsys: pytest.CaptureFixture[str]) -> str:
    if form == "json":
        return as_json.render(report()) + "\n"
    screen.show(table.render(report(), verbose=form == "verbose.txt", options=" --store s.db"))
    return capsys.readouterr().out


@pytest.mark.parametrize("form", ["txt", "verbose.txt", "json"])
def test_golden(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = GOLDEN / f"report.{form}"
    text = rendered(form, capsys)
    if os.environ.get("IDQP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_no_format_lets_a_control_character_through(capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("txt", "verbose.txt", "json"):
        text = rendered(form, capsys)
        assert not {character for character in text if character != "\n" and not character.isprintable()}


def test_json_is_valid_by_its_schema_and_gives_every_value_back() -> None:
    loaded = json.loads(as_json.render(report()))
    Draft202012Validator(json.loads(as_json.schema())).validate(loaded)
    samples = loaded["datasets"][0]["results"][5]["samples"]
    assert samples[0]["key"] == {"id": 1, HOSTILE: HOSTILE}
    assert samples[1]["values"] == {"qty": None, "big": str(2**60), "inf": "inf", "flag": True}
    assert len(samples[2]["values"]["qty"]) == 300


@pytest.mark.parametrize("width", [60, 200])
def test_a_terminal_shows_no_line_wider_than_it_is(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from io import StringIO  # noqa: PLC0415

    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    screen.show(table.render(report(), verbose=True, options=""))
    lines = re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert max(map(len, lines)) <= width
    assert any("incident 12" in line for line in lines)
