"""`idqp history`: how did a metric go, and what is usual?"""

from __future__ import annotations

from typing import Annotated

import typer

from idqp_cli import replay
from idqp_cli.access.admission import admitted
from idqp_cli.anomaly.choices import Sensitivity
from idqp_cli.commands import options
from idqp_cli.output import history as shown
from idqp_cli.output import listing, screen
from idqp_cli.output.listing import Format

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def history(
    dataset: Annotated[str, typer.Argument(help="A dataset that runs were recorded of.")],
    metric: Annotated[
        str | None,
        typer.Option(metavar="METRIC", help="A metric like mean(amount), or a rule.  [default: their names]"),
    ] = None,
    sensitivity: Annotated[Sensitivity | None, typer.Option(help="How wide the band is.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=replay.MOST_RUNS, help="So many of the last runs.")] = 72,
    format: options.FORMAT = Format.TABLE,  # noqa: A002 - the option's name
    rules: options.RULES = None,
    store: options.STORE = None,
    variables: options.SET = None,
) -> None:
    """Show a metric's recorded values with the band of what was usual before each."""
    project = options.project(rules, variables)
    with admitted(store or project.store, "history") as (opened, _):
        known = replay.names(opened, dataset)
        own = project.rules.get(dataset, ())
        watched = None if metric is None else replay.watched(opened, dataset, metric, own)
    if watched is None:
        listing.write([{"metric": name} for name in known], ("metric",), format, empty="no history")
        return
    runs = replay.replayed(watched, sensitivity or watched.sensitivity, limit)
    if format is Format.TABLE:
        screen.show(shown.plot(watched, runs))
    else:
        listing.write(shown.run_rows(runs), shown.RUN_COLUMNS, format, empty="")
