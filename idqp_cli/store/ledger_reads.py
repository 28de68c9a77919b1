"""What a transaction reads of the store before it writes: one SQL for both backends."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from idqp_cli.core.incident import Heard, Incident, Story
from idqp_cli.store.reading import INCIDENTS, last_runs
from idqp_cli.store.rows import Row, damage_told, incident_of, time, time_or_none

HEARD = (
    "SELECT t.incident_id, a.channel, t.told, t.severity, a.created_at FROM alert_incidents t"
    " JOIN alerts a ON a.id = t.alert_id WHERE t.incident_id IN {numbers} ORDER BY a.id"
)
STORIES = (
    "SELECT b.incident_id, b.at, b.kind,"
    " (SELECT count(*) FROM incident_events f WHERE f.incident_id = b.incident_id AND f.id >= b.id"
    " AND f.kind IN ('opened', 'reopened', 'seen', 'escalated')),"
    " (SELECT max(s.at) FROM incident_events s WHERE s.incident_id = b.incident_id AND s.id > b.id"
    " AND s.kind = 'snoozed')"
    " FROM incident_events b WHERE b.id IN (SELECT max(e.id) FROM incident_events e"
    " WHERE e.kind IN ('opened', 'reopened') AND e.incident_id IN {numbers} GROUP BY e.incident_id)"
)


class LedgerReading:
    """The reading half of a `Ledger`, on whatever `_read` asks."""

    # A table expression of the numbers in a JSON array.
    _numbers: ClassVar[str]

    @abstractmethod
    def _read(self, sql: str, values: Sequence[object]) -> list[Row]:
        """Run a statement inside the transaction and return its rows."""

    def unresolved(self, dataset: str | None = None) -> tuple[Incident, ...]:
        chosen, values = ("", []) if dataset is None else (" AND d.name = ?", [dataset])
        rows = self._read(f"{INCIDENTS} WHERE i.status <> 'resolved'{chosen} ORDER BY i.id", values)
        with damage_told():
            return tuple(map(incident_of, rows))

    def heard(self, numbers: Collection[int]) -> Mapping[int, Mapping[str, Heard]]:
        by_number: dict[int, dict[str, Heard]] = {}
        rows = self._read(HEARD.format(numbers=self._numbers), [json.dumps(sorted(numbers))]) if numbers else []
        with damage_told():
            for number, channel, told, severity, at in rows:
                by_number.setdefault(int(number), {})[channel] = Heard(told, severity, time(at))
        return by_number

    def stories(self, numbers: Collection[int]) -> Mapping[int, Story]:
        rows = self._read(STORIES.format(numbers=self._numbers), [json.dumps(sorted(numbers))]) if numbers else []
        with damage_told():
            return {
                int(number): Story(time(at), kind == "reopened", int(failures), time_or_none(snoozed))
                for number, at, kind, failures, snoozed in rows
            }

    def last_runs(self, datasets: Collection[str]) -> Mapping[str, datetime]:
        return last_runs(self._read, datasets)

    def removed(self) -> frozenset[str]:
        rows = self._read("SELECT name FROM datasets WHERE removed_at IS NOT NULL", [])
        return frozenset(str(name) for (name,) in rows)

    def datasets_of(self, rules_file: str) -> frozenset[str]:
        rows = self._read("SELECT name FROM datasets WHERE rules_file = ?", [rules_file])
        return frozenset(str(name) for (name,) in rows)
