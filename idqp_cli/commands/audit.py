"""`idqp audit`: who did what, and is it still what was written down?"""

from __future__ import annotations

from typing import Annotated

import typer

from idqp_cli.access import listed
from idqp_cli.access.admission import admitted
from idqp_cli.commands import options
from idqp_cli.errors import StoreError
from idqp_cli.output import listing, notes, screen
from idqp_cli.output.listing import Format
from idqp_cli.store.audit import anchor, verify

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="Every write to the store, chained by hashes.")


@app.command("list")
def list_entries(
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many of the newest.")] = 50,
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """List who did what, newest first."""
    with admitted(store or options.project(rules).store, "audit list") as (opened, _):
        rows = listed.audit_rows(opened.audit(limit=limit, newest=True))
    listing.write(rows, listed.AUDIT_COLUMNS, format, "no entry")


@app.command("verify")
def verify_chain(
    expect: Annotated[
        str | None, typer.Option(metavar="SEQ:HASH", help="A head that was printed earlier and kept elsewhere.")
    ] = None,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Walk the whole chain and find any edit; exit 4 if there is one.

    Without --expect a chain that was cut off or written anew as a whole is not
    found out: nothing in the store can tell.
    """
    expected = None if expect is None else anchor(expect)
    with admitted(store or options.project(rules).store, "audit verify") as (opened, _):
        # In this order: what is written meanwhile stands behind the head, and is not walked.
        head = opened.audit_head()
        wrong = verify(opened.audit(limit=int(head.partition(":")[0])), head, expected)
    if wrong is not None:
        raise StoreError(f"the audit chain is broken: {wrong}")
    notes.note(f"the audit chain is whole: {head.partition(':')[0]} entries, head {head}")


@app.command("head")
def show_head(rules: options.RULES = None, store: options.STORE = None) -> None:
    """Show the head of the chain, to be kept elsewhere: `audit verify --expect` takes it."""
    with admitted(store or options.project(rules).store, "audit head") as (opened, _):
        head = opened.audit_head()
    screen.write(head + "\n")
