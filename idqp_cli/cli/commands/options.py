"""What the values of options mean: the settings that they lead to, and what is refused."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import typer

from idqp_cli.core import confines
from idqp_cli.core.address import is_server, masked
from idqp_cli.core.deadline import Deadline, within
from idqp_cli.core.durations import LONGEST, seconds_of
from idqp_cli.core.errors import IdqpError, UsageError
from idqp_cli.core.moments import utc
from idqp_cli.core.text import clean
from idqp_cli.pipeline.process_age import age
from idqp_cli.project import contract
from idqp_cli.project import project as config
from idqp_cli.project.project import Project
from idqp_cli.report import stderr
from idqp_cli.stream.feed import Begin, End

MAX_PASSWORD = 4096
# Where strangers have no store.
NO_STORE = "none.db"
# In so many seconds a first run has made its store.
FIRST_RUN = 2
LAST_ID = (1 << 63) - 1


def project(rules: str | None, variables: list[str] | None = None) -> Project:
    """Load the rules file; without one by name or by default, the project of this folder."""
    values = given(variables)
    if rules is None and not os.path.lexists(config.DEFAULT_PATH):
        found = config.empty(Path.cwd())
    else:
        found = contract.load(rules or config.DEFAULT_PATH, values)
    # Of strangers neither a store is opened nor is anyone told.
    return (
        replace(found, alerts=None, store=os.path.join(tempfile.gettempdir(), NO_STORE))
        if confines.confined()
        else found
    )


def known(*, needed: bool = True) -> Project | None:
    """Return the project of this folder, whose columns under `pii` are shown nowhere.

    None if it cannot be read and is not `needed`: what makes a rules file begins beside a broken one, too.
    """
    try:
        return project(os.environ.get("IDQP_RULES"))
    except IdqpError:
        if needed:
            raise
        return None


def folder(rules: str | None) -> str:
    """Return the folder that the paths of the rules file are relative to, whether it is there or not."""
    return os.path.dirname(os.path.realpath(rules or config.DEFAULT_PATH))


def on_engine(project: Project, engine: str | None, *, alone: bool = False) -> Project:
    """Return the project with the engine of `--engine`, where one is named: duckdb, or the address of a cluster.

    Raises:
        UsageError: `alone` allows no other machine, and the engine is on one.

    """
    if engine is not None:
        project = replace(project, engine=None if engine == "duckdb" else engine)
    if alone and project.engine is not None:
        raise UsageError("engine: untrusted input is checked on this machine alone; use --engine duckdb")
    return project


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
    words = {
        "--rules": rules if rules != config.DEFAULT_PATH else None,
        "--store": masked(store) if store else None,
    }
    return "".join(f" {name} {shlex.quote(clean(value))}" for name, value in words.items() if value)


def moment(text: str | None) -> datetime | None:
    """Read a time in ISO 8601, UTC unless it says otherwise."""
    found = None if text is None else utc(text)
    if found is None and text is not None:
        raise UsageError(f"--as-of takes a time like 2024-01-31T06:00:00Z, not '{clean(text)}'")
    return found


def refuse_with(context: typer.Context, mode: str, names: Iterable[str]) -> None:
    """Refuse options on the command line that `mode` would not heed.

    Raises:
        UsageError: one of them is given.

    """
    for name in names:
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE":
            raise UsageError(f"--{name.replace('_', '-')} has no effect with {mode}; leave one out")


def name(text: str, option: str) -> str:
    """Return a name that a person gave, as text that can be stored."""
    if not text.strip():
        raise UsageError(f"{option} is empty")
    return text.strip().encode("utf-8", "backslashreplace").decode()


def pushgateway(url: str | None) -> str | None:
    """Return a URL that can be a Pushgateway's; None without one."""
    if not url:
        return None
    from idqp_cli.report.pushgateway import examined  # noqa: PLC0415 - only who pushes has to pay

    return examined(url)


def deadline(text: str | None) -> Deadline | None:
    """Set the deadline of a duration like 30s, from when the command was started."""
    if text is None:
        return None
    seconds = seconds_of(text)
    if not seconds:
        raise UsageError(f"--deadline takes a duration like 30s or 5m, not '{clean(text)}'")
    return within(min(seconds, LONGEST), age())


def seconds(text: str, option: str) -> float:
    """Return the seconds of a duration like 5s."""
    found = seconds_of(text)
    if not found:
        raise UsageError(f"{option} takes a duration like 5s or 1m, not '{clean(text)}'")
    return min(found, LONGEST)


def begin(text: str) -> Begin:
    """Return where to begin: an end of a topic, or a time."""
    if text in set(End):
        return End(text)
    found = utc(text)
    if found is None:
        raise UsageError(f"--from takes earliest, latest or a time like 2024-01-31T06:00:00Z, not '{clean(text)}'")
    return found


def comment(text: str) -> str:
    """Return what a person wrote, as text that can be stored."""
    if not text.strip():
        raise UsageError("--message is empty; say what you know, or do about it")
    return text.encode("utf-8", "backslashreplace").decode()


def accepted(message: str | None, *, accept: bool) -> str | None:
    """Return why something is accepted; None if it is not."""
    if accept and message is None:
        raise UsageError('--accept needs to know why; say -m "…"')
    if message is not None and not accept:
        raise UsageError("--message says why something is accepted; say --accept too")
    return None if message is None else comment(message)


def password(*, from_stdin: bool, twice: bool) -> str:
    """Ask for a password at the terminal, or read it from standard input; it is never an argument.

    Raises:
        UsageError: there is neither a terminal nor a password.

    """
    if sys.stdin is None or not (from_stdin or sys.stdin.isatty()):
        raise UsageError("there is no terminal to ask for the password; use --password-stdin")
    text = _piped() if from_stdin else _typed(twice=twice)
    if not text:
        raise UsageError("the password is empty")
    return text


def _piped() -> str:
    try:
        text = sys.stdin.buffer.read(MAX_PASSWORD).decode()
    except UnicodeDecodeError:
        raise UsageError("the password on standard input is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if "\n" in text:
        raise UsageError("there is more than one line on standard input; --password-stdin takes the password alone")
    return text


def _typed(*, twice: bool) -> str:
    import getpass  # noqa: PLC0415 - only where someone is asked

    try:
        text = getpass.getpass("Password: ", sys.stderr)
        if twice and getpass.getpass("Once more: ", sys.stderr) != text:
            raise UsageError("the two passwords are not the same")
    except EOFError:
        raise UsageError("no password was typed") from None
    return text


def making(address: str) -> str:
    """Return the address of a store that is made where there is none, and say so of an empty file.

    Something may have emptied it.
    """
    if not is_server(address) and _emptied(address):
        stderr.note(f"{clean(address)}: is empty; a new store is made in it")
    return address


def _emptied(path: str) -> bool:
    """Tell whether a file is empty and stays so; another first run fills the one that it has made."""
    until = time.monotonic() + FIRST_RUN
    while os.path.isfile(path) and not os.path.getsize(path):
        if time.monotonic() > until:
            return True
        time.sleep(0.05)
    return False
