"""A batch of messages on one line; clean, for people."""

from __future__ import annotations

from idqp_cli.core.model import Report, Status
from idqp_cli.core.text import clean
from idqp_cli.report import wording

NAMED = 3


def told(dataset: str, number: int, size: str, behind: int, report: Report) -> str:
    """Return what a batch came to: `orders: batch 3: 10,000 messages, 1 failed: range(amount); 0.41 s; 120 behind`."""
    results = [result for one in report.datasets for result in one.results]
    bad = [result for result in wording.ranked(results) if result.status in {Status.FAILED, Status.ERROR}]
    named = ", ".join(clean(result.rule, 60) for result in bad[:NAMED])
    more = f" and {len(bad) - NAMED:,} more" if len(bad) > NAMED else ""
    came_to = f"{wording.numbers(report)}: {named}{more}" if bad else wording.numbers(report)
    parts = [f"{clean(dataset)}: batch {number:,}: {size}, {came_to}", wording.took(report)]
    return "; ".join([*parts, f"{behind:,} behind"] if behind else parts)
