"""A run's report and metrics to everywhere that asked for them, beside stdout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from idqp_cli.core import globs
from idqp_cli.core.errors import OutputError, UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Report
from idqp_cli.core.paths import Identity, Kept, identity
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_url, shown
from idqp_cli.engine import quarantine
from idqp_cli.engine.quarantine import NOWHERE, Folders
from idqp_cli.ingest.places import writing
from idqp_cli.report import files
from idqp_cli.report.files import Wanted
from idqp_cli.report.view import View


@frozen
class Destinations:
    """Files for the report, a file for its metrics, and the URL of a Pushgateway."""

    reports: tuple[Wanted, ...] = ()
    metrics_file: str | None = None
    push: str | None = None
    folders: Folders = NOWHERE

    def named(self) -> Iterator[str]:
        """Return every file and folder to write to, as it was named."""
        yield from (one.path for one in self.reports)
        yield from (one for one in (self.metrics_file, self.folders.failing, self.folders.good) if one is not None)

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
        UsageError: a file would be written over, or is where nothing can be written.

    """
    for one in where.named():
        if is_url(one) and one == where.metrics_file:
            raise UsageError(f"{shown(one)}: metrics are written to a file of this machine; see --push")
        if is_url(one) and not writing.takes(one):
            raise UsageError(
                f"{shown(one)}: results are written to files of this machine and to s3://, gs:// and az://"
            )
    given = list(where.files(datasets))
    if not given:
        return
    listed = list(dict.fromkeys(paths))
    kept = [Kept.of(path) for path in listed if not is_url(path)]
    seen: set[Identity] = set()
    objects = [path for path in given if is_url(path)]
    for path in objects:
        if any(is_url(one) and globs.covers(one, path) for one in listed):
            raise UsageError(f"{shown(path)}: would become part of checked data; use another path")
        if objects.count(path) > 1:
            raise UsageError(f"{shown(path)}: two outputs would be written to this object; use another path")
    for path in (path for path in given if not is_url(path)):
        if any(one.holds(path) for one in kept):
            raise UsageError(f"{clean(path)}: would overwrite checked data, or become part of it; use another path")
        place = identity(path)
        if place in seen:
            raise UsageError(
                f"{clean(path)}: two outputs would be written to this file; use another path for one of them"
            )
        seen.add(place)


def publish(report: Report, view: View, where: Destinations) -> tuple[str, ...]:
    """Write and send what was asked for; return a line for each that did not get there."""
    return (*files.write(where.reports, report, view), *_metrics(report, where))


def _metrics(report: Report, where: Destinations) -> Iterator[str]:
    if where.metrics_file is None and where.push is None:
        return
    from idqp_cli.report import prometheus  # noqa: PLC0415 - only who asks for metrics has to pay

    if where.metrics_file is not None:
        try:
            files.replaced(where.metrics_file, prometheus.render(report))
        except OutputError as error:
            yield str(error)
    if where.push is not None:
        from idqp_cli.report import pushgateway  # noqa: PLC0415

        for dataset in report.datasets:
            try:
                pushgateway.push(where.push, dataset.dataset, prometheus.render(replace(report, datasets=(dataset,))))
            except OutputError as error:
                yield str(error)
