"""Import: reads rule files of other tools into datasets and rules, and lists checks that have no equivalent. No I/O.

Each tool is a package: `reader` has `read`, and `kinds` has `TABLES`, what each
of its kinds of check becomes. `project.adopting` checks the result with the
reader of rules.yaml, and `writer` turns it into text.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from types import ModuleType

from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import Mark
from idqp_cli.importing.foreign import documents
from idqp_cli.importing.kinds import Kind
from idqp_cli.importing.recognition import tool_of
from idqp_cli.importing.subqueries import as_queries
from idqp_cli.importing.values import Import, Source, Taken, Untaken, Where


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
    found = as_queries(read_files(sources, variables))
    if any(isinstance(check, Taken) for dataset in found.datasets for check in dataset.checks):
        return found
    others = tuple(_of_others(tool, sources))
    if others:
        # What the wrong reader noted of them says nothing.
        return replace(found, datasets=(), untaken=others, notes=())
    if found.datasets or found.untaken or not sources:
        return found
    return replace(found, untaken=(_left(sources[0], f"it contains nothing of {tool} to convert"),))


def _of_others(tool: Tool, sources: Sequence[Source]) -> Iterator[Untaken]:
    """Yield a line for each file that is plainly of another tool than the one that was named."""
    for source in sources:
        try:
            roots = documents(source.text, source.path).roots
        except RulesError:
            continue
        other = next(filter(None, map(tool_of, roots)), None)
        if other is not None and other != tool:
            yield _left(source, f"it looks like a file of {other}, not of {tool}: idqp init --from {other}")


def _left(source: Source, why: str) -> Untaken:
    return Untaken("the file", Where(source.path, Mark(1, 1)), why)


def tables_of(tool: Tool) -> Sequence[tuple[str, Sequence[Kind]]]:
    """Return what each kind of check of a tool becomes, under titles."""
    tables: Sequence[tuple[str, Sequence[Kind]]] = _module(tool, "kinds").TABLES
    return tables


def _module(tool: Tool, part: str) -> ModuleType:
    return importlib.import_module(f"idqp_cli.importing.{tool.name.lower()}.{part}")
