"""`idqp rule`: what must hold?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli import catalogue
from idqp_cli.access.admission import admitted
from idqp_cli.commands import options
from idqp_cli.output import listing, notes, screen
from idqp_cli.output.listing import Format

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="Look at rules, and switch them off and on.")

DATASET = Annotated[str, typer.Argument(metavar="DATASET", help="The dataset's name.")]
RULE = Annotated[str, typer.Argument(metavar="RULE", help="The rule's name.")]


@app.command("list")
def list_rules(
    dataset: Annotated[str | None, typer.Argument(metavar="[DATASET]", help="Only of this dataset.")] = None,
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """List the rules of the rules file, and which of them are disabled there or in the store."""
    project = options.project(rules)
    with admitted(store or project.store, "rule list", make=True) as (opened, _):
        rows = catalogue.rules(project, dataset, opened.disabled_rules())
    listing.write(rows, catalogue.RULE_COLUMNS, format, "no rule")


@app.command()
def show(
    dataset: DATASET,
    rule: RULE,
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Show one rule with all its keys."""
    project = options.project(rules)
    found = catalogue.rule(project, dataset, rule)
    with admitted(store or project.store, "rule show", make=True) as (opened, _):
        keys = catalogue.keys(dataset, found, opened.disabled_rules())
    if format is Format.JSON:
        screen.write(listing.as_json(keys))
        return
    listing.write(catalogue.key_rows(keys), ("key", "value"), format, "")


@app.command()
def disable(dataset: DATASET, rule: RULE, rules: options.RULES = None, store: options.STORE = None) -> None:
    """Skip a rule in every check that remembers its result here, until it is enabled again."""
    _switch(dataset, rule, rules, store, enabled=False)


@app.command()
def enable(dataset: DATASET, rule: RULE, rules: options.RULES = None, store: options.STORE = None) -> None:
    """Check a rule again that was disabled in the store."""
    _switch(dataset, rule, rules, store, enabled=True)


def _switch(dataset: str, rule: str, rules: str | None, store: str | None, *, enabled: bool) -> None:
    project = options.project(rules)
    word = "enable" if enabled else "disable"
    with admitted(store or project.store, f"rule {word}") as (opened, identity):
        catalogue.rule(project, dataset, rule)
        opened.enable_rule(dataset, rule, identity.actor, datetime.now(UTC), enabled=enabled)
    notes.note(f"{word}d {dataset}: {rule}")
