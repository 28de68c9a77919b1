"""What is read of runs, and of checks that were asked for: one SQL for both backends. `?` stands for a value."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from idqp_cli.store.registry_reads import RUN_OF_METRIC, RegistryReading
from idqp_cli.store.requested import CheckRequest
from idqp_cli.store.rows import Row, damage_told, stamp, time, time_or_none
from idqp_cli.store.values import RecordedResult, RecordedRun, RunsWanted

RUNS = (
    "SELECT r.id, r.run_id, d.name, r.run_at, r.actor, r.status, r.score, r.rows"
    " FROM check_runs r JOIN datasets d ON d.id = r.dataset_id"
)
REQUESTS = (
    "SELECT id, name, dataset, asked_by, queued_at, started_at, ended_at, attempts, exit_code, run_id, message,"
    " uploaded"
    " FROM check_requests"
)


class RunReading(RegistryReading):
    """What a `Store` reads of runs, on whatever `_fetch` asks."""

    def recorded_runs(self, wanted: RunsWanted) -> tuple[RecordedRun, ...]:
        conditions, values = ["1 = 1"], list[object]()
        for column, listed in (("d.name", wanted.datasets), ("r.status", wanted.statuses)):
            if listed:
                conditions.append(f"{column} IN ({', '.join('?' * len(listed))})")
                values += listed
        if wanted.run is not None:
            conditions.append("r.run_id = ?")
            values.append(wanted.run)
        if wanted.since is not None:
            conditions.append("r.run_at >= ?")
            values.append(stamp(wanted.since))
        if wanted.before is not None:
            conditions.append("r.id < ?")
            values.append(wanted.before)
        rows = self._fetch(
            f"{RUNS} WHERE {' AND '.join(conditions)} ORDER BY r.id DESC LIMIT {int(wanted.limit)}", values
        )
        with damage_told():
            return tuple(map(_run, rows))

    def newest_runs(self) -> Mapping[str, RecordedRun]:
        rows = self._fetch(f"{RUNS} WHERE r.id IN (SELECT max(x.id) FROM check_runs x GROUP BY x.dataset_id)")
        with damage_told():
            return {run.dataset: run for run in map(_run, rows)}

    def results_of(self, run: str) -> Mapping[str, tuple[RecordedResult, ...]]:
        rows = self._fetch(
            "SELECT d.name, m.rule, m.segment, m.status, m.value, m.rows_evaluated, m.rows_failed FROM metrics m"
            f" {RUN_OF_METRIC} WHERE r.run_id = ? AND m.metric IS NULL ORDER BY m.id",
            [run],
        )
        by_dataset: dict[str, list[RecordedResult]] = defaultdict(list)
        with damage_told():
            for dataset, *rest in rows:
                by_dataset[dataset].append(RecordedResult(*rest))
        return {dataset: tuple(results) for dataset, results in by_dataset.items()}

    def unresolved_counts(self) -> Mapping[str, Mapping[str, int]]:
        rows = self._fetch(
            "SELECT d.name, i.severity, count(*) FROM incidents i JOIN datasets d ON d.id = i.dataset_id"
            " WHERE i.status <> 'resolved' GROUP BY d.name, i.severity"
        )
        counts: dict[str, dict[str, int]] = defaultdict(dict)
        for dataset, severity, number in rows:
            counts[dataset][severity] = int(number)
        return counts

    def latest_versions(self) -> Mapping[str, str]:
        rows = self._fetch(
            "SELECT d.name, s.version FROM schema_versions s JOIN datasets d ON d.id = s.dataset_id"
            " WHERE s.id IN (SELECT max(x.id) FROM schema_versions x GROUP BY x.dataset_id)"
        )
        return {str(dataset): str(version) for dataset, version in rows}

    def check_requests(self, limit: int, before: int | None = None) -> tuple[CheckRequest, ...]:
        chosen, values = ("", []) if before is None else (" WHERE id < ?", [before])
        rows = self._fetch(f"{REQUESTS}{chosen} ORDER BY id DESC LIMIT {int(limit)}", values)
        with damage_told():
            return tuple(map(request_of, rows))

    def check_request(self, name: str) -> CheckRequest | None:
        rows = self._fetch(f"{REQUESTS} WHERE name = ?", [name])
        with damage_told():
            return request_of(rows[0]) if rows else None

    def check_report(self, name: str) -> str | None:
        rows = self._fetch("SELECT report FROM check_reports WHERE name = ?", [name])
        return str(rows[0][0]) if rows else None


def _run(row: Row) -> RecordedRun:
    number, run, dataset, at, *rest = row
    return RecordedRun(int(number), run, dataset, time(at), *rest)


def request_of(row: Sequence[object]) -> CheckRequest:
    """Return the request that a row of `REQUESTS` is."""
    number, name, dataset, by, queued, started, ended, attempts, code, run, message, uploaded = row
    return CheckRequest(
        int(str(number)), str(name), _text(dataset), str(by), time(str(queued)), time_or_none(_text(started)),
        time_or_none(_text(ended)), int(str(attempts)), None if code is None else int(str(code)), _text(run),
        _text(message), () if uploaded is None else tuple(json.loads(str(uploaded))),
    )  # fmt: skip


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)
