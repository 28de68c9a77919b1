"""Find and open all that a request reads: its datasets, those that their rules refer to, and their baselines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from idqp_cli import ingest
from idqp_cli.database import Database, connect
from idqp_cli.errors import UnreadableError
from idqp_cli.ingest import Ingested
from idqp_cli.ingest.applicable import fitting
from idqp_cli.ingest.files import Source, find, pattern
from idqp_cli.ingest.spool import STANDARD_INPUT, spooled
from idqp_cli.lint import faults
from idqp_cli.measuring import confirmed
from idqp_cli.recording import Memory
from idqp_cli.request import Request, baselines
from idqp_cli.rules.declared import declared, expected
from idqp_cli.rules.rule import baseline_name
from idqp_cli.schemas import observe
from idqp_cli.schemas.modes import Mode
from idqp_cli.schemas.registry import Policy
from idqp_cli.schemas.schema import SchemaVersion

Opened = Mapping[str, Ingested | UnreadableError]
Versions = Mapping[str, Sequence[SchemaVersion]]


@contextmanager
def everything(request: Request, memory: Memory) -> Iterator[tuple[Database, Opened, Versions]]:
    """Find and open every dataset of a request, once, after a look at the rules; with its schema versions, by name."""
    with _found(request) as sources, connect(readable(sources.values()), request.resources) as database:
        examine(database, request)
        history = {name: memory.schema_versions(name, policy(request, name).versions) for name in sources}
        database.hurry()
        opened = {name: _open(database, name, source, request, history[name]) for name, source in sources.items()}
        database.lock()
        yield database, opened, history


def _open(
    database: Database,
    name: str,
    source: Source | UnreadableError,
    request: Request,
    history: Sequence[SchemaVersion],
) -> Ingested | UnreadableError:
    """Open a dataset once for the whole run, for its own rules and for those that refer to it."""
    if isinstance(source, UnreadableError):
        return source
    target = request.target(name)
    try:
        registered = history[-1].columns if history else ()
        types = {**observe.pinned(registered), **declared(target.rules)}
        readings = observe.readings(registered)
        dataset = target.dataset
        if name not in {one.name for one in (*(one.dataset for one in request.targets), *request.project.datasets)}:
            # A baseline may be of another format than the dataset.
            dataset = replace(dataset, read=fitting(dataset.read, source))
        opened = ingest.ingest(database, dataset, source, expected(target.rules), types, readings)
        referred = name not in {one.dataset.name for one in request.targets} or any(
            name in rule.others() for one in request.targets for rule in one.rules
        )
        return confirmed(database, opened) if referred and opened.text is not None else opened
    except UnreadableError as error:
        return error


def policy(request: Request, name: str) -> Policy:
    """Return by which modes a dataset's schema is held against how many of its versions."""
    dataset = request.target(name).dataset
    return Policy(Mode(dataset.schema), dataset.schema_last)


def examine(database: Database, request: Request) -> None:
    """See that the rules' patterns and SQL can be used. Raises RulesError."""
    for target in request.targets:
        for fault in faults(database, request.project.path, target.dataset.name, target.rules):
            raise fault


@contextmanager
def _found(request: Request) -> Iterator[dict[str, Source | UnreadableError]]:
    """Find the files of every target and of every dataset that a rule refers to, by dataset.

    Standard input is kept for as long as the run lasts.
    """
    names = [target.dataset.name for target in request.targets]
    names += [other for target in request.targets for rule in target.rules for other in rule.others()]
    names += [baseline_name(target.dataset.name, path) for target in request.targets for path in baselines(target)]
    with ExitStack() as stack:
        sources: dict[str, Source | UnreadableError] = {}
        for name in dict.fromkeys(names):
            paths = request.target(name).paths
            try:
                if STANDARD_INPUT in paths:
                    sources[name] = stack.enter_context(spooled(request.resources.deadline))
                else:
                    sources[name] = find(paths, request.project.folder)
            except UnreadableError as error:
                sources[name] = error
        yield sources


def readable(sources: Iterable[Source | UnreadableError]) -> list[str]:
    """Return the paths that DuckDB must be allowed to read."""
    files = [file for source in sources if isinstance(source, Source) for file in source.files]
    # DuckDB holds the pattern that means the file against the list, and then the file.
    return [path for file in files for path in {file.path, pattern(file.path)}]
