"""A JSON Schema as conditions in SQL on a value; none of them is NULL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look, lookarounds
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.jsonschema.keywords import CONDITIONS, FORMATS, NO_FORMAT, RANGE, SAYS_NOTHING
from idqp_cli.importing.jsonschema.references import Given, References, nullable
from idqp_cli.importing.jsonschema.value import Inside, Value, step
from idqp_cli.importing.regexes import Flavour
from idqp_cli.importing.values import NoEquivalentError

DEEPEST = 8

Part = tuple[str, Callable[[Value], str]]


class Holds:
    """Writes the conditions of the parts of a schema."""

    def __init__(self, references: References) -> None:
        """Follow references by `references`."""
        self.references = references

    def all(self, value: Value, node: Node, depth: int = 0) -> str:
        """Return the condition that a value is as a schema says; true of a value that is not there.

        Raises:
            NoEquivalentError: a part of the schema cannot be said.

        """
        if isinstance(node.value, bool):
            return "true" if node.value else f"NOT ({value.there})"
        if depth > DEEPEST:
            raise NoEquivalentError(f"it is nested deeper than {DEEPEST} levels")
        given = self.references.followed(look.mapping(node, "a schema"))
        conditions = [f"({make(value)})" for _, make in self.parts(given, depth)]
        for name, inner in look.mapping(given.get("properties"), "properties").items():
            conditions.append(f"({self.all(value.member(name), inner, depth + 1)})")
        elements = given.get("items")
        if elements is not None and isinstance(elements.value, (dict, bool)) and "prefixItems" not in given:
            conditions.append(self._each(value, elements, depth))
        said = [one for one in conditions if one != "(true)"]
        return " AND ".join(said) or "true"

    def _each(self, value: Value, node: Node, depth: int) -> str:
        name = f"v{depth}"
        inner = self.all(Inside(name), node, depth + 1)
        elements = f"json_extract({value.json}, '$[*]')"
        return "(true)" if inner == "true" else f"({every(elements, name, inner)})"

    def parts(self, given: Given, depth: int = 0) -> Iterator[Part]:
        """Yield what a schema says of a value itself, each under its words, and what writes its condition."""
        kinds = [kind for kind in look.texts(given.get("type"), "type") if kind != "null"]
        if "enum" in given or "const" in given:
            yield "enum", lambda value: _unless(value, _listed(value, given))
        elif "type" in given and not kinds:
            yield "type null", lambda value: f"NOT ({value.there})"
        elif kinds:
            yield f"type {', '.join(kinds)}", lambda value: _unless(value, sql.either(value.is_a(one) for one in kinds))
        for key, make in self._plain(given).items():
            if key in given:
                yield key, make
        if any(key in given for key in RANGE):
            yield "range", lambda value: f"NOT coalesce({_allowed(given).broken_by(value.number)}, false)"
        yield from self._structured(given, depth)
        for key in given:
            if key not in SAYS_NOTHING and key not in CONDITIONS and not key.startswith("x-"):
                yield key, lambda value, key=key: _refuse(key)  # type: ignore[misc] # noqa: ARG005

    def _plain(self, given: Given) -> Mapping[str, Callable[[Value], str]]:
        """Return what a keyword that is a plain value says."""

        def whole(key: str) -> int:
            return look.whole(given[key], key)

        def regex(key: str) -> str:
            return look.text(given[key], key)

        return {
            "minLength": lambda value: _known(f"length({value.string}) >= {whole('minLength')}"),
            "maxLength": lambda value: _known(f"length({value.string}) <= {whole('maxLength')}"),
            "pattern": lambda value: _known(lookarounds.condition(value.string, regex("pattern"), Flavour.ECMA)),
            "format": lambda value: _format(value, look.text(given["format"], "format")),
            "multipleOf": lambda value: _multiple(value, given["multipleOf"]),
            "minItems": lambda value: _known(f"{_size(value)} >= {whole('minItems')}"),
            "maxItems": lambda value: _known(f"{_size(value)} <= {whole('maxItems')}"),
            "uniqueItems": lambda value: _distinct(value) if look.flag(given["uniqueItems"], "uniqueItems") else "true",
            "minProperties": lambda value: _known(f"len({keys(value)}) >= {whole('minProperties')}"),
            "maxProperties": lambda value: _known(f"len({keys(value)}) <= {whole('maxProperties')}"),
        }

    def _structured(self, given: Given, depth: int) -> Iterator[Part]:
        """Yield what a schema says by other schemas, or of several keys."""
        required = look.texts(given.get("required"), "required")
        if required:
            yield f"required {', '.join(required)}", lambda value: self._required(value, given, required)
        for key in ("dependentRequired", "dependencies", "dependentSchemas"):
            if key in given:
                yield key, lambda value, key=key: self._dependent(value, given[key], depth)  # type: ignore[misc]
        for key, join in (("allOf", " AND "), ("anyOf", " OR ")):
            if key in given:
                yield key, lambda value, key=key, join=join: join.join(self._choices(value, given[key], key, depth))  # type: ignore[misc]
        if "oneOf" in given:
            yield "oneOf", lambda value: self._one(value, given["oneOf"], depth)
        if "not" in given:
            yield "not", lambda value: f"NOT ({value.there}) OR NOT ({self.all(value, given['not'], depth + 1)})"
        if "if" in given and ("then" in given or "else" in given):
            yield "if", lambda value: self._conditional(value, given, depth)
        if "contains" in given:
            yield "contains", lambda value: self._contains(value, given, depth)
        yield from self._of_elements(given, depth)
        if any(key in given for key in ("patternProperties", "propertyNames")) or _closes(given):
            yield "the keys", lambda value: self._keys(value, given, depth)

    def _required(self, value: Value, given: Given, names: list[str]) -> str:
        """Demand keys of an object; one that may be null may be missing, too: a column does not tell them apart."""
        told = look.mapping(given.get("properties"), "properties")
        demanded = [name for name in names if not self._nullable(told.get(name))]
        there = " AND ".join(f"{value.member(name).there}" for name in demanded)
        return f"NOT {value.is_a('object')} OR ({there})" if there else "true"

    def _nullable(self, node: Node | None) -> bool:
        if node is None or not isinstance(node.value, dict):
            return False
        return nullable(self.references.followed(node.value))

    def _dependent(self, value: Value, node: Node, depth: int) -> str:
        conditions = []
        for name, inner in look.mapping(node, "the dependencies").items():
            if isinstance(inner.value, (tuple, str)):
                then = " AND ".join(value.member(one).there for one in look.texts(inner, name)) or "true"
            else:
                then = self.all(value, inner, depth + 1)
            conditions.append(f"(NOT ({value.member(name).there}) OR ({then}))")
        return " AND ".join(conditions) or "true"

    def _choices(self, value: Value, node: Node, key: str, depth: int) -> list[str]:
        choices = look.items(node, key)
        # A value that is not there, or null, is nobody's choice; whether it may be is for `required`.
        made = [f"({self.all(value, one, depth + 1)})" for one in choices]
        if not made:
            raise NoEquivalentError(f"{key} has no schemas")
        return made

    def _one(self, value: Value, node: Node, depth: int) -> str:
        counted = " + ".join(f"CAST({one} AS INTEGER)" for one in self._choices(value, node, "oneOf", depth))
        return f"NOT ({value.there}) OR {counted} = 1"

    def _conditional(self, value: Value, given: Given, depth: int) -> str:
        condition = self.all(value, given["if"], depth + 1)
        if condition == "true":
            raise NoEquivalentError("its condition says nothing")
        parts = []
        if "then" in given:
            parts.append(f"(NOT ({condition}) OR ({self.all(value, given['then'], depth + 1)}))")
        if "else" in given:
            parts.append(f"(({condition}) OR ({self.all(value, given['else'], depth + 1)}))")
        return " AND ".join(parts)

    def _contains(self, value: Value, given: Given, depth: int) -> str:
        name = f"v{depth}"
        inner = self.all(Inside(name), given["contains"], depth + 1)
        found = f"len(list_filter(json_extract({value.json}, '$[*]'), lambda {name}: {inner}))"
        low = look.whole(given["minContains"], "minContains") if "minContains" in given else 1
        conditions = [f"{found} >= {low}"]
        if "maxContains" in given:
            conditions.append(f"{found} <= {look.whole(given['maxContains'], 'maxContains')}")
        return f"NOT {value.is_a('array')} OR ({' AND '.join(conditions)})"

    def _of_elements(self, given: Given, depth: int) -> Iterator[Part]:
        """Yield what is said of the elements of an array by their places."""
        placed, others = given.get("prefixItems"), given.get("items", given.get("unevaluatedItems"))
        if placed is None and "items" in given and isinstance(given["items"].value, tuple):
            placed, others = given["items"], given.get("additionalItems", given.get("unevaluatedItems"))
        places = look.items(placed, "prefixItems") if placed is not None else ()
        if others is not None and (placed is not None or isinstance(others.value, bool)):
            yield "the other elements", lambda value: self._others(value, others, len(places), depth)
        for place, node in enumerate(places):
            yield (
                f"element {place + 1}",
                lambda value, place=place, node=node: self.all(  # type: ignore[misc]
                    Inside(f"json_extract({value.json}, '$[{place}]')"), node, depth + 1
                ),
            )

    def _others(self, value: Value, node: Node, first: int, depth: int) -> str:
        """Return the condition on the elements of an array behind the first ones."""
        if node.value is False:
            return _known(f"{_size(value)} <= {first}")
        name = f"v{depth}"
        inner = self.all(Inside(name), node, depth + 1)
        return "true" if inner == "true" else every(f"json_extract({value.json}, '$[*]')[{first + 1}:]", name, inner)

    def _keys(self, value: Value, given: Given, depth: int) -> str:
        """Return the condition on the keys of an object that no property is for."""
        name = f"k{depth}"
        under = Inside(f"json_extract({value.json}, '$.\"' || {name} || '\"')")
        conditions = []
        known = list(look.mapping(given.get("properties"), "properties"))
        others = f"{name} NOT IN ({sql.listing(known)})" if known else "true"
        for regex, node in look.mapping(given.get("patternProperties"), "patternProperties").items():
            matched = f"({lookarounds.condition(name, regex, Flavour.ECMA)})"
            conditions.append(f"(NOT {matched} OR ({self.all(under, node, depth + 1)}))")
            others += f" AND NOT {matched}"
        closing = given.get("additionalProperties", given.get("unevaluatedProperties"))
        if closing is not None and closing.value is not True:
            inner = "false" if closing.value is False else self.all(under, closing, depth + 1)
            conditions.append(f"(NOT ({others}) OR ({inner}))")
        if "propertyNames" in given:
            conditions.append(f"({self.all(Inside(f'to_json({name})'), given['propertyNames'], depth + 1)})")
        return every(keys(value), name, " AND ".join(conditions))


def every(elements: str, name: str, condition: str) -> str:
    """Return the condition that another holds of every element of a list; true where there is no list."""
    return f"coalesce(len(list_filter({elements}, lambda {name}: NOT ({condition}))) = 0, true)"


def path(steps: tuple[str, ...]) -> str:
    """Return a JSON path; the step `[]` is every element."""
    return "$" + "".join("[*]" if one == "[]" else step(one) for one in steps)


def keys(value: Value) -> str:
    """Return the keys of an object that have a value, as all fields of a struct are keys; NULL of another type."""
    has_value = f"json_type({value.json}, '$.\"' || key || '\"') <> 'NULL'"
    return f"CASE WHEN {value.is_a('object')} THEN list_filter(json_keys({value.json}), lambda key: {has_value}) END"


def _closes(given: Given) -> bool:
    node = given.get("additionalProperties", given.get("unevaluatedProperties"))
    return node is not None and node.value is not True and node.value != {}


def _known(condition: str) -> str:
    return f"coalesce({condition}, true)"


def _unless(value: Value, condition: str) -> str:
    return f"NOT ({value.there}) OR {condition}"


def _listed(value: Value, given: Given) -> str:
    node = given["enum"] if "enum" in given else given["const"]
    if not look.items(node, "enum"):
        raise NoEquivalentError("the list of values is empty")
    values = look.values(node, "enum")
    return value.is_one_of(values) if values else "false"


def _allowed(given: Given) -> Allowed:
    """Return the range that numbers are in."""
    low, low_open = _bound(given, "minimum", "exclusiveMinimum")
    high, high_open = _bound(given, "maximum", "exclusiveMaximum")
    return Allowed(low, high, low_open, high_open)


def _bound(given: Given, key: str, exclusive: str) -> tuple[Fraction | None, bool]:
    other = given.get(exclusive)
    if other is not None and not isinstance(other.value, bool):
        return look.number(other, exclusive), True
    return (look.number(given[key], key) if key in given else None), other is not None and other.value is True


def _multiple(value: Value, node: Node) -> str:
    divisor = look.number(node, "multipleOf")
    exact = f"TRY_CAST(CAST({value.number} AS VARCHAR) AS DECIMAL(38, 15))"
    return _known(f"{value.number if divisor.denominator == 1 else exact} % {intervals.as_sql(divisor)} = 0")


def _format(value: Value, word: str) -> str:
    if word in NO_FORMAT:
        return "true"
    if word not in FORMATS:
        raise NoEquivalentError(f"the format '{clean(word, 40)}' has no equivalent")
    return _known(f"regexp_matches({value.string}, {sql.literal(FORMATS[word])})")


def _size(value: Value) -> str:
    return f"CASE WHEN {value.is_a('array')} THEN json_array_length({value.json}) END"


def _distinct(value: Value) -> str:
    """Condition: no two elements are equal; an object is the same in any order of its keys."""
    pairs = "list_sort(list_transform(json_keys(one), lambda k: k || ':' || json_extract(one, '$.\"' || k || '\"')))"
    same = f"CASE WHEN json_type(one) = 'OBJECT' THEN CAST({pairs} AS VARCHAR) ELSE CAST(one AS VARCHAR) END"
    elements = f"list_transform(json_extract({value.json}, '$[*]'), lambda one: {same})"
    return _known(f"len(list_distinct({elements})) = {_size(value)}")


def _refuse(key: str) -> str:
    raise NoEquivalentError(f"'{clean(key, 40)}' has no equivalent")
