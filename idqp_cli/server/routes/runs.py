"""Runs with their results, and scores by day."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from idqp_cli.core.moments import ago
from idqp_cli.core.text import stamp
from idqp_cli.incidents.review import review
from idqp_cli.server.asking import Asked, Asking
from idqp_cli.server.plain import page, timed
from idqp_cli.server.problems import Problem
from idqp_cli.server.shapes import After, Limit, Name, Names, Page, Shape, Since
from idqp_cli.store.values import RecordedRun, RunsWanted

router = APIRouter(tags=["runs"])
# A run has one row for each dataset; nobody has more of them.
MOST_DATASETS = 100_000
WORST = ("failed", "error", "passed")


class RunShape(Shape):
    """What a run said of one dataset; all datasets of the run share `run`."""

    id: int
    run: str
    dataset: str
    at: str
    actor: str
    status: str
    score: float | None
    rows: int | None


class ResultShape(Shape):
    """What a rule said."""

    rule: str
    segment: str | None
    status: str
    value: float | None
    rows_evaluated: int | None
    rows_failed: int | None


class DatasetOfRun(RunShape):
    """What a run said of one dataset, and each of its rules."""

    results: list[ResultShape]


class WholeRun(Shape):
    """A run."""

    run: str
    at: str
    actor: str
    status: str
    datasets: list[DatasetOfRun]


class DayScore(Shape):
    """The mean score of a day."""

    day: str
    score: float


class DatasetScores(Shape):
    """The scores of a dataset, oldest first."""

    dataset: str
    scores: list[DayScore]


class Scores(Shape):
    """The scores of all datasets since a time."""

    since: str
    until: str
    datasets: list[DatasetScores]


@router.get("/runs", response_model=Page[RunShape])
def list_runs(
    ask: Asking,
    dataset: Names = None,
    status: Annotated[list[Literal["passed", "failed", "error"]] | None, Query(max_length=3)] = None,
    since: Since = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """List runs, one row for each dataset, newest first."""

    def listed(asked: Asked) -> object:
        wanted = RunsWanted(
            limit=limit + 1,
            datasets=tuple(dataset or ()),
            statuses=tuple(status or ()),
            since=None if since is None else ago(since, asked.at, "since"),
            before=after,
        )
        found = asked.store.recorded_runs(wanted)
        return page(map(_row, found[:limit]), str(found[limit - 1].number) if len(found) > limit else None)

    return ask.read(listed)


@router.get("/runs/{run}", response_model=WholeRun)
def show_run(ask: Asking, run: Name) -> Response:
    """Show a run with what it said of each dataset and rule."""

    def shown(asked: Asked) -> object:
        found = asked.store.recorded_runs(RunsWanted(MOST_DATASETS, run=run))
        if not found:
            raise Problem("not-found", "the store has no such run")
        results = asked.store.results_of(run)
        status = min((one.status for one in found), key=WORST.index)
        return {
            **timed({"run": run, "at": stamp(found[0].at), "actor": found[0].actor, "status": status}),
            "datasets": [
                {**timed(_row(one)), "results": [vars(result) for result in results.get(one.dataset, ())]}
                for one in reversed(found)
            ],
        }

    return ask.read(shown)


@router.get("/scores", response_model=Scores)
def show_scores(ask: Asking, since: Since = "30d") -> Response:
    """Return the mean score of each dataset and day."""

    def shown(asked: Asked) -> object:
        begins = ago(since or "30d", asked.at, "since")
        facts = review((), asked.store.runs(begins), (), begins, asked.at)
        return {
            **timed({"since": stamp(begins), "until": stamp(asked.at)}),
            "datasets": [
                {"dataset": one.dataset, "scores": [{"day": str(day), "score": score} for day, score in one.scores]}
                for one in facts.datasets
            ],
        }

    return ask.read(shown)


def _row(run: RecordedRun) -> dict[str, object]:
    return {
        "id": run.number, "run": run.run, "dataset": run.dataset, "at": stamp(run.at), "actor": run.actor,
        "status": run.status, "score": run.score, "rows": run.rows,
    }  # fmt: skip
