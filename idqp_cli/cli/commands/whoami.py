"""`idqp whoami`: who does the store take me for?"""

from __future__ import annotations

from idqp_cli.access.admission import admitted, known
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.report import access_lists, listing
from idqp_cli.report.listing import Format

app = App()


@app.command()
def whoami(
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Show your identity in the store, and your role. Exit code 4: not logged in.

    Examples:
      idqp whoami

    """
    with admitted(store or options.project(rules).store, "whoami") as (_, identity):
        row = access_lists.identity_row(known(identity))
    listing.write([row], access_lists.IDENTITY_COLUMNS, format, "")
