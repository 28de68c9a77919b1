"""`idqp schema`: what columns has the data, had it, and may it have?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli.access.admission import admitted
from idqp_cli.alerts.outbox import deliver
from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.cli import strangers
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core.errors import ExitCode
from idqp_cli.core.text import clean
from idqp_cli.ingest.resources import Resources
from idqp_cli.pipeline import register, schema_targets
from idqp_cli.pipeline.register import Proposal
from idqp_cli.report import schema, stderr, stdout
from idqp_cli.report.listing import Format
from idqp_cli.schemas import formats
from idqp_cli.schemas.compatibility import Mode
from idqp_cli.schemas.formats import Format as Foreign
from idqp_cli.schemas.registry import BREAKING
from idqp_cli.store import Store
from idqp_cli.store.identity import Identity

app = App("Show, compare, check and register the schemas of datasets and files.")

WHAT = Annotated[str, typer.Argument(metavar="DATASET|PATH", help="A dataset, or a file.")]
SIDE = Annotated[
    str, typer.Argument(metavar="DATASET[@VERSION]|PATH", help="A registered version (the latest), or a file as it is.")
]
VERSION = Annotated[str | None, typer.Option(metavar="VERSION", help="This version.  [default: the latest]")]
FOREIGN = Annotated[Foreign, typer.Option("--format", help="The format of the schema.")]
MODE = Annotated[Mode | None, typer.Option(help="How the schema may change.  [default: the dataset's]")]
ACCEPT = Annotated[bool, typer.Option("--accept", help="Accept breaking changes.")]
WHY = Annotated[str | None, typer.Option("--message", "-m", metavar="TEXT", help="Why the change is accepted.")]


@app.command("show")
def show_schema(
    what: WHAT,
    version: VERSION = None,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
    memory_limit: flags.MEMORY_LIMIT = None,
    deadline: flags.DEADLINE = None,
) -> None:
    """Show the registered schema of a dataset, or the schema that a file has.

    Examples:
      idqp schema show orders
      idqp schema show orders.parquet

    """
    strangers.watched(Resources(memory_limit, None, options.deadline(deadline)))
    project = options.project(rules)
    chosen = schema_targets.chosen(project, what, store or project.store, version)
    schema.show(schema.column_rows(chosen), schema.COLUMNS, format, "no column")


@app.command("history")
def show_history(
    what: WHAT,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """List the versions of a dataset's schema, newest first, with the changes in each.

    Examples:
      idqp schema history orders

    """
    project = options.project(rules)
    with admitted(store or project.store, "schema history") as (opened, _):
        history = opened.schema_versions(schema_targets.target(project, what).dataset.name)
    schema.show(schema.version_rows(history), schema.VERSIONS, format, "no version")


@app.command("diff")
def diff_schemas(
    a: SIDE,
    b: SIDE,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
    memory_limit: flags.MEMORY_LIMIT = None,
    deadline: flags.DEADLINE = None,
) -> None:
    """Show the changes that lead from schema A to schema B, and whom each change breaks.

    Examples:
      idqp schema diff orders@1 orders@2
      idqp schema diff january.csv february.csv

    """
    strangers.watched(Resources(memory_limit, None, options.deadline(deadline)))
    project = options.project(rules)
    changes = schema_targets.difference(project, a, b, store or project.store)
    schema.show(schema.change_rows(changes), schema.CHANGES, format, "no difference")


@app.command("check")
def check_schema(
    what: WHAT,
    against: Annotated[
        str | None,
        typer.Option(metavar="all|latest|VERSION", help="The versions to compare with.  [default: given by the mode]"),
    ] = None,
    mode: MODE = None,
    last: Annotated[
        int | None, typer.Option(min=1, help="Compare with at most this many of the latest versions.")
    ] = None,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
    memory_limit: flags.MEMORY_LIMIT = None,
    deadline: flags.DEADLINE = None,
) -> None:
    """Compare the schema of a dataset or file with the registered one, and record nothing.

    Exit codes: 0 compatible, 1 a change is breaking.

    Examples:
      idqp schema check orders
      idqp schema check orders --against 3

    """
    strangers.watched(Resources(memory_limit, None, options.deadline(deadline)))
    project = options.project(rules)
    with admitted(store or project.store, "schema check") as (opened, _):
        policy = schema_targets.policy(schema_targets.target(project, what).dataset, mode, last)
        report, policy = schema_targets.judged(project, what, opened, policy, against)
    schema.show(schema.change_rows(report.changes), schema.CHANGES, format, "no change")
    stderr.note(f"{clean(what)}: {schema.summary(report, policy.mode)}")
    raise typer.Exit(ExitCode.FAILED if report.status == BREAKING else ExitCode.PASSED)


@app.command("register")
def register_schema(
    what: WHAT,
    accept: ACCEPT = False,
    message: WHY = None,
    rules: flags.RULES = None,
    store: flags.STORE = None,
    memory_limit: flags.MEMORY_LIMIT = None,
    deadline: flags.DEADLINE = None,
) -> None:
    """Register the current schema of a dataset or file.

    A breaking change needs `--accept` and a reason.

    Examples:
      idqp schema register orders
      idqp schema register orders --accept -m "agreed with the team"

    """
    strangers.watched(Resources(memory_limit, None, options.deadline(deadline)))
    project = options.project(rules)
    why = options.accepted(message, accept=accept)
    with admitted(options.making(store or project.store), "schema register", make=True) as (opened, identity):
        _register(opened, identity, project.alerts, schema_targets.proposal(project, what, opened, why))


@app.command("import")
def import_schema(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The dataset to register the schema for.")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="The file with the schema.")],
    format: FOREIGN,  # noqa: A002 - the option's name
    accept: ACCEPT = False,
    message: WHY = None,
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Register a schema that another tool wrote.

    A breaking change needs `--accept` and a reason.

    Examples:
      idqp schema import orders orders.schema.json --format json-schema

    """
    project = options.project(rules)
    why = options.accepted(message, accept=accept)
    columns = formats.read(schema_targets.content(path), format, clean(path))
    with admitted(options.making(store or project.store), "schema import", make=True) as (opened, identity):
        one = schema_targets.target(project, dataset).dataset
        _register(
            opened, identity, project.alerts, Proposal(one.name, columns, columns, schema_targets.policy(one), why)
        )


@app.command("export")
def export_schema(
    what: WHAT,
    format: FOREIGN,  # noqa: A002 - the option's name
    version: VERSION = None,
    rules: flags.RULES = None,
    store: flags.STORE = None,
    memory_limit: flags.MEMORY_LIMIT = None,
    deadline: flags.DEADLINE = None,
) -> None:
    """Write a registered schema of a dataset, or the schema of a file, for another tool.

    Examples:
      idqp schema export orders --format ddl
      idqp schema export orders.csv --format odcs > contract.yaml

    """
    strangers.watched(Resources(memory_limit, None, options.deadline(deadline)))
    project = options.project(rules)
    chosen = schema_targets.chosen(project, what, store or project.store, version)
    stdout.write(formats.write(chosen, schema_targets.title(project, what), format))


def _register(store: Store, identity: Identity, alerts: AlertSettings | None, proposal: Proposal) -> None:
    outcome = register.register(store, proposal, datetime.now(UTC), identity.actor, alerts)
    schema.show(schema.change_rows(outcome.report.changes), schema.CHANGES, Format.TABLE, "no change")
    stderr.note(f"{clean(proposal.dataset)}: {schema.outcome(outcome.report, proposal.policy.mode, outcome.version)}")
    if outcome.incident is not None:
        stderr.note(f"resolved incident {outcome.incident} as expected")
    if alerts is not None and outcome.told:
        for line in deliver(store, alerts, outcome.told, identity.actor):
            stderr.note(line)
    raise typer.Exit(ExitCode.FAILED if outcome.version is None else ExitCode.PASSED)
