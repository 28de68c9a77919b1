"""JSON Schema: what each kind of check becomes, as the documentation lists it."""

from __future__ import annotations

from idqp_cli.importing.kinds import NOTHING, Kind

TABLES = (
    (
        "JSON Schema",
        (
            Kind(
                "properties",
                "`schema` with `allow_extra`",
                "a column is optional unless it is required; a rule about a missing column is an error",
            ),
            Kind("required", "`schema`, `completeness`", "an empty cell is a missing value"),
            Kind("additionalProperties: false", "`schema` without `allow_extra`"),
            Kind("type: integer, number, boolean", "`format`", "a list with null: a cell may be empty"),
            Kind(
                "type: string",
                "`any text` in `schema`",
                "a text file has only text; a number of a JSON file is read as one; with a format of dates, times or "
                "bytes: any type",
            ),
            Kind(
                "type: object, array, one of several types", "`expression`", "a struct, a list, or a text that is JSON"
            ),
            Kind("enum, const", "`accepted_values`"),
            Kind("minimum, maximum, exclusiveMinimum, exclusiveMaximum", "`range`"),
            Kind("multipleOf", "`expression`"),
            Kind("minLength, maxLength", "`length`"),
            Kind("pattern", "`pattern`", "searched for, as there"),
            Kind("format", "`format`", "date, date-time, email, uri, uuid, ipv4, ipv6, hostname"),
            Kind("not: {enum, const}", "`rejected_values`"),
            Kind("minItems, maxItems of an array of rows", "`row_count`"),
            Kind("dependentRequired", "`expression`"),
            Kind("allOf", "what each of them says"),
            Kind("$ref", "what it refers to in the same file"),
            Kind("if, then, else; anyOf, oneOf, not", "`expression`", "of a property, and of rows by their columns"),
            Kind(
                "properties and items of a property, at any depth",
                "`expression`",
                "of structs and lists, and of texts that are JSON; a field that is null is one that is missing",
            ),
            Kind("minItems, maxItems, uniqueItems, contains, prefixItems, additionalItems", "`expression`"),
            Kind("patternProperties, propertyNames, additionalProperties", "`expression`", "inside a cell"),
            Kind("patternProperties, propertyNames of rows", NOTHING, "a rule names its columns"),
            Kind("$ref to another file", NOTHING),
            Kind("title, description", "`description`"),
        ),
    ),
)
