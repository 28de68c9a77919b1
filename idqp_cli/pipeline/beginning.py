"""A first rules file from what another tool has: its files read, its rules adopted, the text checked and written."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from idqp_cli import importing
from idqp_cli.core.errors import OutputError, RulesError, UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import parse
from idqp_cli.importing import Tool, writer
from idqp_cli.importing.belonging import CODE, DOCUMENTS, belongs
from idqp_cli.importing.values import Import, Source, Taken, Untaken, Where
from idqp_cli.ingest.connecting import connect
from idqp_cli.pipeline.folders import LEFT_OUT
from idqp_cli.pipeline.lint import doubts, faults
from idqp_cli.project import project, sparing, variables
from idqp_cli.project.adopting import NOWHERE, Anything, adopted
from idqp_cli.project.places import located

LARGEST = 1 << 26
ENDINGS = (*DOCUMENTS, *CODE, ".sql", ".md")
# Folders with copies: what dbt compiled and fetched, and what package managers fetched.
MADE = LEFT_OUT | {"dbt_packages", "dbt_modules"}


@frozen
class Begun:
    """The text of a rules file, how much is in it, and what was not taken."""

    text: str
    datasets: int
    rules: int
    untaken: tuple[Untaken, ...]
    notes: tuple[str, ...]


def imported(
    tool: Tool, files: Sequence[str], variables: Mapping[str, str], paths: Mapping[str, str], output: str
) -> Begun:
    """Make a rules file of the files of another tool; `output` is where it will be, `paths` where datasets are.

    Raises:
        UsageError: a file cannot be read.
        RulesError: it is not what the tool writes, with the place.

    """
    try:
        sources = list(_sources(tool, files))
        given = [one for one in sources if isinstance(one, Source)]
        if not given:
            raise UsageError(f"{', '.join(map(clean, files))}: there is no file of {tool} below this folder")
        read = importing.read(tool, given, variables)
        unread = tuple(one for one in sources if isinstance(one, Untaken))
        read = replace(read, untaken=(*read.untaken, *unread))
    except RecursionError:
        raise UsageError(f"{', '.join(map(clean, files))}: cannot be read: nested too deep") from None
    with connect(()) as database:
        database.lock()
        found = adopted(read, lambda dataset, rules: faults(database, NOWHERE.path, dataset, rules))
        found = sparing.spared(found, lambda rules: doubts(database, rules))
    unknown = set(paths) - {one.name for one in found.datasets}
    if unknown:
        raise UsageError(f"--path: there is no dataset '{clean(min(unknown), 60)}' in what was read")
    folder = os.path.dirname(output) if output != "-" else ""
    found = replace(found, datasets=tuple(located(one, paths, folder) for one in found.datasets))
    text = writer.written(found, [f"Made by idqp init --from {tool} of {', '.join(map(clean, files))}"])
    project.made(parse(text, clean(output)), clean(output), Path(folder), Anything())
    return Begun(
        text=text,
        datasets=len(found.datasets),
        rules=sum(isinstance(check, Taken) for one in found.datasets for check in one.checks),
        untaken=_untaken(found),
        notes=(*found.notes, *(writer.told(one) for one in _no_rules(found) if one.spared), *_variables(text)),
    )


def _variables(text: str) -> Iterator[str]:
    for name in sorted(set(variables.VARIABLE.findall(text))):
        yield f"the variable {name} has its value from --set {name}=… at each check"


def _untaken(found: Import) -> tuple[Untaken, ...]:
    return (*found.untaken, *(one for one in _no_rules(found) if not one.spared))


def _no_rules(found: Import) -> Iterator[Untaken]:
    return (check for one in found.datasets for check in one.checks if isinstance(check, Untaken))


def where(written: Sequence[str] | None) -> dict[str, str]:
    """Read where datasets are: NAME=PATH."""
    found = {}
    for one in written or ():
        name, equals, path = one.partition("=")
        if not equals or not path:
            raise UsageError(f"--path takes DATASET=PATH, not '{clean(one)}'")
        found[name] = path
    return found


def _sources(tool: Tool, files: Sequence[str]) -> Iterator[Source | Untaken]:
    """Yield files as they are named, and those of the tool below a folder, also what cannot be read there.

    Raises:
        UsageError: a file that is named cannot be read.

    """
    for path in dict.fromkeys(files):
        if os.path.isdir(path):
            yield from _below(tool, path)
        else:
            yield _source(path)


def _below(tool: Tool, folder: str) -> Iterator[Source | Untaken]:
    """Yield the files of a tool below a folder; hidden files, and what tools made or fetched, are none."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in MADE)
        for name in sorted(names):
            path = os.path.normpath(os.path.join(place, name))
            if os.path.splitext(name)[1].casefold() not in ENDINGS or name.startswith("."):
                continue
            try:
                source = _source(path)
                if belongs(tool, source, os.path.relpath(path, folder)):
                    yield source
            except (UsageError, RulesError) as error:
                yield Untaken("the file", Where(path, Mark(1, 1)), f"is not read: {error}")


def _source(path: str) -> Source:
    try:
        if not os.path.isfile(path):
            raise UsageError(f"{clean(path)}: is neither a file nor a folder")
        if os.path.getsize(path) > LARGEST:
            raise UsageError(f"{clean(path)}: is larger than {LARGEST >> 20} MB, too large for a rules file")
        return Source(path, Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{clean(path)}: cannot be read: {reason}") from None


def write(path: str, text: str, *, over: bool) -> None:
    """Write a rules file whole or not at all; with `over` in the place of one that is there.

    Raises:
        UsageError: a file is there.
        OutputError: it cannot be written.

    """
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, made = tempfile.mkstemp(prefix=".rules", suffix=".yaml", dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(made, 0o666 & ~umask)
            if over:
                os.replace(made, os.path.realpath(path))
            else:
                # Unlike a rename, a link never replaces what came there meanwhile.
                os.link(made, path)
                os.unlink(made)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(made)
            raise
    except FileExistsError:
        raise UsageError(f"{clean(path)} is there already; name another file") from None
    except OSError as error:
        raise OutputError(f"{clean(path)} cannot be written: {(error.strerror or 'unknown').lower()}") from None
