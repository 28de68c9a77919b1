"""A command that works for strangers: whether it does, what it leaves out, and how it is confined."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

import typer

from idqp_cli.cli.commands import options
from idqp_cli.core.deadline import within
from idqp_cli.core.errors import UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.ingest.resources import Resources
from idqp_cli.pipeline import process_memory, untrusted, warden
from idqp_cli.pipeline.confinement import force
from idqp_cli.pipeline.confinement.force import Shares, Walls
from idqp_cli.pipeline.warden import Bounds
from idqp_cli.report import stderr

# What a stranger's input may take, where nobody says otherwise.
SECONDS, MEMORY = 300, "2GB"
OPTION = "--untrusted"
# What would keep or send what was found, by option.
LEFT_OUT = ("store", "quarantine", "good", "push", "cache", "lock")
# In seconds: what is left to do when everything is judged, and to say which rules were not.
EASE, ITS_OWN_WORDS = 2.0, 1.5


@frozen
class Guest:
    """Why a command works for strangers, and which of its options it leaves out."""

    why: str
    left_out: tuple[str, ...] = ()


def guest(context: typer.Context, *, said: bool | None, refused: Sequence[str] = ()) -> Guest | None:
    """Return why a command works for strangers, None if it does not; `said` is what the command line says.

    Raises:
        UsageError: an option has no place there.

    """
    why = OPTION if said else None if said is False else untrusted.why(os.environ)
    if why is None:
        return None
    options.refuse_with(context, f"untrusted input ({why})", refused)
    if why == OPTION:
        options.refuse_with(context, OPTION, [name for name in LEFT_OUT if name in context.params])
    given = [name for name in LEFT_OUT if context.params.get(name)]
    return Guest(why, tuple(f"--{name}" for name in given if name != "store"))


def limits(resources: Resources, guest: Guest | None) -> Resources:
    """Return what a command may take; for strangers it has limits in any case."""
    if guest is None:
        return resources
    return replace(
        resources,
        memory_limit=resources.memory_limit or MEMORY,
        deadline=resources.deadline or within(SECONDS),
    )


def confined(
    resources: Resources, reading: Iterable[str] = (), writing: Iterable[str] = (), last: float = warden.LAST
) -> None:
    """Go on in a process that is confined to the working tree; `writing` are the files that it is to write.

    The files `reading` may lie elsewhere: whoever calls named them.

    Raises:
        UsageError: a file to write is reached by a link.

    """
    root = force.working_tree(os.getcwd())
    outputs = [_folder(path, root) for path in writing]
    bounds = _bounds(resources)
    rules = [os.path.realpath(path) for path in reading if not os.path.abspath(path).startswith(os.path.join(root, ""))]
    seconds = None if resources.deadline is None else resources.deadline.left() + EASE

    def confine(own: str) -> None:
        memory = None if bounds.room is None else bounds.room.most
        force.command(Walls(root, os.path.realpath(own)), rules, outputs, Shares(memory, seconds))

    warden.enter(bounds, confine, stderr.error, last)


def entered(context: typer.Context, said: bool | None, resources: Resources) -> bool:  # noqa: FBT001 - an option's value
    """Go on in a process that keeps to its limits, confined for strangers; return whether it works for them."""
    found = guest(context, said=said)
    if found is None:
        watched(resources)
        return False
    say(found)
    warn()
    confined(limits(resources, found), last=warden.NOTHING_TO_SAY)
    return True


def watched(resources: Resources) -> None:
    """Go on in a process that is killed where it goes beyond a limit, if there is one."""
    if resources.limited:
        warden.enter(_bounds(resources), warden.plainly, stderr.error, warden.NOTHING_TO_SAY)


def kept(resources: Resources) -> None:
    """Go on in a process that is killed where it goes beyond a limit, if there is one; it has a report to give."""
    if resources.limited:
        warden.enter(_bounds(resources), warden.plainly, stderr.error, ITS_OWN_WORDS)


def say(guest: Guest) -> None:
    """Say what is left out."""
    out = f"; left out: {', '.join(guest.left_out)}" if guest.left_out else ""
    stderr.note(f"untrusted input ({guest.why}): no store, no alerts, no network, no cells{out}")


def warn() -> None:
    """Say what this system cannot keep a process from."""
    for line in force.lacking():
        stderr.note(f"untrusted input: {line}")


def _bounds(resources: Resources) -> Bounds:
    return Bounds(resources.deadline, process_memory.room(resources.memory_limit))


def _folder(path: str, root: str) -> str:
    """Return the folder of a file to write; no link of the working tree leads there."""
    whole = os.path.abspath(path)
    lexically = whole.startswith(os.path.join(root, ""))
    if lexically and os.path.realpath(whole) != os.path.join(root, os.path.relpath(whole, root)):
        raise UsageError(f"{clean(path)}: is reached by a link of the working tree; write to another path")
    return os.path.dirname(os.path.realpath(whole))
