"""One report with every awkward value, for the tests of every format."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from idqp_cli.core.model import (
    DatasetReport,
    Distribution,
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
from idqp_cli.core.trend import History, Point
from idqp_cli.report.view import View

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOSTILE = "\x1b[31m\x07\u202e[bold]<b>&|`'\"\n\r\t::error::\u2028é\ud800]]></style>[x](http://x.io) @team %0A www.x.io a@x.io *_#~"


def result(rule: str, status: Status, severity: Severity, message: str, **more: object) -> Result:
    verdict = {name: more.pop(name) for name in list(more) if name in Verdict.__dataclass_fields__}
    given = {"rules_line": 14, **more}
    return Result(rule, "range", ("qty",), severity, Verdict(status, message, **verdict), **given)  # type: ignore[arg-type]


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
        rows_evaluated=9, rows_failed=4,
        distribution=Distribution((HOSTILE, "b", "c"), (0.5, 0.5, 0.0), (0.2, 0.3, 0.5)), samples=rows, incident=12, since=NOW - timedelta(days=30), description=f"{HOSTILE} {'word ' * 60}",
    )  # fmt: skip
    results = (
        result(
            "passes",
            Status.PASSED,
            Severity.WARNING,
            "none of 9 rows fails",
            metric_value=0.0,
            threshold=0.0,
            sql=f"qty > 0 OR '{HOSTILE}' = ''",
            description=f"Sold\n  {HOSTILE}",
        ),
        result("mild", Status.FAILED, Severity.INFO, "1 of 9 rows", metric_value=math.inf, threshold=-math.inf),
        result("settled later", Status.INCONCLUSIVE, Severity.WARNING, "1 of 9 rows", metric_value=1 / 9),
        result(
            "not there",
            Status.ERROR,
            Severity.WARNING,
            "column 'x' is not in the data",
            sql="x > 0",
            description="There",
        ),
        result(
            "nothing to see",
            Status.SKIPPED,
            Severity.WARNING,
            "there is no row to look at",
            sql="SELECT 1\n  FROM t",
            description=HOSTILE,
        ),
        failed,
        result(
            "parse",
            Status.FAILED,
            Severity.CRITICAL,
            "1 cell, 1 line",
            samples=parse,
            incident=13,
            since=NOW,
            rules_line=None,
        ),
        *(
            result("by shop", Status.FAILED, Severity.INFO, "1 of 2 rows", segment=f"{HOSTILE}{number}")
            for number in range(7)
        ),
    )
    changes = (
        SchemaChange("removed", HOSTILE, "BIGINT", None, breaking=True),
        SchemaChange("added", "n", None, "DATE", breaking=False),
    )
    datasets = (
        DatasetReport("orders", "orders.csv", 9, RunStatus.FAILED, 12.5, SchemaReport("2.0.0", "changed", changes), results, files=("data/or ders#1%.csv",), description=f"Orders of the shop {HOSTILE}", owner=f"sales@example.com {HOSTILE}"),
        DatasetReport("gone", "gone.csv", None, RunStatus.ERROR, None, None, (), f"gone.csv: no such file {HOSTILE}"),
        DatasetReport("fine", "a.csv (2 files)", 1, RunStatus.PASSED, 100.0, SchemaReport("1.0.0", "new"), results[:1]),
    )  # fmt: skip
    return Report(
        run_id="01a2", started_at=NOW, duration_seconds=1.23456,
        status=RunStatus.FAILED, exit_code=3, score=20.0, audit_head="7:" + "a" * 64, datasets=datasets,
        rules_file=f"rules {HOSTILE}.yaml",
    )  # fmt: skip


def view(*, verbose: bool = False) -> View:
    place = (f"range({HOSTILE})", None)
    days = [NOW - timedelta(days=number) for number in range(9, -1, -1)]
    values = [0.0, 0.1, None, 0.05, 0.2, math.inf, 0.1, 0.3, 0.25, 4 / 9]
    history = History(
        scores=tuple(Point(day, 90.0 - number * 8) for number, day in enumerate(days)),
        metrics={place: tuple(map(Point, days, values)), ("mild", None): (Point(NOW, 3.0),)},
    )
    return View(verbose=verbose, options=" --store s.db", root="sub", histories={"orders": history})
