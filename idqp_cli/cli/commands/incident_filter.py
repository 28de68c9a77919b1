"""Which incidents a command is about: numbers, or what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Any

import typer

from idqp_cli.cli.commands import flags, options
from idqp_cli.core.frozen import frozen
from idqp_cli.core.incident import IncidentStatus
from idqp_cli.core.model import Severity
from idqp_cli.core.moments import ago
from idqp_cli.store.values import Wanted

NUMBERS = Annotated[
    list[int] | None,
    typer.Argument(min=1, max=options.LAST_ID, metavar="[ID]...", help="The numbers of the incidents."),
]
DATASET = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Incidents of this dataset.  [repeatable]")]
RULE = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Incidents of this rule.  [repeatable]")]
SEVERITY = Annotated[list[Severity] | None, typer.Option(help="Incidents of this severity.  [repeatable]")]
STATUS = Annotated[list[IncidentStatus] | None, typer.Option(help="Incidents with this status.  [repeatable]")]
ASSIGNEE = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Incidents assigned to this person.  [repeatable]")
]
SINCE = Annotated[
    str | None, typer.Option(metavar="TIME", help="Incidents last seen since a time, or since an age like 7d.")
]
MESSAGE = Annotated[str | None, typer.Option("--message", "-m", metavar="TEXT", help="A comment.")]


@frozen
class Chosen:
    """The incidents that a command is about, and the options by which it finds its store."""

    numbers: tuple[int, ...]
    wanted: Wanted
    rules: str | None
    store: str | None


# What `Chosen` is made of, as options of a command: name, annotation.
NUMBERED = (("numbers", NUMBERS),)
SHARED = (
    ("dataset", DATASET), ("rule", RULE), ("severity", SEVERITY), ("status", STATUS), ("assignee", ASSIGNEE),
    ("since", SINCE), ("rules", flags.RULES), ("store", flags.STORE),
)  # fmt: skip


def chosen(call: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that choose incidents, in place of its parameter `chosen`."""
    return _with_options(call, (*NUMBERED, *SHARED))


def listed(call: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that choose incidents by what they have in common, in place of `chosen`."""
    return _with_options(call, SHARED)


def _with_options(call: Callable[..., None], shared: Sequence[tuple[str, Any]]) -> Callable[..., None]:
    """Make a command of a function whose parameter `chosen` stands for the shared options."""
    own = [parameter for parameter in signature(call, eval_str=True).parameters.values() if parameter.name != "chosen"]
    kind = Parameter.KEYWORD_ONLY
    added = [Parameter(name, kind, default=None, annotation=annotation) for name, annotation in shared]

    @wraps(call)
    def command(**given: Any) -> None:  # noqa: ANN401 - what Typer has read
        taken = {name: given.pop(name) for name, _ in shared}
        call(chosen=_chosen(datetime.now(UTC), **taken), **given)

    made = [*added[: len(shared) - len(SHARED)], *(one.replace(kind=kind) for one in own), *added[-len(SHARED) :]]
    command.__signature__ = Signature(made)  # type: ignore[attr-defined] # what `inspect.signature` reads
    command.__annotations__ = {one.name: one.annotation for one in made}
    return command


def _chosen(
    at: datetime,
    *,
    numbers: list[int] | None = None,
    dataset: list[str] | None,
    rule: list[str] | None,
    severity: list[Severity] | None,
    status: list[IncidentStatus] | None,
    assignee: list[str] | None,
    since: str | None,
    rules: str | None,
    store: str | None,
) -> Chosen:
    """Return what the options ask for."""
    wanted = Wanted(
        at=at,
        statuses=tuple(status or ()),
        severities=tuple(severity or ()),
        datasets=tuple(dataset or ()),
        rules=tuple(rule or ()),
        assignees=tuple(assignee or ()),
        since=None if since is None else ago(since, at, "--since"),
    )
    return Chosen(tuple(numbers or ()), wanted, rules, store)
