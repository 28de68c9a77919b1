"""`idqp report`: how good was the data, and how well were incidents dealt with?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer

from idqp_cli import review, sweeping
from idqp_cli.access.admission import admitted
from idqp_cli.commands import filters, options
from idqp_cli.config import Project
from idqp_cli.errors import ExitCode, UsageError
from idqp_cli.output import listing, monitoring, review_page, screen
from idqp_cli.output.listing import Format
from idqp_cli.text import duration

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def report(
    since: Annotated[str, typer.Option(metavar="TIME", help="A time, or how long ago.")] = "30d",
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    grafana: Annotated[
        bool, typer.Option("--grafana", help="Print a Grafana dashboard for the metrics of check, as JSON, instead.")
    ] = False,
    prometheus_rules: Annotated[
        bool, typer.Option("--prometheus-rules", help="Print alert rules for Prometheus, as YAML, instead.")
    ] = False,
    missed: Annotated[
        bool,
        typer.Option("--missed", help="List the datasets that were not checked in their `expect_every` instead."),
    ] = False,
    rules: options.RULES = None,
    store: options.STORE = None,
) -> None:
    """Sum up incidents, how fast they were dealt with, scores and service levels.

    With --missed the exit code is 3 if a dataset was not checked in time.
    """
    if grafana + prometheus_rules + missed > 1:
        raise UsageError("say --grafana, --prometheus-rules or --missed, not two of them")
    if grafana or prometheus_rules:
        screen.write(monitoring.dashboard() if grafana else monitoring.alert_rules())
        return
    project = options.project(rules)
    now = datetime.now(UTC)
    if missed:
        _missed(project, store or project.store, now, format)
    begins = filters.ago(since, now, "--since")
    with admitted(store or project.store, "report") as (opened, _):
        events, runs = opened.events(begins), opened.runs(review.reach(project.datasets, begins, now))
    found = review.review(events, runs, project.datasets, begins, now)
    match format:
        case Format.JSON:
            screen.write(listing.as_json(review_page.as_values(found)))
        case Format.CSV:
            screen.write(listing.as_csv(review_page.rows(found), review_page.COLUMNS))
        case Format.TABLE:
            screen.show(review_page.lines(found))


def _missed(project: Project, address: str, now: datetime, form: Format) -> NoReturn:
    """List the datasets that were not checked in time, and exit."""
    with admitted(address, "report") as (opened, _):
        last = opened.last_runs(sweeping.expected(project))
    rows = [
        {
            "dataset": dataset.name,
            "last_run_at": listing.stamp(run),
            "expect_every": None if dataset.expect_every is None else duration(dataset.expect_every.total_seconds()),
        }
        for dataset, run in sweeping.overdue(project, last, now)
    ]
    listing.write(rows, ("dataset", "last_run_at", "expect_every"), form, "no dataset is overdue")
    raise typer.Exit(ExitCode.NOT_CHECKED if rows else ExitCode.PASSED)
