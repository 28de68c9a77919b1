"""What a dbt project states about models, columns and tests: tags, meta, and whether they are enabled."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.jinja import Template, Unknown, UnsetError

PII = ("pii", "contains_pii", "is_pii", "sensitive")


def enabled(given: Mapping[str, Node], template: Template) -> bool:
    """Tell whether something is enabled; it is if that depends on a variable without a value."""
    node = given.get("enabled")
    if node is None:
        return True
    value = switch(node, template)
    if value is None:
        return True
    return value not in {False, "false", "False", ""}


def switch(node: Node, template: Template) -> object:
    """Return whether something is enabled; None where that depends on what only a run of dbt knows."""
    try:
        value = template.one(node.value) if isinstance(node.value, str) else node.value
    except UnsetError:
        return None
    return None if isinstance(value, Unknown) else "" if value is None else value


def tags(given: Mapping[str, Node]) -> list[str]:
    """Return the tags."""
    return [tag for tag in look.texts(given.get("tags"), "tags") if tag.strip()]


def meta_tags(config: Mapping[str, Node]) -> list[str]:
    """Return the texts and numbers of `meta` as tags: `name:value`."""
    texts = []
    meta = config.get("meta")
    for name, node in meta.value.items() if meta is not None and isinstance(meta.value, dict) else ():
        for item in node.value if isinstance(node.value, tuple) else (node,):
            texts += [f"{name}:{item.text or item.value}"] if isinstance(item.value, (str, int, float)) else []
    return texts


def personal(given: Mapping[str, Node]) -> bool:
    """Tell whether `meta` marks personal data."""
    meta = given.get("meta")
    inner = meta.value if meta is not None and isinstance(meta.value, dict) else {}
    return any(
        name.lower() in PII and node.value in {True, "true", "yes"}
        for name, node in inner.items()
        if not isinstance(node.value, (dict, tuple))
    )
