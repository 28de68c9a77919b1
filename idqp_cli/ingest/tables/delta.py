"""Delta Lake: the log says which files a version has, their partitions, and the rows of them that are deleted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from deltalake import DeltaTable
from deltalake._internal import DeltaFileSystemHandler
from deltalake.exceptions import DeltaError

from idqp_cli.core import sql
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import PlaceSettings
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_url
from idqp_cli.ingest.files import Source, TableColumn
from idqp_cli.ingest.increment import Sieve
from idqp_cli.ingest.scratch import scratch
from idqp_cli.ingest.tables import Moment
from idqp_cli.ingest.tables.files import Piece, new, source, whole
from idqp_cli.ingest.tables.rewritten import Commit

# What a reader has to know of that this one does.
KNOWN = frozenset(
    {
        "deletionVectors",
        "columnMapping",
        "timestampNtz",
        "typeWidening",
        "typeWidening-preview",
        "v2Checkpoint",
        "vacuumProtocolCheck",
    }
)
NEWEST_READER = 3
MILLISECONDS = 1000
TYPES = {
    "string": "VARCHAR", "long": "BIGINT", "integer": "INTEGER", "short": "SMALLINT", "byte": "TINYINT",
    "float": "FLOAT", "double": "DOUBLE", "boolean": "BOOLEAN", "binary": "BLOB", "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE", "timestamp_ntz": "TIMESTAMP",
}  # fmt: skip
CHECK = "delta.constraints."
PHYSICAL, ID = "delta.columnMapping.physicalName", "delta.columnMapping.id"


@contextmanager
def located(
    where: str, shown: str, moment: Moment, deadline: Deadline | None, sieve: Sieve | None = None
) -> Iterator[Source]:
    """Find the files of a version of a table; a `sieve` takes some of them.

    Raises:
        UnreadableError: there is no such table or version, or it holds what idqp does not read.

    """
    with scratch() as folder:
        try:
            table = DeltaTable(where, version=moment.version, storage_options=_storage(where, moment.place))
            if moment.as_of is not None:
                _load(table, moment.as_of.astimezone(UTC), shown)
            _refuse_unknown(table, shown)
            columns, constraints = _columns(table, shown), _constraints(table)
            pieces = new(_pieces(table, where, columns), lambda: _commits(table), sieve)
        except (DeltaError, ValueError, OSError, OverflowError) as error:
            raise UnreadableError(f"{shown}: cannot be read as a Delta table: {_why(error, where)}") from None
        said = f"{shown} (version {table.version()})"
        found = source(said, pieces, columns, folder, deadline, moment.place)
        yield replace(found, constraints=constraints)


def _load(table: DeltaTable, at: datetime, shown: str) -> None:
    """Go to the version of a time. Before the first one, the library would take the first."""
    # Of a table at an older version the library would give the versions other numbers.
    known = {one.get("version"): one.get("timestamp") for one in table.history()}
    table.load_as_version(at)
    if int(known.get(table.version()) or 0) > at.timestamp() * MILLISECONDS:
        raise UnreadableError(f"{shown}: the table has no version of that time")


def _storage(where: str, settings: PlaceSettings) -> dict[str, str]:
    """Return how the library asks for the log of a table of another machine."""
    if not is_url(where):
        return {}
    named = [value for name, value in os.environ.items() if name.startswith("AWS_ENDPOINT")]
    plain = any(one.startswith("http://") for one in (settings.endpoint or "", *named))
    given: Mapping[str, object] = {
        "endpoint": settings.endpoint, "region": settings.region, "account_name": settings.account,
        "virtual_hosted_style_request": settings.virtual_hosted, "skip_signature": settings.anonymous,
        "allow_http": plain or None,
    }  # fmt: skip
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in given.items()
        if value is not None
    }


def _why(error: Exception, where: str) -> str:
    line = str(error).split("\n", 1)[0].replace(where, "it")
    return clean(line, 120) if not is_url(where) else clean(type(error).__name__)


def _refuse_unknown(table: DeltaTable, shown: str) -> None:
    protocol = table.protocol()
    strange = sorted(set(protocol.reader_features or ()) - KNOWN)
    if protocol.min_reader_version > NEWEST_READER:
        strange.append(f"reader version {protocol.min_reader_version}")
    if strange:
        raise UnreadableError(f"{shown}: the table needs {', '.join(map(clean, strange))}, which idqp does not read")


def _constraints(table: DeltaTable) -> tuple[tuple[str, str], ...]:
    given = (table.metadata().configuration or {}).items()
    return tuple((name.removeprefix(CHECK), value) for name, value in given if name.startswith(CHECK) and value)


def _columns(table: DeltaTable, shown: str) -> tuple[TableColumn, ...]:
    mapped = (table.metadata().configuration or {}).get("delta.columnMapping.mode", "none") != "none"
    return tuple(_column(one, shown, mapped=mapped) for one in json.loads(table.schema().to_json())["fields"])


def _column(field: Mapping[str, Any], shown: str, *, mapped: bool) -> TableColumn:
    told = field.get("metadata") or {}
    if mapped and "struct" in json.dumps(field["type"]):
        raise UnreadableError(f"{shown}: column mapping of the nested column '{clean(field['name'], 60)}' is not read")
    kind = _type(field["type"], shown)
    return TableColumn(field["name"], kind, bool(field["nullable"]), told.get(PHYSICAL, field["name"]), told.get(ID))


def _type(kind: Any, shown: str) -> str:  # noqa: ANN401 - JSON
    """Return the name of a type in DuckDB."""
    match kind:
        case {"type": "struct", "fields": fields}:
            inner = ", ".join(f"{sql.identifier(one['name'])} {_type(one['type'], shown)}" for one in fields)
            return f"STRUCT({inner})"
        case {"type": "array", "elementType": element}:
            return f"{_type(element, shown)}[]"
        case {"type": "map", "keyType": key, "valueType": value}:
            return f"MAP({_type(key, shown)}, {_type(value, shown)})"
        case str() if kind in TYPES:
            return TYPES[kind]
        case str() if kind.startswith("decimal("):
            return kind.upper()
        case _:
            raise UnreadableError(f"{shown}: has a column of type {clean(kind, 40)}, which idqp does not read")


def _pieces(table: DeltaTable, where: str, columns: tuple[TableColumn, ...]) -> Iterator[Piece]:
    actions = table.get_add_actions(flatten=False)
    paths = list(actions.column("path").to_pylist())
    sizes = list(actions.column("size_bytes").to_pylist())
    partitions = list(actions.column("partition").to_pylist()) if "partition" in actions.schema.names else []
    gone = _deleted(table)
    names = {column.physical: column.name for column in columns} | {column.name: column.name for column in columns}
    for path, values, size in zip(paths, partitions or [{}] * len(paths), sizes, strict=True):
        place = whole(where, unquote(path))
        own = unquote(path)
        deleted = next((rows for uri, rows in gone.items() if uri == own or uri.endswith(f"/{own}")), ())
        partition = tuple((names[name], None if value is None else str(value)) for name, value in values.items())
        yield Piece(place, partition, deleted, own, size)


def _commits(table: DeltaTable) -> Iterator[Commit]:
    """Yield the commits of a table, newest first, as far back as its log has them."""
    files = DeltaFileSystemHandler.from_table(table._table)  # noqa: SLF001 - the one way to its log, wherever it is
    for version in range(table.version(), -1, -1):
        try:
            text = files.open_input_file(f"_delta_log/{version:020}.json").read(None)  # type: ignore[arg-type] # to its end
        except OSError:
            return
        actions = [json.loads(line) for line in bytes(text).splitlines() if line.strip()]
        gone = [unquote(one["remove"]["path"]) for one in actions if one.get("remove", {}).get("dataChange") is False]
        added = {unquote(one["add"]["path"]): one["add"].get("dataChange", True) for one in actions if "add" in one}
        # What is added once more without a change, like for its statistics, is from an older commit.
        yield {
            path: () if changed else gone for path, changed in added.items() if changed or (gone and path not in gone)
        }


def _deleted(table: DeltaTable) -> dict[str, list[int]]:
    """Return the numbers of deleted rows, by the file."""
    found = {}
    for batch in table.deletion_vectors():
        uris, vectors = batch.column("filepath").to_pylist(), batch.column("selection_vector").to_pylist()
        for uri, kept in zip(uris, vectors, strict=True):
            found[unquote(uri)] = [row for row, keep in enumerate(kept) if not keep]
    return found
