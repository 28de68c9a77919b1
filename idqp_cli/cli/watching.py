"""What `idqp watch` does once its options are read: each batch is shown, published and told of."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from enum import StrEnum

from idqp_cli.cli.course import Course
from idqp_cli.core.errors import ExitCode
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean, count
from idqp_cli.pipeline import score
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.run import Outcome
from idqp_cli.report import batch as shown_batch
from idqp_cli.report import files, json, stderr, stdout, table
from idqp_cli.report.view import View
from idqp_cli.report.watch_screen import screen
from idqp_cli.stream import stop
from idqp_cli.stream.reading import Asked
from idqp_cli.stream.watch import Judged, watch


class Form(StrEnum):
    """How batches are shown on stdout: those that did not pass as tables, or each as a line of JSON."""

    TABLE = "table"
    JSON = "json"


@frozen
class Shown:
    """How batches are shown; `again` are the options by which another command finds the same store."""

    form: Form
    again: str
    quiet: bool
    metrics_file: str | None = None
    health_file: str | None = None


def watching(request: Request, memory: Memory, asked: Asked, shown: Shown) -> ExitCode:
    """Watch until nothing is left to read, or a signal says to stop."""
    try:
        teller = _Teller(request, memory, shown)
        with stop.heeded() as stopped, teller.shown():
            code = watch(request, memory, asked, teller, stopped)
            teller.ended()
            if stopped() and not shown.quiet:
                stderr.note("stopped; what was not judged is read again by the next `idqp watch`")
            return code
    finally:
        memory.close()


class _Teller:
    """Shows each batch, and sends its messages."""

    def __init__(self, request: Request, memory: Memory, shown: Shown) -> None:
        self._request, self._memory, self._shown = request, memory, shown
        names = [target.dataset.name for target in request.targets]
        self._course = Course(names, shown.health_file, shown.metrics_file)

    def shown(self) -> AbstractContextManager[None]:
        """Show on a terminal how it stands, until the context ends."""
        return screen(self._course.standings)

    def ended(self) -> None:
        """Say that nothing more is read."""
        self._course.healthy("stopped")

    def looked(self, dataset: str, trouble: str | None, lag: Callable[[], Mapping[int, int]]) -> None:
        """Keep how a dataset stands."""
        self._course.looked(dataset, trouble, lag)

    def judging(self) -> None:
        """Say that a batch is judged now."""
        self._course.healthy("judging")

    def note(self, dataset: str, line: str) -> None:
        """Say what is good to know."""
        stderr.note(f"{clean(dataset)}: {line}")

    def judged(self, batch: Judged, outcome: Outcome) -> ExitCode:
        """Show a batch, and deliver the messages about it."""
        report = outcome.report
        if not self._shown.quiet:
            stderr.note(shown_batch.told(batch.dataset, batch.number, batch.size, sum(batch.lag.values()), report))
        view = View(options=self._shown.again, root=files.root(os.environ))
        self._course.judged(batch.dataset, batch.lag, report)
        unwritten = self._course.metrics(report)
        for file in () if self._shown.quiet else outcome.written:
            stderr.note(f"wrote {count(file.rows, 'row')} to {file.path}")
        if self._shown.form is Form.JSON:
            stdout.write(json.line(report))
        elif report.exit_code != ExitCode.PASSED:
            stdout.show(table.lines(report, view))
        for line in (*outcome.notes, *unwritten):
            stderr.error(line)
        for line in self._memory.deliver(self._request.project.alerts, outcome.told):
            stderr.note(line)
        stderr.log(report)
        return ExitCode((score.unrecorded(report) if unwritten else report).exit_code)
