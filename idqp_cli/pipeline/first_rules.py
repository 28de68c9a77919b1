"""A first rules file for data: the files found, rules suggested for each dataset, the text written and checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from idqp_cli.access.admission import system_user
from idqp_cli.core.errors import OutputError, UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Report, Severity
from idqp_cli.core.progress import Telling
from idqp_cli.core.text import clean, count
from idqp_cli.core.urls import is_url
from idqp_cli.core.yaml import parse
from idqp_cli.pipeline import folders, suggesting, targets
from idqp_cli.pipeline import run as pipeline
from idqp_cli.pipeline.looking import Learnt, Wanted
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project
from idqp_cli.project.project import Project
from idqp_cli.suggest import document
from idqp_cli.suggest.judge import CONFIDENT

DEEPEST, MOST = 4, 200
IGNORED = ".idqp/"


@frozen
class First:
    """A first rules file: its text, what it holds, and the files that could not be read, each with why."""

    text: str
    datasets: int
    rules: int
    unread: tuple[str, ...]


def found_below(folder: Path) -> list[str]:
    """Return the files of data, and the tables, below a folder, as paths from the working folder.

    Raises:
        UsageError: there is none, or too many to be meant.

    """
    found = list(folders.below(str(folder), DEEPEST).data)
    if not found:
        raise UsageError("there is no file of data below this folder (csv, tsv, parquet or JSON lines); name one")
    if len(found) > MOST:
        raise UsageError(f"there are {count(len(found), 'file')} of data below this folder; name those that you mean")
    return found


def make(paths: Sequence[str], output: str, known: Project | None, progress: Callable[[str], None]) -> First:
    """Make a rules file for data; `output` is where it will be, `-` for standard output.

    Of columns that are under `pii` in a `known` rules file no value is looked at.
    """
    learnt = suggesting.learn(paths, (), Wanted(CONFIDENT, project=known), progress)
    folder = os.path.dirname(output) if output != "-" else ""
    entries = [
        document.Entry(
            replace(one.dataset, path=_from(folder, one.dataset.path)), one.profile.rows, one.suggestions, {}
        )
        for one in learnt
        if one.profile is not None
    ]
    text = document.rules_file(entries, heading(learnt)) if entries else ""
    if text:
        project.made(parse(text, clean(output)), clean(output), Path(folder), {})
    rules = sum(len(one.suggestions) for one in entries)
    unread = tuple(f"{clean(one.dataset.name)}: {one.message}" for one in learnt if one.message is not None)
    return First(text, len(entries), rules, unread)


def heading(found: Sequence[Learnt]) -> list[str]:
    """Return the first lines of a rules file that was suggested."""
    sources = [f"{one.source}, {count(one.profile.rows, 'row')}" for one in found if one.profile is not None]
    return [f"Suggested by idqp from {'; '.join(sources)}.", "Keep what is right, and mend what is not."]


def _from(folder: str, path: str) -> str:
    """Return a path as a rules file in a folder says it."""
    return path if not folder or is_url(path) or os.path.isabs(path) else os.path.relpath(path, folder)


def checked(path: str, progress: Telling) -> Report:
    """Check all datasets of a rules file, and remember nothing of it."""
    made = project.load(path, {})
    request = Request(made, targets.choose(made, Choice()), Severity.WARNING, system_user())
    return pipeline.run(request, Memory(None), progress).report


def ignore_store(folder: Path) -> bool:
    """Add the folder of the store to `.gitignore`, in a folder that git looks after; tell whether a line was added.

    Raises:
        OutputError: the file cannot be written.

    """
    if not any((one / ".git").exists() for one in (folder, *folder.parents)):
        return False
    path = folder / ".gitignore"
    try:
        known = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
        if any(line.strip().strip("/") == IGNORED.strip("/") for line in known.splitlines()):
            return False
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{'' if not known or known.endswith(chr(10)) else chr(10)}{IGNORED}\n")
    except OSError as error:
        raise OutputError(f"{clean(path)} cannot be written: {(error.strerror or 'unknown').lower()}") from None
    return True


def told(first: First, output: str) -> Iterator[str]:
    """Say what was written, and what to do next."""
    shown = "standard output" if output == "-" else clean(output)
    yield f"{shown}: {count(first.datasets, 'dataset')}, {count(first.rules, 'rule')}"
    if output != "-":
        option = "" if output == project.DEFAULT_PATH else f" --rules {clean(output)}"
        yield f"read {clean(output)} and mend it, then check with: idqp check{option}"
