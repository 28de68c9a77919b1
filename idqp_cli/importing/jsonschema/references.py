"""What a part of a JSON Schema says once its references and `allOf` are followed."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.values import NoEquivalentError

Given = Mapping[str, Node]
DEEPEST = 20
NULL = frozenset({"null"})


@frozen
class References:
    """Follows the references of a schema, within its file."""

    root: Node

    def followed(self, given: Given, depth: int = 0) -> Given:
        """Return a schema with what it refers to, all of `allOf`, and the one choice of `anyOf` that is not null.

        Raises:
            NoEquivalentError: a reference leads to another file, nowhere, or in circles.

        """
        if depth > DEEPEST:
            raise NoEquivalentError("its references go in circles")
        for key in ("$ref", "$dynamicRef"):
            if key in given:
                target = self._referred(look.text(given[key], key))
                rest = {one: node for one, node in given.items() if one != key}
                base = self.followed(look.mapping(target, key), depth + 1)
                if all(one in WORDS or look.plain(base[one]) == look.plain(rest[one]) for one in base.keys() & rest):
                    given = {**base, **rest}
                else:
                    # Both hold: what it refers to, and what is said beside it.
                    given = {**rest, "allOf": Node((target, *look.items(rest.get("allOf"), "allOf")), target.mark, {})}
        conditions: list[Node] = []
        for part in look.items(given.get("allOf"), "allOf"):
            if isinstance(part.value, bool):
                continue
            inner = dict(self.followed(look.mapping(part, "allOf"), depth + 1))
            # What stands together in one part stays together, and so does what is said differently before.
            apart = {key for key in inner if key in WHOLE or (key in given and not _joins(given[key], inner[key], key))}
            if apart:
                conditions.append(Node({key: inner.pop(key) for key in sorted(apart)}, part.mark, part.key_marks))
            given = {**given, **{key: merged(given.get(key), node) for key, node in inner.items()}}
        rest = {key: node for key, node in given.items() if key != "allOf"}
        if conditions:
            rest["allOf"] = Node(tuple(conditions), conditions[0].mark, {})
        return self._chosen(rest, depth)

    def _chosen(self, given: Given, depth: int) -> Given:
        """Return a schema with the only choice that is not null, instead of the choices."""
        for key in ("anyOf", "oneOf"):
            if key not in given:
                continue
            choices = look.items(given[key], key)
            said = [one for one in choices if not _is_null(one)]
            if len(said) != 1 or not isinstance(said[0].value, dict):
                continue
            inner = self.followed(look.mapping(said[0], key), depth + 1)
            rest = {one: node for one, node in given.items() if one != key}
            given = {**rest, **{one: merged(rest.get(one), node) for one, node in inner.items()}}
            if len(choices) > 1:
                given["nullable"] = Node(value=True, mark=said[0].mark, key_marks={}, text="true")
        return given

    def _referred(self, reference: str) -> Node:
        shown = clean(reference, 60)
        if not reference.startswith("#"):
            raise NoEquivalentError(f"the reference '{shown}' leads to another file")
        if reference != "#" and not reference.startswith("#/"):
            return self._anchored(self.root, reference[1:], 0, shown)
        node = self.root
        for part in reference.lstrip("#").split("/")[1:]:
            word = part.replace("~1", "/").replace("~0", "~").replace("%24", "$").replace("%20", " ")
            if isinstance(node.value, tuple) and word.isdigit() and int(word) < len(node.value):
                node = node.value[int(word)]
                continue
            inner = node.value if isinstance(node.value, dict) else {}
            if word not in inner:
                raise NoEquivalentError(f"the reference '{shown}' leads nowhere")
            node = inner[word]
        return node

    def _anchored(self, node: Node, name: str, depth: int, shown: str) -> Node:
        """Return the definition that has an anchor, or in old drafts an id."""
        own = node.value if isinstance(node.value, dict) else {}
        for key in ("$anchor", "$dynamicAnchor", "$id", "id"):
            if key in own and own[key].value in {name, f"#{name}"}:
                return node
        if depth < 1:
            for key in ("$defs", "definitions"):
                for inner in look.mapping(own.get(key), key).values():
                    try:
                        return self._anchored(inner, name, depth + 1, shown)
                    except NoEquivalentError:
                        continue
        raise NoEquivalentError(f"the reference '{shown}' leads nowhere")


# Of these the values of two schemas join, or are only words.
TOGETHER = frozenset({"properties", "required", "title", "description", "$comment", "$id", "$schema", "$defs",
                      "definitions", "examples", "default"})  # fmt: skip
WORDS = TOGETHER - {"properties", "required"}
# Each of these is said by keys that belong together.
WHOLE = frozenset({"if", "then", "else", "not", "anyOf", "oneOf", "contains", "minContains", "maxContains"})


def _joins(first: Node, second: Node, key: str) -> bool:
    """Tell whether two values of a key are said together by one."""
    return key in TOGETHER or look.plain(first) == look.plain(second)


def _is_null(node: Node) -> bool:
    if not isinstance(node.value, dict):
        return False
    kind, const = node.value.get("type"), node.value.get("const")
    return (kind is not None and kind.value == "null") or (const is not None and const.value is None)


def nullable(given: Given) -> bool:
    """Tell whether a schema lets a value be null."""
    if "const" in given:
        return given["const"].value is None
    if "enum" in given:
        return any(one.value is None for one in look.items(given["enum"], "enum"))
    return "null" in look.texts(given.get("type"), "type") or look.flag(given.get("nullable"), "nullable")


def with_null(node: Node) -> Node:
    """Return a schema whose `const: null` are a list of nothing but null, as keys that are null are left out."""
    if isinstance(node.value, tuple):
        return Node(tuple(map(with_null, node.value)), node.mark, node.key_marks, node.text)
    if not isinstance(node.value, dict):
        return node
    inner = {key: with_null(value) for key, value in node.value.items()}
    const = inner.get("const")
    if const is not None and const.value is None and "enum" not in inner:
        inner["enum"] = Node((const,), const.mark, {})
    marks = {**dict.fromkeys(inner, node.mark), **node.key_marks}
    return Node(inner, node.mark, marks, node.text)


def merged(first: Node | None, second: Node) -> Node:
    """Return what two schemas say together."""
    if first is None:
        return second
    if isinstance(first.value, dict) and isinstance(second.value, dict):
        both = {key: merged(second.value.get(key), node) for key, node in first.value.items()}
        return Node({**second.value, **both}, first.mark, {**second.key_marks, **first.key_marks})
    if isinstance(first.value, tuple) and isinstance(second.value, tuple):
        return Node((*first.value, *second.value), first.mark, {})
    return first
