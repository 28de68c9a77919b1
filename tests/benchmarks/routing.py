"""What it costs to route one run's alerts, deliveries aside: python tests/benchmarks/routing.py."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

from idqp_cli.alerts import outbox
from idqp_cli.alerts.pagerduty import PagerDuty
from idqp_cli.alerts.routing import AlertSettings, Occasion, of_run
from idqp_cli.alerts.slack import Slack
from idqp_cli.alerts.values import Match, Route
from idqp_cli.core.model import Result, Severity, Status, Verdict
from idqp_cli.incidents import lifecycle

RULES, REPEATS, GOAL = 100, 200, 0.025


def main() -> None:
    """Route 100 new incidents of 10 datasets to two channels, 200 times; fail above 25 ms at the 95th percentile."""
    verdict = Verdict(Status.FAILED, "delay is outside [0, 90]", 0.25, 0.1, rows_evaluated=1000, rows_failed=250)
    at = datetime.now(UTC)
    changes = [
        replace(change, number=number, after=replace(change.after, number=number))
        for number in range(RULES)
        for change in lifecycle.changes(
            f"d{number % 10}", [Result(f"range({number})", "range", (), Severity.CRITICAL, verdict)], {}, at
        )
    ]
    settings = AlertSettings(
        channels={"chat": Slack(webhook="${IDQP_A}"), "oncall": PagerDuty(routing_key="${IDQP_B}")},
        routes=(Route(Match(severity=("critical",), dataset=("d*",)), ("chat", "oncall")), Route(Match(), ("chat",))),
        digest=1000,
    )
    took = []
    for repeat in range(REPEATS):
        begun = time.process_time()
        queued = [outbox.queued(notice) for notice in of_run(settings, changes, Occasion(str(repeat), at))]
        took.append(time.process_time() - begun)
    p95 = sorted(took)[REPEATS * 95 // 100 - 1]
    sys.stdout.write(f"{len(queued)} messages of {RULES} incidents: {p95 * 1000:.1f} ms CPU at the 95th percentile\n")
    sys.exit(p95 > GOAL)


if __name__ == "__main__":
    main()
