"""A Grafana dashboard and alert rules for the metrics of idqp."""

from __future__ import annotations

from importlib import resources


def dashboard() -> str:
    """Return the dashboard as JSON, to be imported into Grafana."""
    return _text("dashboard.json")


def alert_rules() -> str:
    """Return the alert rules as YAML, to be named under Prometheus' `rule_files`."""
    return _text("alerts.yaml")


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
