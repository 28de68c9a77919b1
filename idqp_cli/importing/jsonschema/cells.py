"""What a JSON Schema says of the cells of a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from idqp_cli.core import type_families
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, row_checks, rule_keys
from idqp_cli.importing.jsonschema import inside
from idqp_cli.importing.jsonschema.holds import Holds
from idqp_cli.importing.jsonschema.inside import Place
from idqp_cli.importing.jsonschema.keywords import RANGE
from idqp_cli.importing.jsonschema.references import Given
from idqp_cli.importing.odcs import properties as odcs_properties
from idqp_cli.importing.regexes import Flavour
from idqp_cli.importing.values import Keys

FORMATS: Mapping[str, str] = {
    "date": "date", "date-time": "datetime", "email": "email", "idn-email": "email", "uri": "url", "url": "url",
    "uuid": "uuid", "ipv4": "ipv4", "ipv6": "ipv6", "hostname": "hostname", "json": "json",
}  # fmt: skip
TYPES: Mapping[str, str] = {"integer": "integer", "number": "number", "boolean": "boolean"}
REFUSALS = ({"enum"}, {"const"})
# In these forms a file with types keeps another type than text.
TYPED_FORMS = frozenset({"date", "date-time", "time", "duration", "binary", "byte"})


def type_of(given: Given) -> str:
    """Return the type that the column of a property has in `schema`: any text, or any."""
    kinds = {kind for kind in look.texts(given.get("type"), "type") if kind != "null"}
    form = given.get("format")
    encoded = (form is not None and form.value in TYPED_FORMS) or "contentEncoding" in given
    return type_families.TEXT if kinds == {"string"} and not encoded else "any"


def checks(name: str, given: Given, holds: Holds) -> Iterator[tuple[str, Callable[[], Iterable[Keys]]]]:
    """Yield what is to be checked of a property, and the rules of it: an expression where no rule type says it."""
    native = _native(name, given)
    for _, what, make in native:
        yield what, make
    taken = {key for keys, _, _ in native for key in keys}
    rest = {key: node for key, node in given.items() if key not in taken}
    for part in holds.parts(rest):
        yield part[0], lambda part=part: inside.rules(Place(name), part)  # type: ignore[misc]


def _native(name: str, given: Given) -> list[tuple[tuple[str, ...], str, Callable[[], Iterable[Keys]]]]:
    """Return what a rule type says: the keys that it is said by, in words, and the rules."""
    kinds = {kind for kind in look.texts(given.get("type"), "type") if kind != "null"}
    kinds = {"number"} if kinds == {"number", "integer"} else kinds
    # Every cell of a text file is a text.
    made: list[tuple[tuple[str, ...], str, Callable[[], Iterable[Keys]]]] = []
    listed = given.get("enum", given.get("const"))
    if listed is not None and (look.values(listed, "enum") or listed.value == ()):
        key = "enum" if "enum" in given else "const"
        made.append((("enum", "const"), "enum", lambda: [row_checks.accepted(name, look.values(given[key], key)).keys]))
        kinds = {"string"}
    if "string" in kinds or not kinds:
        made.append((("type",), "type", list))
    elif len(kinds) == 1 and kinds <= TYPES.keys():
        made.append((("type",), "type", lambda: [rule_keys.rule("format", name, format=TYPES[next(iter(kinds))])]))
    if any(key in given for key in RANGE):
        made.append((RANGE, "range", lambda: [odcs_properties.bounds(name, given)]))
    if "minLength" in given or "maxLength" in given:
        made.append((("minLength", "maxLength"), "length", lambda: [odcs_properties.length(name, given)]))
    if "pattern" in given:
        regex = given["pattern"]
        made.append((("pattern",), "pattern", lambda: [_pattern(name, regex)]))
    if "multipleOf" in given:
        step = given["multipleOf"]
        made.append((("multipleOf",), "multipleOf", lambda: [odcs_properties.multiple(name, step)]))
    word = given.get("format")
    if word is not None and word.value in FORMATS:
        made.append((("format",), "format", lambda: [rule_keys.rule("format", name, format=FORMATS[str(word.value)])]))
    if "not" in given and isinstance(given["not"].value, dict) and set(given["not"].value) in REFUSALS:
        (refused,) = given["not"].value.values()
        if look.values(refused, "not"):
            made.append((("not",), "not", lambda: [row_checks.rejected(name, look.values(refused, "not")).keys]))
    return made


def _pattern(name: str, regex: Node) -> Keys:
    return row_checks.pattern(name, [look.text(regex, "pattern")], flavour=Flavour.ECMA).keys
