"""The names that are known where the shell stands: of datasets and rules, and the numbers of incidents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from idqp_cli.core import naming
from idqp_cli.core.errors import IdqpError
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node, parse

DEFAULT_RULES = "rules.yaml"
DEFAULT_STORE = ".idqp/state.db"

Tree = Mapping[str, Node]


class Here:
    """What this folder's rules file and store say; what cannot be read has no names."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Look from here, with the settings of `environment`."""
        self._environment = environment
        self._files: dict[str, Tree] = {}

    @cached_property
    def _default(self) -> str:
        return self._environment.get("IDQP_RULES") or DEFAULT_RULES

    def datasets(self, given: Mapping[str, str]) -> Iterable[str]:
        """Return the names of the datasets of the rules file."""
        return list(_tree(self._project(given).get("datasets")))

    def rules(self, given: Mapping[str, str], dataset: str | None) -> Iterable[str]:
        """Return the names of the rules of a dataset, or of all."""
        datasets = _tree(self._project(given).get("datasets"))
        chosen = [datasets[dataset]] if dataset in datasets and dataset is not None else datasets.values()
        return [name for one in chosen for name in _rules(_tree(one))]

    def incidents(self, given: Mapping[str, str]) -> Iterable[tuple[int, str]]:
        """Return the incidents that are not resolved; none of a store on a server, which may be slow to ask."""
        from idqp_cli.store import completion  # noqa: PLC0415 - only a line with incidents has to pay

        written = self._project(given).get("store")
        folder = Path(self._path(given)).resolve().parent
        named = given.get("--store") or self._environment.get("IDQP_STORE")
        store = named or (written.value if written is not None and isinstance(written.value, str) else DEFAULT_STORE)
        if "://" in store or "${" in store:
            return []
        found = completion.open_incidents(store if named else str(folder / store))
        return [(number, clean(about)) for number, about in found]

    def _path(self, given: Mapping[str, str]) -> str:
        return given.get("--rules") or given.get("-r") or self._default

    def _project(self, given: Mapping[str, str]) -> Tree:
        path = self._path(given)
        if path not in self._files:
            try:
                self._files[path] = _tree(parse(Path(path).read_text(encoding="utf-8-sig"), path))
            except (OSError, ValueError, IdqpError):
                self._files[path] = {}
        return self._files[path]


def _tree(node: Node | None) -> Tree:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _rules(dataset: Tree) -> Iterable[str]:
    listed = dataset.get("rules")
    items = listed.value if listed is not None and isinstance(listed.value, tuple) else ()
    empty = dataset.get("allow_empty")
    taken = naming.reserved(items, allow_empty=empty is not None and empty.value is True)
    for item in items:
        rule = _tree(item)
        written, kind = _text(rule.get("name")), _text(rule.get("type"))
        columns = _texts(rule.get("column")) or _texts(rule.get("columns")) or _texts(rule.get("metric"))
        if written or kind:
            name = written or naming.unnamed(kind, columns, taken)
            taken.add(name)
            yield name


def _text(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def _texts(node: Node | None) -> list[str]:
    """Return a text, or the texts of a list."""
    if node is None:
        return []
    nodes = node.value if isinstance(node.value, tuple) else (node,)
    return [one.value for one in nodes if isinstance(one.value, str)]
