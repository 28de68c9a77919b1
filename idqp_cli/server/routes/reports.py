"""The review of a period, and saved baselines."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from idqp_cli.access.roles import Action
from idqp_cli.baselines import saved
from idqp_cli.core.moments import ago
from idqp_cli.incidents import review
from idqp_cli.report import listing, review_page
from idqp_cli.server.asking import Asked, Asking
from idqp_cli.server.plain import page, timed
from idqp_cli.server.problems import Problem
from idqp_cli.server.routes.datasets import known
from idqp_cli.server.shapes import Name, Page, Shape, Since

router = APIRouter(tags=["reports"])


class Times(Shape):
    """How often something was done, and how long it took, in seconds."""

    count: int
    mean: float | None
    p95: float | None


class ReviewShape(Shape):
    """What happened since a time."""

    since: str
    until: str
    opened: int
    acknowledged: int
    resolved: int
    reopened: int
    time_to_acknowledge: Times
    time_to_resolve: Times
    false_positive_share: float | None
    datasets: list[dict[str, Any]]


class BaselineShape(Shape):
    """A saved state of a dataset."""

    dataset: str
    baseline: str
    columns: int
    created_at: str
    created_by: str


@router.get("/report", response_model=ReviewShape)
def show_report(ask: Asking, since: Since = "30d") -> Response:
    """Sum up incidents, response times, scores and service levels since a time."""
    written = ask.serving.project().datasets

    def shown(asked: Asked) -> object:
        begins = ago(since or "30d", asked.at, "since")
        runs = asked.store.runs(review.reach(written, begins, asked.at))
        facts = review.review(asked.store.events(begins), runs, written, begins, asked.at)
        values = review_page.as_values(facts)
        return {**timed(values), "datasets": [timed(one) for one in _rows(values["datasets"])]}

    return ask.read(shown)


@router.get("/baselines", response_model=Page[BaselineShape])
def list_baselines(ask: Asking, dataset: Annotated[str | None, Query(max_length=300)] = None) -> Response:
    """List the baselines that people saved."""
    return ask.read(
        lambda asked: page(listing.baseline_rows(saved.snapshots(asked.store.baselines(dataset), of_runs=False)))
    )


@router.delete("/datasets/{dataset}/baselines/{baseline}", status_code=204)
def drop_baseline(ask: Asking, dataset: Name, baseline: Name) -> Response:
    """Delete a baseline."""
    with ask.writing(Action.CHANGE) as asked:
        known(asked, dataset)
        if baseline not in {one.name for one in saved.snapshots(asked.store.baselines(dataset), of_runs=False)}:
            raise Problem("not-found", "the dataset has no such baseline")
        saved.drop_snapshot(asked.store, dataset, baseline, asked.at, asked.identity.actor)
    return Response(status_code=204)


def _rows(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []
