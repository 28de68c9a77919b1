"""`idqp report`: what other programs need to show idqp's metrics."""

from __future__ import annotations

from typing import Annotated

import typer

from idqp_cli.errors import UsageError
from idqp_cli.output import monitoring, screen

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def report(
    grafana: Annotated[bool, typer.Option("--grafana", help="A Grafana dashboard, as JSON.")] = False,
    prometheus_rules: Annotated[
        bool, typer.Option("--prometheus-rules", help="Alert rules for Prometheus, as YAML.")
    ] = False,
) -> None:
    """Print a dashboard or alert rules for the metrics of `check --metrics-file` and `--push`."""
    if grafana == prometheus_rules:
        raise UsageError("say --grafana or --prometheus-rules")
    screen.write(monitoring.dashboard() if grafana else monitoring.alert_rules())
