"""`idqp check`: is the data right?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from idqp_cli import git, pipeline, score, targets
from idqp_cli import lock as locking
from idqp_cli.access.admission import system_user
from idqp_cli.address import is_server
from idqp_cli.commands import options
from idqp_cli.config import Project
from idqp_cli.database import Resources
from idqp_cli.demand import WITHOUT_SAMPLE
from idqp_cli.errors import ExitCode, UsageError
from idqp_cli.model import Report, Severity, Status
from idqp_cli.output import files, formats, notes, progress, screen, table
from idqp_cli.output.formats import Format
from idqp_cli.output.view import View
from idqp_cli.pipeline import Outcome
from idqp_cli.publishing import Destinations, publish
from idqp_cli.publishing import spared as sparing
from idqp_cli.quarantine import Folders
from idqp_cli.recording import Memory
from idqp_cli.request import Request, Target
from idqp_cli.targets import Choice
from idqp_cli.text import clean, count

# A backfill shows no report and judges nothing; an explanation reads no rows.
IGNORED_BY_EXPLAIN = ("format", "output", "metrics_file", "push", "quarantine", "good", "sample", "cache", "backfill")
IGNORED_BY_BACKFILL = (
    *IGNORED_BY_EXPLAIN[:-1], "fail_on", "no_store", "seed", "changed_since", "as_of", "explain", "quiet", "verbose",
)  # fmt: skip

NAMED = 8

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def check(
    context: typer.Context,
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DATASET|PATH]...",
            help="Datasets, files, globs, or - for standard input.  [default: every dataset]",
        ),
    ] = None,
    rules: options.RULES = None,
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME", help="Check the paths by this dataset's rules.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How to show the report.")] = Format.TABLE,  # noqa: A002 - the option's name
    output: Annotated[
        list[str] | None,
        typer.Option("--output", "-o", metavar="FORMAT=PATH", help="Write the report to a file as well.  [repeatable]"),
    ] = None,
    metrics_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write metrics for Prometheus, as the node exporter's textfile collector reads them."
        ),
    ] = None,
    push: Annotated[
        str | None,
        typer.Option(metavar="URL", envvar="IDQP_PUSH", help="Push the metrics to a Prometheus Pushgateway."),
    ] = None,
    fail_on: Annotated[
        Severity, typer.Option(help="The mildest severity that makes the exit code 1.")
    ] = Severity.WARNING,
    store: options.STORE = None,
    no_store: Annotated[bool, typer.Option("--no-store", help="Remember nothing.")] = False,
    variables: options.SET = None,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="[FIELD:]PATTERN", help="Only these rules; by dataset, rule, type, tag or severity."),
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(metavar="[FIELD:]PATTERN", help="Not these rules.")] = None,
    quarantine: Annotated[
        str | None, typer.Option(metavar="DIR", help="Write the failing rows of each dataset into this folder.")
    ] = None,
    good: Annotated[
        str | None, typer.Option(metavar="DIR", help="Write the rows that fail no rule into this folder.")
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Read only N rows of each dataset, drawn at random, and judge by intervals."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Draw the sample by this seed.")] = 0,
    memory_limit: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory for DuckDB, like 1GB; beyond it spills to disk.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, max=1024, help="Threads for DuckDB.")] = None,
    changed_since: Annotated[
        str | None,
        typer.Option(metavar="REV", help="Only datasets with a file, or rules, that changed since this git commit."),
    ] = None,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Skip what passed already, by content; with --no-store.")
    ] = False,
    lock: Annotated[bool, typer.Option("--lock", help="Never check a dataset while another run does.")] = False,
    deadline: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Judge what can be judged in this time, like 30s; the rest is an error."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="Judge ages as of this time (ISO 8601, UTC).")
    ] = None,
    backfill: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Keep this older file's metrics as history, by its date.  [repeatable]"),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Show how the data would be read, and why; with -v the SQL. Checks nothing."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing when all is well.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show also the rules that passed.")] = False,
) -> None:
    """Check data files by their rules, and remember what is wrong as incidents.

    Exit codes: 0 passed, 1 a rule failed, 2 usage or rules file, 3 could not
    check, 4 checked but not recorded.
    """
    _refuse_crossed(context)
    resources = Resources(memory_limit, threads, options.deadline(deadline))
    project = options.project(rules, variables)
    reports = files.wanted(output or (), os.environ)
    where = Destinations(reports, metrics_file, options.pushgateway(push), Folders(quarantine, good))
    choice = Choice(tuple(what or ()), dataset, tuple(select or ()), tuple(exclude or ()))
    locks = locking.folder(store or project.store) if lock else None
    if backfill:
        _backfill(project, choice, backfill, store or project.store, resources, locks)
        return
    chosen = targets.choose(project, choice)
    kept = (project.path, store or project.store, *targets.paths(project, chosen))
    sparing(where, [target.dataset.name for target in chosen], kept)
    for name in () if quiet else targets.unknown(project, chosen):
        notes.note(f"{name}: no dataset of the rules file; checked only for what holds of every file")
    if changed_since is not None:
        chosen = _changed(project, chosen, changed_since, quiet=quiet)
    if explain:
        from idqp_cli.explaining import explain as explained  # noqa: PLC0415 - a check has not to pay for it
        from idqp_cli.output import plan  # noqa: PLC0415

        plans = explained(Request(project, chosen, fail_on, system_user(), resources=resources))
        screen.show(plan.lines(plans, verbose=verbose))
        raise typer.Exit(ExitCode.NOT_CHECKED if any(one.message for one in plans) else ExitCode.PASSED)
    names = [target.dataset.name for target in chosen]
    memory = _memory(None if no_store or targets.traceless(project, chosen, store) else store or project.store)
    try:
        with locking.held(locks, names), progress.progress() as doing:
            drawn = None if sample is None else (sample, seed)
            asked = targets.enabled(chosen, memory.disabled_rules())
            request = Request(
                project, asked, fail_on, system_user(), options.moment(as_of), where.folders, drawn, resources
            )
            outcome, told = _run(request, memory, doing, cache=cache)
        for line in () if quiet else (*told, *_left_out(outcome.report)):
            notes.note(line)
        drawing = format is Format.HTML or any(one.form is Format.HTML for one in where.reports)
        histories = memory.histories(outcome.report) if drawing else {}
        view = View(verbose, options.again(rules, store), files.root(os.environ), histories)
        unwritten = publish(outcome.report, view, where)
        report = score.unrecorded(outcome.report) if unwritten else outcome.report
        if not (quiet and report.exit_code == ExitCode.PASSED):
            _show(report, format, view)
            for file in outcome.written:
                notes.note(f"wrote {count(file.rows, 'row')} to {file.path}")
        for line in (*outcome.notes, *unwritten):
            notes.error(line)
        for line in memory.deliver(project.alerts, outcome.told):
            notes.note(line)
    finally:
        memory.close()
    notes.log(report)
    raise typer.Exit(report.exit_code)


def _refuse_crossed(context: typer.Context) -> None:
    """Refuse options that do not go together."""
    given = context.params
    if given["backfill"]:
        options.refuse_with(context, "--backfill", IGNORED_BY_BACKFILL)
    if given["explain"]:
        options.refuse_with(context, "--explain", IGNORED_BY_EXPLAIN)
    rows_written, sampled = given["quarantine"] or given["good"], given["sample"] is not None
    if sampled and rows_written:
        raise UsageError("--quarantine and --good take every row; leave out --sample")
    if given["cache"] and (not given["no_store"] or rows_written or sampled):
        raise UsageError("--cache leaves no trace of a run: it goes with --no-store, and with nothing that writes rows")


def _memory(address: str | None) -> Memory:
    """Open the store, and say so where an empty file becomes one: something may have emptied it."""
    if address is not None and not is_server(address) and os.path.isfile(address) and not os.path.getsize(address):
        notes.note(f"{clean(address)}: is empty; a new store is made in it")
    return Memory(address)


def _left_out(report: Report) -> Iterator[str]:
    """Say, a line for each dataset, which rules a sample cannot judge."""
    for one in report.datasets:
        names = [
            clean(result.rule, 60)
            for result in one.results
            if result.status is Status.SKIPPED and result.verdict.message.endswith(WITHOUT_SAMPLE)
        ]
        if names:
            more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
            named = ", ".join(names[:NAMED]) + more
            yield f"{clean(one.dataset)}: left out, as a sample cannot judge them: {named}"


def _run(
    request: Request, memory: Memory, doing: Callable[[str], None], *, cache: bool
) -> tuple[Outcome, tuple[str, ...]]:
    """Run the request, or what of it has not passed already; return also what to say of the rest."""
    if not cache:
        return pipeline.run(request, memory, doing), ()
    from idqp_cli.cache import folder, run  # noqa: PLC0415 - only a check with a cache has to pay

    return run(request, memory, doing, folder(os.environ))


def _changed(project: Project, chosen: tuple[Target, ...], revision: str, *, quiet: bool) -> tuple[Target, ...]:
    left, unchanged = targets.changed(project, chosen, git.since(revision, str(project.folder)))
    if unchanged and not quiet:
        notes.note(f"not changed since {revision}, and not checked: {', '.join(unchanged)}")
    return left


def _show(report: Report, form: Format, view: View) -> None:
    if form is Format.TABLE:
        screen.show(table.lines(report, view))
    else:
        screen.write(formats.render(form, report, view))


def _backfill(
    project: Project, choice: Choice, older: list[str], store: str, resources: Resources, locks: str | None
) -> None:
    """Keep the metrics of older files, and show what came of each."""
    target, dated = targets.dated(project, choice, older)
    memory = Memory(store)
    try:
        with locking.held(locks, [target.dataset.name]), progress.progress() as doing:
            asked = targets.enabled((target,), memory.disabled_rules())
            request = Request(project, asked, Severity.WARNING, system_user(), resources=resources)
            reports = pipeline.backfill(request, dated, memory, doing)
    finally:
        memory.close()
    unread = [report for report in reports if report.message is not None]
    for report in unread:
        notes.error(str(report.message))
    kept = len(reports) - len(unread)
    notes.note(f"kept the metrics of {count(kept, 'file')}; {count(len(dated) - len(reports), 'file')} known already")
    raise typer.Exit(ExitCode.NOT_CHECKED if unread else ExitCode.PASSED)
