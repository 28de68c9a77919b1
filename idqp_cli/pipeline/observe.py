"""Look at the schema of a source, without judging its rows."""

from __future__ import annotations

from pathlib import Path

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.engine.engines import HERE, Engine, Expected
from idqp_cli.engine.measure import Columns, looked_at
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.files import Format, Source
from idqp_cli.ingest.resources import AS_IT_LIKES
from idqp_cli.ingest.tables import moment
from idqp_cli.rules.declared import declaration, declared, expected
from idqp_cli.rules.rule import Rule
from idqp_cli.schemas import observe
from idqp_cli.schemas.schema import Schema


@frozen
class Looked:
    """The schema of a source.

    `drifted` names the columns of text that are no longer what the registry
    reads them as: not a few bad cells, but most of the column.
    """

    schema: Schema
    typed: bool
    drifted: frozenset[str] = frozenset()

    @property
    def compared(self) -> Schema:
        """The schema as it is held against another."""
        return observe.drifted(self.schema, self.drifted)


def look(
    dataset: Dataset,
    paths: tuple[str, ...],
    rules: tuple[Rule, ...],
    folder: Path,
    registered: Schema = (),
    engine: Engine = HERE,
) -> Looked:
    """Return the schema of a dataset's files, read with the types that are `registered`, where they fit.

    Raises:
        UnreadableError: nothing can be said of the data; the text says why.

    """
    with (
        engine.located(paths, folder, None, moment(dataset.read)) as source,
        engine.connected([source], AS_IT_LIKES) as database,
    ):
        opened = Opened(engine, database, dataset, rules, source)
        found = _columns(opened, registered)
        if not found.columns:
            raise UnreadableError(f"{source.shown}: is empty: it has no columns")
        typed = source.format is Format.PARQUET
        guessed = _columns(opened, ()) if found.unfit else found
        types = {column.name: column for column in guessed.columns}
        drifted = frozenset(
            column.name for column in found.columns if column.name in found.unfit and types[column.name] != column
        )
        columns = [types[column.name] if column.name in drifted else column for column in found.columns]
        schema = observe.observed(
            columns, text=not typed, unseen=found.unseen, declared=declaration(rules), registered=registered
        )
        return Looked(schema, typed, drifted)


@frozen
class Opened:
    """A source that was found, with the engine and the connection that read it."""

    engine: Engine
    database: Database
    dataset: Dataset
    rules: tuple[Rule, ...]
    source: Source


def _columns(opened: Opened, registered: Schema) -> Columns:
    types = {**observe.pinned(registered), **declared(opened.rules)}
    known = Expected(expected(opened.rules), types, observe.readings(registered))
    return looked_at(opened.database, opened.engine.ingest(opened.database, opened.dataset, opened.source, known))
