"""`idqp backtest`: which alerts would a rule have fired?"""

from __future__ import annotations

from typing import Annotated

import typer

from idqp_cli import replay
from idqp_cli.access.admission import admitted
from idqp_cli.commands import options
from idqp_cli.output import history as shown
from idqp_cli.output import listing, screen
from idqp_cli.output.listing import Format

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def backtest(
    dataset: Annotated[str, typer.Argument(help="A dataset that runs were recorded of.")],
    rule: Annotated[
        str, typer.Option(metavar="RULE", help="An anomaly rule; or a metric, as if there were a rule for it.")
    ],
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
    variables: options.SET = None,
) -> None:
    """Judge the recorded runs again, each by those before it: which alerts, and what each sensitivity costs."""
    project = options.project(rules, variables)
    with admitted(store or project.store, "backtest") as (opened, _):
        watched = replay.watched(opened, dataset, rule, project.rules.get(dataset, ()))
    runs = replay.alerts(replay.replayed(watched, watched.sensitivity))
    costs = replay.costs(watched)
    match format:
        case Format.JSON:
            screen.write(listing.as_json({"alerts": shown.run_rows(runs), "costs": shown.cost_rows(costs)}))
        case Format.CSV:
            screen.write(listing.as_csv(shown.run_rows(runs), shown.RUN_COLUMNS))
        case Format.TABLE:
            screen.show(shown.fired(runs, costs, watched))
