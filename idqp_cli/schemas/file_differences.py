"""Whether the files of one dataset agree on their columns; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from idqp_cli.core.model import Result, Severity, Status, Verdict

SHOWN = 5


def result(strays: Sequence[str], of_schema: Result | None, severity: Severity) -> Result | None:
    """Return the dataset's `schema` result with what sets its files apart; as it is, where nothing does.

    `strays` is a line for each difference; `of_schema` is what the registry says, if it says anything.
    """
    if not strays:
        return of_schema
    more = [f"and {len(strays) - SHOWN:,} more"] if len(strays) > SHOWN else []
    told = "; ".join([*strays[:SHOWN], *more])
    if of_schema is None or of_schema.status is not Status.FAILED:
        verdict = Verdict(Status.FAILED, told, metric_value=len(strays), threshold=0)
        return Result("schema", "schema", (), severity, verdict)
    before = of_schema.verdict
    both = replace(before, message=f"{before.message}; {told}", metric_value=(before.metric_value or 0) + len(strays))
    return replace(of_schema, verdict=both)
