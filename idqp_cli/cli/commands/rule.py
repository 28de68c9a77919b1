"""`idqp rule`: what must hold?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from idqp_cli import exporting
from idqp_cli.access.admission import admitted
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core.errors import ExitCode, UsageError
from idqp_cli.core.text import clean, count
from idqp_cli.exporting import Target
from idqp_cli.project import catalogue, rule_facts, rule_reference
from idqp_cli.project import project as config
from idqp_cli.report import listing, rule_page, stderr, stdout
from idqp_cli.report.listing import Format
from idqp_cli.rules import RULE_TYPES

app = App("List, show, check, export, disable and enable rules, and read about the rule types.")

DATASET = Annotated[str, typer.Argument(metavar="DATASET", help="The dataset's name.")]
RULE = Annotated[str, typer.Argument(metavar="RULE", help="The rule's name.")]
TYPE_COLUMNS = ("type", "dimension", "keys", "duckdb", "spark", "what must hold")


class TypesFormat(StrEnum):
    """How the rule types are shown."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON_SCHEMA = "json-schema"


@app.command("list")
def list_rules(
    dataset: Annotated[str | None, typer.Argument(metavar="[DATASET]", help="Only the rules of this dataset.")] = None,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """List the rules of the rules file, and show which are disabled there or in the store.

    Examples:
      idqp rule list
      idqp rule list orders --format json

    """
    project = options.project(rules)
    with admitted(options.making(store or project.store), "rule list", make=True) as (opened, _):
        rows = catalogue.rules(project, dataset, opened.disabled_rules())
    listing.write(rows, catalogue.RULE_COLUMNS, format, "no rule")


@app.command()
def show(
    dataset: DATASET,
    rule: RULE,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Show a rule with its SQL. As JSON, show all its keys, too.

    Examples:
      idqp rule show orders 'unique(id)'

    """
    project = options.project(rules)
    facts = catalogue.rule(project, dataset, rule)
    with admitted(options.making(store or project.store), "rule show", make=True) as (opened, _):
        disabled = opened.disabled_rules()
    match format:
        case Format.TABLE:
            stdout.show(rule_page.lines(rule_facts.facts(dataset, facts, disabled), project.path))
        case Format.JSON:
            stdout.write(listing.as_json(catalogue.keys(dataset, facts, disabled)))
        case Format.CSV:
            rows = catalogue.key_rows(catalogue.keys(dataset, facts, disabled))
            stdout.write(listing.as_csv(rows, ("key", "value")))


@app.command()
def disable(dataset: DATASET, rule: RULE, rules: flags.RULES = None, store: flags.STORE = None) -> None:
    """Skip a rule in every check that uses this store, until it is enabled again.

    Examples:
      idqp rule disable orders 'unique(id)'

    """
    _switch(dataset, rule, rules, store, enabled=False)


@app.command()
def enable(dataset: DATASET, rule: RULE, rules: flags.RULES = None, store: flags.STORE = None) -> None:
    """Enable a rule again that was disabled in the store.

    Examples:
      idqp rule enable orders 'unique(id)'

    """
    _switch(dataset, rule, rules, store, enabled=True)


def _switch(dataset: str, rule: str, rules: str | None, store: str | None, *, enabled: bool) -> None:
    project = options.project(rules)
    word = "enable" if enabled else "disable"
    with admitted(store or project.store, f"rule {word}") as (opened, identity):
        catalogue.rule(project, dataset, rule)
        opened.enable_rule(dataset, rule, identity.actor, datetime.now(UTC), enabled=enabled)
    stderr.note(f"{word}d {dataset}: {rule}")


@app.command()
def lint(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Rules files.  [default: rules.yaml]")
    ] = None,
    variables: flags.SET = None,
) -> None:
    """Check rules files without reading data: keys, patterns and SQL.

    Rules that can never fail, that contradict each other or that repeat one another are errors too.

    Examples:
      idqp rule lint
      idqp rule lint team-a/rules.yaml team-b/rules.yaml

    """
    from idqp_cli.pipeline.lint import lint as examined  # noqa: PLC0415 - the engine is not for the other commands here

    values = options.given(variables)
    examinations = [examined(path, values) for path in dict.fromkeys(files or [config.DEFAULT_PATH])]
    for one in examinations:
        for fault in one.faults:
            stderr.error(fault)
        if not one.faults:
            stdout.write(f"{clean(one.path)}: {count(one.datasets, 'dataset')}, {count(one.rules, 'rule')}: ok\n")
    raise typer.Exit(ExitCode.USAGE if any(one.faults for one in examinations) else ExitCode.PASSED)


@app.command()
def export(
    target: Annotated[Target, typer.Option("--to", help="The tool to write for.")],
    datasets: Annotated[
        list[str] | None, typer.Argument(metavar="[DATASET]...", help="Only these datasets.  [default: all]")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="A new file to write to.  [default: standard output]"),
    ] = None,
    rules: flags.RULES = None,
    variables: flags.SET = None,
) -> None:
    """Write the rules of the rules file for another tool.

    A rule without an equivalent in that tool is reported on stderr, and the exit code
    is 1 then.

    Examples:
      idqp rule export --to dbt
      idqp rule export orders --to gx --output suite.json

    """
    from idqp_cli.pipeline import beginning  # noqa: PLC0415 - only who exports has to pay

    project = options.project(rules, variables)
    chosen = catalogue.owned(project, datasets or ())
    made = exporting.write(target, chosen)
    for line in made.untaken:
        stderr.note(f"not converted: {line}")
    if output is None:
        stdout.write(made.text)
    else:
        beginning.write(output, made.text, over=False)
    raise typer.Exit(ExitCode.FAILED if made.untaken else ExitCode.PASSED)


@app.command()
def types(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[TYPE]...", help="Only these rule types.  [default: all]")
    ] = None,
    format: Annotated[TypesFormat, typer.Option(help="The format of the output.")] = TypesFormat.TABLE,  # noqa: A002
) -> None:
    """Show the rule types and their keys, or the JSON Schema of rules.yaml for editors.

    Examples:
      idqp rule types
      idqp rule types range unique
      idqp rule types --format json-schema > rules.schema.json

    """
    for name in names or ():
        if name not in RULE_TYPES:
            raise UsageError(f"there is no rule type '{clean(name)}'; the types are {', '.join(sorted(RULE_TYPES))}")
    entries = [entry for entry in rule_reference.entries() if not names or entry.type in names]
    match format:
        case TypesFormat.TABLE:
            stdout.show(listing.table(rule_reference.as_rows(entries), TYPE_COLUMNS))
        case TypesFormat.CSV:
            stdout.write(listing.as_csv(rule_reference.as_rows(entries), TYPE_COLUMNS))
        case TypesFormat.JSON:
            stdout.write(listing.as_json(rule_reference.as_json(entries)))
        case TypesFormat.MARKDOWN:
            stdout.write(rule_reference.as_markdown(entries))
        case TypesFormat.JSON_SCHEMA:
            from idqp_cli.project import editor_schema  # noqa: PLC0415 - editors ask for it, people do not

            stdout.write(json.dumps(editor_schema.schema(), indent=2) + "\n")
