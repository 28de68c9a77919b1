"""Compare two schemas; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from idqp_cli.model import Column, Result, SchemaChange, SchemaReport, Severity, Status, Verdict
from idqp_cli.text import clean, count

FIRST_VERSION = "1.0.0"
NONE = "none"
NEW, UNCHANGED, CHANGED, BREAKING = "new", "unchanged", "changed", "breaking"

# What a type can become without losing a value.
WIDER = {
    "TINYINT": {"SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE"},
    "SMALLINT": {"INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE"},
    "INTEGER": {"BIGINT", "HUGEINT", "DOUBLE"},
    "BIGINT": {"HUGEINT"},
    "FLOAT": {"DOUBLE"},
    "DATE": {"TIMESTAMP"},
}

Schema = Sequence[tuple[str, str]]


def observed(columns: Iterable[Column]) -> Schema:
    """Return the schema of a relation: its columns' names and types, in order."""
    return [(column.name, column.type) for column in columns]


def differences(before: Schema, after: Schema) -> tuple[SchemaChange, ...]:
    """Return the changes from one schema to the other: removed, changed, then added columns."""
    old, new = dict(before), dict(after)
    removed = [SchemaChange("removed", name, old[name], None, breaking=True) for name in old if name not in new]
    changed = [
        SchemaChange("type_changed", name, old[name], new[name], breaking=new[name] not in WIDER.get(old[name], ()))
        for name in old
        if name in new and old[name] != new[name]
    ]
    added = [SchemaChange("added", name, None, new[name], breaking=False) for name in new if name not in old]
    return (*removed, *changed, *added)


def validate(before: tuple[str, Schema] | None, after: Schema, mode: str) -> SchemaReport:
    """Judge a schema against the latest stored version, `(version, schema)`, or None for the first.

    In the mode `none` every change is let through. The report's version is the
    one that the schema has, or, where the change is breaking, the one it breaks.
    """
    if before is None:
        return SchemaReport(FIRST_VERSION, NEW)
    version, schema = before
    changes = differences(schema, after)
    if not changes:
        return SchemaReport(version, UNCHANGED)
    if mode != NONE and any(change.breaking for change in changes):
        return SchemaReport(version, BREAKING, changes)
    return SchemaReport(next_version(version, changes), CHANGED, changes)


def next_version(version: str, changes: Sequence[SchemaChange]) -> str:
    """Return the version after `version`: a breaking change counts major, an added column minor, else patch."""
    major, minor, patch = map(int, version.split("."))
    if any(change.breaking for change in changes):
        return f"{major + 1}.0.0"
    if any(change.kind == "added" for change in changes):
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def result(report: SchemaReport, mode: str, severity: Severity) -> Result | None:
    """Return the result that a schema report is to the dataset; None where every change is let through."""
    if mode == NONE:
        return None
    breaking = [change for change in report.changes if change.breaking] if report.status == BREAKING else []
    told = ", ".join(f"{clean(change.column, 60)} {_told(change)}" for change in breaking[:5])
    more = f" and {len(breaking) - 5} more" if len(breaking) > 5 else ""
    message = (
        f"{count(len(breaking), 'breaking change')} since version {report.version}: {told}{more};"
        " to accept, run once with schema: none"
        if breaking
        else f"version {report.version}"
    )
    verdict = Verdict(Status.FAILED if breaking else Status.PASSED, message, metric_value=len(breaking), threshold=0)
    return Result("schema", "schema", tuple(change.column for change in breaking), severity, verdict)


def _told(change: SchemaChange) -> str:
    if change.after is None:
        return "was removed"
    return f"was {clean(change.before, 40)}, is {clean(change.after, 40)}"
