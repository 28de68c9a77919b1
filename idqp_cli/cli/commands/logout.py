"""`idqp logout`: I am gone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli.access import sessions
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.report import stderr
from idqp_cli.store import existing_store

app = App()


@app.command()
def logout(
    everywhere: Annotated[bool, typer.Option("--all", help="End all your sessions, also on other computers.")] = False,
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """End your session with the store.

    Examples:
      idqp logout

    """
    address = store or options.project(rules).store
    try:
        secret = sessions.load(address)
        if secret is not None:
            with existing_store(address, secret) as opened:
                opened.log_out(datetime.now(UTC), everywhere=everywhere)
    finally:
        # A session that cannot be ended in the store, or a file that is none, ends at least here.
        sessions.forget(address)
    stderr.note("nobody was logged in" if secret is None else "logged out")
