"""`idqp store`: where is all of this remembered?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from idqp_cli import store as stores
from idqp_cli.access.admission import admitted
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core import durations
from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean, count
from idqp_cli.report import listing, stderr, stdout
from idqp_cli.report.listing import Format

LET_GO = {
    "runs": "run",
    "metrics": "metric",
    "samples": "incident's sample",
    "alerts": "message",
    "sessions": "session",
    "checks": "requested check",
}

app = App("Inspect, upgrade, prune and copy the store, or move it to PostgreSQL.")


@app.command("info")
def show_info(
    format: Annotated[Format, typer.Option(help="How to show it.")] = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Show the kind of store, what it holds, and what enforces the roles.

    Examples:
      idqp store info
      idqp store info --store postgresql://db.example.com/idqp

    """
    with admitted(store or options.project(rules).store, "store info") as (opened, _):
        info = opened.info()
    match format:
        case Format.JSON:
            stdout.write(listing.as_json(listing.store_json(info)))
        case Format.CSV:
            rows = listing.store_rows(info)
            stdout.write(listing.as_csv(rows, listing.STORE_COLUMNS))
        case Format.TABLE:
            stdout.show(listing.store(info))


@app.command()
def upgrade(rules: flags.RULES = None, store: flags.STORE = None) -> None:
    """Create the tables of a PostgreSQL store, or upgrade them. An SQLite store upgrades itself.

    Examples:
      idqp store upgrade --store postgresql://db.example.com/idqp

    """
    before, after = stores.upgrade(store or options.project(rules).store)
    stderr.note(f"upgraded the store from version {before} to {after}" if before < after else "the store is up to date")


@app.command()
def backup(
    target: Annotated[str, typer.Argument(metavar="FILE", help="A new file.")],
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Copy an SQLite store into a new file. Others can write to the store meanwhile.

    Examples:
      idqp store backup store-2026-11-28.db

    """
    with admitted(store or options.project(rules).store, "store backup") as (opened, _):
        opened.backup(target)
    stderr.note(f"wrote the store to {target}")


@app.command()
def prune(
    older_than: Annotated[str, typer.Option(metavar="AGE", help="How old, like 180d or 52w.")],
    keep: Annotated[int, typer.Option(metavar="N", min=1, help="Keep the N newest runs of each dataset anyway.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be deleted.")] = False,
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Delete old runs with their metrics, failing rows of resolved incidents and what has ended.

    What has ended are sent messages, sessions, and checks that a server was asked for. Incidents, schema versions,
    baselines and the audit chain stay.

    Examples:
      idqp store prune --older-than 180d --dry-run
      idqp store prune --older-than 52w --keep 30

    """
    seconds = durations.seconds_of(older_than)
    if not seconds or seconds > durations.LONGEST:
        raise UsageError(f"--older-than takes an age like 180d or 52w, not '{clean(older_than)}'")
    now = datetime.now(UTC)
    with admitted(store or options.project(rules).store, "store prune") as (opened, identity):
        before = now - timedelta(seconds=seconds)
        pruned = opened.prune(before, keep, identity.actor, now, dry_run=dry_run)
    told = ", ".join(count(rows, LET_GO[kind]) for kind, rows in pruned.items())
    stderr.note(f"{'would delete' if dry_run else 'deleted'} what is from before {before:%Y-%m-%d %H:%M}Z: {told}")


@app.command()
def move(
    target: Annotated[str, typer.Argument(metavar="ADDRESS", help="An empty database: postgresql://…")],
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Copy every row of an SQLite store into PostgreSQL. The file stays as it is.

    Examples:
      idqp store move postgresql://db.example.com/idqp

    """
    with admitted(store or options.project(rules).store, "store move") as (opened, _):
        rows = opened.move(target)
    stderr.note(f"moved {count(sum(rows.values()), 'row')}; name the new store in rules.yaml, IDQP_STORE or --store")
