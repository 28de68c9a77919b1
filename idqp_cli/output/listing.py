"""Lists and single things for people and programs: as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from idqp_cli.output import screen
from idqp_cli.output.screen import BOLD, DIM, Line, Span, line
from idqp_cli.text import clean
from idqp_cli.tracking import Event, Incident, StoreInfo

if TYPE_CHECKING:
    from idqp_cli.anomaly.drift import Snapshot

Cell = str | int | float | None
WIDE = 200
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
            "resolved_at": stamp(incident.resolved_at),
            "occurrences": incident.occurrences,
            "metric_value": incident.metric_value,
            "message": incident.message,
            "assignee": incident.assignee,
            "snoozed_until": stamp(incident.snoozed_until),
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
            screen.write(as_json(rows))
        case Format.CSV:
            screen.write(as_csv(rows, columns))
        case Format.TABLE:
            screen.write(as_table(rows, columns) if rows else f"{empty}\n")


def as_json(value: object) -> str:
    """Return rows or a mapping as JSON text."""
    return json.dumps(value, indent=2, allow_nan=False) + "\n"


def as_csv(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> str:
    """Return rows as CSV with a header, also where there is no row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {name: clean(cell, 10_000) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows
    )
    return text.getvalue()


def as_table(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> str:
    """Return rows as an aligned table, as wide as the terminal, or as it needs elsewhere."""
    from rich.console import Console  # noqa: PLC0415 - only a table has to pay
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name.replace("_", " "), justify="right" if name in {"incident", "occurrences"} else "left")
    for row in rows:
        table.add_row(*(Text("" if row[name] is None else clean(row[name], 300)) for name in columns))
    text = io.StringIO()
    terminal = sys.stdout.isatty()
    console = Console(file=text, width=None if terminal else WIDE, force_terminal=terminal, highlight=False)
    console.print(table)
    return "".join(one.rstrip() + "\n" for one in text.getvalue().splitlines())


def baseline_rows(baselines: Iterable[Snapshot]) -> list[Mapping[str, Cell]]:
    """Return saved baselines as rows of named cells."""
    return [
        {
            "dataset": one.dataset,
            "baseline": one.name,
            "columns": one.columns,
            "created_at": stamp(one.created_at),
            "created_by": one.created_by,
        }
        for one in baselines
    ]


def stamp(at: datetime | None) -> str | None:
    """Return a time as it is shown: UTC, to the second."""
    return None if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"


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
