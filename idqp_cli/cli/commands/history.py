"""`idqp history`: how did a metric go, and what is usual?"""

from __future__ import annotations

from typing import Annotated

import typer

from idqp_cli.access.admission import admitted
from idqp_cli.anomaly.options import Sensitivity
from idqp_cli.baselines import backtest
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.report import history as shown
from idqp_cli.report import listing, stdout
from idqp_cli.report.listing import Format

app = App()


@app.command()
def history(
    dataset: flags.RECORDED,
    metric: Annotated[
        str | None,
        typer.Option(metavar="METRIC", help="A metric like mean(amount), or a rule.  [default: list the metrics]"),
    ] = None,
    sensitivity: Annotated[Sensitivity | None, typer.Option(help="How wide the usual range is.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=backtest.MOST_RUNS, help="The number of runs, newest last.")] = 72,
    format: flags.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: flags.RULES = None,
    store: flags.STORE = None,
    variables: flags.SET = None,
) -> None:
    """Show the recorded values of a metric, and the range that was usual before each.

    Examples:
      idqp history orders
      idqp history orders --metric 'mean(amount)'
      idqp history orders --metric row_count --format csv

    """
    project = options.project(rules, variables)
    with admitted(store or project.store, "history") as (opened, _):
        known = backtest.names(opened, dataset)
        own = project.rules.get(dataset, ())
        where = next((one for one in project.datasets if one.name == dataset), None)
        watched = () if metric is None else backtest.watched(opened, dataset, metric, own, where)
    if not watched:
        listing.write([{"metric": name} for name in known], ("metric",), format, empty="no history")
        return
    runs = [(watch, backtest.replayed(watch, sensitivity or watch.sensitivity, limit)) for watch in watched]
    if format is Format.TABLE:
        for one, own_runs in runs:
            stdout.show(shown.plot(one, own_runs))
    else:
        rows = [row for one, own_runs in runs for row in shown.run_rows(one, own_runs)]
        listing.write(rows, shown.run_columns(watched), format, empty="")
