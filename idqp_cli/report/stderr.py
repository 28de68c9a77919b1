"""All of stderr: one plain line for each thing that a person should know beside the report.

With `IDQP_LOG=json` each line is a log record instead, and each run leaves its own.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime

from idqp_cli.core.model import Report
from idqp_cli.core.text import clean, in_json

MAX_LINE = 1000
LOG = "IDQP_LOG"


def error(message: object) -> None:
    """Say what went wrong."""
    _say("error", clean(message, MAX_LINE))


def note(message: object) -> None:
    """Say what is good to know."""
    _say("info", clean(message, MAX_LINE))


def seen() -> bool:
    """Tell whether a person reads stderr at a terminal."""
    return sys.stderr is not None and sys.stderr.isatty() and not logged()


def logged() -> bool:
    """Tell whether a program reads stderr as log records."""
    return os.environ.get(LOG) == "json"


def log(report: Report) -> None:
    """Leave the records of a run, where logs are asked for."""
    if logged():
        from idqp_cli.report import ecs_log  # noqa: PLC0415 - only who asks for logs has to pay

        for record in ecs_log.records(report, datetime.now(UTC)):
            _write(in_json(json.dumps(record)))


def _say(level: str, message: str) -> None:
    if logged():
        from idqp_cli.report import ecs_log  # noqa: PLC0415

        _write(in_json(json.dumps(ecs_log.record(datetime.now(UTC), level, message))))
    else:
        _write(f"idqp: error: {message}" if level == "error" else f"idqp: {message}")


def _write(line: str) -> None:
    # With stderr closed there is nobody to tell, and the exit code still stands.
    if sys.stderr is not None:
        encoding = sys.stderr.encoding or "utf-8"
        sys.stderr.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
