"""`idqp whoami`: who does the store take me for?"""

from __future__ import annotations

import typer

from idqp_cli.access import listed
from idqp_cli.access.admission import admitted, known
from idqp_cli.commands import options
from idqp_cli.output import listing
from idqp_cli.output.listing import Format

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def whoami(
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Show who acts on the store, and in which role; exit 4 if it is nobody."""
    with admitted(store or options.project(rules).store, "whoami") as (_, identity):
        row = listed.identity_row(known(identity))
    listing.write([row], listed.IDENTITY_COLUMNS, format, "")
