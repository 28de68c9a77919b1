"""Whether two paths are one file, and whether a path lies where data is read from."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Sequence

from idqp_cli.core.frozen import frozen

Identity = tuple[object, ...]


def identity(path: str) -> Identity:
    """Return what two paths share that lead to one file: through links, hard links and names in another case.

    Of a file that is not there yet it is the folder and the name without case,
    because the file system may not tell cases apart.
    """
    whole = os.path.realpath(path)
    try:
        status = os.stat(whole)
    except OSError:
        folder, name = os.path.split(whole)
        return (identity(folder) if folder != whole else folder, name.casefold())
    return (status.st_dev, status.st_ino)


@frozen
class Kept:
    """A path that nothing may be written over: a file, a folder, or a glob; `parts` are the glob's."""

    place: Identity
    folder: str | None
    parts: tuple[str, ...]

    @staticmethod
    def of(path: str) -> Kept:
        """Look at a path as it is now."""
        whole = os.path.abspath(path)
        folder = os.path.realpath(whole) if os.path.isdir(whole) else None
        pattern = glob.has_magic(whole) and not os.path.lexists(whole)
        return Kept(identity(whole), folder, _parts(_beginning(whole)) if pattern else ())

    def holds(self, path: str) -> bool:
        """Tell whether writing to `path` would change what this path stands for."""
        whole = os.path.realpath(path)
        if identity(whole) == self.place:
            return True
        if self.folder is not None:
            return _inside(whole, self.folder)
        if not self.parts:
            return False
        matched = any(
            identity(match) == identity(whole) for match in glob.glob(os.sep.join(self.parts), recursive=True)
        )
        return matched or _matches(_parts(whole), self.parts)


def _beginning(pattern: str) -> str:
    """Return a glob with the links in its folders followed, up to the first part with magic in it."""
    parts = _parts(pattern)
    plain = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    return os.path.join(os.path.realpath(os.sep.join(parts[:plain]) or os.sep), *parts[plain:])


def _inside(path: str, folder: str) -> bool:
    """Tell whether a file in `folder`, at any depth, would be read as data of it; hidden ones are not."""
    below = os.path.relpath(path, folder).split(os.sep)
    return below[0] != os.pardir and not any(part.startswith((".", "_")) for part in below)


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split(os.sep))


def _matches(path: Sequence[str], pattern: Sequence[str]) -> bool:
    """Tell whether a glob would match a path that is not there yet; names are compared without case."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_matches(path[number:], pattern[1:]) for number in range(len(path) + 1))
    if not path or not fnmatch.fnmatchcase(path[0].casefold(), pattern[0].casefold()):
        return False
    return _matches(path[1:], pattern[1:])
