"""Reports in files: each appears whole or not at all, and one that cannot be written is a line on stderr."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Mapping

from idqp_cli.errors import OutputError, UsageError
from idqp_cli.frozen import frozen
from idqp_cli.model import Report
from idqp_cli.output.formats import Format, render
from idqp_cli.output.view import View
from idqp_cli.text import clean

SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"
# What the first or the last bytes of a file that idqp wrote hold, in each of the formats and in metrics.
LOOKED_AT = 4096
MARK = re.compile(
    rb'"audit_head": |<testsuites name="idqp"|"name": "idqp"|^## idqp: |<footer>idqp '
    rb"|^idqp: \w+: |^# (?:HELP|TYPE) idqp_|^(?:passed|failed|error): .* in [\d.]+ s$",
    re.MULTILINE,
)


@frozen
class Wanted:
    """A report that is to be written to a file, or to the end of one."""

    form: Format
    path: str
    append: bool = False


def wanted(texts: Iterable[str], environment: Mapping[str, str]) -> tuple[Wanted, ...]:
    """Read `FORMAT=PATH` texts; in a step of GitHub Actions its summary is wanted as well.

    Raises:
        UsageError: a text is not of this form, or names a file twice.

    """
    found: list[Wanted] = []
    for text in texts:
        name, equals, path = text.partition("=")
        if not equals or not path or name not in list(Format):
            raise UsageError(f"--output takes FORMAT=PATH, with one of {', '.join(Format)}; not '{clean(text)}'")
        if os.path.realpath(path) in {os.path.realpath(one.path) for one in found}:
            raise UsageError(f"--output: {clean(path)} is named twice")
        found.append(Wanted(Format(name), path))
    if environment.get(SUMMARY):
        found.append(Wanted(Format.MARKDOWN, environment[SUMMARY], append=True))
    return tuple(found)


def root(environment: Mapping[str, str]) -> str:
    """Return this folder as seen from the root of the repository that GitHub Actions checked out, if it is in one."""
    workspace = environment.get(WORKSPACE)
    here = os.path.relpath(os.getcwd(), os.path.realpath(workspace)) if workspace else ""
    return "" if here == "." or here.startswith(os.pardir) else here


def write(files: Iterable[Wanted], report: Report, view: View) -> tuple[str, ...]:
    """Write the report to every file; return a line for each that could not be written."""
    failures = []
    for one in files:
        try:
            _put(one, render(one.form, report, view))
        except OSError as error:
            reason = (error.strerror or "cannot be written").lower()
            failures.append(f"{clean(one.path)}: the {one.form} report cannot be written: {reason}")
    return tuple(failures)


def replaced(path: str, text: str) -> None:
    """Put `text` into the file `path` in one step; what is no regular file is written to as it is.

    Raises:
        OutputError: the file cannot be written.

    """
    try:
        _replace(path, text)
    except OSError as error:
        raise OutputError(f"{clean(path)}: cannot be written: {(error.strerror or 'unknown').lower()}") from None


def _put(one: Wanted, text: str) -> None:
    if one.append:
        with open(one.path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    else:
        _replace(one.path, text)


def _replace(path: str, text: str) -> None:
    mode = _mode(path)
    if mode is not None and not _ours(path):
        raise FileExistsError(errno.EEXIST, "is there, and idqp did not write it; delete it, or name another file")
    if mode is None:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        return
    # A link stays a link, to the file that is replaced.
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=".idqp-", dir=folder)
    try:
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _ours(path: str) -> bool:
    """Tell whether a file may be replaced: there is none, it is empty, or it is a report or metrics of idqp."""
    try:
        with open(path, "rb") as file:
            beginning = file.read(LOOKED_AT)
            file.seek(max(0, os.fstat(file.fileno()).st_size - LOOKED_AT))
            return not beginning or MARK.search(beginning) is not None or MARK.search(file.read()) is not None
    except FileNotFoundError:
        return True


def _mode(path: str) -> int | None:
    """Return the mode that the file has or, where there is none, would get; None for what is no regular file."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(21, os.strerror(21))
    return stat.S_IMODE(found.st_mode) if stat.S_ISREG(found.st_mode) else None
