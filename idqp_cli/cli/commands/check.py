"""`idqp check`: is the data right?"""

from __future__ import annotations

import os

import typer

from idqp_cli.access.admission import system_user
from idqp_cli.cli import checking, strangers
from idqp_cli.cli.checking import Shown
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core.errors import UsageError
from idqp_cli.core.model import Severity
from idqp_cli.core.text import clean, listed
from idqp_cli.engine.quarantine import Folders
from idqp_cli.ingest.resources import Resources
from idqp_cli.pipeline import changes, git, targets
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

# More files that are not looked at are not named.
NAMED = 3

app = App()


@app.command()
def check(
    context: typer.Context,
    what: flags.WHAT = None,
    rules: flags.RULES = None,
    dataset: flags.BY_DATASET = None,
    format: flags.REPORT_FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    output: flags.OUTPUT = None,
    metrics_file: flags.METRICS_FILE = None,
    push: flags.PUSH = None,
    fail_on: flags.FAIL_ON = Severity.WARNING,
    store: flags.STORE = None,
    no_store: flags.NO_STORE = False,
    variables: flags.SET = None,
    select: flags.SELECT = None,
    exclude: flags.EXCLUDE = None,
    quarantine: flags.QUARANTINE = None,
    good: flags.GOOD = None,
    spreadsheet: flags.SPREADSHEET = False,
    sample: flags.SAMPLE = None,
    seed: flags.SEED = 0,
    memory_limit: flags.CHECK_MEMORY = None,
    threads: flags.THREADS = None,
    changed_since: flags.CHANGED_SINCE = None,
    cache: flags.CACHE = False,
    every: flags.ALL = False,
    lock: flags.LOCK = False,
    verify: flags.VERIFY = False,
    deadline: flags.CHECK_DEADLINE = None,
    untrusted: flags.UNTRUSTED = None,
    as_of: flags.AS_OF = None,
    backfill: flags.BACKFILL = None,
    explain: flags.EXPLAIN = False,
    engine: flags.ENGINE = None,
    show_data: flags.SHOW_DATA = False,
    quiet: flags.QUIET = False,
    verbose: flags.VERBOSE = False,
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
    since = None
    if guest is not None:
        store, no_store, cache, lock = None, True, False, False
        where = Destinations(reports, metrics_file)
        if not quiet:
            strangers.say(guest)
        strangers.warn()
        if changed_since is not None:
            # Git is asked before nobody may read its settings any more.
            since = git.since(changed_since, options.folder(rules))
        strangers.confined(resources, filter(None, [rules]), where.named())
    elif explain:
        strangers.watched(resources)
    else:
        strangers.kept(resources)
    project = options.on_engine(options.project(rules, variables), engine, alone=guest is not None)
    choice = Choice(tuple(what or ()), dataset, tuple(select or ()), tuple(exclude or ()))
    locks = locking.folder(store or project.store) if lock else None
    if backfill:
        address = options.making(store or project.store)
        raise typer.Exit(checking.backfill(project, choice, backfill, address, resources, locks))
    chosen = targets.choose(project, choice, resources)
    targets.refuse_topics(chosen)
    kept = filter(None, (project.path, store or project.store, *targets.paths(project, chosen)))
    sparing(where, [target.dataset.name for target in chosen], kept)
    if not quiet:
        _remark(project, choice, chosen)
    if changed_since is not None:
        since = since or git.since(changed_since, str(project.folder))
        chosen = _changed(project, chosen, changed_since, since, quiet=quiet)
    if explain:
        asked = Request(project, chosen, fail_on, system_user(), resources=resources, veiled=guest is not None)
        raise typer.Exit(checking.explain(asked, verbose=verbose))
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
    shown = Shown(format, options.again(rules, store), quiet=quiet, verbose=verbose)
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


def _remark(project: Project, choice: Choice, chosen: tuple[Target, ...]) -> None:
    """Say what is left to `idqp watch`, and what has no rules of its own."""
    for name in targets.topics(project, choice):
        stderr.note(f"{name}: is a topic, and not checked; `idqp watch {name}` checks it")
    for folder, rest in targets.overlooked(project, choice):
        names = listed([clean(name) for name in rest], NAMED)
        stderr.note(f"{clean(folder)}: not looked at: {names}; name a file to check it")
    unknown = targets.unknown(project, chosen)
    if unknown:
        what, its = ("a dataset", "its") if len(unknown) == 1 else ("datasets", "their")
        stderr.note(f"{listed(unknown, NAMED)}: not {what} of the rules file; judged by rules suggested for {its} data")


def _changed(
    project: Project, chosen: tuple[Target, ...], revision: str, since: Revision, *, quiet: bool
) -> tuple[Target, ...]:
    left, unchanged = changes.changed(project, chosen, since)
    if unchanged and not quiet:
        stderr.note(f"not changed since {revision}, and not checked: {', '.join(unchanged)}")
    return left
