"""A folder that no dataset has: which datasets the files of data below it are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from idqp_cli.access.admission import system_user
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity
from idqp_cli.core.written import NOTE
from idqp_cli.ingest.relation import Ingested
from idqp_cli.ingest.resources import AS_IT_LIKES, Resources
from idqp_cli.ingest.tables import kind_of
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.sources import everything
from idqp_cli.project import project
from idqp_cli.suggest import grouping

ENDINGS = (".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson")
COMPRESSED = ("", ".gz", ".zst")
# An array of objects, or an object after another; one object alone is what programs have for their settings.
OBJECTS = re.compile(rb"\s*\[\s*\{|\s*\{[^\n]*\}\s*\n\s*\{")
BEGINNING = 1 << 16
# Folders of programs, which hold no data of the user's.
LEFT_OUT = frozenset(
    {"node_modules", "site-packages", "venv", "env", "build", "dist", "target", "vendor", "__pycache__"}
)
# With more kinds of names, a folder holds the pieces of something, and is one dataset.
MOST_KINDS = 100


@frozen
class Below:
    """What is below a folder, in order, with the folder's own path before each.

    `data` are files of data and folders of tables, `rest` are other files and folders.
    """

    data: tuple[str, ...]
    rest: tuple[str, ...]


@frozen
class Part:
    """One dataset of a folder: what it is called, and the files or the table that it is."""

    name: str
    paths: tuple[str, ...]


def below(folder: str, deepest: int | None = None) -> Below:
    """Find the files below a folder, down to so many levels.

    Hidden files and folders that a link leads to are left out. A folder that idqp has written rows into is no data.
    """
    data: list[str] = []
    rest: list[str] = []
    for place, folders, files in os.walk(folder):
        if place != folder and (NOTE in files or kind_of(place, Path()) is not None):
            if NOTE in files:
                rest.append(os.path.join(place, ""))
            else:
                data.append(place)
            folders.clear()
            continue
        depth = 0 if place == folder else os.path.relpath(place, folder).count(os.sep) + 1
        inner = sorted(name for name in folders if not _hidden(name) and name not in LEFT_OUT)
        folders[:] = inner if deepest is None or depth < deepest else []
        for name in sorted(files):
            if not _hidden(name):
                path = os.path.normpath(os.path.join(place, name))
                (data if _is_data(name) or _is_json(path) else rest).append(path)
    return Below(tuple(data), tuple(rest))


def parts(folder: str, resources: Resources = AS_IT_LIKES) -> tuple[Part, ...]:
    """Divide a folder into the datasets that its files of data are; into none, if it is one as it stands.

    Files that are called alike but for days and numbers, or that have most of their columns in common, are one
    dataset. A path of something else, a table, and a folder without a file of data stand as they are.
    """
    if not os.path.isdir(folder) or kind_of(folder, Path()) is not None:
        return ()
    found = below(folder)
    alike = grouping.called_alike(found.data, folder)
    if not 1 <= len(alike) <= MOST_KINDS:
        return ()
    first = [files[0] for files in alike]
    groups = grouping.joined(alike, columns(first, resources) if len(first) > 1 else {})
    if len(groups) == 1:
        return (Part(folder, groups[0]),) if found.rest else ()
    return tuple(Part(grouping.called(files), files) for files in groups)


def overlooked(folder: str) -> tuple[str, ...]:
    """Return what is in a folder and not looked at: files without the name of data, and rows that idqp set apart."""
    if not os.path.isdir(folder) or kind_of(folder, Path()) is not None:
        return ()
    found = below(folder)
    return found.rest if found.data else ()


def spread(paths: Iterable[str]) -> Iterator[str]:
    """Yield the paths, and instead of a folder of several datasets its files and tables."""
    for path in paths:
        inner = parts(path)
        if inner:
            yield from (file for part in inner for file in part.paths)
        else:
            yield path


def columns(files: Iterable[str], resources: Resources = AS_IT_LIKES) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the columns of each file that can be opened."""
    targets = tuple(Target(Dataset(path, path), (path,), ()) for path in files)
    request = Request(project.empty(Path.cwd()), targets, Severity.INFO, system_user(), resources=resources)
    try:
        with everything(request, Memory(None)) as session:
            return {
                name: tuple(column.name for column in one.relation.columns)
                for name, one in session.opened.items()
                if isinstance(one, Ingested)
            }
    except UnreadableError:
        return {}


def _hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _is_data(name: str) -> bool:
    return name.casefold().endswith(tuple(ending + packed for ending in ENDINGS for packed in COMPRESSED))


def _is_json(path: str) -> bool:
    """Tell whether a file is called .json, and begins as the objects of several rows do."""
    if not path.casefold().endswith(".json") or not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return OBJECTS.match(file.read(BEGINNING)) is not None
    except OSError:
        return False
