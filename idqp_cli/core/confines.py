"""Where a process may read that works for strangers: below one folder, after links are resolved, and nowhere else.

The process as a whole is confined, and stays so: what reads a path asks here.
"""

from __future__ import annotations

import os

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.text import clean

# What git keeps of a repository holds the credentials of whoever fetched it.
GIT = ".git"


class _Confines:
    """The folder that data may be read from, None without confines, and folders of our own."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.own: tuple[str, ...] = ()


_confines = _Confines()


def confine(root: str, *own: str) -> None:
    """Read only below `root` from now on, and in folders of our `own`; both are real paths."""
    _confines.root, _confines.own = root, own


def confined() -> bool:
    """Tell whether this process works for strangers."""
    return _confines.root is not None


def root() -> str | None:
    """Return the folder that data may be read from, None without confines."""
    return _confines.root


def inside(path: str, root: str) -> bool:
    """Tell whether a path leads below a real path and not to what git keeps there, after links are resolved."""
    real = os.path.realpath(path)
    within = real == root or real.startswith(os.path.join(root, ""))
    return within and GIT not in os.path.relpath(real, root).split(os.sep)


def refuse_outside(path: str, shown: str | None = None) -> None:
    """Refuse a path that leads out of the confines.

    Raises:
        UnreadableError: it does.

    """
    if _confines.root is None or "\0" in path or inside(path, _confines.root):
        return
    if any(inside(path, own) for own in _confines.own):
        return
    told = shown or clean(path)
    if GIT in os.path.realpath(path).split(os.sep):
        raise UnreadableError(f"{told}: is git's own, which untrusted rules may not read")
    raise UnreadableError(f"{told}: leads out of the working tree, which untrusted rules may not")


def refuse_remote(shown: str) -> None:
    """Refuse what is on another machine.

    Raises:
        UnreadableError: there are confines.

    """
    if _confines.root is not None:
        raise UnreadableError(f"{shown}: is on another machine, which untrusted rules may not read")
