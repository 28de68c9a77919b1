"""Reports in files: each appears whole or not at all, and one that cannot be written is a line on stderr."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext

from idqp_cli.core import written
from idqp_cli.core.errors import OutputError, UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Report
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_url
from idqp_cli.ingest.places import writing
from idqp_cli.report import recognise
from idqp_cli.report.formats import Format, render
from idqp_cli.report.view import View

SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"


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
    files: list[Wanted] = []
    for text in texts:
        name, equals, path = text.partition("=")
        if not equals or not path or name not in list(Format):
            raise UsageError(f"--output takes FORMAT=PATH, with one of {', '.join(Format)}; not '{clean(text)}'")
        if os.path.realpath(path) in {os.path.realpath(one.path) for one in files}:
            raise UsageError(f"--output: {clean(path)} is named twice")
        files.append(Wanted(Format(name), path))
    if environment.get(SUMMARY):
        files.append(Wanted(Format.MARKDOWN, environment[SUMMARY], append=True))
    return tuple(files)


def root(environment: Mapping[str, str]) -> str:
    """Return this folder as seen from the root of the repository that GitHub Actions checked out, if it is in one."""
    workspace = environment.get(WORKSPACE)
    here = os.path.relpath(os.getcwd(), os.path.realpath(workspace)) if workspace else ""
    return "" if here == "." or here.startswith(os.pardir) else here


def write(files: Iterable[Wanted], report: Report, view: View) -> tuple[str, ...]:
    """Write the report to every file; return a line for each that could not be written."""
    failures = []
    for file in files:
        try:
            _put(file, render(file.form, report, view))
        except OutputError as error:
            failures.append(f"the {file.form} report cannot be written: {error}")
        except OSError as error:
            reason = (error.strerror or "cannot be written").lower()
            failures.append(f"{clean(file.path)}: the {file.form} report cannot be written: {reason}")
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
    if is_url(one.path):
        writing.put(one.path, text.encode("utf-8", "backslashreplace"))
    elif one.append:
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
        with _noting(path, text):
            os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _ours(path: str) -> bool:
    """Tell whether a file may be replaced: there is none, it is empty, or it is a report or metrics of idqp.

    Of a format that has no structure of its own, a file is one that is still as it was written.
    """
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size > recognise.MOST_BYTES:
                return False
            content = file.read()
    except FileNotFoundError:
        return True
    folder, name = os.path.split(os.path.realpath(path))
    return not content or recognise.is_report(content) or written.noted(folder).get(name) == _stamp(content)


def _stamp(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _noting(path: str, text: str) -> AbstractContextManager[None]:
    """Remember a file that does not show by itself that it is a report, if it is put in its place within."""
    content = text.encode("utf-8", "backslashreplace")
    if not content or recognise.is_report(content):
        return nullcontext()
    folder, name = os.path.split(path)
    return written.noting(folder, name, _stamp(content))


def _mode(path: str) -> int | None:
    """Return the mode that the file has or, where there is none, would get; None for what is no regular file."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(21, os.strerror(21))
    return stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else None
