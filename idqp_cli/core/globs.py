"""Whether a name matches a glob, by the parts between its slashes; for names that are on no disk."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from fnmatch import fnmatchcase

HIDDEN = (".", "_")


def beginning(pattern: str) -> str:
    """Return the folders at the beginning of a glob that have no magic in them, with a slash at the end."""
    folders = pattern.split("/")[:-1]
    plain = next((number for number, part in enumerate(folders) if glob.has_magic(part)), len(folders))
    return "".join(f"{part}/" for part in folders[:plain])


def matches(name: str, pattern: str) -> bool:
    """Tell whether a glob matches a name; as on a disk, no magic matches a dot at the beginning of a part."""
    return _matches(name.split("/"), pattern.split("/"))


def below(name: str, folder: str) -> bool:
    """Tell whether a name is of a file in a folder, at any depth, and neither it nor a folder of it is hidden.

    As in a folder on a disk, what begins with a dot or `_` is hidden.
    """
    inner = name.removeprefix(folder)
    return name.startswith(folder) and not any(part.startswith(HIDDEN) for part in inner.split("/"))


def covers(path: str, name: str) -> bool:
    """Tell whether a URL, a glob or a folder of them stands for another one, too."""
    return path == name or matches(name, path) or below(name, f"{path.rstrip('/')}/")


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**" and len(pattern) > 1:
        if _matches(parts, pattern[1:]):
            return True
        return bool(parts) and not parts[0].startswith(".") and _matches(parts[1:], pattern)
    if not parts or (parts[0].startswith(".") and not pattern[0].startswith(".")):
        return False
    if pattern[0] == "**":
        return all(not part.startswith(".") for part in parts)
    return fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])
