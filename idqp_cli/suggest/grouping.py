"""Files that are one dataset: those that are called alike but for days and numbers, and have the same columns; pure."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Mapping, Sequence

from idqp_cli.core import globs
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import count

NUMBERS = re.compile(r"\d+(?:[-_.T]\d+)*")
# Names that programs draw: a UUID, or a piece of a digest.
DRAWN = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<![0-9a-z])(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}(?![0-9a-z])"
)
# Files that have this share of all their columns in common are one dataset.
IN_COMMON = 0.5
ENDS = re.compile(r"(?:\.(?:csv|tsv|txt|parquet|pq|json|jsonl|ndjson|gz|zst|bz2|xz))+$", re.IGNORECASE)
STRANGE = re.compile(r"[^A-Za-z0-9_.-]+")


@frozen
class Group:
    """Files of one dataset: what it may be called, a path or a glob for all of them, and the files."""

    name: str
    path: str
    files: tuple[str, ...]


def grouped(files: Iterable[str], columns: Mapping[str, Sequence[str]]) -> tuple[Group, ...]:
    """Divide files into datasets, by their names and by the `columns` of each."""
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for path in dict.fromkeys(files):
        alike.setdefault((_masked(path), tuple(columns.get(path, (path,)))), []).append(path)
    masks = [mask for mask, _ in alike]
    every = [path for own in alike.values() for path in own]
    taken: set[str] = set()
    found = []
    for (mask, _), own in alike.items():
        # A glob must stand for these files alone: not for some with other columns, nor for some called otherwise.
        alone = masks.count(mask) == 1 and sum(globs.matches(path, mask) for path in every) == len(own)
        several = len(own) > 1 and alone
        for group in [own] if several else [[path] for path in own]:
            path = mask if several else glob.escape(group[0]) if glob.has_magic(group[0]) else group[0]
            name = _free(dataset_name(mask if several else group[0]), taken)
            found.append(Group(name, path, tuple(group)))
    return tuple(found)


def called_alike(files: Iterable[str], folder: str) -> tuple[tuple[str, ...], ...]:
    """Divide what is below a folder by what it is called but for days, numbers and the values of partitions."""
    found: dict[tuple[str, ...], list[str]] = {}
    for file in files:
        *places, name = os.path.relpath(file, folder).split(os.sep)
        values = (re.sub(r"=.*", "=", NUMBERS.sub("*", place)) for place in places)
        kind = (*values, NUMBERS.sub("*", DRAWN.sub("*", name)))
        found.setdefault(kind, []).append(file)
    return tuple(map(tuple, found.values()))


def joined(groups: Sequence[tuple[str, ...]], columns: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Join groups of files that have most columns in common; `columns` has those of each group's first file."""
    found: list[tuple[set[str], list[str]]] = []
    for group in groups:
        own = {name.casefold() for name in columns.get(group[0], ())}
        near = next((one for one in found if own and len(own & one[0]) >= IN_COMMON * len(own | one[0])), None)
        if near is None:
            found.append((own, list(group)))
        else:
            near[1].extend(group)
    return tuple(tuple(files) for _, files in found)


def called(files: Sequence[str]) -> str:
    """Return a name for files of a folder that are one dataset: a path, a glob, or the first path and how many more."""
    if len(files) == 1:
        return files[0]
    masks = {_masked(file) for file in files}
    return masks.pop() if len(masks) == 1 else f"{files[0]} + {count(len(files) - 1, 'file')}"


def _masked(path: str) -> str:
    """Return a glob for the files that are called like this one but for days and numbers."""
    folder, name = os.path.split(path)
    found = ENDS.search(name)
    stem, end = (name[: found.start()], name[found.start() :]) if found else (name, "")
    masked = "*".join(glob.escape(piece) for piece in NUMBERS.split(stem))
    return os.path.join(glob.escape(folder), masked + glob.escape(end))


def dataset_name(path: str) -> str:
    """Return a name for the dataset of a path or a glob, as names of datasets may be."""
    name = ENDS.sub("", os.path.basename(path))
    plain = STRANGE.sub("_", re.sub(r"\[(.)\]", r"\1", name).replace("*", "")).strip("_.-")
    plain = re.sub(r"_{2,}", "_", plain)[:80]
    if not plain:
        return "data"
    return plain if plain[0].isalpha() or plain[0] == "_" else f"data_{plain}"


def _free(name: str, taken: set[str]) -> str:
    """Return the name, numbered where another dataset has it."""
    found, number = name, 1
    while found.casefold() in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found.casefold())
    return found
