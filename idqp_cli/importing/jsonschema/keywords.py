"""The keywords of JSON Schema, by what they say."""

from __future__ import annotations

from collections.abc import Mapping

# What is no condition on a value.
SAYS_NOTHING = frozenset({
    "$schema", "$id", "id", "$comment", "$defs", "definitions", "$anchor", "$dynamicAnchor", "$vocabulary", "title",
    "description", "examples", "example", "default", "deprecated", "readOnly", "writeOnly", "nullable",
    "contentEncoding", "contentMediaType", "name", "version", "$ref", "$dynamicRef", "discriminator", "externalDocs",
    "xml", "enumNames", "enumDescriptions", "markdownDescription", "errorMessage", "propertyOrder", "options", "units",
    "unit", "label",
})  # fmt: skip
RANGE = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
CONDITIONS = frozenset({
    *RANGE, "enum", "const", "type", "minLength", "maxLength", "pattern", "format", "multipleOf", "minItems",
    "maxItems", "uniqueItems", "minProperties", "maxProperties", "required", "dependentRequired", "dependencies",
    "dependentSchemas", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "contains", "minContains",
    "maxContains", "prefixItems", "items", "additionalItems", "unevaluatedItems", "patternProperties",
    "propertyNames", "additionalProperties", "unevaluatedProperties", "properties",
})  # fmt: skip
_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?"
FORMATS: Mapping[str, str] = {
    "date": f"^{_DATE}$",
    "date-time": f"^{_DATE}[Tt ]{_TIME}$",
    "time": f"^{_TIME}$",
    "duration": r"^P(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)$",
    "email": r"^[^@\s]+@[^@\s]+$",
    "idn-email": r"^[^@\s]+@[^@\s]+$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]*$",
    "url": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]*$",
    "iri": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]*$",
    "uri-reference": r"^[^\s]*$",
    "iri-reference": r"^[^\s]*$",
    "uri-template": r"^[^\s]*$",
    "uuid": r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
    "ipv4": r"^((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4}$",
    "ipv6": r"^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$",
    "hostname": r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$",
    "json-pointer": r"^(/[^/]*)*$",
}
NO_FORMAT = frozenset({"int32", "int64", "float", "double", "password", "binary", "byte", "regex", "textarea", "text"})
