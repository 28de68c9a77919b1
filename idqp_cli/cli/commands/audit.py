"""`idqp audit`: who did what, and is it still what was written down?"""

from __future__ import annotations

from typing import Annotated

import typer

from idqp_cli.access.admission import admitted
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core.errors import StoreError
from idqp_cli.report import access_lists, listing, stderr, stdout
from idqp_cli.report.listing import Format
from idqp_cli.store.audit import anchor, verify

app = App("Read the audit log, in which each entry holds the hash of the one before it.")


@app.command("list")
def list_entries(
    limit: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="The number of entries, counted from the newest.")
    ] = 50,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """List who wrote what to the store, newest first.

    Examples:
      idqp audit list --format csv

    """
    with admitted(store or options.project(rules).store, "audit list") as (opened, _):
        rows = access_lists.audit_rows(opened.audit(limit=limit, newest=True))
    listing.write(rows, access_lists.AUDIT_COLUMNS, format, "no entry")


@app.command("verify")
def verify_chain(
    expect: Annotated[
        str | None, typer.Option(metavar="SEQ:HASH", help="A head that `idqp audit head` printed earlier.")
    ] = None,
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Verify the whole audit chain. Exit code 4: an entry was changed.

    Without `--expect`, a chain that was cut off at its end or replaced as a whole is not noticed.

    Examples:
      idqp audit verify
      idqp audit verify --expect "$(cat head.txt)"

    """
    expected = None if expect is None else anchor(expect)
    with admitted(store or options.project(rules).store, "audit verify") as (opened, _):
        # In this order: what is written meanwhile stands behind the head, and is not walked.
        head = opened.audit_head()
        wrong = verify(opened.audit(limit=int(head.partition(":")[0])), head, expected)
    if wrong is not None:
        raise StoreError(f"the audit chain is broken: {wrong}")
    stderr.note(f"the audit chain is whole: {head.partition(':')[0]} entries, head {head}")


@app.command("head")
def show_head(rules: flags.RULES = None, store: flags.STORE = None) -> None:
    """Show the head of the audit chain. Keep it elsewhere, and pass it to `audit verify --expect` later.

    Examples:
      idqp audit head > head.txt

    """
    with admitted(store or options.project(rules).store, "audit head") as (opened, _):
        head = opened.audit_head()
    stdout.write(head + "\n")
