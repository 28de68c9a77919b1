"""The review of a period."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from idqp_cli.core.moments import ago
from idqp_cli.incidents import review
from idqp_cli.report import review_page
from idqp_cli.server.asking import Asked, Asking
from idqp_cli.server.plain import timed
from idqp_cli.server.shapes import Shape, Since

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


def _rows(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []
