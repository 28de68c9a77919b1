"""Which files git knows to be unchanged."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fnmatch import fnmatchcase

from idqp_cli.core.errors import UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean


@frozen
class Revision:
    """A working tree, seen from one of its commits: the paths that are tracked, and those that differ from it."""

    tracked: frozenset[str]
    changed: frozenset[str]

    def touches(self, pattern: str) -> bool:
        """Tell whether the file or glob `pattern`, an absolute path, may stand for anything else than at the commit.

        A file that git does not track counts as changed. A glob matches no less
        here than it does on the disk, also where its files are gone.
        """
        whole = os.path.realpath(pattern)
        within = (os.path.join(pattern, ""), os.path.join(whole, ""))
        if os.path.lexists(pattern) and not os.path.isdir(whole) and whole not in self.tracked:
            return True
        wide = pattern.replace("**/", "*")
        return any(
            path in {whole, pattern} or path.startswith(within) or fnmatchcase(path, wide) for path in self.changed
        )


def since(revision: str, folder: str) -> Revision:
    """Compare the working tree around `folder` with the commit `revision`.

    Raises:
        UsageError: there is no git, no repository, or no such commit in it.

    """
    root = os.path.realpath(_git(folder, "rev-parse", "--show-toplevel").rstrip("\n"))
    name = f"{revision}^{{commit}}"
    tracked = _paths(root, _git(root, "ls-files", "-z"))
    if revision == "HEAD" and not _git(root, "rev-list", "--max-count=1", "--all"):
        # Before the first commit everything is new.
        return Revision(tracked, tracked)
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", name, unknown=revision).strip()
    # As bytes on disk: no filter for display, no rename that hides the old name.
    changed = _git(root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "-z", commit, "--")
    return Revision(tracked, _paths(root, changed))


def _paths(root: str, listed: str) -> frozenset[str]:
    return frozenset(_both(os.path.join(root, name) for name in listed.split("\0") if name))


def _both(paths: Iterable[str]) -> Iterable[str]:
    """Return each path as git names it, and the file that it leads to."""
    for path in paths:
        yield path
        yield os.path.realpath(path)


def _git(folder: str, *words: str, unknown: str | None = None) -> str:
    import subprocess  # noqa: PLC0415 - only who asks git has to pay

    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the revision stands behind --end-of-options
            ["git", "-C", folder, *words],  # noqa: S607 - the user's git
            capture_output=True, text=True, errors="surrogateescape", check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        raise UsageError("--changed-since needs git; install it") from None
    if done.returncode and unknown is not None:
        raise UsageError(f"'{clean(unknown)}' is not a commit of this repository; in a shallow clone, fetch it first")
    if done.returncode:
        told = done.stderr.strip().splitlines()
        reason = clean(told[-1].removeprefix("fatal: ")) if told else "no reason given"
        raise UsageError(f"--changed-since: git says: {reason}")
    return done.stdout
