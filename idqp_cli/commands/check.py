"""`idqp check`: is the data right?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from idqp_cli import pipeline, targets
from idqp_cli.commands import options
from idqp_cli.config import Project
from idqp_cli.database import Resources
from idqp_cli.errors import ExitCode
from idqp_cli.model import Severity
from idqp_cli.output import json, notes, progress, screen, table
from idqp_cli.pipeline import Request
from idqp_cli.quarantine import Folders
from idqp_cli.recording import Memory
from idqp_cli.targets import Choice
from idqp_cli.text import count

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Format(StrEnum):
    """How the report is shown."""

    TABLE = "table"
    JSON = "json"


@app.command()
def check(
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
    memory_limit: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory for DuckDB, like 1GB; beyond it spills to disk.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, max=1024, help="Threads for DuckDB.")] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="Judge ages as of this time (ISO 8601, UTC).")
    ] = None,
    backfill: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Keep this older file's metrics as history, by its date.  [repeatable]"),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show also the rules that passed.")] = False,
) -> None:
    """Check data files by their rules, and remember what is wrong as incidents.

    Exit codes: 0 passed, 1 a rule failed, 2 usage or rules file, 3 could not
    check, 4 checked but not recorded.
    """
    project = options.project(rules, variables)
    choice = Choice(tuple(what or ()), dataset, tuple(select or ()), tuple(exclude or ()))
    if backfill:
        _backfill(project, choice, backfill, store or project.store, Resources(memory_limit, threads))
        return
    chosen = targets.choose(project, choice)
    for name in targets.unknown(project, chosen):
        notes.note(f"{name}: no dataset of the rules file; checked only for what holds of every file")
    memory = Memory(None if no_store else store or project.store)
    try:
        with progress.progress() as doing:
            folders = Folders(quarantine, good)
            resources = Resources(memory_limit, threads)
            request = Request(project, chosen, fail_on, options.user(), options.moment(as_of), folders, resources)
            outcome = pipeline.run(request, memory, doing)
    finally:
        memory.close()
    if format is Format.JSON:
        screen.write(json.render(outcome.report) + "\n")
    else:
        screen.show(table.render(outcome.report, verbose=verbose, options=options.again(rules, store)))
    for file in outcome.written:
        notes.note(f"wrote {count(file.rows, 'row')} to {file.path}")
    for line in outcome.notes:
        notes.error(line)
    raise typer.Exit(outcome.report.exit_code)


def _backfill(project: Project, choice: Choice, files: list[str], store: str, resources: Resources) -> None:
    """Keep the metrics of older files, and show what came of each."""
    target, dated = targets.dated(project, choice, files)
    memory = Memory(store)
    try:
        with progress.progress() as doing:
            request = Request(project, (target,), Severity.WARNING, options.user(), resources=resources)
            reports = pipeline.backfill(request, dated, memory, doing)
    finally:
        memory.close()
    unread = [report for report in reports if report.message is not None]
    for report in unread:
        notes.error(str(report.message))
    kept = len(reports) - len(unread)
    notes.note(f"kept the metrics of {count(kept, 'file')}; {count(len(dated) - len(reports), 'file')} known already")
    raise typer.Exit(ExitCode.NOT_CHECKED if unread else ExitCode.PASSED)
