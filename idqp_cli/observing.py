"""Look at the schema of a source, without judging its rows."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from idqp_cli import ingest
from idqp_cli.database import Database, connect
from idqp_cli.dataset import Dataset
from idqp_cli.errors import UnreadableError
from idqp_cli.frozen import frozen
from idqp_cli.ingest.files import Format, Source, find, pattern
from idqp_cli.ingest.spool import STANDARD_INPUT, spooled
from idqp_cli.measuring import Columns, looked_at
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
    dataset: Dataset, paths: tuple[str, ...], rules: tuple[Rule, ...], folder: Path, registered: Schema = ()
) -> Looked:
    """Return the schema of a dataset's files, read with the types that are `registered`, where they fit.

    Raises:
        UnreadableError: nothing can be said of the data; the text says why.

    """
    with ExitStack() as stack:
        source = stack.enter_context(spooled()) if STANDARD_INPUT in paths else find(paths, folder)
        # DuckDB holds the pattern that means the file against the list, and then the file.
        readable = {path for file in source.files for path in (file.path, pattern(file.path))}
        database = stack.enter_context(connect(readable))
        found = _columns(database, dataset, rules, source, registered)
        if not found.columns:
            raise UnreadableError(f"{source.shown}: is empty: it has no columns")
        typed = source.format is Format.PARQUET
        guessed = _columns(database, dataset, rules, source, ()) if found.unfit else found
        types = {column.name: column for column in guessed.columns}
        drifted = frozenset(
            column.name for column in found.columns if column.name in found.unfit and types[column.name] != column
        )
        columns = [types[column.name] if column.name in drifted else column for column in found.columns]
        schema = observe.observed(
            columns, text=not typed, unseen=found.unseen, declared=declaration(rules), registered=registered
        )
        return Looked(schema, typed, drifted)


def _columns(
    database: Database, dataset: Dataset, rules: tuple[Rule, ...], source: Source, registered: Schema
) -> Columns:
    types = {**observe.pinned(registered), **declared(rules)}
    readings = observe.readings(registered)
    return looked_at(database, ingest.ingest(database, dataset, source, expected(rules), types, readings))
