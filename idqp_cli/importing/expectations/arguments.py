"""The arguments of an expectation, which know which of them were asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from idqp_cli.core.yaml import Node


class Arguments(Mapping[str, Node]):
    """Arguments by their names; null is none."""

    def __init__(self, given: Mapping[str, Node]) -> None:
        """Take those that have a value."""
        self._given = {key: node for key, node in given.items() if node.value is not None}
        self._asked: set[str] = set()

    def __getitem__(self, name: str) -> Node:
        """Return an argument, and remember that it was asked for, also where it is not there."""
        self._asked.add(name)
        return self._given[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._given)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._given)

    def unread(self) -> list[str]:
        """Return the names that nobody asked for."""
        return [name for name in self._given if name not in self._asked]
