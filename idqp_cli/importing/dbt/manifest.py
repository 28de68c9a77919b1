"""`manifest.json` of dbt: its tests with all of their arguments, and what they are of."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.dbt.project import Project
from idqp_cli.importing.values import NoEquivalentError, Where

KINDS = ("model", "seed", "snapshot")


def read(root: Node, path: str, project: Project) -> None:
    """Read a manifest: its models and sources as they would stand in files, and the tests below them."""
    given = look.mapping(root, "the manifest")
    nodes, sources = (look.mapping(given.get(key), key) for key in ("nodes", "sources"))
    tests: dict[str, list[Node]] = {}
    for identifier, node in nodes.items():
        with project.drafts.guarded(Where(path, node.mark), identifier):
            one = look.mapping(node, "a node")
            if look.text(one.get("resource_type"), "resource_type") == "test":
                tests.setdefault(_of(one), []).append(node)
    for identifier, node in {**nodes, **sources}.items():
        with project.drafts.guarded(Where(path, node.mark), identifier):
            one = look.mapping(node, "a node")
            kind = look.text(one.get("resource_type"), "resource_type")
            if kind in (*KINDS, "source") and (identifier in tests or kind == "source"):
                _resource(one, kind, tests.get(identifier, []), path, project)


def _of(test: Mapping[str, Node]) -> str:
    """Return the node that a test is of."""
    attached = test.get("attached_node")
    if attached is not None:
        return look.text(attached, "attached_node")
    named = look.texts(look.mapping(test.get("depends_on"), "depends_on").get("nodes"), "nodes")
    if not named:
        raise NoEquivalentError("it is of no model")
    # The model that a relationship is of stands last.
    return named[-1]


def _resource(one: Mapping[str, Node], kind: str, tests: list[Node], path: str, project: Project) -> None:
    columns = {name: look.mapping(node, name) for name, node in look.mapping(one.get("columns"), "columns").items()}
    below: dict[str | None, list[Node]] = {}
    for test in tests:
        given = look.mapping(test, "a test")
        column = look.text(given["column_name"], "column_name") if "column_name" in given else None
        below.setdefault(column, []).append(_test(given, test.mark))
    listed = [
        _mapping({**columns.get(name, {}), "name": _text(name), "tests": _list(below.get(name, []))})
        for name in dict.fromkeys([*columns, *(column for column in below if column is not None)])
    ]
    body = {
        key: one[key]
        for key in ("name", "description", "meta", "tags", "config", "constraints", "freshness", "loaded_at_field")
        if key in one
    }
    body |= {"columns": _list(listed), "tests": _list(below.get(None, []))}
    if kind == "source":
        source = {"name": one["source_name"], "tables": _list([_mapping(body)])}
        project.read(_mapping({"sources": _list([_mapping(source)])}), path)
    else:
        project.read(_mapping({"models": _list([_mapping(body)])}), path)


def _test(given: Mapping[str, Node], mark: Mark) -> Node:
    """Return a test as it would stand in a file."""
    told = look.mapping(given.get("test_metadata"), "test_metadata")
    if not told:
        return _mapping({"test_name": _text("a singular test; give its .sql file")}, mark)
    arguments = {key: node for key, node in look.mapping(told.get("kwargs"), "kwargs").items() if key != "model"}
    config = {key: node for key, node in look.mapping(given.get("config"), "config").items() if _said(key, node)}
    return _mapping({"test_name": told["name"], "arguments": _mapping(arguments), "config": _mapping(config)}, mark)


def _said(key: str, node: Node) -> bool:
    """Tell whether a setting is more than the default that a manifest writes out."""
    written = str(node.value).lower().replace(" ", "")
    return not ((key in {"error_if", "warn_if"} and written == "!=0") or (key == "fail_calc" and written == "count(*)"))


def _mapping(values: Mapping[str, Node], mark: Mark | None = None) -> Node:
    place = mark or Mark(1, 1)
    return Node(dict(values), place, {key: node.mark for key, node in values.items()})


def _list(items: list[Node]) -> Node:
    return Node(tuple(items), Mark(1, 1), {})


def _text(text: str) -> Node:
    return Node(text, Mark(1, 1), {}, text)
