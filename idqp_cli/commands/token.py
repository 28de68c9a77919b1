"""`idqp token`: what may programs do?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from idqp_cli.access import listed, names, roles, tokens
from idqp_cli.access.admission import TOKEN, admitted
from idqp_cli.commands import options
from idqp_cli.output import listing, notes, screen
from idqp_cli.output.listing import Format

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="Tokens by which CI acts on the store.")

NAME = Annotated[str, typer.Argument(metavar="NAME", help="The token's name.")]


class Scope(StrEnum):
    """What a token is for; the words of `roles.SCOPES`."""

    READ = "runs:read"
    WRITE = "runs:write"


@app.command()
def create(
    name: NAME,
    scope: Annotated[Scope, typer.Option(help="Read only, or record runs too.")] = Scope.WRITE,
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it is valid.")] = 90,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Make a token and write it to stdout, this once; the store keeps only its hash."""
    name = names.token(name)
    with admitted(store or options.project(rules).store, "token create") as (opened, identity):
        at = datetime.now(UTC)
        secret, kept = tokens.program(name, (scope.value,), at + timedelta(days=days))
        opened.create_token(kept, identity.actor, at)
    screen.write(secret + "\n")
    until = listed.stamp(kept.expires_at)
    notes.note(f"{name} may {roles.SCOPES[scope].value} until {until}; give it to CI as {TOKEN}")


@app.command("list")
def list_tokens(
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """List the tokens, without their secrets."""
    with admitted(store or options.project(rules).store, "token list") as (opened, _):
        rows = listed.token_rows(opened.tokens(), datetime.now(UTC))
    listing.write(rows, listed.TOKEN_COLUMNS, format, "no token")


@app.command()
def revoke(name: NAME, rules: options.RULES = None, store: options.STORE = None) -> None:
    """End a token, at once and for ever."""
    with admitted(store or options.project(rules).store, "token revoke") as (opened, identity):
        opened.revoke_token(names.token(name), identity.actor, datetime.now(UTC))
    notes.note(f"revoked {name}")
