"""Which dataset a word of a command line means: by its name, or by a path that is one of its files."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from idqp_cli.core import globs
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean, nearest
from idqp_cli.core.urls import is_url, shown
from idqp_cli.ingest.resources import Resources
from idqp_cli.ingest.stdin import STANDARD_INPUT
from idqp_cli.project.project import Project
from idqp_cli.suggest.grouping import called

if TYPE_CHECKING:
    from idqp_cli.pipeline.folders import Part

MAX_NAME = 5_000


def by_name(project: Project, name: str) -> Dataset:
    """Return the dataset of this name. Raises UsageError: there is none."""
    for dataset in project.datasets:
        if dataset.name == name:
            return dataset
    names = [dataset.name for dataset in project.datasets]
    near = nearest(name, names)
    hint = f"did you mean '{near}'?" if near else f"the rules file has {', '.join(names) or 'none'}"
    raise UsageError(f"there is no dataset '{clean(name)}'; {hint}")


def owner(project: Project, word: str) -> Dataset:
    """Return the dataset whose path matches the path `word`, or one without rules for this path alone."""
    if word == STANDARD_INPUT:
        return _reader_of_standard_input(project)
    if is_url(word):
        named = (dataset for dataset in project.datasets if is_url(dataset.path) and globs.covers(dataset.path, word))
        return next(named, Dataset(shown(word), word))
    if not os.path.lexists(word) and not glob.has_magic(word) and os.sep not in word and "." not in word:
        return by_name(project, word)
    return _owned(project, [word]).get(word) or Dataset(clean(word, MAX_NAME), word)


def _owned(project: Project, paths: Sequence[str]) -> dict[str, Dataset]:
    """Return the datasets that files and folders of this machine are of, by their paths; the first one of each."""
    left = {path: os.path.realpath(path) for path in paths}
    found: dict[str, Dataset] = {}
    for dataset in project.datasets:
        if elsewhere(dataset.path) or not left:
            continue
        place = os.path.join(project.folder, dataset.path)
        inside = os.path.join(os.path.realpath(place), "") if os.path.isdir(place) else None
        files = {os.path.realpath(file) for file in (place, *glob.glob(place, recursive=True))}
        own = [path for path, real in left.items() if real in files or (inside and real.startswith(inside))]
        found |= dict.fromkeys(own, dataset)
        left = {path: real for path, real in left.items() if path not in found}
    return found


def personal(project: Project, paths: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Return the columns that are personal in files of a project's datasets, and whether others may look so, too."""
    files = [file for path in paths if not elsewhere(path) for file in (path, *_below(path))]
    found = {one.name: one for one in _owned(project, files).values()}
    found |= {
        one.name: one
        for one in project.datasets
        if is_url(one.path) and any(is_url(path) and globs.covers(one.path, path) for path in paths)
    }
    names = dict.fromkeys(name for one in found.values() for name in one.pii)
    return tuple(names), any(one.finds_pii for one in found.values())


def _below(path: str) -> Iterator[str]:
    """Yield the files that a glob or a folder of this machine stands for."""
    if os.path.isdir(path):
        yield from (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
    elif glob.has_magic(path):
        yield from glob.iglob(path, recursive=True)


def meant(project: Project, word: str, resources: Resources) -> Iterator[tuple[Dataset, str]]:
    """Yield the dataset of a path with this path; of a folder that no dataset has, those of what is below it."""
    dataset = owner(project, word)
    parts: tuple[Part, ...] = ()
    if dataset not in project.datasets and os.path.isdir(word):
        from idqp_cli.pipeline import folders  # noqa: PLC0415 - only a folder without rules has to pay

        parts = folders.parts(word, resources)
    if not parts:
        yield dataset, whole(word)
    for part in parts:
        owned = _owned(project, part.paths)
        rest = tuple(path for path in part.paths if path not in owned)
        name = part.name if not owned else called(rest) if rest else ""
        for path in part.paths:
            yield owned.get(path) or Dataset(clean(name, MAX_NAME), name), whole(path)


def whole(path: str) -> str:
    """Return a path of this machine from its root, and any other one as it is."""
    return path if elsewhere(path) else os.path.abspath(path)


def elsewhere(path: str) -> bool:
    """Tell whether a path is of no file of this machine."""
    return path == STANDARD_INPUT or is_url(path)


def _reader_of_standard_input(project: Project) -> Dataset:
    fitting = [dataset for dataset in project.datasets if dataset.path == STANDARD_INPUT] or project.datasets
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise UsageError("standard input needs a dataset; use --dataset NAME")
    # What comes through a pipe is another file each time.
    return Dataset("stdin", STANDARD_INPUT, schema="none")
