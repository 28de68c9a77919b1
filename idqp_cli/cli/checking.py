"""What `idqp check` does once its options are read: explain, keep older files as history, or check and show."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from idqp_cli.access.admission import system_user
from idqp_cli.access.roles import Action
from idqp_cli.core.errors import ExitCode
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Report, Severity, Status
from idqp_cli.core.progress import Telling
from idqp_cli.core.text import clean, count
from idqp_cli.engine.bind import WITHOUT_SAMPLE
from idqp_cli.ingest.resources import Resources
from idqp_cli.pipeline import backfill as older_files
from idqp_cli.pipeline import dated_files, score, targets, veil, warden
from idqp_cli.pipeline import lock as locking
from idqp_cli.pipeline import run as pipeline
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.publish import Destinations, publish
from idqp_cli.pipeline.reports import notes as errors_of
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.run import Outcome
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project.project import Project
from idqp_cli.report import files, formats, progress, stderr, stdout, table
from idqp_cli.report.formats import Format
from idqp_cli.report.view import View

# So many rules that a sample cannot judge are named.
NAMED = 8


@frozen
class Shown:
    """How a check is shown; `again` are the options by which another command finds the same store."""

    form: Format
    again: str
    quiet: bool
    verbose: bool


def explain(request: Request, *, verbose: bool) -> ExitCode:
    """Show how the data would be read and its rules be evaluated."""
    from idqp_cli.pipeline.explain import explain as explained  # noqa: PLC0415 - a check has not to pay for it
    from idqp_cli.report import plan  # noqa: PLC0415

    plans = explained(request)
    stdout.show(plan.lines(plans, verbose=verbose))
    return ExitCode.NOT_CHECKED if any(one.message for one in plans) else ExitCode.PASSED


def check(
    request: Request, memory: Memory, where: Destinations, shown: Shown, locks: str | None, *, cache: bool
) -> ExitCode:
    """Check, publish the report, and deliver the messages; at last the store is let go of."""
    try:
        if request.unmasked:
            memory.permit(Action.SEE)
        names = [target.dataset.name for target in request.targets]
        with locking.held(locks, names), progress.progress(lambda: targets.sizes(request.targets)) as doing:
            enabled = targets.enabled(request.targets, memory.disabled_rules())
            outcome, told = _run(replace(request, targets=enabled), memory, doing, cache=cache)
        warden.keeps_time()
        for line in () if shown.quiet else (*told, *outcome.remarks, *_left_out(outcome.report)):
            stderr.note(line)
        report, unwritten = _published(outcome, memory, where, shown)
        for line in (*_untold(outcome, request.project, shown.form), *unwritten):
            stderr.error(line)
        for line in memory.deliver(request.project.alerts, outcome.told):
            stderr.note(line)
    finally:
        memory.close()
    stderr.log(report)
    if memory.bug is not None:
        raise memory.bug
    return ExitCode(report.exit_code)


def _published(outcome: Outcome, memory: Memory, where: Destinations, shown: Shown) -> tuple[Report, tuple[str, ...]]:
    """Show the report and write it to its files; return it, and a line for each file that could not be written."""
    drawing = shown.form is Format.HTML or any(one.form is Format.HTML for one in where.reports)
    histories = memory.histories(outcome.report) if drawing else {}
    report = outcome.report if memory.bug is None else score.broken(outcome.report)
    view = View(
        shown.verbose, shown.again, files.root(os.environ), histories, set_apart=where.folders.failing is not None
    )
    unwritten = tuple(publish(report, view, where))
    report = score.unrecorded(report) if unwritten and memory.bug is None else report
    if not (shown.quiet and report.exit_code == ExitCode.PASSED):
        _show(veil.lifted(report, outcome.unmasked), shown.form, view)
        for file in outcome.written:
            stderr.note(f"wrote {count(file.rows, 'row')} to {file.path}")
    return report, unwritten


def backfill(
    project: Project, choice: Choice, older: list[str], store: str, resources: Resources, locks: str | None
) -> ExitCode:
    """Keep the metrics of older files, and say what came of each."""
    target, dated = dated_files.dated(project, choice, older)
    memory = Memory(store)
    try:
        with locking.held(locks, [target.dataset.name]), progress.progress() as doing:
            asked = targets.enabled((target,), memory.disabled_rules())
            request = Request(project, asked, Severity.WARNING, system_user(), resources=resources)
            reports = older_files.backfill(request, dated, memory, doing)
    finally:
        memory.close()
    unread = [report for report in reports if report.message is not None]
    for report in unread:
        stderr.error(str(report.message))
    kept = len(reports) - len(unread)
    stderr.note(f"kept the metrics of {count(kept, 'file')}; {count(len(dated) - len(reports), 'file')} known already")
    return ExitCode.NOT_CHECKED if unread else ExitCode.PASSED


def _untold(outcome: Outcome, project: Project, form: Format) -> Iterator[str]:
    """Return the errors of a run, but for those that the same terminal shows in the report."""
    together = form is Format.TABLE and stdout.seen() and stderr.seen()
    shown = frozenset(errors_of(outcome.report, project.path, None, None)) if together else frozenset()
    yield from (line for line in outcome.notes if line not in shown)


def _left_out(report: Report) -> Iterator[str]:
    """Say, a line for each dataset, which rules a sample cannot judge."""
    for dataset in report.datasets:
        names = [
            clean(result.rule, 60)
            for result in dataset.results
            if result.status is Status.SKIPPED and result.verdict.message.endswith(WITHOUT_SAMPLE)
        ]
        if names:
            more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
            named = ", ".join(names[:NAMED]) + more
            yield f"{clean(dataset.dataset)}: left out, as a sample cannot judge them: {named}"


def _run(request: Request, memory: Memory, doing: Telling, *, cache: bool) -> tuple[Outcome, tuple[str, ...]]:
    """Run the request, or what of it has not passed already; return also what to say of the rest."""
    if not cache:
        return pipeline.run(request, memory, doing), ()
    from idqp_cli.pipeline.cache import folder, run  # noqa: PLC0415 - only a check with a cache has to pay

    return run(request, memory, doing, folder(os.environ))


def _show(report: Report, form: Format, view: View) -> None:
    if form is Format.TABLE:
        stdout.show(table.lines(report, view))
    else:
        stdout.write(formats.render(form, report, view))
