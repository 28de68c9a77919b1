"""Nodes of the rules file with the places where they stand, and refusals that name the place; pure."""

from __future__ import annotations

from collections.abc import Iterable

from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean, nearest
from idqp_cli.core.yaml import Node


class Place:
    """Where in the rules file a value stands: the path, and the words that lead to it."""

    def __init__(self, path: str, *words: str) -> None:
        self.path = path
        self.words = words

    def at(self, word: str) -> Place:
        """Return the place one word deeper."""
        return Place(self.path, *self.words, word)

    def error(self, mark: Mark, message: str) -> RulesError:
        """Say what is wrong at `mark` of this place."""
        return RulesError(
            self.path, mark.line, mark.column, ": ".join([*(clean(word, 60) for word in self.words), message])
        )


def mapping(node: Node, place: Place) -> dict[str, Node]:
    """Read a mapping."""
    if not isinstance(node.value, dict):
        raise place.error(node.mark, f"must be a mapping (key: value), not {shown(node)}")
    return node.value


def keys(node: Node, place: Place, known: Iterable[str]) -> dict[str, Node]:
    """Read a mapping that has no other keys than `known`; a null value counts as absent."""
    values = mapping(node, place)
    known = list(known)
    for key in values:
        if key not in known:
            near = nearest(key, known)
            hint = f"did you mean '{near}'?" if near else f"known keys: {', '.join(known)}"
            raise place.error(node.key_marks[key], f"unknown key '{clean(key, 60)}'; {hint}")
    return {key: value for key, value in values.items() if value.value is not None}


def items(node: Node, place: Place) -> tuple[Node, ...]:
    """Read a list."""
    if not isinstance(node.value, tuple):
        raise place.error(node.mark, f"must be a list, not {shown(node)}")
    return node.value


def marks(key: str, node: Node) -> dict[str, Mark]:
    """Return where the value of `key` stands and, as `key.0` and so on, where each item of it does."""
    listed = node.value if isinstance(node.value, tuple) else (node,)
    return {key: node.mark} | {f"{key}.{number}": item.mark for number, item in enumerate(listed)}


def shown(node: Node) -> str:
    """Describe a value in an error line."""
    match node.value:
        case None:
            return "null"
        case tuple():
            return "a list"
        case dict():
            return "a mapping"
        case bool():
            return str(node.value).lower()
        case _:
            return f"'{clean(node.value, 60)}'"
