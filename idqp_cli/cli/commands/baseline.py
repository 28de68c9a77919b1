"""`idqp baseline`: what is compared with what?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli.access.admission import admitted, system_user
from idqp_cli.baselines import saved
from idqp_cli.cli import strangers
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core.model import Severity
from idqp_cli.core.text import count
from idqp_cli.ingest.resources import Resources
from idqp_cli.pipeline import baselines, targets
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.targets import Choice
from idqp_cli.report import listing, stderr
from idqp_cli.report.listing import Format

app = App("Save, list and delete the snapshots that `drift` and `outliers` rules compare data with.")
COLUMNS = ("dataset", "baseline", "columns", "created_at", "created_by")


@app.command()
def save(
    dataset: Annotated[str, typer.Argument(help="A dataset of the rules file.")],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="The name of the baseline. Rules refer to it by `snapshot: NAME`.")
    ],
    rules: flags.RULES = None,
    store: flags.STORE = None,
    variables: flags.SET = None,
    memory_limit: flags.MEMORY_LIMIT = None,
    deadline: flags.DEADLINE = None,
) -> None:
    """Save the current state of a dataset under a name. Columns under `pii` are left out.

    Rules refer to it by `baseline: {snapshot: NAME}`. It holds bins and counts of columns, and models of rows.

    Examples:
      idqp baseline save orders --name january

    """
    strangers.watched(Resources(memory_limit, None, options.deadline(deadline)))
    project = options.project(rules, variables)
    chosen = targets.choose(project, Choice((dataset,)))
    request = Request(project, chosen, Severity.WARNING, system_user())
    with admitted(options.making(store or project.store), "baseline save", make=True) as (opened, identity):
        reference = baselines.snapshot(request, chosen[0], name)
        now = datetime.now(UTC)
        saved.keep_snapshot(opened, chosen[0].dataset.name, name, reference, now, identity.actor)
    models = f" and {count(len(reference.models), 'model')}" if reference.models else ""
    stderr.note(f"saved a baseline of {count(len(reference.summaries), 'column')}{models}")


@app.command("list")
def list_baselines(
    dataset: Annotated[str | None, typer.Argument(help="One dataset.  [default: all]")] = None,
    runs: Annotated[bool, typer.Option("--runs", help="Include the baselines of runs.")] = False,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """List the saved baselines.

    Examples:
      idqp baseline list

    """
    with admitted(store or options.project(rules).store, "baseline list") as (opened, _):
        rows = listing.baseline_rows(saved.snapshots(opened.baselines(dataset), of_runs=runs))
    listing.write(rows, COLUMNS, format, empty="no baseline")


@app.command()
def drop(
    dataset: Annotated[str, typer.Argument(help="A dataset.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="The baseline's name.")],
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Delete a baseline.

    Examples:
      idqp baseline drop orders --name january

    """
    with admitted(store or options.project(rules).store, "baseline drop") as (opened, identity):
        saved.drop_snapshot(opened, dataset, name, datetime.now(UTC), identity.actor)
    stderr.note("dropped the baseline")
