"""Which tool a file is of, by the keys that only its files have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from idqp_cli.core.yaml import Node

Given = Mapping[str, Node]


def _is_list(given: Given, key: str) -> bool:
    return key in given and isinstance(given[key].value, tuple)


DBT = ("models", "sources", "seeds", "snapshots")
# In the order in which they are asked; the name is the one of --from.
SIGNS: Mapping[str, Callable[[Given], bool]] = {
    "odcs": lambda given: "dataContractSpecification" in given or ("apiVersion" in given and "schema" in given),
    "gx": lambda given: _is_list(given, "expectations"),
    "pandera": lambda given: "schema_type" in given,
    "pointblank": lambda given: _is_list(given, "steps") and "tbl" in given,
    "soda": lambda given: any(key.startswith("checks for ") for key in given) or {"dataset", "columns"} <= given.keys(),
    "dbt": lambda given: any(_is_list(given, key) for key in DBT) or {"nodes", "metadata"} <= given.keys(),
    "jsonschema": lambda given: "properties" in given and ("$schema" in given or "type" in given),
    "frictionless": lambda given: _is_list(given, "resources") or _is_list(given, "fields"),
}
LISTED: Mapping[str, Callable[[Given], bool]] = {
    "deequ": lambda given: "check" in given,
    "gx": lambda given: "expectation_type" in given,
}


def tool_of(root: Node) -> str | None:
    """Return the tool that a document is of, as --from has it; None where that is not clear."""
    first = root.value[0] if isinstance(root.value, tuple) and root.value else root
    if not isinstance(first.value, dict):
        return None
    given = first.value
    signs = SIGNS if first is root else LISTED
    return next((tool for tool, is_of in signs.items() if is_of(given)), None)
