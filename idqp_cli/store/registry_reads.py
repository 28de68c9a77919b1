"""What is read of datasets and rules, and of what was learnt about them: one SQL for both backends.

`?` stands for a value.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime

from idqp_cli.core.model import MetricKey, MetricPlace, RuleKey
from idqp_cli.schemas.schema import SchemaVersion, from_plain
from idqp_cli.store.rows import Row, baseline_of, damage_told, model_key_of, model_of, stamp, time, time_or_none
from idqp_cli.store.values import (
    Baseline,
    Measurement,
    MetricPoint,
    Model,
    ModelKey,
    OfSnapshot,
    Origin,
    RecordedDataset,
    RecordedRule,
)

SCHEMAS = (
    "SELECT s.version, s.schema, s.created_at FROM schema_versions s JOIN datasets d ON d.id = s.dataset_id"
    " WHERE d.name = ? ORDER BY s.id"
)
BASELINES = (
    "SELECT d.name, b.snapshot, b.run_at, b.content, b.summary, b.created_at, b.created_by"
    " FROM baselines b JOIN datasets d ON d.id = b.dataset_id"
)
RUN_OF_METRIC = (
    "JOIN datasets d ON d.id = m.dataset_id JOIN check_runs r ON r.id = m.check_run_id AND r.run_at = m.run_at"
)
MODEL_KEY = "m.snapshot, m.run_at, m.content, m.rule, m.digest"


class RegistryReading:
    """The reading half of a `Registry`, on whatever `_fetch` asks."""

    @abstractmethod
    def _fetch(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement and return its rows; raise StoreError."""

    def schema_versions(self, dataset: str, last: int | None = None) -> tuple[SchemaVersion, ...]:
        limit = "" if last is None else f" LIMIT {int(last)}"
        rows = self._fetch(f"{SCHEMAS} DESC{limit}", [dataset])
        with damage_told():
            return tuple(
                SchemaVersion(version, from_plain(json.loads(schema)), time(at))
                for version, schema, at in reversed(rows)
            )

    def seen_files(self, dataset: str) -> frozenset[str]:
        rows = self._fetch(
            "SELECT s.digest FROM seen_files s JOIN datasets d ON d.id = s.dataset_id WHERE d.name = ?", [dataset]
        )
        return frozenset(str(found) for (found,) in rows)

    def stream_positions(self, dataset: str, topic: str) -> Mapping[int, int]:
        rows = self._fetch(
            "SELECT o.partition, o.next FROM stream_offsets o JOIN datasets d ON d.id = o.dataset_id"
            " WHERE d.name = ? AND o.topic = ? ORDER BY o.partition",
            [dataset, topic],
        )
        with damage_told():
            return {int(partition): int(following) for partition, following in rows}

    def datasets(self) -> tuple[RecordedDataset, ...]:
        rows = self._fetch("SELECT name, description, owner, created_at, removed_at FROM datasets ORDER BY name")
        with damage_told():
            return tuple(
                RecordedDataset(name, description, owner, time(at), time_or_none(removed))
                for name, description, owner, at, removed in rows
            )

    def rules(self, dataset: str) -> tuple[RecordedRule, ...]:
        rows = self._fetch(
            "SELECT r.name, r.rule_type, r.params, r.threshold, r.severity,"
            " CASE WHEN coalesce(s.enabled, r.enabled) THEN 1 ELSE 0 END"
            " FROM check_run_rules c JOIN rules r ON r.id = c.rule_id"
            " LEFT JOIN rule_switches s ON s.dataset_id = r.dataset_id AND s.rule = r.name"
            " WHERE c.check_run_id = (SELECT max(x.id) FROM check_runs x JOIN datasets d ON d.id = x.dataset_id"
            " WHERE d.name = ?) ORDER BY r.id",
            [dataset],
        )
        with damage_told():
            return tuple(
                RecordedRule(name, kind, json.loads(params), threshold, severity, bool(enabled))
                for name, kind, params, threshold, severity, enabled in rows
            )

    def disabled_rules(self) -> frozenset[tuple[str, str]]:
        rows = self._fetch(
            "SELECT d.name, s.rule FROM rule_switches s JOIN datasets d ON d.id = s.dataset_id WHERE NOT s.enabled"
        )
        return frozenset((dataset, rule) for dataset, rule in rows)

    def metrics(
        self, dataset: str, rule: str | None = None, segment: str | None = None, since: datetime | None = None
    ) -> Mapping[RuleKey, tuple[MetricPoint, ...]]:
        wanted, values = ["d.name = ?", "m.metric IS NULL"], [dataset]
        for condition, value in (("m.rule = ?", rule), ("m.segment = ?", segment)):
            if value is not None:
                wanted.append(condition)
                values.append(value)
        if since is not None:
            wanted.append("m.run_at >= ?")
            values.append(stamp(since))
        rows = self._fetch(
            "SELECT m.rule, m.segment, r.run_id, m.run_at, m.value, m.status, m.rows_evaluated, m.rows_failed,"
            f" r.content, r.source FROM metrics m {RUN_OF_METRIC}"
            f" WHERE {' AND '.join(wanted)} ORDER BY m.run_at, m.id",
            values,
        )
        by_place: dict[RuleKey, list[MetricPoint]] = {}
        with damage_told():
            for name, part, run_id, at, *rest in rows:
                by_place.setdefault((name, part), []).append(MetricPoint(run_id, time(at), *rest))
        return {place: tuple(points) for place, points in by_place.items()}

    def measured(self, dataset: str, key: MetricKey | None = None) -> Mapping[MetricPlace, tuple[Measurement, ...]]:
        wanted, values = ["d.name = ?", "m.metric IS NOT NULL"], [dataset]
        if key is not None:
            wanted += ["m.metric = ?", "m.rule IS NULL" if key.rule is None else "m.rule = ?"]
            values += [part for part in (key.metric or "", key.rule) if part is not None]
        rows = self._fetch(
            "SELECT m.rule, m.metric, m.segment, m.run_at, m.value, r.content, r.source"
            f" FROM metrics m {RUN_OF_METRIC} WHERE {' AND '.join(wanted)} ORDER BY m.run_at, m.id",
            values,
        )
        by_place: dict[MetricPlace, list[Measurement]] = {}
        with damage_told():
            for rule, metric, segment, at, *rest in rows:
                by_place.setdefault((MetricKey(rule, metric), segment), []).append(Measurement(time(at), *rest))
        return {place: tuple(points) for place, points in by_place.items()}

    def baseline(self, dataset: str, origin: Origin) -> Baseline | None:
        condition, values = left_by(origin)
        rows = self._fetch(f"{BASELINES} WHERE d.name = ? AND {condition}", [dataset, *values])
        with damage_told():
            return baseline_of(rows[0]) if rows else None

    def baselines(self, dataset: str | None = None) -> tuple[Baseline, ...]:
        chosen, values = ("", []) if dataset is None else (" WHERE d.name = ?", [dataset])
        rows = self._fetch(f"{BASELINES}{chosen}", values)
        with damage_told():
            return tuple(sorted(map(baseline_of, rows), key=lambda known: (known.dataset, str(known.origin))))

    def model(self, dataset: str, key: ModelKey) -> Model | None:
        condition, values = left_by(key.origin)
        rows = self._fetch(
            "SELECT m.settings, m.arrays, m.created_at FROM models m JOIN datasets d ON d.id = m.dataset_id"
            f" WHERE d.name = ? AND m.rule = ? AND m.digest = ? AND {condition}",
            [dataset, key.lesson.rule, key.lesson.digest, *values],
        )
        with damage_told():
            return model_of(dataset, key, rows[0]) if rows else None

    def models(self, dataset: str) -> Mapping[ModelKey, datetime]:
        rows = self._fetch(
            f"SELECT {MODEL_KEY}, m.created_at FROM models m JOIN datasets d ON d.id = m.dataset_id WHERE d.name = ?",
            [dataset],
        )
        with damage_told():
            known = {model_key_of(row): time(row[-1]) for row in rows}
            return dict(sorted(known.items(), key=lambda model: str(model[0])))


def left_by(origin: Origin) -> tuple[str, list[object]]:
    """Return the SQL that a row of baselines or models has to meet to be of this origin, and its values."""
    if isinstance(origin, OfSnapshot):
        return "snapshot = ?", [origin.name]
    return "run_at = ? AND coalesce(content, '') = ?", [stamp(origin.at), origin.content or ""]
