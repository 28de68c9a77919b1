"""`idqp watch`: is what comes right?"""

from __future__ import annotations

from typing import Annotated

import typer

from idqp_cli.access.admission import system_user
from idqp_cli.cli import watching
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.cli.watching import Form, Shown
from idqp_cli.core.model import Severity
from idqp_cli.engine.quarantine import Folders
from idqp_cli.pipeline import targets
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.publish import Destinations, spared
from idqp_cli.pipeline.request import Request
from idqp_cli.stream.choice import choose
from idqp_cli.stream.gathering import Size
from idqp_cli.stream.reading import Asked

MOST_MESSAGES = 1_000_000

app = App()


@app.command()
def watch(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DATASET]...", help="Topics, and datasets with `incremental`.  [default: all of them]"),
    ] = None,
    rules: flags.RULES = None,
    batch: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, max=MOST_MESSAGES, help="Judge after so many messages.", rich_help_panel="Batches"
        ),
    ] = 10_000,
    every: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="Judge so long after the first message of a batch.", rich_help_panel="Batches"
        ),
    ] = "5s",
    begin: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="PLACE",
            help="Where to begin a topic that was never read: earliest, latest or a time (ISO 8601, UTC).",
            rich_help_panel="Batches",
        ),
    ] = "earliest",
    again: Annotated[
        bool,
        typer.Option("--again", help="Begin at --from also where a run has read.", rich_help_panel="Batches"),
    ] = False,
    until_end: Annotated[
        bool,
        typer.Option("--until-end", help="Judge what is there, and exit.", rich_help_panel="Batches"),
    ] = False,
    format: Annotated[  # noqa: A002 - the option's name
        Form,
        typer.Option(
            help="On stdout: a table of each batch that did not pass, or a line of JSON for each batch.",
            rich_help_panel="Report",
        ),
    ] = Form.TABLE,
    metrics_file: flags.METRICS_FILE = None,
    health_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write what the process does, at each poll and each batch, for a liveness probe.",
            rich_help_panel="Report",
        ),
    ] = None,
    quarantine: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Write the failing rows of each batch into this folder.", rich_help_panel="Rows"
        ),
    ] = None,
    spreadsheet: flags.SPREADSHEET = False,
    fail_on: flags.FAIL_ON = Severity.WARNING,
    store: flags.STORE = None,
    no_store: Annotated[
        bool,
        typer.Option(
            "--no-store",
            help="Do not use a store: no offsets, no history, no incidents, no alerts.",
            rich_help_panel="Store",
        ),
    ] = False,
    variables: flags.SET = None,
    select: flags.SELECT = None,
    exclude: flags.EXCLUDE = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing of batches that passed.", rich_help_panel="Report")
    ] = False,
) -> None:
    """Check the messages of topics and new files as they come, in batches, and remember how far they were read.

    The first SIGTERM or Ctrl-C ends it after the batch under way. Exit codes are those of `idqp check`, the worst
    of all batches.

    Examples:
      idqp watch                                    # every topic of rules.yaml
      idqp watch orders --batch 50000 --every 30s
      idqp watch orders --until-end                 # for cron and CI

    """
    project = options.project(rules, variables)
    chosen = choose(project, what or (), select or (), exclude or ())
    address = store or project.store
    size = Size(batch, options.seconds(every, "--every"))
    asked = Asked(size, options.begin(begin), until_end, again, not no_store, address, system_user())
    where = Destinations(metrics_file=metrics_file, folders=Folders(quarantine, None, spreadsheet))
    kept = filter(None, (project.path, address, *targets.paths(project, chosen)))
    spared(where, [target.dataset.name for target in chosen], kept)
    if health_file is not None:
        spared(Destinations(metrics_file=health_file), (), filter(None, (project.path, address, metrics_file)))
    request = Request(project, chosen, fail_on, system_user(), folders=where.folders)
    memory = Memory(None if no_store else options.making(address))
    shown = Shown(format, options.again(rules, store), quiet, metrics_file, health_file)
    raise typer.Exit(watching.watching(request, memory, asked, shown))
