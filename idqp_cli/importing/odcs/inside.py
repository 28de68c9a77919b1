"""What a data contract says inside cells: properties of objects, and items of lists, as a JSON Schema says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, patterns
from idqp_cli.importing.jsonschema import inside
from idqp_cli.importing.jsonschema.holds import Holds
from idqp_cli.importing.jsonschema.inside import Place
from idqp_cli.importing.jsonschema.keywords import FORMATS
from idqp_cli.importing.jsonschema.references import References
from idqp_cli.importing.odcs import keys
from idqp_cli.importing.values import Draft, NoEquivalentError, Where

Given = Mapping[str, Node]
DEEPEST = 12
TYPES: Mapping[str, str] = {
    "integer": "integer", "int": "integer", "long": "integer", "bigint": "integer", "number": "number",
    "decimal": "number", "numeric": "number", "float": "number", "double": "number", "boolean": "boolean",
    "string": "string", "text": "string", "varchar": "string", "object": "object", "record": "object",
    "struct": "object", "array": "array",
}  # fmt: skip
MOMENTS: Mapping[str, str] = {"date": "date", "timestamp": "date-time", "datetime": "date-time"}
SAME = ("minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties")  # fmt: skip
# What only a whole column can be.
OF_COLUMNS = ("unique", "primaryKey", "quality", "relationships", "references")
# What is said of the cell itself that no rule type says.
OF_CELL = ("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required", "properties")


def take(draft: Draft, name: str, where: Where, given: Given) -> None:
    """Take what is said of the size of a cell's object or list, and of what is inside it."""
    try:
        schema = _schema(given, 0)
    except NoEquivalentError as error:
        draft.leave(where, f"{name}: what is inside", str(error))
        return
    _tell_unknown(draft, where.path, given)
    said = Holds(References(_node(schema, where)))
    kept = {key: schema[key] for key in OF_CELL if key in schema}
    kind = schema.get("type")
    if kind is not None and kind.value in {"object", "array"} and "physicalType" not in given:
        kept["type"] = kind
    for part in said.parts(kept):
        draft.take(where, f"{name}: {part[0]}", lambda part=part: inside.rules(Place(name), part))  # type: ignore[misc]
    inside.take(draft, Place(name), where, schema, said)
    for key in ("map", "vector"):
        if key in given:
            draft.leave(where, f"{name}: {key}", f"what is inside a {key} has no equivalent")
    for place, what in _of_columns(name, given, where):
        draft.leave(place, what, "it is of a whole column, and inside a cell there is none")


def _tell_unknown(draft: Draft, path: str, given: Given) -> None:
    """Tell the keys that a property or an item inside does not have, as deep as the schema goes."""
    below = [node for _, node in _children(given)] + ([given["items"]] if "items" in given else [])
    for node in below:
        inner = look.mapping(node, "a property")
        draft.unread.meet(path, "a property", inner, keys.PROPERTY)
        options = look.mapping(inner.get("logicalTypeOptions"), "logicalTypeOptions")
        draft.unread.meet(path, "logicalTypeOptions", options, keys.PROPERTY)
        _tell_unknown(draft, path, inner)


def _schema(given: Given, depth: int) -> dict[str, Node]:
    """Return a property as a JSON Schema."""
    if depth > DEEPEST:
        raise NoEquivalentError(inside.TOO_DEEP)
    options = {**given, **look.mapping(given.get("logicalTypeOptions"), "logicalTypeOptions")}
    made = {key: options[key] for key in SAME if key in options}
    word = given.get("logicalType") or given.get("type")
    kind = look.text(word, "logicalType").lower() if word is not None else ""
    if word is not None and kind in TYPES:
        made["type"] = Node(TYPES[kind], word.mark, {}, TYPES[kind])
    if word is not None and kind in MOMENTS and "format" not in options:
        made["format"] = Node(MOMENTS[kind], word.mark, {}, MOMENTS[kind])
    form = options.get("format")
    if form is not None and (form.value in FORMATS or kind not in MOMENTS):
        made["format"] = form
    if "pattern" in options:
        regex = patterns.whole(look.text(options["pattern"], "pattern"))
        made["pattern"] = Node(regex, options["pattern"].mark, {}, regex)
    if "enum" in options:
        made["enum"] = _values(options["enum"])
    children = dict(_children(given))
    if children:
        mark = next(iter(children.values())).mark
        inner = {name: _node(_schema(look.mapping(node, name), depth + 1), node) for name, node in children.items()}
        made["properties"] = Node(inner, mark, {name: node.mark for name, node in children.items()})
        demanded = tuple(
            Node(name, node.mark, {}, name)
            for name, node in children.items()
            if look.flag(look.mapping(node, name).get("required"), "required")
        )
        made |= {"required": Node(demanded, mark, {})} if demanded else {}
    items = given.get("items")
    if items is not None:
        made["items"] = _node(_schema(look.mapping(items, "items"), depth + 1), items)
    return made


def _children(given: Given) -> Iterator[tuple[str, Node]]:
    for key in ("properties", "fields", "columns"):
        node = given.get(key)
        if node is not None and isinstance(node.value, dict):
            yield from look.mapping(node, key).items()
        else:
            for item in look.items(node, key):
                yield look.text(look.mapping(item, "a property").get("name"), "the name of a property"), item


def _values(node: Node) -> Node:
    items = look.items(node, "enum")
    plain = [look.mapping(one, "a value").get("value", one) if isinstance(one.value, dict) else one for one in items]
    return Node(tuple(plain), node.mark, {})


def _of_columns(name: str, given: Given, where: Where, depth: int = 0) -> Iterator[tuple[Where, str]]:
    inner = [(f"{name}.{key}", node) for key, node in _children(given)]
    inner += [(f"{name}[]", given["items"])] if "items" in given else []
    for told, node in inner if depth < DEEPEST else ():
        said = look.mapping(node, told)
        place = Where(where.path, node.mark)
        checked = [key for key in OF_COLUMNS if key in said and said[key].value is not False]
        if checked:
            yield place, f"{told}: {', '.join(checked)}"
        yield from _of_columns(told, said, place, depth + 1)


def _node(values: Mapping[str, Node], at: Node | Where) -> Node:
    return Node(dict(values), at.mark, dict.fromkeys(values, at.mark))
