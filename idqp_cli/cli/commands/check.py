"""`idqp check`: is the data right?"""

from __future__ import annotations

import os
from typing import Annotated

import typer

from idqp_cli.access.admission import system_user
from idqp_cli.cli import checking, strangers
from idqp_cli.cli.checking import Shown
from idqp_cli.cli.commands import options
from idqp_cli.cli.help import App
from idqp_cli.core.errors import UsageError
from idqp_cli.core.model import Severity
from idqp_cli.engine.quarantine import Folders
from idqp_cli.ingest.database import Resources
from idqp_cli.pipeline import git, targets
from idqp_cli.pipeline import lock as locking
from idqp_cli.pipeline.git import Revision
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.publish import Destinations
from idqp_cli.pipeline.publish import spared as sparing
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project.project import Project
from idqp_cli.report import files, stderr
from idqp_cli.report.formats import Format

# A backfill shows no report and judges nothing; an explanation reads no rows.
IGNORED_BY_EXPLAIN = (
    "format",
    "output",
    "metrics_file",
    "push",
    "quarantine",
    "good",
    "sample",
    "cache",
    "verify",
    "show_data",
    "backfill",
)
IGNORED_BY_BACKFILL = (
    *IGNORED_BY_EXPLAIN[:-1], "fail_on", "no_store", "seed", "changed_since", "as_of", "explain", "quiet", "verbose",
)  # fmt: skip

app = App()


@app.command()
def check(
    context: typer.Context,
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DATASET|PATH]...",
            help="Datasets, files, folders, globs, or - for standard input.  [default: every dataset]",
        ),
    ] = None,
    rules: options.RULES = None,
    dataset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Check the paths by this dataset's rules.", rich_help_panel="Rules"),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        Format, typer.Option(help="The format of the report on stdout.", rich_help_panel="Report")
    ] = Format.TABLE,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT=PATH",
            help="Write the report to a file, too.  [repeatable]",
            rich_help_panel="Report",
        ),
    ] = None,
    metrics_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write metrics in the format of Prometheus, for the node exporter's textfile collector.",
            rich_help_panel="Report",
        ),
    ] = None,
    push: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="IDQP_PUSH",
            help="Push metrics to a Prometheus Pushgateway.",
            rich_help_panel="Report",
        ),
    ] = None,
    fail_on: Annotated[
        Severity, typer.Option(help="The lowest severity that makes the exit code 1.", rich_help_panel="Rules")
    ] = Severity.WARNING,
    store: options.STORE = None,
    no_store: Annotated[
        bool,
        typer.Option(
            "--no-store", help="Do not use a store: no history, no incidents, no alerts.", rich_help_panel="Store"
        ),
    ] = False,
    variables: options.SET = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[FIELD:]PATTERN",
            help="Check only these rules. FIELD is dataset, rule, type, tag or severity.  [repeatable]",
            rich_help_panel="Rules",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="[FIELD:]PATTERN", help="Leave out these rules.  [repeatable]", rich_help_panel="Rules"),
    ] = None,
    quarantine: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Write the failing rows of each dataset into this folder.", rich_help_panel="Rows"
        ),
    ] = None,
    good: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Write the rows that pass every rule into this folder.", rich_help_panel="Rows"
        ),
    ] = None,
    spreadsheet: Annotated[
        bool,
        typer.Option(
            "--spreadsheet",
            envvar="IDQP_SPREADSHEET",
            help="Write rows as CSV in which spreadsheets find no formula.",
            rich_help_panel="Rows",
        ),
    ] = False,
    sample: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Check only N random rows of each dataset; verdicts come from confidence intervals.",
            rich_help_panel="Rows",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="The seed of the random sample.", rich_help_panel="Rows")
    ] = 0,
    memory_limit: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Memory for the whole check, like 1GB. A rule that needs more is an error.",
            rich_help_panel="Limits",
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, max=1024, help="The number of threads for DuckDB.", rich_help_panel="Limits")
    ] = None,
    changed_since: Annotated[
        str | None,
        typer.Option(
            metavar="REV",
            help="Check only datasets whose files or rules changed since this git commit.",
            rich_help_panel="What to check",
        ),
    ] = None,
    cache: Annotated[
        bool,
        typer.Option(
            "--cache/--no-cache",
            help="Skip datasets that passed before and did not change. Needs --no-store.",
            rich_help_panel="What to check",
        ),
    ] = False,
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Read all files of incremental datasets, and not only new ones.",
            rich_help_panel="What to check",
        ),
    ] = False,
    lock: Annotated[
        bool,
        typer.Option("--lock", help="Refuse to check a dataset while another run checks it.", rich_help_panel="Limits"),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Compare every page of Parquet files with the footer and its checksum.",
            rich_help_panel="Limits",
        ),
    ] = False,
    deadline: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Stop after this time, like 30s. Rules that were not judged by then are errors.",
            rich_help_panel="Limits",
        ),
    ] = None,
    untrusted: options.UNTRUSTED = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Judge ages as of this time (ISO 8601, UTC).", rich_help_panel="Rules"),
    ] = None,
    backfill: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Add the metrics of an older file to the history, at the date in its name.  [repeatable]",
            rich_help_panel="Store",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Show how the data would be read, and why, without checking it. With -v, show the SQL.",
            rich_help_panel="Report",
        ),
    ] = False,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="ENGINE",
            envvar="IDQP_ENGINE",
            help="Where to evaluate the rules: duckdb, or a Spark cluster like sc://host:15002.",
            rich_help_panel="Rules",
        ),
    ] = None,
    show_data: Annotated[
        bool,
        typer.Option(
            "--show-data",
            help="Show the cells of columns under pii on stdout, if your role permits it.",
            rich_help_panel="Report",
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing if everything passed.", rich_help_panel="Report")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the rules that passed, too.", rich_help_panel="Report")
    ] = False,
) -> None:
    """Check data files by their rules, and remember what is wrong as incidents.

    Exit codes: 0 passed, 1 a rule failed, 2 usage or rules file, 3 could not check, 4 checked but not recorded.

    Examples:
      idqp check                                    # every dataset of rules.yaml
      idqp check orders.csv 'data/*.parquet'        # files
      idqp check orders --output junit=report.xml   # one dataset, with a report for CI

    """
    _refuse_crossed(context)
    guest = strangers.guest(context, said=untrusted, refused=("backfill", "show_data"))
    resources = strangers.limits(Resources(memory_limit, threads, options.deadline(deadline)), guest)
    reports = files.wanted(output or (), os.environ)
    where = Destinations(reports, metrics_file, options.pushgateway(push), Folders(quarantine, good, spreadsheet))
    inside = since = None
    if guest is not None:
        store, no_store, cache, lock = None, True, False, False
        where = Destinations(reports, metrics_file)
        if not quiet:
            strangers.say(guest)
        strangers.warn()
        if changed_since is not None:
            # Git is asked before nobody may read its settings any more.
            since = git.since(changed_since, options.folder(rules))
        inside = strangers.confined(resources, filter(None, [rules]), where.named())
    elif explain:
        strangers.watched(resources)
    project = options.on_engine(options.project(rules, variables), engine, alone=guest is not None)
    choice = Choice(tuple(what or ()), dataset, tuple(select or ()), tuple(exclude or ()))
    locks = locking.folder(store or project.store) if lock else None
    if backfill:
        address = options.making(store or project.store)
        raise typer.Exit(checking.backfill(project, choice, backfill, address, resources, locks))
    chosen = targets.choose(project, choice)
    targets.refuse_topics(chosen)
    kept = filter(None, (project.path, store or project.store, *targets.paths(project, chosen)))
    sparing(where, [target.dataset.name for target in chosen], kept)
    for name in () if quiet else targets.topics(project, choice):
        stderr.note(f"{name}: is a topic, and not checked; `idqp watch {name}` checks it")
    for name in () if quiet else targets.unknown(project, chosen):
        stderr.note(f"{name}: not a dataset of the rules file; judged by rules suggested for its data")
    if changed_since is not None:
        since = since or git.since(changed_since, str(project.folder))
        chosen = _changed(project, chosen, changed_since, since, quiet=quiet)
    if explain:
        asked = Request(project, chosen, fail_on, system_user(), resources=resources, veiled=guest is not None)
        raise typer.Exit(checking.explain(asked, verbose=verbose))
    inside = inside or strangers.elsewhere(resources, targets.paths(project, chosen))
    drawn = None if sample is None else (sample, seed)
    as_of_time = options.moment(as_of)
    request = Request(
        project,
        chosen,
        fail_on,
        system_user(),
        as_of_time,
        where.folders,
        drawn,
        resources,
        verify,
        veiled=guest is not None,
        every=every,
        unmasked=show_data,
    )
    remembered = not no_store and not targets.traceless(project, chosen, store)
    memory = Memory(options.making(store or project.store) if remembered else None)
    judged = inside.judged if inside is not None else None
    shown = Shown(format, options.again(rules, store), quiet=quiet, verbose=verbose, judged=judged)
    raise typer.Exit(checking.check(request, memory, where, shown, locks, cache=cache))


def _refuse_crossed(context: typer.Context) -> None:
    """Refuse options that do not go together."""
    given = context.params
    if given["backfill"]:
        options.refuse_with(context, "--backfill", IGNORED_BY_BACKFILL)
    if given["explain"]:
        options.refuse_with(context, "--explain", IGNORED_BY_EXPLAIN)
    if given["show_data"] and given["no_store"]:
        raise UsageError("--show-data asks the store for your role; leave out --no-store")
    rows_written, sampled = given["quarantine"] or given["good"], given["sample"] is not None
    if sampled and rows_written:
        raise UsageError("--quarantine and --good take every row; leave out --sample")
    if given["cache"] and given["verify"]:
        raise UsageError("--cache does not know whether pages were verified; leave out --verify or --cache")
    if given["cache"] and (not given["no_store"] or rows_written or sampled):
        raise UsageError("--cache leaves no trace of a run: it goes with --no-store, and with nothing that writes rows")


def _changed(
    project: Project, chosen: tuple[Target, ...], revision: str, since: Revision, *, quiet: bool
) -> tuple[Target, ...]:
    left, unchanged = targets.changed(project, chosen, since)
    if unchanged and not quiet:
        stderr.note(f"not changed since {revision}, and not checked: {', '.join(unchanged)}")
    return left
