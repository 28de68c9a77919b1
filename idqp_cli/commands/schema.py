"""`idqp schema`: what columns has the data, had it, and may it have?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli import registering, schema_targets
from idqp_cli.access.admission import admitted
from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.commands import options
from idqp_cli.delivery import deliver
from idqp_cli.errors import ExitCode
from idqp_cli.output import notes, schema, screen
from idqp_cli.output.listing import Format
from idqp_cli.registering import Proposal
from idqp_cli.schemas import formats
from idqp_cli.schemas.formats import Format as Foreign
from idqp_cli.schemas.modes import Mode
from idqp_cli.schemas.registry import BREAKING
from idqp_cli.store import Store
from idqp_cli.store.identity import Identity
from idqp_cli.text import clean

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    help="Show, compare, judge and register the schemas of datasets and files.",
)

WHAT = Annotated[str, typer.Argument(metavar="DATASET|PATH", help="A dataset, or a file.")]
SIDE = Annotated[
    str, typer.Argument(metavar="DATASET[@VERSION]|PATH", help="A registered version (the latest), or a file as it is.")
]
VERSION = Annotated[str | None, typer.Option(metavar="VERSION", help="This version.  [default: the latest]")]
FORMAT = Annotated[Format, typer.Option(help="How to show it.")]
FOREIGN = Annotated[Foreign, typer.Option("--format", help="How the schema is written.")]
MODE = Annotated[Mode | None, typer.Option(help="How the schema may change.  [default: the dataset's]")]
ACCEPT = Annotated[bool, typer.Option("--accept", help="Accept what is breaking.")]
WHY = Annotated[str | None, typer.Option("--message", "-m", metavar="TEXT", help="Why it is accepted.")]


@app.command("show")
def show_schema(
    what: WHAT,
    version: VERSION = None,
    format: FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Show a registered schema of a dataset, or the schema of a file as it is."""
    project = options.project(rules)
    found = schema_targets.chosen(project, what, store or project.store, version)
    schema.show(schema.column_rows(found), schema.COLUMNS, format, "no column")


@app.command("history")
def show_history(
    what: WHAT,
    format: FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """List the versions of a dataset's schema, newest first, with what each changed."""
    project = options.project(rules)
    with admitted(store or project.store, "schema history") as (opened, _):
        history = opened.schema_versions(schema_targets.target(project, what).dataset.name)
    schema.show(schema.version_rows(history), schema.VERSIONS, format, "no version")


@app.command("diff")
def diff_schemas(
    a: SIDE,
    b: SIDE,
    format: FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Show how the schema A becomes the schema B, and whom each change breaks."""
    project = options.project(rules)
    changes = schema_targets.difference(project, a, b, store or project.store)
    schema.show(schema.change_rows(changes), schema.CHANGES, format, "no difference")


@app.command("check")
def check_schema(
    what: WHAT,
    against: Annotated[
        str | None,
        typer.Option(metavar="all|latest|VERSION", help="Which versions to ask.  [default: as the mode says]"),
    ] = None,
    mode: MODE = None,
    last: Annotated[int | None, typer.Option(min=1, help="Ask only so many of the latest versions.")] = None,
    format: FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Judge the schema of a dataset or file as it is, and record nothing; exit 1 if a change is breaking."""
    project = options.project(rules)
    with admitted(store or project.store, "schema check") as (opened, _):
        policy = schema_targets.policy(schema_targets.target(project, what).dataset, mode, last)
        report, policy = schema_targets.judged(project, what, opened, policy, against)
    schema.show(schema.change_rows(report.changes), schema.CHANGES, format, "no change")
    notes.note(f"{clean(what)}: {schema.summary(report, policy.mode)}")
    raise typer.Exit(ExitCode.FAILED if report.status == BREAKING else ExitCode.PASSED)


@app.command("register")
def register_schema(
    what: WHAT,
    accept: ACCEPT = False,
    message: WHY = None,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Register the schema of a dataset or file as it is; a breaking one with --accept -m "why"."""
    project = options.project(rules)
    why = options.accepted(message, accept=accept)
    with admitted(store or project.store, "schema register", make=True) as (opened, identity):
        _register(opened, identity, project.alerts, schema_targets.proposal(project, what, opened, why))


@app.command("import")
def import_schema(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The dataset whose schema it is.")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="The file that the schema is written in.")],
    format: FOREIGN,  # noqa: A002 - the option's name
    accept: ACCEPT = False,
    message: WHY = None,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Register a schema that another tool wrote; a breaking one with --accept -m "why"."""
    project = options.project(rules)
    why = options.accepted(message, accept=accept)
    columns = formats.read(schema_targets.content(path), format, clean(path))
    with admitted(store or project.store, "schema import", make=True) as (opened, identity):
        one = schema_targets.target(project, dataset).dataset
        _register(
            opened, identity, project.alerts, Proposal(one.name, columns, columns, schema_targets.policy(one), why)
        )


@app.command("export")
def export_schema(
    what: WHAT,
    format: FOREIGN,  # noqa: A002 - the option's name
    version: VERSION = None,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Write a registered schema of a dataset, or that of a file, for another tool."""
    project = options.project(rules)
    found = schema_targets.chosen(project, what, store or project.store, version)
    screen.write(formats.write(found, schema_targets.title(project, what), format))


def _register(store: Store, identity: Identity, alerts: AlertSettings | None, proposal: Proposal) -> None:
    found = registering.register(store, proposal, datetime.now(UTC), identity.actor, alerts)
    schema.show(schema.change_rows(found.report.changes), schema.CHANGES, Format.TABLE, "no change")
    notes.note(f"{clean(proposal.dataset)}: {schema.outcome(found.report, proposal.policy.mode, found.version)}")
    if found.incident is not None:
        notes.note(f"resolved incident {found.incident} as expected")
    if alerts is not None and found.told:
        for line in deliver(store, alerts, found.told, identity.actor):
            notes.note(line)
    raise typer.Exit(ExitCode.FAILED if found.version is None else ExitCode.PASSED)
