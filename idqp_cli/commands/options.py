"""Options that several commands share, and the settings that they lead to."""

from __future__ import annotations

import os
import pwd
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from idqp_cli import config
from idqp_cli.config import Project
from idqp_cli.deadline import Deadline, within
from idqp_cli.decode import seconds_of
from idqp_cli.errors import UsageError
from idqp_cli.text import clean

RULES = Annotated[
    str | None,
    typer.Option("--rules", "-r", metavar="FILE", envvar="IDQP_RULES", help="The rules file.  [default: rules.yaml]"),
]
STORE = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", envvar="IDQP_STORE", help="The store; wins over the rules file's."),
]
SET = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Fill ${{ NAME }} in the rules file.  [repeatable]"),
]

LAST_ID = (1 << 63) - 1


def project(rules: str | None, variables: list[str] | None = None) -> Project:
    """Load the rules file; without one by name or by default, the project of this folder."""
    values = given(variables)
    if rules is None and not os.path.lexists(config.DEFAULT_PATH):
        return config.empty(Path.cwd())
    return config.load(rules or config.DEFAULT_PATH, values)


def given(variables: list[str] | None) -> dict[str, str]:
    """Read the values of `--set`."""
    values = {}
    for variable in variables or ():
        name, equals, value = variable.partition("=")
        if not equals:
            raise UsageError(f"--set takes NAME=VALUE, not '{clean(variable)}'")
        values[name] = value
    return values


def again(rules: str | None, store: str | None) -> str:
    """Return the options by which another command finds the same store."""
    words = {"--rules": rules if rules != config.DEFAULT_PATH else None, "--store": store}
    return "".join(f" {name} {shlex.quote(clean(value))}" for name, value in words.items() if value)


def moment(text: str | None) -> datetime | None:
    """Read a time in ISO 8601, UTC unless it says otherwise."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of takes a time like 2024-01-31T06:00:00Z, not '{clean(text)}'") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def deadline(text: str | None) -> Deadline | None:
    """Set the deadline of a duration like 30s, from now."""
    if text is None:
        return None
    seconds = seconds_of(text)
    if not seconds:
        raise UsageError(f"--deadline takes a duration like 30s or 5m, not '{clean(text)}'")
    return within(seconds)


def comment(text: str) -> str:
    """Return what a person wrote, as text that can be stored."""
    if not text.strip():
        raise UsageError("--message is empty; say what you know, or do about it")
    return text.encode("utf-8", "backslashreplace").decode()


def user() -> str:
    """Return the name of the operating system's user, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
