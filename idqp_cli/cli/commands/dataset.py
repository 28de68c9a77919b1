"""`idqp dataset`: what data is there?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli.access.admission import admitted
from idqp_cli.alerts.outbox import deliver
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.pipeline import sweep
from idqp_cli.project import catalogue
from idqp_cli.report import listing, stderr
from idqp_cli.report.listing import Format

app = App("List, add and remove datasets.")

NAME = Annotated[str, typer.Argument(metavar="DATASET", help="The dataset's name.")]


@app.command("list")
def list_datasets(
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """List the datasets of the rules file, and those that the store remembers.

    Examples:
      idqp dataset list --format json

    """
    project = options.project(rules)
    with admitted(store or project.store, "dataset list") as (opened, _):
        rows = catalogue.datasets(project, opened.datasets())
    listing.write(rows, catalogue.DATASET_COLUMNS, format, "no dataset")


@app.command()
def add(
    name: NAME,
    description: Annotated[str | None, typer.Option(metavar="TEXT", help="A description.")] = None,
    owner: Annotated[str | None, typer.Option(metavar="TEXT", help="The owner.")] = None,
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Add a dataset to the store, or restore one that was removed.

    `idqp check` adds the datasets that it records.

    Examples:
      idqp dataset add orders --owner "team data"

    """
    project = options.project(rules)
    described, owned = catalogue.described(project, name, description, owner)
    with admitted(options.making(store or project.store), "dataset add", make=True) as (opened, identity):
        opened.add_dataset(name, described, owned, identity.actor, datetime.now(UTC))
    stderr.note(f"added {name}")


@app.command()
def remove(name: NAME, rules: flags.RULES = None, store: flags.STORE = None) -> None:
    """Stop recording a dataset and end its incidents. What was recorded stays.

    Examples:
      idqp dataset remove old_orders

    """
    project, now = options.project(rules), datetime.now(UTC)
    with admitted(store or project.store, "dataset remove") as (opened, identity):
        told = sweep.removed(opened, project, name, now, identity.actor)
        opened.remove_dataset(name, identity.actor, now)
        stderr.note(f"removed {name}; its runs and incidents stay")
        for line in deliver(opened, project.alerts, told, identity.actor) if project.alerts is not None else ():
            stderr.note(line)
