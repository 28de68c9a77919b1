"""Frictionless: Data Packages, Data Resources and Table Schemas."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.core import type_families
from idqp_cli.core.text import clean, one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, rule_keys
from idqp_cli.importing.foreign import documents
from idqp_cli.importing.frictionless import fields as fields_of
from idqp_cli.importing.frictionless import places
from idqp_cli.importing.frictionless.fields import CONSTRAINTS, Field, missing_values
from idqp_cli.importing.values import Draft, Drafts, Import, Keys, NoEquivalentError, Source, Where

SCHEMAS = (".json", ".yaml", ".yml")
MATCH = {
    "exact": {"ordered": True}, "equal": {}, "subset": {"allow_extra": True}, "superset": {"optional": True},
    "partial": {"optional": True, "allow_extra": True},
}  # fmt: skip


def read(sources: Sequence[Source], variables: Mapping[str, str]) -> Import:  # noqa: ARG001 - it has none
    """Read descriptors.

    Raises:
        RulesError: a file is neither JSON nor YAML, with the place.

    """
    drafts = Drafts()
    schemas = {os.path.normpath(source.path): source for source in sources}
    referred = {path for source in sources for path in _referred(source)}
    for source in sources:
        if os.path.normpath(source.path) in referred:
            continue
        for root in drafts.roots(source):
            with drafts.guarded(Where(source.path, root.mark), "the descriptor"):
                _descriptor(root, source, schemas, drafts)
    return drafts.done()


def _referred(source: Source) -> Iterator[str]:
    """Yield the files of the schemas that a package names."""
    for root in documents(source.text, source.path).roots:
        given = root.value if isinstance(root.value, dict) else {}
        resources = given.get("resources")
        listed = resources.value if resources is not None and isinstance(resources.value, tuple) else (root,)
        for item in listed:
            schema = item.value.get("schema") if isinstance(item.value, dict) else None
            if schema is not None and isinstance(schema.value, str):
                yield os.path.normpath(os.path.join(os.path.dirname(source.path), schema.value))


def _descriptor(root: Node, source: Source, schemas: Mapping[str, Source], drafts: Drafts) -> None:
    given = look.mapping(root, "the descriptor")
    # The resources of a schema are examples of it.
    if "resources" in given and "fields" not in given:
        drafts.unread.meet(source.path, "a package", given, places.PACKAGE)
        for item in look.items(given["resources"], "resources"):
            with drafts.guarded(Where(source.path, item.mark), "a resource"):
                _Resource(look.mapping(item, "a resource"), item, source, schemas, drafts, given).read()
    elif "schema" in given or ("path" in given and "fields" not in given):
        _Resource(given, root, source, schemas, drafts, {}).read()
    elif "fields" in given:
        stem = source.path.replace("\\", "/").rpartition("/")[2].split(".")[0]
        name = given.get("name") or Node(stem, root.mark, {}, stem)
        inner = {"name": name, "schema": root}
        path = given.get("path")
        # Schemas that are published name their own place.
        if path is not None and not str(path.value).endswith(SCHEMAS):
            inner["path"] = path
        _Resource(inner, root, source, schemas, drafts, {}).read()
    else:
        raise NoEquivalentError("it has no resources, schema or fields")


class _Resource:
    """A table of a package."""

    def __init__(
        self,
        given: Mapping[str, Node],
        node: Node,
        source: Source,
        schemas: Mapping[str, Source],
        drafts: Drafts,
        package: Mapping[str, Node],
    ) -> None:
        self.given = given
        self.where = Where(source.path, node.mark)
        self.source = source
        self.schemas = schemas
        self.drafts = drafts
        self.package = package

    def read(self) -> None:
        draft = self.drafts.of(self._name())
        self._describe(draft)
        self._files(draft)
        schema, path = self._schema()
        self._strange(
            draft, self.given, places.RESOURCE | places.VERSION | places.OF_SCHEMA, "a resource", self.source.path
        )
        if not schema:
            return
        self._strange(draft, schema, places.SCHEMA, "a schema", path)
        for key in sorted(places.OF_SCHEMA & schema.keys() & self.given.keys()) if "schema" in self.given else ():
            self.drafts.notes.append(f"{self.where}: {key} stands at two places; the one in schema is read")
        schema, beside = places.schema_with(schema, self.given)
        self._beside(draft, beside, "schema")
        fields = [
            (self._field(draft, look.mapping(item, "a field"), path), Where(path, item.mark))
            for item in look.items(schema.get("fields"), "fields")
        ]
        self._missing(draft, schema)
        names = [look.text(field.get("name"), "the name of a field") for field, _ in fields]
        draft.take(self.where, "fields", lambda: [self._columns(names, fields, schema)])
        for name, (field, where) in zip(names, fields, strict=True):
            Field(draft, name, field, where).take()
        _keys(draft, schema, self.where, fields, self.drafts)

    def _field(self, draft: Draft, given: Mapping[str, Node], path: str) -> Mapping[str, Node]:
        """Return a field with all of its constraints, and say which keys it has that fields do not have."""
        self._strange(draft, given, places.FIELD | CONSTRAINTS, "a field", path)
        field, beside = places.field_with(given)
        self._beside(draft, beside, "constraints")
        return field

    def _beside(self, draft: Draft, names: Sequence[str], inside: str) -> None:
        for name in names:
            told = f"{name} stands beside {inside}, where the standard does not read it; it is taken as if inside"
            draft.remarks.append(told)
            self.drafts.notes.append(f"{self.where}: {told}")

    def _strange(self, draft: Draft, given: Mapping[str, Node], known: frozenset[str], level: str, path: str) -> None:
        """Say which keys are not read: as a check that is not converted, where one is spelled like a check."""
        for key, node, meant in places.unknown(given, known):
            if meant is not None:
                draft.leave(Where(path, node.mark), f"{level}: {clean(key, 40)}", str(places.refuse(level, key, meant)))
                continue
            told = f": {level} has no key '{clean(key, 40)}'; not read"
            if not any(note.endswith(told) for note in self.drafts.notes):
                self.drafts.notes.append(f"{Where(path, node.mark)}{told}")
        version = sorted(key for key in given if key in places.VERSION - {"hashing"}) if level == "a resource" else []
        if version:
            self.drafts.notes.append(f"{self.where}: {', '.join(version)} is of one version of the file; not checked")

    def _name(self) -> str:
        """Return the name of the resource, or that of its file, as packages before 1.0 have it."""
        if "name" in self.given:
            return look.text(self.given["name"], "the name of a resource")
        paths = look.texts(self.given.get("path") or self.given.get("url"), "path")
        stem = paths[0].rpartition("/")[2].split(".")[0] if paths else ""
        if not stem:
            raise NoEquivalentError("it has neither a name nor a path")
        return stem

    def _describe(self, draft: Draft) -> None:
        for given in (self.given, self.package):
            told = given.get("description") or given.get("title")
            if (
                told is not None
                and isinstance(told.value, str)
                and told.value.strip()
                and "description" not in draft.keys
            ):
                draft.keys["description"] = one_line(told.value)
            for item in look.items(given.get("contributors"), "contributors"):
                one = item.value if isinstance(item.value, dict) else {}
                name = one.get("email") or one.get("title")
                if name is not None and "owner" not in draft.keys:
                    draft.keys["owner"] = look.text(name, "a contributor")

    def _files(self, draft: Draft) -> None:
        paths = look.texts(self.given.get("path"), "path")
        if paths:
            folder = os.path.dirname(self.source.path)
            draft.keys["path"] = os.path.join(folder, paths[0]) if "://" not in paths[0] else paths[0]
        if len(paths) > 1:
            draft.remarks.append(f"the data is in {len(paths)} files; write a glob: {', '.join(map(clean, paths[:5]))}")
        dialect = look.mapping(self.given.get("dialect"), "dialect") if self._inline("dialect") else {}
        inner = {**dialect, **look.mapping(dialect.get("csv"), "csv")}
        for key, ours in (("delimiter", "delimiter"), ("quoteChar", "quote"), ("commentChar", "comment")):
            if key in inner:
                draft.read(ours, look.text(inner[key], key))
        if "escapeChar" in inner:
            draft.read("escape", look.text(inner["escapeChar"], "escapeChar"))
        if "header" in inner and not look.flag(inner["header"], "header", default=True):
            draft.read("header", False)
        encoding = self.given.get("encoding")
        if encoding is not None and look.text(encoding, "encoding").lower().replace("_", "-") not in {"utf-8", "utf8"}:
            draft.read("encoding", look.text(encoding, "encoding"))

    def _inline(self, key: str) -> bool:
        return key in self.given and isinstance(self.given[key].value, dict)

    def _schema(self) -> tuple[Mapping[str, Node], str]:
        """Return the schema, which may be in a file that is given too."""
        node = self.given.get("schema")
        if node is None and "fields" in self.given:
            return {"fields": self.given["fields"]}, self.source.path
        if node is None:
            self.drafts.notes.append(f"{self.where}: the resource has no schema")
            return {}, self.source.path
        if isinstance(node.value, str):
            path = os.path.normpath(os.path.join(os.path.dirname(self.source.path), node.value))
            source = self.schemas.get(path)
            if source is None:
                raise NoEquivalentError(f"its schema is in {clean(node.value, 60)}; give that file too")
            (root,) = documents(source.text, source.path).roots[:1] or (node,)
            return look.mapping(root, "the schema"), source.path
        return look.mapping(node, "the schema"), self.source.path

    def _missing(self, draft: Draft, schema: Mapping[str, Node]) -> None:
        words = missing_values(schema.get("missingValues")) if "missingValues" in schema else [""]
        if words:
            draft.read("missing_values", words)

    def _columns(
        self, names: Sequence[str], fields: Sequence[tuple[Mapping[str, Node], Where]], schema: Mapping[str, Node]
    ) -> Keys:
        match = look.texts(schema.get("fieldsMatch"), "fieldsMatch") or ["exact"]
        if match[0] not in MATCH:
            raise NoEquivalentError(f"fieldsMatch '{clean(match[0], 40)}' is not known")
        keys: dict[str, object] = dict(MATCH[match[0]])
        optional = bool(keys.pop("optional", False))
        columns: dict[str, object] = {}
        for name, (field, _) in zip(names, fields, strict=True):
            kind = type_families.TEXT if fields_of.is_text(field) else "any"
            more = {} if kind == "any" else {"type": kind}
            columns[name] = {**more, "required": False} if optional else kind
        return rule_keys.schema(columns, **keys)


def _keys(
    draft: Draft,
    schema: Mapping[str, Node],
    where: Where,
    fields: Sequence[tuple[Mapping[str, Node], Where]],
    drafts: Drafts,
) -> None:
    """Take the keys: the primary one, other unique ones, and those of other resources."""
    names = look.texts(schema.get("primaryKey"), "primaryKey")
    if names:
        draft.keys["key"] = names
        required = {
            look.text(field.get("name"), "name")
            for field, _ in fields
            if look.flag(look.mapping(field.get("constraints"), "constraints").get("required"), "required")
        }
        left = [name for name in names if name not in required]
        rules = [rule_keys.rule("unique", names), *([rule_keys.rule("completeness", left)] if left else [])]
        draft.take(where, "primaryKey", lambda: rules)
    for item in look.items(schema.get("uniqueKeys"), "uniqueKeys"):
        columns = look.texts(item, "uniqueKeys")
        draft.take(where, "uniqueKeys", lambda columns=columns: [rule_keys.rule("unique", columns, nulls="compare")])  # type: ignore[misc]
    for item in look.items(schema.get("foreignKeys"), "foreignKeys"):
        place = Where(where.path, item.mark)
        draft.take(place, "foreignKeys", lambda item=item: [_foreign(item, draft, drafts)])  # type: ignore[misc]


def _foreign(item: Node, draft: Draft, drafts: Drafts) -> Keys:
    given = look.mapping(item, "a foreign key")
    reference = look.mapping(given.get("reference"), "reference")
    look.refuse_others(given, ("fields", "reference", "name", "title", "description"), "a foreign key")
    look.refuse_others(reference, ("resource", "fields", "package", "url", "name"), "the reference of a foreign key")
    if "package" in reference:
        raise NoEquivalentError("it refers to another package")
    own, to = look.texts(given.get("fields"), "fields"), look.texts(reference.get("fields"), "fields")
    if not own or len(own) != len(to):
        raise NoEquivalentError("it needs as many fields on both sides")
    resource = look.text(reference["resource"], "resource") if "resource" in reference else ""
    dataset = drafts.named(resource).name if resource else draft.name
    return rule_keys.rule("references", own, dataset=dataset, to=None if own == to else to)
