"""`idqp dataset`: what data is there?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli import catalogue, sweeping
from idqp_cli.access.admission import admitted
from idqp_cli.commands import options
from idqp_cli.delivery import deliver
from idqp_cli.output import listing, notes
from idqp_cli.output.listing import Format

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="The datasets of the rules file and of the store.")

NAME = Annotated[str, typer.Argument(metavar="DATASET", help="The dataset's name.")]


@app.command("list")
def list_datasets(
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """List the datasets that the rules file names, and those that the store remembers."""
    project = options.project(rules)
    with admitted(store or project.store, "dataset list") as (opened, _):
        rows = catalogue.datasets(project, opened.datasets())
    listing.write(rows, catalogue.DATASET_COLUMNS, format, "no dataset")


@app.command()
def add(
    name: NAME,
    description: Annotated[str | None, typer.Option(metavar="TEXT", help="What it is.")] = None,
    owner: Annotated[str | None, typer.Option(metavar="TEXT", help="Whom to ask about it.")] = None,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Add a dataset to the store, or take back one that was removed.

    What is not said here is taken from the rules file, if it names the dataset.
    """
    project = options.project(rules)
    described, owned = catalogue.described(project, name, description, owner)
    with admitted(store or project.store, "dataset add", make=True) as (opened, identity):
        opened.add_dataset(name, described, owned, identity.actor, datetime.now(UTC))
    notes.note(f"added {name}")


@app.command()
def remove(name: NAME, rules: options.RULES = None, store: options.STORE = None) -> None:
    """Record no more of a dataset and end its incidents; what was recorded stays."""
    project, now = options.project(rules), datetime.now(UTC)
    with admitted(store or project.store, "dataset remove") as (opened, identity):
        told = sweeping.removed(opened, project, name, now, identity.actor)
        opened.remove_dataset(name, identity.actor, now)
        notes.note(f"removed {name}; its runs and incidents stay")
        for line in deliver(opened, project.alerts, told, identity.actor) if project.alerts is not None else ():
            notes.note(line)
