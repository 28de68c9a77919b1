"""JSON Schema of rows: what each property must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.text import clean, one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, row_checks, rule_keys
from idqp_cli.importing.jsonschema import conditional
from idqp_cli.importing.odcs import properties as odcs_properties
from idqp_cli.importing.values import Draft, Drafts, Import, Keys, NoEquivalentError, Source, Where

FORMATS: Mapping[str, str] = {
    "date": "date", "date-time": "datetime", "email": "email", "idn-email": "email", "uri": "url", "url": "url",
    "uuid": "uuid", "ipv4": "ipv4", "ipv6": "ipv6", "hostname": "hostname", "json": "json",
}  # fmt: skip
TYPES: Mapping[str, str] = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "object": "json",
    "array": "json",
}
WORDS = frozenset({
    "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "examples", "example", "default",
    "type", "properties", "required", "additionalProperties", "deprecated", "readOnly", "writeOnly", "$anchor", "id",
    "name", "version", "$vocabulary", "x-order", "unevaluatedProperties", "propertyNames",
})  # fmt: skip
RANGE = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
OF_ROWS = frozenset({"dependentRequired", "items", "minItems", "maxItems", "if", "then", "else"})
DEEPEST, DEEPEST_INSIDE = 20, 5
INSIDE = "what is inside a cell has no rule"


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
        self.root = root
        self.path = path
        self.drafts = drafts

    def read(self) -> None:
        given = look.mapping(self.root, "the schema")
        draft = self.drafts.of(name_of(given, self.path))
        told = given.get("description") or given.get("title")
        if told is not None and isinstance(told.value, str) and told.value.strip():
            draft.keys["description"] = one_line(told.value)
        given = dict(self._resolved(given, 0))
        kind = given.get("type")
        if kind is not None and kind.value == "array" and "items" in given:
            low, high = (look.whole(given[key], key) if key in given else None for key in ("minItems", "maxItems"))
            if low is not None or high is not None:
                rule = rule_keys.rule("row_count", min=low, max=high)
                draft.take(Where(self.path, self.root.mark), "minItems, maxItems", lambda: [rule])
            given = dict(self._resolved(look.mapping(given["items"], "items"), 0))
        if "properties" not in given and "required" not in given:
            raise NoEquivalentError("it has no properties")
        self._rows(draft, given)

    def _resolved(self, given: Mapping[str, Node], depth: int) -> Mapping[str, Node]:
        """Return a schema with what it refers to, and with all of `allOf`."""
        if depth > DEEPEST:
            raise NoEquivalentError("its references go in circles")
        if "$ref" in given:
            target = self._referred(look.text(given["$ref"], "$ref"))
            given = {**self._resolved(target, depth + 1), **{key: node for key, node in given.items() if key != "$ref"}}
        for part in look.items(given.get("allOf"), "allOf"):
            inner = self._resolved(look.mapping(part, "allOf"), depth + 1)
            merged = dict(given)
            for key, node in inner.items():
                merged[key] = _merged(given.get(key), node)
            given = merged
        return {key: node for key, node in given.items() if key != "allOf"}

    def _referred(self, reference: str) -> Mapping[str, Node]:
        if not reference.startswith("#"):
            raise NoEquivalentError(f"the reference '{clean(reference, 60)}' leads to another file")
        node = self.root
        for part in reference.lstrip("#").split("/")[1:]:
            word = part.replace("~1", "/").replace("~0", "~")
            inner = node.value if isinstance(node.value, dict) else {}
            if word not in inner:
                raise NoEquivalentError(f"the reference '{clean(reference, 60)}' leads nowhere")
            node = inner[word]
        return look.mapping(node, reference)

    def _rows(self, draft: Draft, given: Mapping[str, Node]) -> None:
        where = Where(self.path, self.root.mark)
        required = look.texts(given.get("required"), "required")
        properties = look.mapping(given.get("properties"), "properties")
        extra = given.get("additionalProperties")
        columns: dict[str, object] = {}
        for name in dict.fromkeys([*properties, *required]):
            columns[name] = "any" if name in required else {"required": False}
        closed = extra is not None and extra.value is False
        draft.take(where, "properties", lambda: [rule_keys.schema(columns, allow_extra=None if closed else True)])
        for name, node in properties.items():
            place = Where(self.path, node.mark)
            if isinstance(node.value, bool):
                continue
            try:
                inner = self._resolved(look.mapping(node, name), 0)
            except NoEquivalentError as error:
                draft.leave(place, name, str(error))
                continue
            self._property(draft, name, place, inner, demanded=name in required)
        for name in required:
            if name not in properties:
                draft.take(where, f"required {name}", lambda name=name: [rule_keys.rule("completeness", name)])  # type: ignore[misc]
        self._others(draft, given, where)

    def _others(self, draft: Draft, given: Mapping[str, Node], where: Where) -> None:
        """Take what is said of the rows as a whole."""
        for name, node in look.mapping(given.get("dependentRequired"), "dependentRequired").items():
            others = look.texts(node, "dependentRequired")
            condition = " AND ".join(f"{sql.identifier(other)} IS NOT NULL" for other in others)
            expression = f"{sql.identifier(name)} IS NULL OR ({condition})"
            if others:
                rule = rule_keys.rule("expression", expression=expression)
                draft.take(where, f"dependentRequired: {name}", lambda rule=rule: [rule])  # type: ignore[misc]
        if "if" in given and ("then" in given or "else" in given):
            draft.take(Where(self.path, given["if"].mark), "if", lambda: conditional.rules(given))
        for key in given:
            if key not in WORDS and key not in OF_ROWS:
                draft.leave(Where(self.path, given[key].mark), key, "it has no equivalent for rows")

    def _property(self, draft: Draft, name: str, where: Where, given: Mapping[str, Node], *, demanded: bool) -> None:
        before = len(draft.checks)
        kinds = look.texts(given.get("type"), "type")
        nullable = "null" in kinds or look.flag(given.get("nullable"), "nullable")
        if demanded and not nullable:
            draft.take(where, f"{name}: required", lambda: [rule_keys.rule("completeness", name)])
        for what, make in checks(name, given, [kind for kind in kinds if kind != "null"]):
            draft.take(where, f"{name}: {what}", make)
        told = given.get("description")
        if told is not None and isinstance(told.value, str) and told.value.strip() and len(draft.checks) > before:
            draft.remark(before, f"{name}: {one_line(told.value)}")
        self._inside(draft, name, where, given, 0)

    def _inside(self, draft: Draft, name: str, where: Where, given: Mapping[str, Node], depth: int) -> None:
        """Note what is checked inside a cell that is an object or a list."""
        required = look.texts(given.get("required"), "required") if "properties" in given else []
        if required:
            draft.leave(where, f"{name}: required {', '.join(required)}", INSIDE)
        within = {f"{name}.{key}": node for key, node in look.mapping(given.get("properties"), "properties").items()}
        items = given.get("items")
        within |= {f"{name}[]": items} if items is not None and isinstance(items.value, dict) else {}
        for told, node in within.items():
            place = Where(self.path, node.mark)
            try:
                inner = self._resolved(look.mapping(node, told), 0)
            except NoEquivalentError as error:
                draft.leave(place, told, str(error))
                continue
            kinds = set(look.texts(inner.get("type"), "type")) - {"string", "null", "object", "array"}
            checked = [*(key for key in inner if key not in WORDS and key != "items"), *sorted(kinds)]
            if checked:
                draft.leave(place, f"{told}: {', '.join(checked)}", INSIDE)
            if depth < DEEPEST_INSIDE:
                self._inside(draft, told, place, inner, depth + 1)


def _merged(first: Node | None, second: Node) -> Node:
    """Return what two schemas say together."""
    if first is None:
        return second
    if isinstance(first.value, dict) and isinstance(second.value, dict):
        both = {**second.value, **first.value}
        return Node(both, first.mark, {**second.key_marks, **first.key_marks})
    if isinstance(first.value, tuple) and isinstance(second.value, tuple):
        return Node((*first.value, *second.value), first.mark, {})
    return first


def checks(
    name: str, given: Mapping[str, Node], kinds: Sequence[str]
) -> Iterator[tuple[str, Callable[[], Iterable[Keys]]]]:
    """Yield what is to be checked of a property, and the rules that it becomes."""
    if "enum" in given or "const" in given:
        yield "enum", lambda: [row_checks.accepted(name, look.values(given.get("enum") or given["const"], "enum")).keys]
    elif kinds and "string" not in kinds:
        yield "type", lambda: _type(name, kinds)
    if any(key in given for key in RANGE):
        yield "range", lambda: [odcs_properties.bounds(name, given)]
    if "minLength" in given or "maxLength" in given:
        yield "length", lambda: [odcs_properties.length(name, given)]
    if "pattern" in given:
        yield "pattern", lambda: [row_checks.pattern(name, [look.text(given["pattern"], "pattern")]).keys]
    if "multipleOf" in given:
        yield "multipleOf", lambda: [odcs_properties.multiple(name, given["multipleOf"])]
    if "format" in given:
        yield "format", lambda: _format(name, look.text(given["format"], "format"))
    if "not" in given:
        yield "not", lambda: _not(name, look.mapping(given["not"], "not"))
    for key in given:
        if key not in WORDS and key not in KNOWN and not key.startswith("x-"):
            yield key, lambda key=key: _refuse(key)  # type: ignore[misc]


KNOWN = frozenset(
    {*RANGE, "enum", "const", "minLength", "maxLength", "pattern", "multipleOf", "format", "not", "nullable", "items"}
)


def _refuse(key: str) -> Iterable[Keys]:
    raise NoEquivalentError(f"{clean(key, 40)} has no equivalent for a cell")


def _type(name: str, kinds: Sequence[str]) -> Iterable[Keys]:
    if set(kinds) == {"integer", "number"}:
        kinds = ["number"]
    if len(kinds) != 1:
        raise NoEquivalentError("one of several types has no rule")
    if kinds[0] not in TYPES:
        raise NoEquivalentError(f"the type '{clean(kinds[0], 40)}' is not known")
    return [rule_keys.rule("format", name, format=TYPES[kinds[0]])]


def _format(name: str, word: str) -> Iterable[Keys]:
    if word in {"int32", "int64", "float", "double", "password", "binary", "byte"}:
        return []
    if word not in FORMATS:
        raise NoEquivalentError(f"the format '{clean(word, 40)}' has no equivalent")
    return [rule_keys.rule("format", name, format=FORMATS[word])]


def _not(name: str, given: Mapping[str, Node]) -> Iterable[Keys]:
    if set(given) - {"enum", "const"}:
        raise NoEquivalentError("`not` has an equivalent only for a list of values")
    return [row_checks.rejected(name, look.values(given.get("enum") or given.get("const"), "not")).keys]
