"""`idqp login`: it is me."""

from __future__ import annotations

from datetime import UTC, datetime

from idqp_cli.access import names, passwords, roles, sessions, tokens
from idqp_cli.access.admission import refuse_open
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.commands.user import EMAIL
from idqp_cli.cli.help import App
from idqp_cli.core.errors import NotPermittedError
from idqp_cli.core.text import stamp
from idqp_cli.report import stderr
from idqp_cli.store import existing_store

app = App()


@app.command()
def login(
    email: EMAIL,
    password_stdin: flags.PASSWORD_STDIN = False,
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Log in to the store. The session lasts 12 hours.

    Examples:
      idqp login ann@example.com
      idqp login ann@example.com --password-stdin < secret.txt

    """
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
    stderr.note(f"logged in as {email}, {roles.TITLES[user.role]}, until {stamp(session.expires_at)}")
