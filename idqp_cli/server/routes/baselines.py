"""Saved baselines: list, save and delete them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from idqp_cli.access.roles import Action
from idqp_cli.baselines import saved
from idqp_cli.report import listing
from idqp_cli.server import baseline_saving
from idqp_cli.server.asking import Asking, answer
from idqp_cli.server.plain import page, timed
from idqp_cli.server.problems import Problem
from idqp_cli.server.routes.datasets import known
from idqp_cli.server.shapes import Body, Name, Page, Shape

router = APIRouter(tags=["reports"])


class NewBaseline(Body):
    """What the baseline is to be called; one of this name is replaced."""

    baseline: str = Field(min_length=1, max_length=200, examples=["january"])


class BaselineShape(Shape):
    """A saved state of a dataset."""

    dataset: str
    baseline: str
    columns: int
    created_at: str
    created_by: str


@router.get("/baselines", response_model=Page[BaselineShape])
def list_baselines(ask: Asking, dataset: Annotated[str | None, Query(max_length=300)] = None) -> Response:
    """List the baselines that people saved."""
    return ask.read(
        lambda asked: page(listing.baseline_rows(saved.snapshots(asked.store.baselines(dataset), of_runs=False)))
    )


@router.post("/datasets/{dataset}/baselines", status_code=201, response_model=BaselineShape)
def save_baseline(ask: Asking, dataset: Name, body: NewBaseline) -> Response:
    """Save the current state of a dataset of the server's rules file, as `idqp baseline save`."""
    with ask.writing(Action.CHANGE):
        pass
    if dataset not in {one.name for one in ask.serving.project().datasets}:
        raise Problem("not-found", "the server's rules file has no such dataset")
    baseline_saving.save(ask.serving.settings, dataset, body.baseline, ask.secret)
    with ask.admitted(Action.READ) as asked:
        rows = listing.baseline_rows(saved.snapshots(asked.store.baselines(dataset), of_runs=False))
    for row in rows:
        if row["baseline"] == body.baseline:
            return answer(timed(row), 201)
    raise Problem("not-found", "the baseline is gone")


@router.delete("/datasets/{dataset}/baselines/{baseline}", status_code=204)
def drop_baseline(ask: Asking, dataset: Name, baseline: Name) -> Response:
    """Delete a baseline."""
    with ask.writing(Action.CHANGE) as asked:
        known(asked, dataset)
        if baseline not in {one.name for one in saved.snapshots(asked.store.baselines(dataset), of_runs=False)}:
            raise Problem("not-found", "the dataset has no such baseline")
        saved.drop_snapshot(asked.store, dataset, baseline, asked.at, asked.identity.actor)
    return Response(status_code=204)
