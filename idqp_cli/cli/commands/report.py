"""`idqp report`: how good was the data, and how well were incidents dealt with?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer

from idqp_cli.access.admission import admitted
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core.errors import ExitCode, UsageError
from idqp_cli.core.moments import ago
from idqp_cli.core.text import duration, stamp_or_none
from idqp_cli.incidents import review
from idqp_cli.pipeline import sweep
from idqp_cli.project.project import Project
from idqp_cli.report import listing, monitoring, review_page, stdout
from idqp_cli.report.listing import Format

app = App()


@app.command()
def report(
    since: Annotated[
        str, typer.Option(metavar="TIME", help="The start of the period: a time, or an age like 7d.")
    ] = "30d",
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    grafana: Annotated[
        bool,
        typer.Option("--grafana", help="Print a Grafana dashboard for the metrics of `idqp check`, as JSON, instead."),
    ] = False,
    prometheus_rules: Annotated[
        bool, typer.Option("--prometheus-rules", help="Print alert rules for Prometheus, as YAML, instead.")
    ] = False,
    missed: Annotated[
        bool,
        typer.Option("--missed", help="List the datasets that were not checked within their `expect_every`, instead."),
    ] = False,
    rules: flags.RULES = None,
    store: flags.STORE = None,
) -> None:
    """Sum up incidents, response times, scores and service levels over a period.

    Examples:
      idqp report --since 90d
      idqp report --missed
      idqp report --grafana > dashboard.json

    """
    if grafana + prometheus_rules + missed > 1:
        raise UsageError("say --grafana, --prometheus-rules or --missed, not two of them")
    if grafana or prometheus_rules:
        stdout.write(monitoring.dashboard() if grafana else monitoring.alert_rules())
        return
    project = options.project(rules)
    now = datetime.now(UTC)
    if missed:
        _missed(project, store or project.store, now, format)
    begins = ago(since, now, "--since")
    with admitted(store or project.store, "report") as (opened, _):
        events, runs = opened.events(begins), opened.runs(review.reach(project.datasets, begins, now))
    facts = review.review(events, runs, project.datasets, begins, now)
    match format:
        case Format.JSON:
            stdout.write(listing.as_json(review_page.as_values(facts)))
        case Format.CSV:
            stdout.write(listing.as_csv(review_page.rows(facts), review_page.COLUMNS))
        case Format.TABLE:
            stdout.show(review_page.lines(facts))


def _missed(project: Project, address: str, now: datetime, form: Format) -> NoReturn:
    """List the datasets that were not checked in time, and exit."""
    with admitted(address, "report") as (opened, _):
        last = opened.last_runs(sweep.expected(project))
    rows = [
        {
            "dataset": dataset.name,
            "last_run_at": stamp_or_none(run),
            "expect_every": None if dataset.expect_every is None else duration(dataset.expect_every.total_seconds()),
        }
        for dataset, run in sweep.overdue(project, last, now)
    ]
    listing.write(rows, ("dataset", "last_run_at", "expect_every"), form, "no dataset is overdue")
    raise typer.Exit(ExitCode.NOT_CHECKED if rows else ExitCode.PASSED)
