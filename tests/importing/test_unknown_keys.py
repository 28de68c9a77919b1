"""A key that a tool does not have, anywhere in what it writes, has a line; so has an argument in code."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from idqp_cli import importing
from idqp_cli.importing import Tool, writer
from idqp_cli.importing.values import Source, Untaken
from importing.judged import cases

STRANGE = "zzstrange"
Place = tuple[str | int, ...]


def _dbt(case: dict[str, Any]) -> object:
    column = {"name": "a", "tests": case.get("column", []), **case.get("column_keys", {})}
    columns = [column, *case.get("more_columns", [])]
    model = {"name": "t", "columns": columns, "tests": case.get("model", []), **case.get("model_keys", {})}
    return {"version": 2, "models": [model]}


def _odcs(case: dict[str, Any]) -> object:
    table = {"name": "t", "properties": case["properties"], "quality": case.get("quality")}
    return {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "x", "schema": [table]}


def _frictionless(case: dict[str, Any]) -> object:
    schema = {"fields": case["fields"], **case.get("schema", {})}
    return {"resources": [{"name": "t", "path": "t.csv", "schema": schema}]}


DOCUMENTS: Mapping[str, tuple[Tool, Callable[[dict[str, Any]], object]]] = {
    "soda": (Tool.SODA, lambda case: {"checks for t": case["checks"]}),
    "soda_contract": (Tool.SODA, lambda case: {"dataset": "w/d/t", "columns": [], **case["contract"]}),
    "dbt": (Tool.DBT, _dbt),
    "gx": (Tool.GX, lambda case: {"expectation_suite_name": "t_suite", "expectations": case["suite"]}),
    "odcs": (Tool.ODCS, _odcs),
    "jsonschema": (Tool.JSONSCHEMA, lambda case: case["schema"]),
    "frictionless": (Tool.FRICTIONLESS, _frictionless),
    "pointblank": (Tool.POINTBLANK, lambda case: {"tbl": "t", "steps": case["steps"]}),
    "provero": (Tool.PROVERO, lambda case: {"source": {"table": "t"}, "checks": case["checks"]}),
    "dqx": (Tool.DEEQU, lambda case: case["checks"]),
}


def places(node: object, at: Place = ()) -> Iterator[Place]:
    """Yield the place of each mapping in a document."""
    if isinstance(node, dict):
        yield at
        for key, inner in node.items():
            yield from places(inner, (*at, key))
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from places(inner, (*at, number))


def with_strange(document: object, place: Place) -> object:
    """Return a document with a strange key in the mapping at a place."""
    made = copy.deepcopy(document)
    node: Any = made
    for part in place:
        node = node[part]
    node[STRANGE] = 7
    return made


OWN = frozenset({
    "properties", "$defs", "dependentRequired", "variables", "attributes", "when wrong column type", "model",
    "severity_level_parameters",
})  # fmt: skip


def names_of_ones_own(place: Place) -> bool:
    """Tell whether the keys at a place are names that a file gives, or what says nothing of data."""
    last = place[-1] if place else ""
    return last in OWN or (place[:1] == ("models",) and place[-1:] == ("config",) and len(place) == 3)


def told(tool: Tool, source: Source) -> list[str]:
    """Return all that a person sees of an import."""
    found = importing.read(tool, [source], {})
    checks = [one for dataset in found.datasets for one in dataset.checks if isinstance(one, Untaken)]
    return [writer.written(found), *found.notes, *map(str, [*found.untaken, *checks])]


def silent(name: str) -> Iterator[Place]:
    """Yield the places of mappings whose strange key is told nowhere."""
    tool, make = DOCUMENTS[name]
    for case in cases(name):
        document = make(case)
        for place in places(document):
            lines = told(tool, Source("t.yml", json.dumps(with_strange(document, place))))
            if not any(STRANGE in one for one in lines) and not names_of_ones_own(place):
                yield (case["it"], *place)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_strange_key_in_a_document_is_told(name: str) -> None:
    assert not list(silent(name))


CODE: Mapping[str, tuple[Tool, str]] = {
    "pandera": (
        Tool.PANDERA,
        'import pandera as pa\nschema = pa.DataFrameSchema({"a": pa.Column(int, pa.Check.ge(0), unique=True)}, strict=True)\n',
    ),
    "model": (
        Tool.PANDERA,
        "import pandera as pa\nclass T(pa.DataFrameModel):\n    a: int = pa.Field(ge=0, nullable=True)\n",
    ),
    "pointblank": (
        Tool.POINTBLANK,
        'import pointblank as pb\npb.Validate(data=df).col_vals_gt("a", 1).rows_distinct().col_exists(columns="b")\n',
    ),
    "gx": (Tool.GX, 'gxe.ExpectColumnValuesToNotBeNull(column="a")\nv.expect_column_values_to_be_between("a", 1, 2)\n'),
    "dqx": (
        Tool.DEEQU,
        'from databricks.labs.dqx.rule import DQRowRule\nr = [DQRowRule(check_func=is_not_null, column="a", name="n")]\n',
    ),
    "deequ": (Tool.DEEQU, 'check = Check(spark, CheckLevel.Error, "t").isComplete("a").hasMin("b", lambda x: x > 1)\n'),
}
# Calls that are of no check: how a data frame is named, and the like.
NO_CHECK = frozenset({"Validate", "Check"})


def with_argument(text: str, at: int) -> str | None:
    """Return code with a strange argument in one of its calls; None beyond the last one."""
    tree = ast.parse(text)
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) not in NO_CHECK
    ]
    if at >= len(calls):
        return None
    calls[at].keywords.append(ast.keyword(STRANGE, ast.Constant(7)))
    return ast.unparse(tree)


@pytest.mark.parametrize("name", CODE)
def test_a_strange_argument_in_code_is_told(name: str) -> None:
    tool, text = CODE[name]
    at = 0
    while (changed := with_argument(text, at)) is not None:
        assert any(STRANGE in line for line in told(tool, Source("t.py", changed))), changed
        at += 1
    assert at
