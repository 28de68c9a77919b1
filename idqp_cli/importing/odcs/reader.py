"""Data contracts: the Open Data Contract Standard (2 and 3), and the Data Contract Specification."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from idqp_cli.core.text import clean, one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.foreign import documents
from idqp_cli.importing.odcs import keys, levels, quality
from idqp_cli.importing.odcs import properties as odcs_properties
from idqp_cli.importing.soda import reader as soda
from idqp_cli.importing.values import Draft, Drafts, Import, NoEquivalentError, Source, Where

LOCAL = frozenset({"local", "file", "csv", "custom", "duckdb"})
OWNERS = re.compile(r"owner|steward|lead", re.IGNORECASE)


def is_contract(root: Node) -> bool:
    """Tell whether a document is a data contract of a kind that is read."""
    given = root.value if isinstance(root.value, dict) else {}
    kind = given.get("kind")
    return (
        (kind is not None and kind.value == "DataContract")
        or "dataContractSpecification" in given
        or ("apiVersion" in given and ("schema" in given or "dataset" in given))
    )


def read(sources: Sequence[Source], variables: Mapping[str, str]) -> Import:
    """Read data contracts.

    Raises:
        RulesError: a file is not YAML, with the place.

    """
    drafts = Drafts()
    for source in sources:
        for root in drafts.roots(source):
            with drafts.guarded(Where(source.path, root.mark), "the contract"):
                _Contract(root, source.path, variables, drafts).read()
    return drafts.done()


COLUMNS = ("properties", "columns", "fields")


class _Contract:
    """A data contract."""

    def __init__(self, root: Node, path: str, variables: Mapping[str, str], drafts: Drafts) -> None:
        self.given = look.mapping(root, "the contract")
        self.root = root
        self.path = path
        self.variables = variables
        self.drafts = drafts
        self.info = look.mapping(self.given.get("info"), "info")
        self.tags = look.texts(self.given.get("tags"), "tags")

    def read(self) -> None:
        objects = list(self._objects())
        if not objects and "quality" not in self.given:
            raise NoEquivalentError("it has no schema, models or dataset")
        for name, node, given in objects:
            where = Where(self.path, node.mark)
            with self.drafts.guarded(where, name):
                self._object(name, given, where)
        self.drafts.unread.meet(self.path, "the contract", self.given, keys.CONTRACT)
        names = [name for name, _, _ in objects]
        if "quality" in self.given:
            with self.drafts.guarded(Where(self.path, self.given["quality"].mark), "quality"):
                self._quality(names)
        levels.take(self.given, self.path, self.drafts, names)

    def _objects(self) -> list[tuple[str, Node, Mapping[str, Node]]]:
        """Return the tables: their names, where they stand, and what is said of them."""
        objects: list[tuple[str, Node, Mapping[str, Node]]] = []
        schema = self.given.get("schema")
        if schema is not None and isinstance(schema.value, dict):
            return self._without_list(schema)
        for item in look.items(schema or self.given.get("dataset"), "schema"):
            one = look.mapping(item, "an object of the schema")
            name = one.get("name") or one.get("physicalName") or one.get("table")
            objects.append((look.text(name, "the name of an object"), item, one))
        models = self.given.get("models") or self.given.get("schemas")
        if models is not None and isinstance(models.value, dict):
            objects += [(name, node, look.mapping(node, name)) for name, node in look.mapping(models, "models").items()]
        return objects

    def _without_list(self, schema: Node) -> list[tuple[str, Node, Mapping[str, Node]]]:
        """Return the tables of a schema that is no list: one table, its columns, or tables by their names."""
        one = look.mapping(schema, "schema")
        inner = {name: node.value for name, node in one.items() if isinstance(node.value, dict)}
        if odcs_properties.first(one, *COLUMNS) is None:
            if len(inner) != len(one):
                raise NoEquivalentError("schema is neither a list of tables nor a mapping of columns")
            if inner and all(odcs_properties.first(look.mapping(one[name], name), *COLUMNS) for name in inner):
                return [(name, one[name], look.mapping(one[name], name)) for name in inner]
            one = {"fields": schema} if inner else {}
        # It is named as the contract is.
        name = one.get("name") or one.get("physicalName") or self.given.get("name") or self.given.get("id")
        return [(look.text(name, "the name of the contract"), schema, one)] if one else []

    def _object(self, name: str, given: Mapping[str, Node], where: Where) -> None:
        draft = self.drafts.of(name)
        draft.unread.meet(self.path, "a table", given, keys.TABLE)
        draft.tags = tuple(dict.fromkeys([*self.tags, *look.texts(given.get("tags"), "tags")]))
        if "physicalName" in given:
            draft.aliases = (look.text(given["physicalName"], "physicalName").rpartition(".")[2],)
        self._describe(draft, given)
        self._server(draft, name)
        properties = odcs_properties.Table(draft, self.path, given, self._definitions(), self._other)
        properties.take(where)
        for column, node in properties.quality():
            self._checks(draft, node, column)

    def _checks(self, draft: Draft, node: Node | None, column: str | None) -> None:
        quality.take(draft, node, column, self.path, self.variables, self.drafts)

    def _other(self, name: str) -> str:
        return self.drafts.named(name).name

    def _definitions(self) -> Mapping[str, Node]:
        return look.mapping(self.given.get("definitions"), "definitions")

    def _describe(self, draft: Draft, given: Mapping[str, Node]) -> None:
        told = given.get("description") or self.given.get("description") or self.info.get("description")
        if told is not None and isinstance(told.value, dict):
            inner = look.mapping(told, "description")
            told = inner.get("purpose") or inner.get("usage")
        if told is not None and isinstance(told.value, str) and told.value.strip():
            draft.keys["description"] = one_line(told.value)
        owner = self._owner()
        if owner:
            draft.keys["owner"] = owner

    def _owner(self) -> str | None:
        """Return whom to ask: who owns the contract, or the team."""
        if "owner" in self.info:
            return look.text(self.info["owner"], "owner")
        team = self.given.get("team") or self.given.get("stakeholders")
        if team is not None and isinstance(team.value, dict):
            inner = look.mapping(team, "team")
            if "name" in inner:
                return look.text(inner["name"], "team")
            team = inner.get("members")
        people = [look.mapping(item, "a member") for item in look.items(team, "team") if isinstance(item.value, dict)]
        owners = [one for one in people if "role" in one and OWNERS.search(look.text(one["role"], "role"))]
        for one in [*owners, *people]:
            name = one.get("username") or one.get("email") or one.get("name")
            if name is not None:
                return look.text(name, "a member")
        contact = look.mapping(self.info.get("contact"), "contact")
        told = contact.get("email") or contact.get("name") or self.given.get("owner")
        return None if told is None else look.text(told, "contact")

    def _server(self, draft: Draft, name: str) -> None:
        """Take where the files are, from a server that is a folder; a password may stand in any of them."""
        servers = self.given.get("servers")
        if servers is None or servers.value is None:
            return
        listed = (
            list(servers.value.values()) if isinstance(servers.value, dict) else list(look.items(servers, "servers"))
        )
        for node in listed:
            if not isinstance(node.value, dict):
                continue
            one = look.mapping(node, "a server")
            kind = look.text(one["type"], "type").lower() if "type" in one else ""
            told = one.get("path") or one.get("location")
            if kind not in LOCAL or told is None or not isinstance(told.value, str):
                continue
            draft.keys["path"] = re.sub(r"\{(?:model|object|table)\}", name, told.value)
            mark = one.get("delimiter")
            if mark is not None and isinstance(mark.value, str) and mark.value not in {"new_line", "array"}:
                draft.read("delimiter", mark.value)
            return

    def _quality(self, names: Sequence[str]) -> None:
        """Take the checks of the whole contract: SodaCL, or checks that name their table."""
        node = self.given["quality"]
        given = node.value if isinstance(node.value, dict) else {}
        if "specification" in given or "type" in given:
            kind = look.text(given.get("type"), "type").lower() if "type" in given else ""
            specification = given.get("specification")
            if specification is not None and ("soda" in kind or _is_soda(specification)):
                for root in self._specified(specification):
                    soda.block(root, self.path, self.variables, self.drafts)
            elif "tests" not in given and not _empty(given.get("checks")):
                raise NoEquivalentError(f"quality of the type '{clean(kind, 40)}' is not read")
            if "tests" in given:
                self._tests(given["tests"], specification, names)
            return
        if isinstance(node.value, dict):
            for name, inner in given.items():
                self.drafts.leave(Where(self.path, node.key_marks[name]), f"quality: {name}", _house(inner))
            return
        if len(names) != 1:
            raise NoEquivalentError("which table the checks are of is not said")
        self._checks(self.drafts.of(names[0]), node, None)

    def _tests(self, node: Node, specification: Node | None, names: Sequence[str]) -> None:
        """Take a list of tests, which the standard does not have: of the one table, or of the one that is told."""
        told = look.mapping(specification, "specification") if specification is not None else {}
        named = look.text(told["table"], "table") if "table" in told else names[0] if len(names) == 1 else ""
        if named not in names:
            raise NoEquivalentError("which table the tests are of is not said")
        self._checks(self.drafts.of(named), node, None)

    def _specified(self, node: Node) -> Sequence[Node]:
        """Return the documents of a specification, which may be text in the text."""
        if isinstance(node.value, dict):
            return [node]
        text = look.text(node, "specification")
        # Its lines come after that of the key.
        return documents("\n" * node.mark.line + text, self.path, old_words=False).roots


def _is_soda(node: Node) -> bool:
    """Tell whether a specification is SodaCL, whatever it is called."""
    if isinstance(node.value, dict):
        return any(name.startswith("checks for ") for name in node.value)
    return isinstance(node.value, str) and "checks for " in node.value


def _empty(node: Node | None) -> bool:
    return node is not None and node.value in (None, (), {})


def _house(node: Node) -> str:
    return "the standard has no such form" if node.value is not None else "it is empty"
