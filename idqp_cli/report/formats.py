"""The formats of a report: each is one file of this package, with a pure `render`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from enum import StrEnum

from idqp_cli.core.model import Report
from idqp_cli.report.view import View


class Format(StrEnum):
    """How a report is shown; the format NAME is `idqp_cli.report.NAME`."""

    TABLE = "table"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"
    MARKDOWN = "markdown"
    GITHUB = "github"
    HTML = "html"


def render(form: Format, report: Report, view: View) -> str:
    """Return the report as text that ends with a line break."""
    # Only the format that is asked for is loaded.
    write: Callable[[Report, View], str] = importlib.import_module(f"{__package__}.{form}").render
    return write(report, view)
