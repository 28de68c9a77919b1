"""What a run comes to: the report of each dataset, that of the run, and lines for what could not be done; pure."""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import ExitCode, UnreadableError
from idqp_cli.core.model import DatasetReport, Increment, Report, Result, RunStatus, Status, Verdict
from idqp_cli.core.progress import Ended
from idqp_cli.core.text import clean
from idqp_cli.engine.measure import Measured
from idqp_cli.incidents.lapsed import Scope
from idqp_cli.ingest.files import described
from idqp_cli.pipeline import score
from idqp_cli.pipeline.record import Checked, Run
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.validate import Validated
from idqp_cli.rules.rule import Rule


def of_run(
    request: Request, run: Run, datasets: Sequence[DatasetReport], seconds: float, head: str | None, *, kept: bool
) -> Report:
    """Return the report of a run; `kept` says that it was recorded, and that its files were written."""
    return Report(
        run_id=run.id,
        started_at=run.at,
        duration_seconds=seconds,
        status=score.run_status(datasets),
        exit_code=score.exit_code(datasets, request.fail_on, recorded=kept),
        score=score.score(result for dataset in datasets for result in dataset.results),
        audit_head=head,
        datasets=tuple(datasets),
        rules_file=request.project.path or None,
        fail_on=request.fail_on,
    )


def of_nothing(request: Request, run: Run, seconds: float) -> Report:
    """Return the report of a run without a target."""
    status, code = RunStatus.PASSED, ExitCode.PASSED
    return Report(run.id, run.at, seconds, status, code, None, None, (), fail_on=request.fail_on)


def of_dataset(
    target: Target,
    request: Request,
    measured: Measured,
    validated: Validated,
    judged: Sequence[Result],
    state: str | None,
) -> DatasetReport:
    """Return the report of a dataset that was read; the result of its schema comes first."""
    source, drawn = measured.ingested.source, measured.ingested.drawn
    schema = () if validated.result is None else (validated.result,)
    results = (*schema, *judged, *map(_disabled, target.disabled))
    return DatasetReport(
        dataset=target.dataset.name,
        source=described(source),
        rows=measured.rows,
        status=score.dataset_status(results, request.fail_on),
        score=score.score(results),
        schema=validated.report,
        results=results,
        drawn=drawn,
        files=() if source.stream else tuple(file.shown for file in source.files),
        content=state if drawn is None else None,
        suggested=target.unnamed is not None,
        description=target.dataset.description,
        owner=target.dataset.owner,
        increment=None if source.part is None else Increment(source.part.new, source.part.seen),
        window=None if target.batch is None else target.batch.window,
    )


def unread(dataset: Dataset, shown: str, error: UnreadableError) -> Checked:
    """Return the report of a dataset that could not be read."""
    report = DatasetReport(
        dataset.name, clean(shown), None, RunStatus.ERROR, None, None, (), str(error),
        description=dataset.description, owner=dataset.owner,
    )  # fmt: skip
    return Checked(report)


def ended(report: DatasetReport) -> Ended:
    """Say that a dataset is checked, and what became of it."""
    failed = sum(result.status is Status.FAILED for result in report.results)
    return Ended(report.dataset, report.status, report.rows, failed)


def scope(request: Request, checked: Checked) -> Scope | None:
    """Say how much of a dataset was judged; None where the rules file does not name it."""
    name = checked.report.dataset
    dataset = next((one for one in request.project.datasets if one.name == name), None)
    if dataset is None:
        return None
    target = request.target(name)
    disabled = frozenset(rule.name for rule in target.disabled)
    asked = disabled | {rule.name for rule in target.rules}
    enabled = {rule.name for rule in request.project.rules[name] if rule.enabled}
    part = checked.part is not None and checked.part.seen > 0
    own = target.paths == (dataset.path,) and target.batch is None
    whole = own and checked.report.drawn is None and not part
    return Scope(frozenset(enabled - asked), disabled, whole)


def notes(report: Report, rules_file: str, failure: str | None, bug: Exception | None) -> tuple[str, ...]:
    """Say, a line each, what could not be read, evaluated or recorded."""
    found = []
    for dataset in report.datasets:
        name = clean(dataset.dataset)
        if dataset.message is not None:
            # A file that is called by its path is named by the message.
            named = dataset.message.startswith(f"{name}: ")
            found.append(dataset.message if named else f"{name}: {dataset.message}")
        for result in dataset.results:
            if result.status is Status.ERROR:
                place = f"{rules_file}:{result.rules_line}: " if result.rules_line else ""
                found.append(f"{place}{name}: {clean(result.rule)}: {result.verdict.message}")
    if failure is not None:
        found.append(f"not recorded: {failure}")
    elif bug is not None:
        found.append("not recorded: because of a bug")
    return tuple(found)


def _disabled(rule: Rule) -> Result:
    verdict = Verdict(Status.SKIPPED, "disabled in the store; `idqp rule enable` checks it again")
    return Result(
        rule.name, rule.type, rule.columns, rule.severity, verdict,
        rules_line=rule.line, sql=rule.told_by, description=rule.description,
    )  # fmt: skip
