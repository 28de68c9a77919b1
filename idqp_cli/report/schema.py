"""Schemas, their versions and their changes as rows for people and programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from idqp_cli.core.model import SchemaChange, SchemaReport
from idqp_cli.core.text import count, stamp_or_none
from idqp_cli.report import listing, stdout
from idqp_cli.report.listing import Cell, Format
from idqp_cli.schemas.compare import compare
from idqp_cli.schemas.compatibility import Mode, reported
from idqp_cli.schemas.registry import BREAKING, CHANGED, NEW, UNCHANGED, parties, told
from idqp_cli.schemas.schema import Schema, SchemaVersion

COLUMNS = ("column", "type", "nullable", "required", "enum", "min_length", "max_length")
VERSIONS = ("version", "created_at", "columns", "changes")
CHANGES = ("change", "column", "before", "after", "breaks", "hint", "since")


def column_rows(schema: Schema) -> list[Mapping[str, Cell]]:
    """Return the columns of a schema."""
    return [
        {
            "column": column.name,
            "type": column.type,
            "nullable": column.nullable,
            "required": column.required,
            "enum": None if column.enum is None else ", ".join(map(str, column.enum)),
            "min_length": column.min_length,
            "max_length": column.max_length,
        }
        for column in schema
    ]


def version_rows(history: Sequence[SchemaVersion]) -> list[Mapping[str, Cell]]:
    """Return the versions of a schema, newest first, and what each changed."""
    before: Schema | None = None
    rows: list[Mapping[str, Cell]] = []
    for version in history:
        changes = () if before is None else compare(before, version.columns).changes
        rows.append({
            "version": version.version,
            "created_at": stamp_or_none(version.created_at),
            "columns": len(version.columns),
            "changes": "first seen" if before is None else told([reported(change, Mode.NONE) for change in changes]),
        })  # fmt: skip
        before = version.columns
    return rows[::-1]


def change_rows(changes: Iterable[SchemaChange]) -> list[Mapping[str, Cell]]:
    """Return changes with those whom they break."""
    return [
        {
            "change": change.kind,
            "column": change.column,
            "before": change.before,
            "after": change.after,
            "breaks": ", ".join(change.breaks) or None,
            "hint": change.hint,
            "since": change.since,
        }
        for change in changes
    ]


def show(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str], form: Format, empty: str) -> None:
    """Show rows in a format; in a table only the columns that say anything."""
    match form:
        case Format.JSON:
            stdout.write(listing.as_json(rows))
        case Format.CSV:
            stdout.write(listing.as_csv(rows, columns))
        case Format.TABLE:
            told_columns = [name for name in columns if any(row[name] is not None for row in rows)]
            shown = [{name: _word(row[name]) for name in told_columns} for row in rows]
            stdout.show(listing.table(shown, told_columns) if rows else [stdout.line(empty)])


def summary(report: SchemaReport, mode: Mode) -> str:
    """Say in one line what the registry says to a schema, and who breaks."""
    broken = [change for change in report.changes if change.breaking]
    if report.status == BREAKING:
        who = " and ".join(parties(broken))
        return f"{count(len(broken), 'breaking change')} since version {report.version} ({mode}); breaks {who}"
    if report.status == CHANGED:
        return f"compatible ({mode}); would be version {report.version}"
    return "no version is registered yet" if report.status == NEW else f"unchanged since version {report.version}"


def outcome(report: SchemaReport, mode: Mode, version: str | None) -> str:
    """Say in one line what became of a schema that was to be registered."""
    if version is None:
        return f'{summary(report, mode)}; not registered; to accept: --accept -m "why"'
    return f"unchanged since version {version}" if report.status == UNCHANGED else f"registered as version {version}"


def _word(cell: Cell) -> Cell:
    return {True: "yes", False: "no"}.get(cell, cell) if isinstance(cell, bool) else cell
