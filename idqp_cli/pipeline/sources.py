"""Find and open all that a request reads: its datasets, those that their rules refer to, and their baselines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.relation import Relation
from idqp_cli.engine.engines import Expected
from idqp_cli.engine.measure import confirmed
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.files import Source
from idqp_cli.ingest.read_options import fitting
from idqp_cli.ingest.relation import Ingested
from idqp_cli.ingest.tables import NEWEST, Moment, moment
from idqp_cli.pipeline import increments
from idqp_cli.pipeline.lint import faults
from idqp_cli.pipeline.memory import Remembered
from idqp_cli.pipeline.request import WHOLE, Request, baselines
from idqp_cli.rules.declared import declared, expected
from idqp_cli.rules.rule import baseline_name
from idqp_cli.schemas import observe
from idqp_cli.schemas.compatibility import Mode
from idqp_cli.schemas.registry import Policy
from idqp_cli.schemas.schema import SchemaVersion

Opened = Mapping[str, Ingested | UnreadableError]
Versions = Mapping[str, Sequence[SchemaVersion]]
Found = Mapping[str, Source | UnreadableError]


@frozen
class Session:
    """The connection of a run, with every dataset opened in it and the schema versions of each, by name."""

    database: Database
    opened: Opened
    history: Versions

    @property
    def relations(self) -> Mapping[str, Relation]:
        """The datasets that could be opened."""
        found = {name: one.relation for name, one in self.opened.items() if isinstance(one, Ingested)}
        wholes = {name.removesuffix(WHOLE): found.pop(name) for name in list(found) if name.endswith(WHOLE)}
        return found | {name: replace(whole, dataset=name) for name, whole in wholes.items()}


@contextmanager
def everything(request: Request, memory: Remembered) -> Iterator[Session]:
    """Find and open every dataset of a request, once, after a look at the rules; with its schema versions, by name."""
    with found(request, memory) as sources, opened(request, memory, sources) as session:
        yield session


@contextmanager
def opened(request: Request, memory: Remembered, sources: Found) -> Iterator[Session]:
    """Open every dataset whose files were found, once, after a look at the rules; with its schema versions, by name."""
    there = [source for source in sources.values() if isinstance(source, Source)]
    with request.engine.connected(there, request.resources) as database:
        examine(database, request)
        history = {
            name: memory.schema_versions(request.own_name(name), policy(request, name).versions) for name in sources
        }
        database.hurry()
        each = {}
        for name, source in sources.items():
            each[name] = _open(database, name, source, request, history[name], alone=len(sources) == 1)
        database.lock()
        yield Session(database, each, history)


def _open(
    database: Database,
    name: str,
    source: Source | UnreadableError,
    request: Request,
    history: Sequence[SchemaVersion],
    *,
    alone: bool,
) -> Ingested | UnreadableError:
    """Open a dataset once for the whole run, for its own rules and for those that refer to it.

    It is `alone` where no other has to be opened.
    """
    if isinstance(source, UnreadableError):
        return source
    try:
        with database.opening(name, alone=alone):
            return _opened(database, name, source, request, history)
    except UnreadableError as error:
        return error


def _opened(
    database: Database, name: str, source: Source, request: Request, history: Sequence[SchemaVersion]
) -> Ingested:
    target = request.target(name)
    registered = history[-1].columns if history else ()
    types = {**observe.pinned(registered), **declared(target.rules)}
    readings = observe.readings(registered)
    dataset = target.dataset
    if name not in {one.name for one in (*(one.dataset for one in request.targets), *request.project.datasets)}:
        # A baseline may be of another format than the dataset.
        dataset = replace(dataset, read=fitting(dataset.read, source))
    known = Expected(expected(target.rules), types, readings)
    opened = request.engine.ingest(database, dataset, source, known)
    referred = name not in {one.dataset.name for one in request.targets} or any(
        name in rule.others() for one in request.targets for rule in one.rules
    )
    return confirmed(database, opened) if referred and opened.text is not None else opened


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
def found(request: Request, memory: Remembered) -> Iterator[dict[str, Source | UnreadableError]]:
    """Find the files of every target and of every dataset that a rule refers to, by dataset.

    Standard input, and what is elsewhere, is kept for as long as the run lasts.
    """
    others = {other for target in request.targets for rule in target.rules for other in rule.others()}
    names = [target.dataset.name for target in request.targets]
    names += [other for target in request.targets for rule in target.rules for other in rule.others()]
    names += [baseline_name(target.dataset.name, path) for target in request.targets for path in baselines(target)]
    with ExitStack() as stack:
        sources: dict[str, Source | UnreadableError] = {}
        for name in dict.fromkeys(names):
            target = request.target(name)
            paths = target.paths
            if target.batch is not None:
                sources[name] = target.batch.source
                continue
            try:
                if target.dataset.incremental and target in request.targets:
                    known = memory.seen_files(name)
                    if known is not None:
                        sources |= increments.found(target, request, known, stack, referred=name in others)
                        continue
                moment = _moment(request, name)
                found = request.engine.located(paths, request.project.folder, request.resources.deadline, moment)
                sources[name] = stack.enter_context(found)
            except UnreadableError as error:
                sources[name] = error
        yield sources


def _moment(request: Request, name: str) -> Moment:
    """Return which state of a table is meant; of a baseline always the newest."""
    datasets = {one.name: one for one in (*request.project.datasets, *(one.dataset for one in request.targets))}
    return moment(datasets[name].read) if name in datasets else NEWEST
