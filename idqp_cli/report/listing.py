"""Lists and single things for people and programs: as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from idqp_cli.core.incident import Event, Incident, StoreInfo
from idqp_cli.core.text import clean, in_json, inert, stamp, stamp_or_none
from idqp_cli.report import grid, stdout
from idqp_cli.report.stdout import BOLD, DIM, Line, Span, line

if TYPE_CHECKING:
    from idqp_cli.anomaly.summaries import Snapshot

# Whether CSV is for spreadsheets, which take some texts for formulas.
SPREADSHEET = "IDQP_SPREADSHEET"
Cell = str | int | float | None
NUMBERS = frozenset({"incident", "occurrences", "columns", "rows", "alert", "attempts"})
INCIDENT_COLUMNS = (
    "incident", "status", "severity", "dataset", "rule", "segment", "opened_at", "last_seen_at", "resolved_at",
    "occurrences", "metric_value", "message", "assignee", "snoozed_until", "resolution",
)  # fmt: skip
STORE_COLUMNS = ("table", "rows")
EVENT_COLUMNS = ("at", "kind", "actor", "metric_value", "detail")


class Format(StrEnum):
    """How a list is shown."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def incident_rows(incidents: Iterable[Incident]) -> list[Mapping[str, Cell]]:
    """Return incidents as rows of named cells."""
    return [
        {
            "incident": incident.number,
            "status": incident.status,
            "severity": incident.severity,
            "dataset": incident.dataset,
            "rule": incident.rule,
            "segment": incident.segment,
            "opened_at": stamp(incident.opened_at),
            "last_seen_at": stamp(incident.last_seen_at),
            "resolved_at": stamp_or_none(incident.resolved_at),
            "occurrences": incident.occurrences,
            "metric_value": incident.metric_value,
            "message": incident.message,
            "assignee": incident.assignee,
            "snoozed_until": stamp_or_none(incident.snoozed_until),
            "resolution": incident.resolution,
        }
        for incident in incidents
    ]


def event_rows(timeline: Iterable[Event]) -> list[Mapping[str, Cell]]:
    """Return a timeline as rows of named cells."""
    return [
        {
            "at": stamp(event.at),
            "kind": event.kind,
            "actor": event.actor,
            "metric_value": event.metric_value,
            "detail": event.detail,
        }
        for event in timeline
    ]


def write(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str], format: Format, empty: str) -> None:  # noqa: A002
    """Write rows to stdout; `empty` is what a person reads where there are none."""
    match format:
        case Format.JSON:
            stdout.write(as_json(rows))
        case Format.CSV:
            stdout.write(as_csv(rows, columns))
        case Format.TABLE:
            stdout.show(table(rows, columns) if rows else [line(empty)])


def as_json(value: object) -> str:
    """Return rows or a mapping as JSON text."""
    return in_json(json.dumps(value, indent=2, allow_nan=False)) + "\n"


def as_csv(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> str:
    """Return rows as CSV with a header, also where there is no row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    shown = inert if os.environ.get(SPREADSHEET, "") not in {"", "0"} else str
    writer.writeheader()
    writer.writerows(
        {name: shown(clean(cell, 10_000)) if isinstance(cell, str) else cell for name, cell in row.items()}
        for row in rows
    )
    return text.getvalue()


def table(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> list[Line]:
    """Return rows as lines: a table as wide as the terminal, or as it needs elsewhere."""
    width = shutil.get_terminal_size().columns if stdout.seen() else None
    texts = [["" if row[name] is None else clean(row[name], 300) for name in columns] for row in rows]
    return grid.lines([name.replace("_", " ") for name in columns], texts, width, NUMBERS)


def baseline_rows(baselines: Iterable[Snapshot]) -> list[Mapping[str, Cell]]:
    """Return saved baselines as rows of named cells."""
    return [
        {
            "dataset": baseline.dataset,
            "baseline": baseline.name,
            "columns": baseline.columns,
            "created_at": stamp(baseline.created_at),
            "created_by": baseline.created_by,
        }
        for baseline in baselines
    ]


def store(info: StoreInfo) -> Iterator[Line]:
    """Return the lines that say what a store is."""
    yield line(Span(info.backend, BOLD), f"  {clean(info.address, 500)}")
    yield line(f"version {info.version}, {info.size:,} bytes, audit head {info.head}", indent=2)
    yield line(f"enforcement: {info.enforcement}", Span(f"  {info.said}", DIM), indent=2)
    yield line()
    for table, rows in info.rows.items():
        yield line(f"{table:<18}", f"{rows:>12,}", indent=2)


def store_rows(info: StoreInfo) -> list[Mapping[str, Cell]]:
    """Return the tables of a store with their numbers of rows."""
    return [{"table": table, "rows": rows} for table, rows in info.rows.items()]


def store_json(info: StoreInfo) -> Mapping[str, object]:
    """Return what a store is as plain values."""
    return {
        "backend": info.backend, "address": info.address, "version": info.version, "size": info.size,
        "enforcement": info.enforcement, "said": info.said, "audit_head": info.head, "rows": dict(info.rows),
    }  # fmt: skip
