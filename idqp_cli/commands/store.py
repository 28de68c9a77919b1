"""`idqp store`: where is all of this remembered?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from idqp_cli import decode
from idqp_cli import store as stores
from idqp_cli.access.admission import admitted
from idqp_cli.commands import options
from idqp_cli.errors import UsageError
from idqp_cli.output import listing, notes, screen
from idqp_cli.output.listing import Format
from idqp_cli.text import clean, count

LET_GO = {
    "runs": "run",
    "metrics": "metric",
    "samples": "incident's sample",
    "alerts": "message",
    "sessions": "session",
}

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    help="Look at the store, upgrade it, prune it, copy it, or move it to PostgreSQL.",
)


@app.command("info")
def show_info(
    format: Annotated[Format, typer.Option(help="How to show it.")] = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Show what kind of store it is, what is in it, and who holds people to their roles."""
    with admitted(store or options.project(rules).store, "store info") as (opened, _):
        info = opened.info()
    match format:
        case Format.JSON:
            screen.write(listing.as_json(listing.store_json(info)))
        case Format.CSV:
            rows = listing.store_rows(info)
            screen.write(listing.as_csv(rows, listing.STORE_COLUMNS))
        case Format.TABLE:
            screen.show(listing.store(info))


@app.command()
def upgrade(rules: options.RULES = None, store: options.STORE = None) -> None:
    """Make the tables of a PostgreSQL store, or bring them to this version; SQLite does so by itself."""
    before, after = stores.upgrade(store or options.project(rules).store)
    notes.note(f"upgraded the store from version {before} to {after}" if before < after else "the store is up to date")


@app.command()
def backup(
    target: Annotated[str, typer.Argument(metavar="FILE", help="A new file.")],
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Copy an SQLite store into a new file, while others go on writing."""
    with admitted(store or options.project(rules).store, "store backup") as (opened, _):
        opened.backup(target)
    notes.note(f"wrote the store to {target}")


@app.command()
def prune(
    older_than: Annotated[str, typer.Option(metavar="AGE", help="How old, like 180d or 52w.")],
    keep: Annotated[int, typer.Option(metavar="N", min=1, help="Keep the N newest runs of each dataset anyway.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Delete what is old: runs and their metrics, failing rows of resolved incidents, sent messages, ended sessions.

    Incidents, schema versions, baselines and the audit chain stay.
    """
    seconds = decode.seconds_of(older_than)
    if not seconds or seconds > decode.LONGEST:
        raise UsageError(f"--older-than takes an age like 180d or 52w, not '{clean(older_than)}'")
    now = datetime.now(UTC)
    with admitted(store or options.project(rules).store, "store prune") as (opened, identity):
        before = now - timedelta(seconds=seconds)
        found = opened.prune(before, keep, identity.actor, now, dry_run=dry_run)
    told = ", ".join(count(rows, LET_GO[kind]) for kind, rows in found.items())
    notes.note(f"{'would delete' if dry_run else 'deleted'} what is from before {before:%Y-%m-%d %H:%M}Z: {told}")


@app.command()
def move(
    target: Annotated[str, typer.Argument(metavar="ADDRESS", help="An empty database: postgresql://…")],
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Copy an SQLite store into PostgreSQL, row for row; the file stays as it is."""
    with admitted(store or options.project(rules).store, "store move") as (opened, _):
        rows = opened.move(target)
    notes.note(f"moved {count(sum(rows.values()), 'row')}; name the new store in rules.yaml, IDQP_STORE or --store")
