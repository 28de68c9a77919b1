"""A run's report and metrics to everywhere that asked for them, beside stdout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from idqp_cli import quarantine
from idqp_cli.errors import OutputError, UsageError
from idqp_cli.frozen import frozen
from idqp_cli.model import Report
from idqp_cli.output import files
from idqp_cli.output.files import Wanted
from idqp_cli.output.view import View
from idqp_cli.paths import Identity, Kept, identity
from idqp_cli.quarantine import NOWHERE, Folders
from idqp_cli.text import clean


@frozen
class Destinations:
    """Files for the report, a file for its metrics, and the URL of a Pushgateway."""

    reports: tuple[Wanted, ...] = ()
    metrics_file: str | None = None
    push: str | None = None
    folders: Folders = NOWHERE

    def files(self, datasets: Iterable[str]) -> Iterator[str]:
        """Return every file that a check of these datasets would write anew."""
        yield from (one.path for one in self.reports if not one.append)
        if self.metrics_file is not None:
            yield self.metrics_file
        for dataset in datasets:
            yield from quarantine.files(self.folders, dataset)


def spared(where: Destinations, datasets: Iterable[str], paths: Iterable[str]) -> None:
    """See that a check writes no file twice, and none over `paths`: the rules file, the store, the data of the project.

    A path may be a file, a folder with all that is in it, or a glob with all that it would match.

    Raises:
        UsageError: a file would be written over.

    """
    given = list(where.files(datasets))
    if not given:
        return
    kept = [Kept.of(path) for path in dict.fromkeys(paths)]
    seen: set[Identity] = set()
    for path in given:
        if any(one.holds(path) for one in kept):
            raise UsageError(f"{clean(path)}: would be written over, or among, what is checked; name another place")
        place = identity(path)
        if place in seen:
            raise UsageError(f"{clean(path)}: would be written twice; name another place for one of the two")
        seen.add(place)


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
