"""`idqp token`: what may programs do?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from idqp_cli.access import names, roles, tokens
from idqp_cli.access.admission import TOKEN, admitted
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core.text import stamp
from idqp_cli.report import access_lists, listing, stderr, stdout
from idqp_cli.report.listing import Format

app = App("Create, list and revoke the tokens that programs use for the store.")

NAME = Annotated[str, typer.Argument(metavar="NAME", help="The token's name.")]


class Scope(StrEnum):
    """What a token is for; the words of `roles.SCOPES`."""

    READ = "runs:read"
    WRITE = "runs:write"


@app.command()
def create(
    name: NAME,
    scope: Annotated[Scope, typer.Option(help="What the token may do: read only, or also record runs.")] = Scope.WRITE,
    days: Annotated[int, typer.Option(min=1, max=365, help="The number of days for which the token is valid.")] = 90,
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Create a token, and write it to stdout. It is shown only once; the store keeps a hash.

    Examples:
      idqp token create nightly --days 30

    """
    name = names.token(name)
    with admitted(store or options.project(rules).store, "token create") as (opened, identity):
        at = datetime.now(UTC)
        secret, kept = tokens.program(name, (scope.value,), at + timedelta(days=days))
        opened.create_token(kept, identity.actor, at)
    stdout.write(secret + "\n")
    until = stamp(kept.expires_at)
    stderr.note(f"{name} may {roles.SCOPES[scope].value} until {until}; give it to CI as {TOKEN}")


@app.command("list")
def list_tokens(
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """List the tokens, without their secrets.

    Examples:
      idqp token list

    """
    with admitted(store or options.project(rules).store, "token list") as (opened, _):
        rows = access_lists.token_rows(opened.tokens(), datetime.now(UTC))
    listing.write(rows, access_lists.TOKEN_COLUMNS, format, "no token")


@app.command()
def revoke(name: NAME, rules: flags.RULES = None, store: flags.STORE = None) -> None:
    """Revoke a token permanently.

    Examples:
      idqp token revoke nightly

    """
    with admitted(store or options.project(rules).store, "token revoke") as (opened, identity):
        opened.revoke_token(names.token(name), identity.actor, datetime.now(UTC))
    stderr.note(f"revoked {name}")
