"""The keys of each level of a Frictionless descriptor, and those that stand at another level than in the standard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache

from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.frictionless.fields import CONSTRAINTS
from idqp_cli.importing.values import NoEquivalentError

# What says how the data must be, by the level that the standard gives it.
OF_SCHEMA = frozenset({"fields", "primaryKey", "uniqueKeys", "foreignKeys", "missingValues", "fieldsMatch"})
TOLD = frozenset({"$schema", "profile", "name", "title", "description"})
SCHEMA = (
    OF_SCHEMA | TOLD | {"homepage", "version", "created", "keywords", "contributors", "licenses", "path", "sources"}
)
RESOURCE = TOLD | {
    "path", "url", "data", "type", "format", "mediatype", "encoding", "sources", "licenses", "contributors", "schema",
    "dialect", "scheme", "compression", "extrapaths", "innerpath", "control", "layout", "keywords", "homepage",
    "version", "created", "image", "id", "group", "license", "tabular",
}  # fmt: skip
FIELD = TOLD | {
    "type", "format", "example", "examples", "constraints", "categories", "categoriesOrdered", "missingValues",
    "trueValues", "falseValues", "decimalChar", "groupChar", "bareNumber", "delimiter", "itemType", "rdfType", "id",
    "unit",
}  # fmt: skip
PACKAGE = TOLD | {
    "resources", "licenses", "license", "sources", "contributors", "keywords", "homepage", "version", "created",
    "image", "id", "datapackage_version", "last_updated", "author", "maintainers", "publisher", "views", "readme",
}  # fmt: skip
# What Frictionless compares with one version of a file, by the key of a resource.
VERSION = frozenset({"bytes", "hash", "hashing", "stats"})


def schema_with(schema: Mapping[str, Node], resource: Mapping[str, Node]) -> tuple[Mapping[str, Node], list[str]]:
    """Return a schema with the keys of one that stand beside it in its resource, and these."""
    beside = [key for key in resource if key in OF_SCHEMA and key not in schema]
    return {**schema, **{key: resource[key] for key in beside}}, beside


def field_with(field: Mapping[str, Node]) -> tuple[Mapping[str, Node], list[str]]:
    """Return a field with the constraints that stand beside its `constraints`, and their names."""
    node = field.get("constraints")
    given = look.mapping(node, "constraints")
    beside = [key for key in field if key in CONSTRAINTS and key not in given]
    if not beside:
        return field, []
    all_ = {**given, **{key: field[key] for key in beside}}
    mark = node.mark if node is not None else field[beside[0]].mark
    marks = {**(node.key_marks if node is not None else {}), **{key: field[key].mark for key in beside}}
    return {**field, "constraints": Node(all_, mark, marks)}, beside


CHECKED = (OF_SCHEMA | CONSTRAINTS | {"constraints", "categories", "trueValues", "falseValues"}) - {"fields"}


def unknown(given: Mapping[str, Node], known: frozenset[str]) -> Iterator[tuple[str, Node, str | None]]:
    """Yield the keys that a level does not have, and for each the key of a check that is spelled like it, or None."""
    for key, node in given.items():
        if key not in known:
            yield key, node, key if key in CHECKED else _like(key[:100])


@lru_cache(maxsize=1000)
def _like(key: str) -> str | None:
    plain = {word.lower(): word for word in CHECKED}
    close = get_close_matches(key.lower().replace("_", "").replace("-", ""), plain, 1, 0.88)
    return plain[close[0]] if close else None


def refuse(level: str, key: str, meant: str) -> NoEquivalentError:
    """Return why a key that is spelled like another one is not taken."""
    if key == meant:
        return NoEquivalentError(f"{level} has no key '{key}'; it is one of another level")
    return NoEquivalentError(f"{level} has no key '{clean(key, 40)}'; if {meant} is meant, write that")
