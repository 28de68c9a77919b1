"""`idqp init`: a rules file to begin with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from idqp_cli.cli import strangers
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core.errors import ExitCode, UsageError
from idqp_cli.core.text import clean, count
from idqp_cli.importing import Tool
from idqp_cli.ingest.resources import Resources
from idqp_cli.pipeline import beginning, first_rules
from idqp_cli.project import project
from idqp_cli.report import progress, stderr, stdout, table
from idqp_cli.report.view import View

app = App()


@app.command()
def init(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...", help="Files of data, folders or globs; with --from, files of the other tool."
        ),
    ] = None,
    tool: Annotated[
        Tool | None, typer.Option("--from", help="Convert the rules of another tool. The paths are its files.")
    ] = None,
    path: Annotated[
        list[str] | None,
        typer.Option("--path", metavar="DATASET=PATH", help="Where a dataset's data is.  [repeatable]"),
    ] = None,
    variables: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Fill a variable of the other tool.  [repeatable]"),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to write; - is standard output.")
    ] = project.DEFAULT_PATH,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing rules file.")] = False,
    memory_limit: flags.MEMORY_LIMIT = None,
    deadline: flags.DEADLINE = None,
) -> None:
    """Write a rules file: for data, or from the rules of another tool.

    Without a path, rules are suggested for all data files below this folder. Files
    with similar names form one dataset. Then the data is checked.

    With `--from`, a check without an equivalent becomes a comment with the reason, and
    a line on stderr. The exit code is 1 then, and 0 if every check was converted.

    Examples:
      idqp init
      idqp init orders.csv 'data/*.parquet'
      idqp init --from soda checks.yml
      idqp init --from soda checks.yml --path orders='data/orders_*.csv'
      idqp init --from dbt models/schema.yml models/docs.md --output -
      idqp init --from gx suite.json
      idqp init --from odcs contract.odcs.yaml
      idqp init --from frictionless datapackage.json

    """
    if output != "-" and not force and os.path.lexists(output):
        raise UsageError(f"{clean(output)} exists already; --force overwrites it, --output FILE elsewhere")
    strangers.watched(Resources(memory_limit, None, options.deadline(deadline)))
    if tool is None:
        if path or variables:
            raise UsageError("--path and --set go with --from")
        _begin(paths, output, force=force)
        return
    _take(tool, paths, path, variables, output, force=force)


def _begin(paths: list[str] | None, output: str, *, force: bool) -> None:
    """Write rules that are suggested for data, and check it by them."""
    with progress.progress() as doing:
        begun = first_rules.make(paths or first_rules.found_below(Path()), output, options.known(needed=False), doing)
        for line in begun.unread:
            stderr.error(line)
        if not begun.text:
            raise typer.Exit(ExitCode.NOT_CHECKED)
        if output == "-":
            stdout.write(begun.text)
        else:
            beginning.write(output, begun.text, over=force)
            if first_rules.ignore_store(Path(output).resolve().parent):
                stderr.note(f"added {first_rules.IGNORED} to .gitignore")
            report = first_rules.checked(output, doing)
    if output != "-":
        stdout.show(table.lines(report, View(advised=False)))
    for line in first_rules.told(begun, output):
        stderr.note(line)
    raise typer.Exit(ExitCode.NOT_CHECKED if begun.unread else ExitCode.PASSED)


def _take(
    tool: Tool,
    files: list[str] | None,
    paths: list[str] | None,
    variables: list[str] | None,
    output: str,
    *,
    force: bool,
) -> None:
    """Write the rules that another tool has."""
    if not files:
        raise UsageError(f"say which files of {tool} hold its rules")
    taken = beginning.imported(tool, files, options.given(variables), beginning.where(paths), output)
    for line in taken.notes:
        stderr.note(line)
    for one in taken.untaken:
        stderr.note(f"not converted: {one}")
    if output == "-":
        stdout.write(taken.text)
    else:
        beginning.write(output, taken.text, over=force)
    left = f"; {count(len(taken.untaken), 'check')} not converted" if taken.untaken else ""
    shown = "standard output" if output == "-" else clean(output)
    stderr.note(f"{shown}: {count(taken.datasets, 'dataset')}, {count(taken.rules, 'rule')}{left}")
    raise typer.Exit(ExitCode.FAILED if taken.untaken else ExitCode.PASSED)
