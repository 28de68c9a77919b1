"""Import: reads rule files of other tools into datasets and rules, and lists checks that have no equivalent. No I/O.

Each tool is a package: `reader` has `read`, and `kinds` has `TABLES`, what each
of its kinds of check becomes. `project.adopting` checks the result with the
reader of rules.yaml, and `writer` turns it into text.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import ModuleType

from idqp_cli.importing.kinds import Kind
from idqp_cli.importing.values import Import, Source


class Tool(StrEnum):
    """A tool whose rules are read."""

    SODA = "soda"
    DBT = "dbt"
    GX = "gx"
    ODCS = "odcs"
    JSONSCHEMA = "jsonschema"
    FRICTIONLESS = "frictionless"
    PANDERA = "pandera"
    DEEQU = "deequ"
    POINTBLANK = "pointblank"
    PROVERO = "provero"


def read(tool: Tool, sources: Sequence[Source], variables: Mapping[str, str]) -> Import:
    """Read the files of a tool; `variables` are those of its command line.

    Raises:
        RulesError: a file is not what the tool writes, with the place.

    """
    read_files: Callable[[Sequence[Source], Mapping[str, str]], Import] = _module(tool, "reader").read
    return read_files(sources, variables)


def tables_of(tool: Tool) -> Sequence[tuple[str, Sequence[Kind]]]:
    """Return what each kind of check of a tool becomes, under titles."""
    tables: Sequence[tuple[str, Sequence[Kind]]] = _module(tool, "kinds").TABLES
    return tables


def _module(tool: Tool, part: str) -> ModuleType:
    return importlib.import_module(f"idqp_cli.importing.{tool.name.lower()}.{part}")
