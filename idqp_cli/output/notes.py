"""All of stderr: one plain line for each thing that a person should know beside the report."""

from __future__ import annotations

import sys

from idqp_cli.text import clean

MAX_LINE = 1000


def error(message: object) -> None:
    """Say what went wrong."""
    _say(f"idqp: error: {clean(message, MAX_LINE)}")


def note(message: object) -> None:
    """Say what is good to know."""
    _say(f"idqp: {clean(message, MAX_LINE)}")


def _say(line: str) -> None:
    # With stderr closed there is nobody to tell, and the exit code still stands.
    if sys.stderr is not None:
        encoding = sys.stderr.encoding or "utf-8"
        sys.stderr.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
