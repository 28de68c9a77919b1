"""Export: writes rules for other tools, and lists rules that a tool cannot express. No I/O.

Each tool is one file with `write`. What it writes is read again by the importer
of the tool with the same meaning.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from enum import StrEnum

from idqp_cli.exporting.common import Exported, Owned


class Target(StrEnum):
    """A tool that rules are written for."""

    ODCS = "odcs"
    DBT = "dbt"
    GX = "gx"
    SODA = "soda"
    JSONSCHEMA = "jsonschema"


def write(target: Target, owned: Sequence[Owned]) -> Exported:
    """Write the rules of datasets, at least one."""
    made: Exported = importlib.import_module(f"idqp_cli.exporting.{target.name.lower()}").write(owned)
    return made
