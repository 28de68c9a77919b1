"""`idqp rule`: what must hold?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from idqp_cli import catalogue, config, reference
from idqp_cli.access.admission import admitted
from idqp_cli.commands import options
from idqp_cli.errors import ExitCode, UsageError
from idqp_cli.output import listing, notes, screen
from idqp_cli.output.listing import Format
from idqp_cli.rules import RULE_TYPES
from idqp_cli.text import clean, count

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="Look at rules, and switch them off and on.")

DATASET = Annotated[str, typer.Argument(metavar="DATASET", help="The dataset's name.")]
RULE = Annotated[str, typer.Argument(metavar="RULE", help="The rule's name.")]
TYPE_COLUMNS = ("type", "dimension", "keys", "what must hold")


class TypesFormat(StrEnum):
    """How the rule types are shown."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON_SCHEMA = "json-schema"


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


@app.command()
def lint(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Rules files.  [default: rules.yaml]")
    ] = None,
    variables: options.SET = None,
) -> None:
    """Check rules files without data: their words, patterns and SQL."""
    from idqp_cli.lint import lint as examined  # noqa: PLC0415 - the engine is not for the other commands here

    values = options.given(variables)
    found = [examined(path, values) for path in dict.fromkeys(files or [config.DEFAULT_PATH])]
    for one in found:
        for fault in one.faults:
            notes.error(fault)
        if not one.faults:
            screen.write(f"{clean(one.path)}: {count(one.datasets, 'dataset')}, {count(one.rules, 'rule')}: ok\n")
    raise typer.Exit(ExitCode.USAGE if any(one.faults for one in found) else ExitCode.PASSED)


@app.command()
def types(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[TYPE]...", help="Only these rule types.  [default: all]")
    ] = None,
    format: Annotated[TypesFormat, typer.Option(help="How to show them.")] = TypesFormat.TABLE,  # noqa: A002
) -> None:
    """Show the rule types and their keys, or the JSON Schema of rules.yaml for editors."""
    for name in names or ():
        if name not in RULE_TYPES:
            raise UsageError(f"there is no rule type '{clean(name)}'; the types are {', '.join(sorted(RULE_TYPES))}")
    found = [one for one in reference.entries() if not names or one.type in names]
    match format:
        case TypesFormat.TABLE:
            screen.write(listing.as_table(reference.as_rows(found), TYPE_COLUMNS))
        case TypesFormat.CSV:
            screen.write(listing.as_csv(reference.as_rows(found), TYPE_COLUMNS))
        case TypesFormat.JSON:
            screen.write(listing.as_json(reference.as_json(found)))
        case TypesFormat.MARKDOWN:
            screen.write(reference.as_markdown(found))
        case TypesFormat.JSON_SCHEMA:
            from idqp_cli import rules_schema  # noqa: PLC0415 - editors ask for it, people do not

            screen.write(json.dumps(rules_schema.schema(), indent=2) + "\n")
