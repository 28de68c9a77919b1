"""Incremental datasets: find the files that no recorded run has read, and say what is kept of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import replace

from idqp_cli.core.dataset import Part, SeenFile
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.model import Status
from idqp_cli.engine.increment import READ_ALL
from idqp_cli.ingest.files import Format, Source
from idqp_cli.ingest.increment import NothingNewError, Sieve
from idqp_cli.ingest.places import located
from idqp_cli.ingest.tables import moment
from idqp_cli.pipeline.record import Checked
from idqp_cli.pipeline.request import Request, Target, earlier_name, whole_name
from idqp_cli.rules.uniqueness import Unique

# Files that were read before are read once more for their keys up to so many bytes: of Parquet those of the key's
# columns, as if all columns were of one size; of text all.
LOOKED_BACK = 1 << 30
TOO_MUCH = "not judged: its keys would be compared with those of all files that were checked before"


def asked(target: Target, request: Request) -> bool:
    """Tell whether only new files of a target are wanted: of an incremental dataset, without paths of its own."""
    return target.dataset.incremental and not request.every and target.paths == (target.dataset.path,)


Found = dict[str, Source | UnreadableError]


def found(target: Target, request: Request, known: Collection[str], stack: ExitStack, *, referred: bool) -> Found:
    """Find the new files of a target; the others too, where keys are compared with theirs; all, if it is `referred` to.

    Raises:
        UnreadableError: they cannot be read.

    """
    name, folder, deadline = target.dataset.name, request.project.folder, request.resources.deadline
    sieve = Sieve(known if asked(target, request) else (), folder, deadline)
    try:
        source = stack.enter_context(located(target.paths, folder, deadline, moment(target.dataset.read), sieve))
    except NothingNewError as error:
        return {name: error, whole_name(name): _found(target, request, None, stack)} if referred else {name: error}
    part = Part(len(sieve.new), len(sieve.old), tuple(sieve.marks.values()))
    also: Found = {}
    if sieve.old and referred:
        also[whole_name(name)] = _found(target, request, None, stack)
    if sieve.old and any(isinstance(rule, Unique) for rule in target.rules):
        if _size(sieve.size, source, target) > LOOKED_BACK:
            part = replace(part, why=f"{TOO_MUCH}, {sieve.size >> 20:,} MB; {READ_ALL}")
        else:
            only = Sieve((), folder, deadline, frozenset(sieve.old))
            also[earlier_name(name)] = _found(target, request, only, stack)
            part = replace(part, earlier=earlier_name(name))
    return {name: replace(source, part=part), **also}


def _found(target: Target, request: Request, sieve: Sieve | None, stack: ExitStack) -> Source | UnreadableError:
    when, deadline = moment(target.dataset.read), request.resources.deadline
    try:
        return stack.enter_context(located(target.paths, request.project.folder, deadline, when, sieve))
    except UnreadableError as error:
        return error


def _size(size: int, source: Source, target: Target) -> int:
    """Return about how many bytes of the files that were read before hold the keys that are compared."""
    keys = {column for rule in target.rules if isinstance(rule, Unique) for column in rule.columns}
    share = len(keys) / max(len(source.columns), len(keys)) if source.columns else 1
    return int(size * share) if source.format is Format.PARQUET else size


def kept(checked: Checked) -> Sequence[SeenFile]:
    """Return the files that no later run is to read: none, if a rule was left out or could not be evaluated."""
    report, scope, part = checked.report, checked.scope, checked.part
    partly = report.message is not None or report.drawn is not None or scope is None or scope.left_out
    if part is None or partly or checked.not_written is not None:
        return ()
    return () if any(one.status is Status.ERROR for one in report.results) else part.marks
