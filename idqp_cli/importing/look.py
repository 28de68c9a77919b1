"""Looking into what others wrote: a value of another kind than expected is a part without an equivalent."""

from __future__ import annotations

import re
from fractions import Fraction

from idqp_cli.core.model import Scalar
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing.values import NoEquivalentError

NUMBER = re.compile(r"[-+]?(?:\d[\d_]{0,40}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][-+]?\d{1,3})?")


def mapping(node: Node | None, what: str) -> dict[str, Node]:
    """Return a mapping without the keys that are null; nothing is an empty one."""
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        raise NoEquivalentError(f"{what} must be a mapping, not {shown(node)}")
    return {key: value for key, value in node.value.items() if value.value is not None}


def items(node: Node | None, what: str) -> tuple[Node, ...]:
    """Return the items of a list; nothing is an empty one, a value alone is one item."""
    if node is None or node.value is None:
        return ()
    if isinstance(node.value, dict):
        raise NoEquivalentError(f"{what} must be a list, not {shown(node)}")
    return node.value if isinstance(node.value, tuple) else (node,)


def text(node: Node | None, what: str) -> str:
    """Return a text; a number or a boolean as it is written."""
    if node is None or node.value is None or isinstance(node.value, (dict, tuple)):
        raise NoEquivalentError(f"{what} must be text, not {'nothing' if node is None else shown(node)}")
    return node.value if isinstance(node.value, str) else node.text


def texts(node: Node | None, what: str) -> list[str]:
    """Return the texts of a list, or one text."""
    return [text(item, what) for item in items(node, what)]


def flag(node: Node | None, what: str, *, default: bool = False) -> bool:
    """Return a boolean, also one that is written as a text."""
    if node is None or node.value is None:
        return default
    if isinstance(node.value, bool):
        return node.value
    if isinstance(node.value, str) and node.value.lower() in {"true", "false"}:
        return node.value.lower() == "true"
    raise NoEquivalentError(f"{what} must be true or false, not {shown(node)}")


def number(node: Node | None, what: str) -> Fraction:
    """Return a number, exactly as it is written."""
    written = text(node, what).strip()
    return fraction(written, what)


def fraction(written: str, what: str) -> Fraction:
    """Return the number that a text is."""
    if not NUMBER.fullmatch(written):
        raise NoEquivalentError(f"{what} must be a number, not '{clean(written, 60)}'")
    return Fraction(written.replace("_", ""))


def whole(node: Node | None, what: str) -> int:
    """Return a whole number, 0 or more."""
    exact = number(node, what)
    if exact.denominator != 1 or exact < 0:
        raise NoEquivalentError(f"{what} must be a whole number, 0 or more, not {clean(str(exact), 60)}")
    return int(exact)


def value(node: Node | None, what: str) -> Scalar:
    """Return a text, a number or a boolean."""
    if node is None or node.value is None or isinstance(node.value, (dict, tuple)):
        raise NoEquivalentError(f"{what} must be a value, not {'nothing' if node is None else shown(node)}")
    return node.value


def values(node: Node | None, what: str) -> list[Scalar]:
    """Return the values of a list; a null is left out, because missing cells are for completeness."""
    return [value(item, what) for item in items(node, what) if item.value is not None]


def plain(node: Node) -> object:
    """Return a value with all that is in it, as Python has it."""
    if isinstance(node.value, dict):
        return {key: plain(inner) for key, inner in node.value.items()}
    if isinstance(node.value, tuple):
        return [plain(inner) for inner in node.value]
    return node.value


def shown(node: Node) -> str:
    """Describe a value in a line."""
    if node.value is None:
        return "nothing"
    if isinstance(node.value, dict) and node.text:
        return f"'{clean(node.text, 60)}', whose value is not in the file; code is not run"
    if isinstance(node.value, (dict, tuple)):
        return "a mapping" if isinstance(node.value, dict) else "a list"
    return f"'{clean(node.text or node.value, 60)}'"


def refuse_others(given: dict[str, Node], known: tuple[str, ...], what: str) -> None:
    """Refuse keys that would change the meaning and are not understood."""
    for key in given:
        if key not in known:
            raise NoEquivalentError(f"the key '{clean(key, 60)}' of {what} is not known")
