"""`idqp user`: who is there, and what may they do?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli.access import names, passwords, roles
from idqp_cli.access.admission import admitted, credential, refuse_open, require_for
from idqp_cli.access.roles import Action
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.report import access_lists, listing, stderr
from idqp_cli.report.listing import Format
from idqp_cli.store import existing_store
from idqp_cli.store.identity import Role
from idqp_cli.store.values import NewUser

app = App("Add people, and manage their roles.")

EMAIL = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")]


@app.command()
def add(
    email: EMAIL,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="The person's name.  [default: the address]")] = None,
    role: Annotated[
        Role | None,
        typer.Option(case_sensitive=False, help="The role.  [default: viewer; the first user is the owner]"),
    ] = None,
    database_role: Annotated[
        str | None,
        typer.Option(metavar="ROLE", help="Their login role in PostgreSQL, instead of a password."),
    ] = None,
    password_stdin: flags.PASSWORD_STDIN = False,
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Add a person. The first one becomes the Owner, and closes the store to everyone else.

    Examples:
      idqp user add ann@example.com
      idqp user add bob@example.com --role reviewer

    """
    address = store or options.project(rules).store
    email = names.address(email)
    login = None if database_role is None else names.database_role(database_role, address)
    with admitted(options.making(address), "user add", make=True) as (opened, identity):
        wanted = names.role(role or (Role.OWNER if identity.open else Role.VIEWER), first=identity.open)
        password = None
        if login is None or password_stdin:
            password = passwords.acceptable(options.password(from_stdin=password_stdin, twice=True))
        kept = None if password is None else passwords.hashed(password)
        full_name = names.full_name(email if name is None else name)
        opened.add_user(
            NewUser(email, full_name, wanted, kept, login), identity.actor, datetime.now(UTC), first=identity.open
        )
        info = opened.info()
    stderr.note(f"added {email} as {roles.TITLES[wanted]}")
    if identity.open:
        stderr.note(f"the store is closed now; enforcement: {info.enforcement} ({info.said})")


@app.command("list")
def list_users(
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """List the people.

    Examples:
      idqp user list

    """
    with admitted(store or options.project(rules).store, "user list") as (opened, _):
        rows = access_lists.user_rows(opened.users(), datetime.now(UTC))
    listing.write(rows, access_lists.USER_COLUMNS, format, "no user: the store is open")


@app.command("role")
def change_role(
    email: EMAIL,
    role: Annotated[Role, typer.Argument(case_sensitive=False, help="The new role.")],
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Give a person another role. The last Owner stays Owner.

    Examples:
      idqp user role bob@example.com maintainer

    """
    wanted = names.role(role)
    with admitted(store or options.project(rules).store, "user role") as (opened, identity):
        opened.change_role(names.address(email), wanted, identity.actor, datetime.now(UTC))
    stderr.note(f"{names.address(email)} is {roles.TITLES[wanted]} now")


@app.command()
def disable(email: EMAIL, rules: flags.RULES = None, store: flags.STORE = None) -> None:
    """Lock a person out and end their sessions. What they did stays in the audit log.

    Examples:
      idqp user disable bob@example.com

    """
    with admitted(store or options.project(rules).store, "user disable") as (opened, identity):
        opened.disable_user(names.address(email), identity.actor, datetime.now(UTC))
    stderr.note(f"disabled {names.address(email)}")


@app.command()
def unlock(email: EMAIL, rules: flags.RULES = None, store: flags.STORE = None) -> None:
    """Let a person log in again after too many wrong passwords.

    Examples:
      idqp user unlock bob@example.com

    """
    with admitted(store or options.project(rules).store, "user unlock") as (opened, identity):
        opened.unlock_user(names.address(email), identity.actor, datetime.now(UTC))
    stderr.note(f"unlocked {names.address(email)}")


@app.command()
def password(
    email: EMAIL,
    password_stdin: flags.PASSWORD_STDIN = False,
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Set a new password: your own or, as an Owner, another person's. All sessions of the person end.

    Examples:
      idqp user password ann@example.com
      idqp user password bob@example.com --password-stdin < secret.txt

    """
    address = store or options.project(rules).store
    email = names.address(email)
    with existing_store(address, credential(address)) as opened:
        refuse_open(opened)
        identity = require_for(opened, email, Action.MANAGE)
        kept = passwords.hashed(passwords.acceptable(options.password(from_stdin=password_stdin, twice=True)))
        opened.change_password(email, kept, identity.actor, datetime.now(UTC))
    stderr.note(f"changed the password of {email}; all their sessions have ended")
