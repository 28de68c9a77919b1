"""From results to one word, one number and one exit code; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from idqp_cli.core.errors import ExitCode
from idqp_cli.core.model import DatasetReport, Report, Result, RunStatus, Severity, Status

WEIGHTS = {Severity.INFO: 1, Severity.WARNING: 2, Severity.CRITICAL: 4}


def score(results: Iterable[Result]) -> float | None:
    """Return the data quality score, 0 to 100: the passed share of the rules, weighted by severity.

    A rule that was skipped says nothing and does not count; one in error, or
    that could not be settled, did not pass. A rule that judges by earlier runs
    counts only where it does not pass, and so does the schema of the store: in the
    first run and without a store they are skipped, and the same data has the same
    score. None where no rule counts.
    """
    counted = [result for result in results if result.status is not Status.SKIPPED and not _as_before(result)]
    total = sum(WEIGHTS[result.severity] for result in counted)
    if not total:
        return None
    passed = sum(WEIGHTS[result.severity] for result in counted if result.status is Status.PASSED)
    return round(100 * passed / total, 2)


def _as_before(result: Result) -> bool:
    """Tell whether a result says that the data is like that of earlier runs."""
    registered = result.type == "schema" and result.rules_line is None
    return result.status is Status.PASSED and (result.by_past or registered)


def dataset_status(results: Iterable[Result], fail_on: Severity) -> RunStatus:
    """Return the worst that the results mean: failed at or above `fail_on`, error, passed."""
    results = tuple(results)
    if any(result.status is Status.FAILED and result.severity.rank >= fail_on.rank for result in results):
        return RunStatus.FAILED
    return RunStatus.ERROR if any(_unsettled(result, fail_on) for result in results) else RunStatus.PASSED


def run_status(datasets: Iterable[DatasetReport]) -> RunStatus:
    """Return the worst status of the datasets."""
    found = {dataset.status for dataset in datasets}
    return next((status for status in (RunStatus.FAILED, RunStatus.ERROR) if status in found), RunStatus.PASSED)


def exit_code(datasets: Sequence[DatasetReport], fail_on: Severity, *, recorded: bool) -> ExitCode:
    """Return the exit code: not checked wins over not recorded, and that over failed."""
    unread = any(dataset.message is not None for dataset in datasets)
    if unread or any(_unsettled(result, fail_on) for dataset in datasets for result in dataset.results):
        return ExitCode.NOT_CHECKED
    if not recorded:
        return ExitCode.NOT_RECORDED
    return ExitCode.FAILED if run_status(datasets) is RunStatus.FAILED else ExitCode.PASSED


def unrecorded(report: Report) -> Report:
    """Return the report of a run whose verdict stands, but did not get to where it was to be kept."""
    return replace(report, exit_code=exit_code(report.datasets, report.fail_on, recorded=False))


def broken(report: Report) -> Report:
    """Return the report of a run that met a bug after its verdict."""
    return replace(report, exit_code=ExitCode.BUG)


def _unsettled(result: Result, fail_on: Severity) -> bool:
    """Tell whether a result says that something could not be checked; never a silent pass."""
    if result.status is Status.INCONCLUSIVE:
        return result.severity.rank >= fail_on.rank
    return result.status is Status.ERROR
