"""`idqp backtest`: which alerts would a rule have fired?"""

from __future__ import annotations

from typing import Annotated

import typer

from idqp_cli.access.admission import admitted
from idqp_cli.baselines import backtest as replay
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.report import history as shown
from idqp_cli.report import listing, stdout
from idqp_cli.report.listing import Format

app = App()


@app.command()
def backtest(
    dataset: flags.RECORDED,
    rule: Annotated[str, typer.Option(metavar="RULE", help="An `anomaly` rule, or a metric without a rule.")],
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
    variables: flags.SET = None,
) -> None:
    """Judge the recorded runs again, each by the runs before it.

    It shows which alerts an anomaly rule would have raised, and what each sensitivity costs.

    Examples:
      idqp backtest orders --rule row_count
      idqp backtest orders --rule 'mean(amount)' --format json

    """
    project = options.project(rules, variables)
    with admitted(store or project.store, "backtest") as (opened, _):
        where = next((one for one in project.datasets if one.name == dataset), None)
        watched = replay.watched(opened, dataset, rule, project.rules.get(dataset, ()), where)
    alerts = [(watch, replay.alerts(replay.replayed(watch, watch.sensitivity))) for watch in watched]
    costs = replay.costs(watched)
    rows = [row for one, runs in alerts for row in shown.run_rows(one, runs)]
    match format:
        case Format.JSON:
            stdout.write(listing.as_json({"alerts": rows, "costs": shown.cost_rows(costs)}))
        case Format.CSV:
            stdout.write(listing.as_csv(rows, shown.run_columns(watched)))
        case Format.TABLE:
            stdout.show(shown.fired(alerts, costs, watched[0]))
