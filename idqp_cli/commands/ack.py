"""`idqp ack`: I know, and I am at it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli.access.admission import admitted
from idqp_cli.commands import options
from idqp_cli.output import notes

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def ack(
    numbers: Annotated[
        list[int], typer.Argument(min=1, max=options.LAST_ID, metavar="ID...", help="Numbers of incidents.")
    ],
    message: Annotated[str, typer.Option("--message", "-m", metavar="TEXT", help="What you know, or do about it.")],
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Acknowledge incidents: all of them, or none if one cannot be."""
    said, chosen = options.comment(message), list(dict.fromkeys(numbers))
    with admitted(store or options.project(rules).store, "ack") as (opened, identity):
        opened.acknowledge(chosen, said, identity.actor, datetime.now(UTC))
    notes.note(f"acknowledged {', '.join(map(str, chosen))}")
