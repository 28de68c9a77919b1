"""Which incidents a command is about: numbers, or what they have in common."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from idqp_cli import decode
from idqp_cli.commands import options
from idqp_cli.errors import UsageError
from idqp_cli.model import Severity
from idqp_cli.store.values import Wanted
from idqp_cli.text import clean
from idqp_cli.tracking import IncidentStatus

NUMBERS = Annotated[
    list[int] | None,
    typer.Argument(min=1, max=options.LAST_ID, metavar="[ID]...", help="Numbers of incidents."),
]
DATASET = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Those of this dataset.  [repeatable]")]
RULE = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Those of this rule.  [repeatable]")]
SEVERITY = Annotated[list[Severity] | None, typer.Option(help="Those of this severity.  [repeatable]")]
STATUS = Annotated[list[IncidentStatus] | None, typer.Option(help="Those that are there.  [repeatable]")]
ASSIGNEE = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Those that someone has.  [repeatable]")]
SINCE = Annotated[str | None, typer.Option(metavar="TIME", help="Those last seen since a time, or 7d ago.")]
MESSAGE = Annotated[str | None, typer.Option("--message", "-m", metavar="TEXT", help="What there is to say.")]


def wanted(
    at: datetime,
    dataset: list[str] | None,
    rule: list[str] | None,
    severity: list[Severity] | None,
    status: list[IncidentStatus] | None,
    assignee: list[str] | None,
    since: str | None,
) -> Wanted:
    """Return what the options ask for."""
    return Wanted(
        at=at,
        statuses=tuple(status or ()),
        severities=tuple(severity or ()),
        datasets=tuple(dataset or ()),
        rules=tuple(rule or ()),
        assignees=tuple(assignee or ()),
        since=None if since is None else ago(since, at, "--since"),
    )


def ago(text: str, at: datetime, option: str) -> datetime:
    """Read a time, or how long before `at` it was."""
    return at - _length(text) if _is_length(text) else _moment(text, option)


def ahead(text: str, at: datetime, option: str) -> datetime:
    """Read a time, or how long after `at` it will be.

    Raises:
        UsageError: it is not after `at`.

    """
    found = at + _length(text) if _is_length(text) else _moment(text, option)
    if found <= at:
        raise UsageError(f"{option}: {found:%Y-%m-%d %H:%M:%S}Z has been")
    return found


def _is_length(text: str) -> bool:
    return decode.seconds_of(text) is not None


def _length(text: str) -> timedelta:
    return timedelta(seconds=min(decode.seconds_of(text) or 0, decode.LONGEST))


def _moment(text: str, option: str) -> datetime:
    found = options.utc(text)
    if found is None:
        raise UsageError(f"{option} takes a time like 2024-01-31T06:00:00Z or a length like 7d, not '{clean(text)}'")
    return found
