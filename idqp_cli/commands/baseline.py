"""`idqp baseline`: what is compared with what?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli import references, summarising, targets
from idqp_cli.access.admission import admitted, system_user
from idqp_cli.commands import options
from idqp_cli.model import Severity
from idqp_cli.output import listing, notes
from idqp_cli.output.listing import Format
from idqp_cli.request import Request
from idqp_cli.targets import Choice
from idqp_cli.text import count

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    help="Save, list and drop snapshots that data is compared with: bins and counts of columns, models of rows.",
)
COLUMNS = ("dataset", "baseline", "columns", "created_at", "created_by")


@app.command()
def save(
    dataset: Annotated[str, typer.Argument(help="A dataset of the rules file.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="What the rules call it: `snapshot: NAME`.")],
    rules: options.RULES = None,
    store: options.STORE = None,
    variables: options.SET = None,
) -> None:
    """Keep a dataset as it is now under a name, columns of `pii` left out.

    Columns are kept as bins and counts; of each `outliers` rule that names the
    snapshot the trained model is kept.
    """
    project = options.project(rules, variables)
    chosen = targets.choose(project, Choice((dataset,)))
    request = Request(project, chosen, Severity.WARNING, system_user())
    with admitted(store or project.store, "baseline save", make=True) as (opened, identity):
        reference = summarising.snapshot(request, chosen[0], name)
        now = datetime.now(UTC)
        references.keep_snapshot(opened, chosen[0].dataset.name, name, reference, now, identity.actor)
    models = f" and {count(len(reference.models), 'model')}" if reference.models else ""
    notes.note(f"saved a baseline of {count(len(reference.summaries), 'column')}{models}")


@app.command("list")
def list_baselines(
    dataset: Annotated[str | None, typer.Argument(help="One dataset.  [default: all]")] = None,
    runs: Annotated[bool, typer.Option("--runs", help="Also those that runs left.")] = False,
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """List the saved baselines."""
    with admitted(store or options.project(rules).store, "baseline list") as (opened, _):
        rows = listing.baseline_rows(references.snapshots(opened.baselines(dataset), of_runs=runs))
    listing.write(rows, COLUMNS, format, empty="no baseline")


@app.command()
def drop(
    dataset: Annotated[str, typer.Argument(help="A dataset.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="The baseline's name.")],
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Forget a baseline."""
    with admitted(store or options.project(rules).store, "baseline drop") as (opened, identity):
        references.drop_snapshot(opened, dataset, name, datetime.now(UTC), identity.actor)
    notes.note("dropped the baseline")
