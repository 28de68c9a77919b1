"""A run's report and metrics to everywhere that asked for them, beside stdout."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace

from idqp_cli.errors import OutputError, UsageError
from idqp_cli.frozen import frozen
from idqp_cli.model import Report
from idqp_cli.output import files
from idqp_cli.output.files import Wanted
from idqp_cli.output.view import View
from idqp_cli.text import clean


@frozen
class Destinations:
    """Files for the report, a file for its metrics, and the URL of a Pushgateway."""

    reports: tuple[Wanted, ...] = ()
    metrics_file: str | None = None
    push: str | None = None


def spared(where: Destinations, paths: Iterable[str]) -> None:
    """See that nothing is written over one of `paths`: the rules file, the store, the data.

    Raises:
        UsageError: something would be.

    """
    given = [one.path for one in where.reports if not one.append]
    given += [] if where.metrics_file is None else [where.metrics_file]
    if not given:
        return
    kept = {os.path.realpath(path) for path in paths}
    for path in given:
        if os.path.realpath(path) in kept:
            raise UsageError(f"{clean(path)}: the report would be written over what the check needs; name another file")


def publish(report: Report, view: View, where: Destinations) -> tuple[str, ...]:
    """Write and send what was asked for; return a line for each that did not get there."""
    return (*files.write(where.reports, report, view), *_metrics(report, where))


def _metrics(report: Report, where: Destinations) -> Iterator[str]:
    if where.metrics_file is None and where.push is None:
        return
    from idqp_cli.output import prometheus  # noqa: PLC0415 - only who asks for metrics has to pay

    if where.metrics_file is not None:
        try:
            files.replaced(where.metrics_file, prometheus.render(report))
        except OutputError as error:
            yield str(error)
    if where.push is not None:
        from idqp_cli.alerts import pushgateway  # noqa: PLC0415

        for dataset in report.datasets:
            try:
                pushgateway.push(where.push, dataset.dataset, prometheus.render(replace(report, datasets=(dataset,))))
            except OutputError as error:
                yield str(error)
