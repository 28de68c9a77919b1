"""Keep the metrics of older files as history, each as of its date."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.model import DatasetReport
from idqp_cli.core.text import clean
from idqp_cli.ingest.fingerprint import state as state_of
from idqp_cli.ingest.places.local import find
from idqp_cli.pipeline.elsewhere import refuse_on_cluster
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.record import Run
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.run import each, new_id


def backfill(
    request: Request, dated: Sequence[tuple[datetime, str]], memory: Memory, progress: Callable[[str], None]
) -> tuple[DatasetReport, ...]:
    """Run the metrics of the one target over older files, each as of its date, and keep them as history.

    No incident, schema or alert comes of it. A date that has been kept already is
    left out, unless its file holds something else now.

    Raises:
        RulesError: a rule's pattern or SQL cannot be used; found before any data is read.

    """
    refuse_on_cluster(request.project, "--backfill")
    reports = []
    (target,) = request.targets
    known = memory.known_contents(target.dataset.name)
    for at, path in sorted(one for one in dated if not _kept(request, known, *one)):
        progress(f"checking {clean(path)}")
        one = replace(request, targets=(replace(target, paths=(path,)),), as_of=at)
        (checked,), _ = each(one, memory, at, lambda _: None)
        if checked.report.message is None:
            memory.backfill(Run(new_id(at), at, request.actor), checked)
        reports.append(checked.report)
    return tuple(reports)


def _kept(request: Request, known: Mapping[datetime, str | None], at: datetime, path: str) -> bool:
    """Tell whether the metrics of a file are kept under its date."""
    if at not in known or known[at] is None:
        return at in known
    try:
        return state_of(find((path,), request.project.folder)) == known[at]
    except UnreadableError:
        return False
