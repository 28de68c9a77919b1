"""`idqp rule`: what must hold?"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from idqp_cli import config, reference
from idqp_cli.commands import options
from idqp_cli.errors import ExitCode, UsageError
from idqp_cli.output import listing, notes, screen
from idqp_cli.rules import RULE_TYPES
from idqp_cli.text import clean, count

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="Look at rules.")

TYPE_COLUMNS = ("type", "dimension", "keys", "what must hold")


class TypesFormat(StrEnum):
    """How the rule types are shown."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON_SCHEMA = "json-schema"


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
