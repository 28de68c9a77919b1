"""`idqp login`: it is me."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from idqp_cli.access import listed, names, passwords, roles, sessions, tokens
from idqp_cli.access.admission import refuse_open
from idqp_cli.commands import options
from idqp_cli.commands.user import EMAIL
from idqp_cli.errors import NotPermittedError
from idqp_cli.output import notes
from idqp_cli.store import existing_store

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def login(
    email: EMAIL,
    password_stdin: options.PASSWORD_STDIN = False,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Begin a session of 12 hours with the store."""
    address = store or options.project(rules).store
    email = names.address(email)
    with existing_store(address) as opened:
        refuse_open(opened)
        password = options.password(from_stdin=password_stdin, twice=False)
        proof = passwords.rehashed(password, opened.password_salt(email))
        at = datetime.now(UTC)
        secret, session = tokens.session(at)
        user = opened.log_in(email, proof, session, at)
    if user is None:
        raise NotPermittedError(
            "not logged in: the address or the password is wrong, or the account is disabled,"
            " or locked for a while after 5 wrong tries"
        )
    sessions.save(address, secret)
    notes.note(f"logged in as {email}, {roles.TITLES[user.role]}, until {listed.stamp(session.expires_at)}")
