"""JSON Schema of rows: what each property must be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from idqp_cli.core.text import one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, rule_keys
from idqp_cli.importing.jsonschema import cells, inside
from idqp_cli.importing.jsonschema.holds import Holds, Part
from idqp_cli.importing.jsonschema.inside import Place
from idqp_cli.importing.jsonschema.keywords import SAYS_NOTHING
from idqp_cli.importing.jsonschema.references import References, nullable, with_null
from idqp_cli.importing.jsonschema.value import Row
from idqp_cli.importing.values import Draft, Drafts, Import, Keys, NoEquivalentError, Source, Where

OPEN = frozenset({"patternProperties", "propertyNames", "additionalProperties", "unevaluatedProperties"})
# What is said of the columns, or of all rows together.
OF_COLUMNS = frozenset({*OPEN, "type", "properties", "required", "items", "minItems", "maxItems"})
# What is read of a schema whose rows are the items of an array.
ARRAY = frozenset({"type", "items", "minItems", "maxItems", "uniqueItems"})


def read(sources: Sequence[Source], variables: Mapping[str, str]) -> Import:  # noqa: ARG001 - it has none
    """Read JSON Schemas, each of the rows of one dataset.

    Raises:
        RulesError: a file is neither JSON nor YAML, with the place.

    """
    drafts = Drafts()
    for source in sources:
        for root in drafts.roots(source):
            with drafts.guarded(Where(source.path, root.mark), "the schema"):
                _Schema(root, source.path, drafts).read()
    return drafts.done()


def name_of(given: Mapping[str, Node], path: str) -> str:
    """Return a name for the dataset: of the file, without its endings, or of the title."""
    stem = path.replace("\\", "/").rpartition("/")[2].split(".")[0]
    if stem.lower() in {"schema", "jsonschema", ""} and "title" in given:
        return look.text(given["title"], "title").strip().replace(" ", "_").lower()
    return stem or "dataset"


class _Schema:
    """A schema of rows."""

    def __init__(self, root: Node, path: str, drafts: Drafts) -> None:
        self.root = root = with_null(root)
        self.path = path
        self.drafts = drafts
        self.references = References(root)
        self.holds = Holds(self.references)

    def read(self) -> None:
        given = look.mapping(self.root, "the schema")
        draft = self.drafts.of(name_of(given, self.path))
        told = given.get("description") or given.get("title")
        if told is not None and isinstance(told.value, str) and told.value.strip():
            draft.keys["description"] = one_line(told.value)
        given = dict(self.references.followed(given))
        kind = given.get("type")
        if kind is not None and kind.value == "array" and "items" in given:
            low, high = (look.whole(given[key], key) if key in given else None for key in ("minItems", "maxItems"))
            self.drafts.unread.meet(self.path, "an array of rows", given, ARRAY | SAYS_NOTHING)
            if look.flag(given.get("uniqueItems"), "uniqueItems"):
                draft.take(Where(self.path, self.root.mark), "uniqueItems", lambda: [rule_keys.rule("duplicates")])
            if low is not None or high is not None:
                rule = rule_keys.rule("row_count", min=low, max=high)
                draft.take(Where(self.path, self.root.mark), "minItems, maxItems", lambda: [rule])
            given = dict(self.references.followed(look.mapping(given["items"], "items")))
        if "properties" not in given and "required" not in given:
            raise NoEquivalentError("it has no properties")
        self._rows(draft, given)

    def _rows(self, draft: Draft, given: Mapping[str, Node]) -> None:
        where = Where(self.path, self.root.mark)
        required = look.texts(given.get("required"), "required")
        properties = look.mapping(given.get("properties"), "properties")
        extra = given.get("additionalProperties", given.get("unevaluatedProperties"))
        columns: dict[str, object] = {}
        for name in dict.fromkeys([*properties, *required]):
            kind = self._type(properties.get(name), name)
            more = {} if kind == "any" else {"type": kind}
            columns[name] = kind if name in required else {**more, "required": False}
        closed = extra is not None and extra.value is False and "patternProperties" not in given
        draft.take(where, "properties", lambda: [rule_keys.schema(columns, allow_extra=None if closed else True)])
        for name, node in properties.items():
            place = Where(self.path, node.mark)
            if isinstance(node.value, bool):
                if not node.value:
                    draft.leave(place, name, "a column that must not be there has no rule")
                continue
            try:
                inner = self.references.followed(look.mapping(node, name))
            except NoEquivalentError as error:
                draft.leave(place, name, str(error))
                continue
            self._property(draft, name, place, inner, demanded=name in required)
        for name in required:
            if name not in properties:
                draft.take(where, f"required {name}", lambda name=name: [rule_keys.rule("completeness", name)])  # type: ignore[misc]
        self._others(draft, given, where)

    def _type(self, node: Node | None, name: str) -> str:
        """Return the type of a column; what the property has that cannot be read is told where it is taken."""
        if node is None or isinstance(node.value, bool):
            return "any"
        try:
            return cells.type_of(self.references.followed(look.mapping(node, name)))
        except NoEquivalentError:
            return "any"

    def _others(self, draft: Draft, given: Mapping[str, Node], where: Where) -> None:
        """Take what is said of the rows as a whole."""
        of_rows = {key: node for key, node in given.items() if key not in OF_COLUMNS}
        for part in self.holds.parts(of_rows):
            draft.take(where, part[0], lambda part=part: _of_rows(part))  # type: ignore[misc]
        for key in OPEN & given.keys():
            if not isinstance(given[key].value, bool) and given[key].value != {}:
                draft.leave(Where(self.path, given[key].mark), key, "a rule names its columns")

    def _property(self, draft: Draft, name: str, where: Where, given: Mapping[str, Node], *, demanded: bool) -> None:
        before = len(draft.checks)
        if demanded and not nullable(given):
            draft.take(where, f"{name}: required", lambda: [rule_keys.rule("completeness", name)])
        for what, make in cells.checks(name, given, self.holds):
            draft.take(where, f"{name}: {what}", make)
        told = given.get("description")
        if told is not None and isinstance(told.value, str) and told.value.strip() and len(draft.checks) > before:
            draft.remark(before, f"{name}: {one_line(told.value)}")
        inside.take(draft, Place(name), where, given, self.holds)


def _of_rows(part: Part) -> Iterable[Keys]:
    expression = part[1](Row())
    return [] if expression == "true" else [rule_keys.rule("expression", expression=expression)]
