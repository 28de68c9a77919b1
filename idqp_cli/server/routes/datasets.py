"""Datasets, their rules, and the history of their metrics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from idqp_cli.access.roles import Action
from idqp_cli.alerts.outbox import deliver
from idqp_cli.anomaly.options import Sensitivity
from idqp_cli.baselines import backtest
from idqp_cli.core.errors import UsageError
from idqp_cli.core.moments import ago
from idqp_cli.core.text import stamp, stamp_or_none
from idqp_cli.pipeline import sweep
from idqp_cli.project import catalogue
from idqp_cli.report import history
from idqp_cli.server.asking import Asked, Asking, answer
from idqp_cli.server.plain import page, timed
from idqp_cli.server.problems import Problem, conflicts
from idqp_cli.server.shapes import Body, Name, Page, Shape, Since
from idqp_cli.store.values import RecordedDataset, RecordedRun

router = APIRouter(prefix="/datasets", tags=["datasets"])


class LastRun(Shape):
    """The newest run of a dataset."""

    run: str
    at: str
    status: str
    score: float | None
    rows: int | None


class DatasetShape(Shape):
    """A dataset that the store knows, and how it is; `incidents` counts those that are not resolved, by severity."""

    dataset: str
    description: str | None
    owner: str | None
    created_at: str
    removed_at: str | None
    last_run: LastRun | None
    incidents: dict[str, int]
    schema_version: str | None


class RuleShape(Shape):
    """A rule as the last run checked it."""

    rule: str
    type: str
    severity: str
    threshold: float | None
    enabled: bool
    params: dict[str, Any]
    last: dict[str, Any] | None


class NewDataset(Body):
    """A dataset to be known before its first check."""

    dataset: str = Field(max_length=300, examples=["orders"])
    description: str | None = Field(default=None, max_length=1000)
    owner: str | None = Field(default=None, max_length=1000)


class Switch(Body):
    """Whether checks look at the rule."""

    enabled: bool


class MetricName(Shape):
    """A metric that has a history."""

    metric: str


@router.get("", response_model=Page[DatasetShape])
def list_datasets(ask: Asking) -> Response:
    """List the datasets that the store knows, by name, with their newest run and their incidents."""
    return ask.read(lambda asked: page(_overview(asked, asked.store.datasets())))


@router.post("", status_code=201, response_model=DatasetShape)
def add_dataset(ask: Asking, body: NewDataset) -> Response:
    """Add a dataset, or restore one that was removed."""
    described, owned = catalogue.described(ask.serving.project(), body.dataset, body.description, body.owner)
    with ask.writing(Action.MANAGE) as asked:
        with conflicts():
            asked.store.add_dataset(body.dataset, described, owned, asked.identity.actor, asked.at)
        (row,) = _overview(asked, [known(asked, body.dataset)])
    return answer(timed(row), 201)


@router.get("/{dataset}", response_model=DatasetShape)
def show_dataset(ask: Asking, dataset: Name) -> Response:
    """Show one dataset."""
    return ask.read(lambda asked: timed(_overview(asked, [known(asked, dataset)])[0]))


@router.delete("/{dataset}", status_code=204)
def remove_dataset(ask: Asking, dataset: Name) -> Response:
    """Stop recording a dataset and end its incidents; its past stays."""
    project = ask.serving.project()
    with ask.writing(Action.MANAGE) as asked:
        known(asked, dataset)
        with conflicts():
            told = sweep.removed(asked.store, project, dataset, asked.at, asked.identity.actor)
            asked.store.remove_dataset(dataset, asked.identity.actor, asked.at)
        if project.alerts is not None and told:
            deliver(asked.store, project.alerts, told, asked.identity.actor)
    return Response(status_code=204)


@router.get("/{dataset}/rules", response_model=Page[RuleShape])
def list_rules(ask: Asking, dataset: Name) -> Response:
    """List the rules of a dataset as its last run checked them."""

    def listed(asked: Asked) -> object:
        known(asked, dataset)
        newest = asked.store.newest_runs().get(dataset)
        results = {} if newest is None else asked.store.results_of(newest.run)
        last = {one.rule: one for one in results.get(dataset, ()) if one.segment is None}
        return page(
            {
                "rule": rule.name, "type": rule.type, "severity": rule.severity, "threshold": rule.threshold,
                "enabled": rule.enabled, "params": dict(rule.params),
                "last": None if newest is None or rule.name not in last else timed({
                    "status": last[rule.name].status, "value": last[rule.name].value, "at": stamp(newest.at),
                }),
            }
            for rule in asked.store.rules(dataset)
        )  # fmt: skip

    return ask.read(listed)


@router.put("/{dataset}/rules/{rule:path}/enabled")
def switch_rule(ask: Asking, dataset: Name, rule: Name, body: Switch) -> Response:
    """Enable or disable a rule in every check that uses this store."""
    with ask.writing(Action.CHANGE) as asked:
        known(asked, dataset)
        if rule not in {one.name for one in asked.store.rules(dataset)}:
            raise Problem("not-found", "the dataset's last run checked no such rule")
        with conflicts():
            asked.store.enable_rule(dataset, rule, asked.identity.actor, asked.at, enabled=body.enabled)
    return answer({"dataset": dataset, "rule": rule, "enabled": body.enabled})


@router.get("/{dataset}/results")
def list_results(
    ask: Asking,
    dataset: Name,
    rule: Annotated[str | None, Query(max_length=300)] = None,
    segment: Annotated[str | None, Query(max_length=300)] = None,
    since: Since = "30d",
) -> Response:
    """Return what the rules said in each run since a time, oldest first."""

    def listed(asked: Asked) -> object:
        known(asked, dataset)
        begins = ago(since or "30d", asked.at, "since")
        histories = asked.store.metrics(dataset, rule, segment, begins)
        return page(
            {
                "rule": name, "segment": part,
                "points": [timed({
                    "run": point.run_id, "at": stamp(point.at), "value": point.value, "status": point.status,
                    "rows_evaluated": point.rows_evaluated, "rows_failed": point.rows_failed,
                }) for point in points],
            }
            for (name, part), points in histories.items()
        )  # fmt: skip

    return ask.read(listed)


@router.get("/{dataset}/history", response_model=Page[MetricName])
def list_metrics(ask: Asking, dataset: Name) -> Response:
    """List the metrics that have a history."""

    def listed(asked: Asked) -> object:
        known(asked, dataset)
        return page({"metric": name} for name in backtest.names(asked.store, dataset))

    return ask.read(listed)


@router.get("/{dataset}/history/{metric:path}")
def show_history(
    ask: Asking,
    dataset: Name,
    metric: Name,
    sensitivity: Sensitivity | None = None,
    limit: Annotated[int, Query(ge=1, le=backtest.MOST_RUNS)] = 72,
) -> Response:
    """Return the values of a metric, and the range that was usual before each."""
    project = ask.serving.project()
    where = next((one for one in project.datasets if one.name == dataset), None)

    def shown(asked: Asked) -> object:
        known(asked, dataset)
        try:
            watched = backtest.watched(asked.store, dataset, metric, project.rules.get(dataset, ()), where)
        except UsageError as error:
            raise Problem("not-found", str(error)) from None
        series = []
        for one in watched:
            chosen = sensitivity or one.sensitivity
            points = [timed(row) for row in history.run_rows(one, backtest.replayed(one, chosen, limit))]
            series.append({"segment": one.segment, "sensitivity": str(chosen), "points": points})
        return {"dataset": dataset, "metric": metric, "series": series}

    return ask.read(shown)


def known(asked: Asked, dataset: str) -> RecordedDataset:
    """Return a dataset that the store knows.

    Raises:
        Problem: it does not.

    """
    for one in asked.store.datasets():
        if one.name == dataset:
            return one
    raise Problem("not-found", "the store has no such dataset")


def _overview(asked: Asked, datasets: Iterable[RecordedDataset]) -> list[dict[str, object]]:
    store = asked.store
    runs, counts, versions = store.newest_runs(), store.unresolved_counts(), store.latest_versions()
    return [
        {
            "dataset": one.name,
            "description": one.description,
            "owner": one.owner,
            "created_at": stamp(one.created_at),
            "removed_at": stamp_or_none(one.removed_at),
            "last_run": _last(runs.get(one.name)),
            "incidents": {"critical": 0, "warning": 0, "info": 0, **counts.get(one.name, {})},
            "schema_version": versions.get(one.name),
        }
        for one in datasets
    ]


def _last(run: RecordedRun | None) -> dict[str, object] | None:
    if run is None:
        return None
    return timed({"run": run.run, "at": stamp(run.at), "status": run.status, "score": run.score, "rows": run.rows})
