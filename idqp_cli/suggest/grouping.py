"""Files that are one dataset: those that are called alike but for days and numbers, and have the same columns; pure."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Mapping, Sequence

from idqp_cli.core.frozen import frozen

NUMBERS = re.compile(r"\d+(?:[-_.T]\d+)*")
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
    taken: set[str] = set()
    found = []
    for (mask, _), own in alike.items():
        # Where files of one mask have different columns, a glob would mix them.
        several = len(own) > 1 and masks.count(mask) == 1
        for group in [own] if several else [[path] for path in own]:
            path = mask if several else glob.escape(group[0]) if glob.has_magic(group[0]) else group[0]
            name = _free(dataset_name(mask if several else group[0]), taken)
            found.append(Group(name, path, tuple(group)))
    return tuple(found)


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
