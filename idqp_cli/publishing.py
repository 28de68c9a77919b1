"""A run's report and metrics to everywhere that asked for them, beside stdout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from idqp_cli.errors import OutputError
from idqp_cli.model import Report
from idqp_cli.output import files
from idqp_cli.output.files import Wanted
from idqp_cli.output.view import View


@dataclass(frozen=True)
class Destinations:
    """Files for the report, a file for its metrics, and the URL of a Pushgateway."""

    reports: tuple[Wanted, ...] = ()
    metrics_file: str | None = None
    push: str | None = None


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
