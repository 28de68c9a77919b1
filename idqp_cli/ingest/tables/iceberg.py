"""Iceberg: the metadata says which files a snapshot has, and which rows of them are deleted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.io.pyarrow import _read_deletes
from pyiceberg.manifest import ManifestEntryStatus
from pyiceberg.table import StaticTable, Table
from pyiceberg.table.snapshots import Operation
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import IcebergType, ListType, MapType, NestedField, StructType

from idqp_cli.core import sql
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import PlaceSettings
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_url, scheme
from idqp_cli.ingest.files import Source, TableColumn
from idqp_cli.ingest.increment import Sieve
from idqp_cli.ingest.scratch import scratch
from idqp_cli.ingest.tables import METADATA, Moment
from idqp_cli.ingest.tables.current import newest
from idqp_cli.ingest.tables.files import Piece, new, source, whole
from idqp_cli.ingest.tables.rewritten import Commit

TYPES = {
    "boolean": "BOOLEAN", "int": "INTEGER", "long": "BIGINT", "float": "FLOAT", "double": "DOUBLE", "date": "DATE",
    "time": "TIME", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMP WITH TIME ZONE", "timestamp_ns": "TIMESTAMP_NS",
    "string": "VARCHAR", "uuid": "UUID", "binary": "BLOB",
}  # fmt: skip
MILLISECONDS = 1000


@contextmanager
def located(
    where: str, shown: str, moment: Moment, deadline: Deadline | None, sieve: Sieve | None = None
) -> Iterator[Source]:
    """Find the files of a snapshot of a table: a folder, a metadata file, or iceberg://CATALOG/NAMESPACE.TABLE.

    A `sieve` takes some of them.

    Raises:
        UnreadableError: there is no such table or snapshot, or it holds what idqp does not read.

    """
    with scratch() as folder:
        try:
            table = _table(where, shown, moment.place, deadline)
            snapshot = _snapshot(table, moment, shown)
            scan = table.scan(snapshot_id=snapshot)
            columns = tuple(_column(one, shown) for one in scan.projection().fields)
            known = iter(()) if snapshot is None else _pieces(table, scan, shown)
            pieces = new(known, lambda: _commits(table, snapshot), sieve)
        except UnreadableError:
            raise
        except Exception as error:  # noqa: BLE001 - pyiceberg raises what its stores do
            raise UnreadableError(f"{shown}: cannot be read as an Iceberg table: {_why(error, where)}") from None
        said = f"{shown} (snapshot {snapshot})" if snapshot is not None else shown
        yield source(said, pieces, columns, folder, deadline, moment.place)


def _table(where: str, shown: str, settings: PlaceSettings, deadline: Deadline | None) -> Table:
    if scheme(where) == "iceberg":
        catalog, _, name = where.partition("://")[2].partition("/")
        try:
            return load_catalog(catalog).load_table(name)
        except NoSuchTableError:
            raise UnreadableError(f"{shown}: the catalog has no such table") from None
    metadata = where if where.endswith(METADATA) else newest(where, shown, settings, deadline)
    return StaticTable.from_metadata(metadata, _properties(settings))


def _properties(settings: PlaceSettings) -> dict[str, str]:
    given: Mapping[str, object] = {
        "s3.endpoint": settings.endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"),
        "s3.region": settings.region,
        "s3.force-virtual-addressing": settings.virtual_hosted,
        "s3.anonymous": settings.anonymous,
        "adls.account-name": settings.account,
    }
    return {name: str(value) for name, value in given.items() if value}


def _snapshot(table: Table, moment: Moment, shown: str) -> int | None:
    if moment.version is not None:
        if table.snapshot_by_id(moment.version) is None:
            raise UnreadableError(f"{shown}: the table has no snapshot {moment.version}")
        return moment.version
    if moment.as_of is not None:
        found = table.snapshot_as_of_timestamp(int(moment.as_of.astimezone(UTC).timestamp() * MILLISECONDS))
        if found is None:
            raise UnreadableError(f"{shown}: the table has no snapshot of that time")
        return found.snapshot_id
    newest = table.current_snapshot()
    return None if newest is None else newest.snapshot_id


def _column(field: NestedField, shown: str) -> TableColumn:
    if getattr(field, "initial_default", None) is not None:
        raise UnreadableError(f"{shown}: the default of column '{clean(field.name, 60)}' is not read")
    kind = _type(field.field_type, shown)
    return TableColumn(field.name, kind, not field.required, field.name, field.field_id)


def _type(kind: IcebergType, shown: str) -> str:
    """Return the name of a type in DuckDB."""
    match kind:
        case StructType():
            inner = ", ".join(f"{sql.identifier(one.name)} {_type(one.field_type, shown)}" for one in kind.fields)
            return f"STRUCT({inner})"
        case ListType():
            return f"{_type(kind.element_type, shown)}[]"
        case MapType():
            return f"MAP({_type(kind.key_type, shown)}, {_type(kind.value_type, shown)})"
    name = str(kind)
    if name in TYPES:
        return TYPES[name]
    if name.startswith("decimal("):
        return name.upper()
    if name.startswith("fixed["):
        return "BLOB"
    raise UnreadableError(f"{shown}: has a column of type {clean(name, 40)}, which idqp does not read")


def _pieces(table: Table, scan: Any, shown: str) -> Iterator[Piece]:  # noqa: ANN401 - pyiceberg's own
    try:
        tasks = list(scan.plan_files())
    except ValueError as error:
        if "equality delete" in str(error).lower():
            raise UnreadableError(f"{shown}: the table has equality deletes, which idqp does not read") from None
        raise
    deletes = {one.file_path: one for task in tasks for one in task.delete_files}
    read: Mapping[str, Mapping[str, Any]] = {path: _read_deletes(table.io, one) for path, one in deletes.items()}
    for task in sorted(tasks, key=lambda task: str(task.file.file_path)):
        file = task.file
        if file.file_format.value.upper() != "PARQUET":
            raise UnreadableError(f"{shown}: has files of {file.file_format.value}, which idqp does not read")
        rows = {
            row for one in task.delete_files for row in (read[one.file_path].get(file.file_path) or _NONE).to_pylist()
        }
        yield Piece(
            whole("", file.file_path), _partition(table, file), sorted(rows), file.file_path, file.file_size_in_bytes
        )


def _commits(table: Table, snapshot: int | None) -> Iterator[Commit]:
    """Yield the snapshots behind one, newest first, as far back as the metadata has them."""
    while snapshot is not None and (found := table.snapshot_by_id(snapshot)) is not None:
        changed = [one for one in found.manifests(table.io) if one.added_snapshot_id == snapshot]
        entries = [
            one for manifest in changed for one in manifest.fetch_manifest_entry(table.io, discard_deleted=False)
        ]
        own = [one for one in entries if one.snapshot_id == snapshot]
        added = [one.data_file.file_path for one in own if one.status is ManifestEntryStatus.ADDED]
        gone = [one.data_file.file_path for one in own if one.status is ManifestEntryStatus.DELETED]
        compacted = found.summary is not None and found.summary.operation is Operation.REPLACE
        yield dict.fromkeys(added, gone if compacted else ())
        snapshot = found.parent_snapshot_id


class _None:
    @staticmethod
    def to_pylist() -> list[int]:
        return []


_NONE = _None()


def _partition(table: Table, file: Any) -> tuple[tuple[str, str | None], ...]:  # noqa: ANN401 - pyiceberg's own
    """Return the values that all rows of a file share, for a file that does not hold them itself."""
    spec, schema = table.specs()[file.spec_id], table.schema()
    return tuple(
        (schema.find_field(one.source_id).name, None if value is None else str(value))
        for one, value in zip(spec.fields, file.partition, strict=False)
        if isinstance(one.transform, IdentityTransform) and one.source_id in schema._lazy_id_to_field  # noqa: SLF001
    )


def _why(error: Exception, where: str) -> str:
    if is_url(where):
        return clean(type(error).__name__)
    return clean(str(error).split("\n", 1)[0].replace(where, "it"), 120) or clean(type(error).__name__)
