"""`idqp user`: who is there, and what may they do?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from idqp_cli.access import listed, names, passwords, roles
from idqp_cli.access.admission import admitted
from idqp_cli.commands import options
from idqp_cli.output import listing, notes
from idqp_cli.output.listing import Format
from idqp_cli.store.identity import Role
from idqp_cli.store.values import NewUser

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="Add people, and say what they may do.")

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
    password_stdin: options.PASSWORD_STDIN = False,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Add a person; the first one is the Owner, and closes the store to everyone else."""
    address = store or options.project(rules).store
    email = names.address(email)
    login = None if database_role is None else names.database_role(database_role, address)
    with admitted(address, "user add", make=True) as (opened, identity):
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
    notes.note(f"added {email} as {roles.TITLES[wanted]}")
    if identity.open:
        notes.note(f"the store is closed now; enforcement: {info.enforcement} ({info.said})")


@app.command("list")
def list_users(
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """List the people."""
    with admitted(store or options.project(rules).store, "user list") as (opened, _):
        rows = listed.user_rows(opened.users(), datetime.now(UTC))
    listing.write(rows, listed.USER_COLUMNS, format, "no user: the store is open")


@app.command("role")
def change_role(
    email: EMAIL,
    role: Annotated[Role, typer.Argument(case_sensitive=False, help="The new role.")],
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Give a person another role; the last Owner keeps theirs."""
    wanted = names.role(role)
    with admitted(store or options.project(rules).store, "user role") as (opened, identity):
        opened.change_role(names.address(email), wanted, identity.actor, datetime.now(UTC))
    notes.note(f"{names.address(email)} is {roles.TITLES[wanted]} now")


@app.command()
def disable(email: EMAIL, rules: options.RULES = None, store: options.STORE = None) -> None:
    """Shut a person out and end their sessions; what they did stays in the audit log."""
    with admitted(store or options.project(rules).store, "user disable") as (opened, identity):
        opened.disable_user(names.address(email), identity.actor, datetime.now(UTC))
    notes.note(f"disabled {names.address(email)}")


@app.command()
def unlock(email: EMAIL, rules: options.RULES = None, store: options.STORE = None) -> None:
    """Let a person log in again who typed too many wrong passwords."""
    with admitted(store or options.project(rules).store, "user unlock") as (opened, identity):
        opened.unlock_user(names.address(email), identity.actor, datetime.now(UTC))
    notes.note(f"unlocked {names.address(email)}")
