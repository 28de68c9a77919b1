"""Frictionless: what each kind of check becomes, as the documentation lists it."""

from __future__ import annotations

from idqp_cli.importing.kinds import NOTHING, Kind

TABLES = (
    (
        "Frictionless (Data Package, Table Schema)",
        (
            Kind(
                "fields", "`schema`", "in their order, as `fieldsMatch` says: exact, equal, subset, superset, partial"
            ),
            Kind(
                "type integer, number, boolean, date, time, datetime, year",
                "`read.types`",
                "a cell of another type is in `parse`",
            ),
            Kind("type string", "`any text` in `schema`", "a text file has only text"),
            Kind("type with a format", "`read.columns`: `date_format`, `timestamp_format`"),
            Kind("trueValues, falseValues, decimalChar, groupChar, bareNumber", "`read.columns`"),
            Kind("type object, array, geojson", "`format: json`"),
            Kind(
                "type string with a format",
                "`format`, `pattern`",
                "email; binary: base64; uri: any scheme, also `mailto:` and `urn:`; uuid: also without hyphens; "
                "wkt and others: not converted",
            ),
            Kind(
                "type yearmonth, geopoint, list, duration",
                "`pattern`",
                "list: by its `itemType`; geopoint as object, and a range of a duration: not converted",
            ),
            Kind("missingValues", "`read.missing_values`, `read.columns`", "the empty text by default"),
            Kind("required", "`completeness`"),
            Kind("unique", "`unique`"),
            Kind("enum, categories", "`accepted_values`"),
            Kind("minimum, maximum, exclusiveMinimum, exclusiveMaximum", "`range`"),
            Kind(
                "minLength, maxLength",
                "`length`",
                "of an array, object or list: `expression`, the number of items or keys",
            ),
            Kind("jsonSchema", "`expression`"),
            Kind("pattern", "`pattern`", "of the whole value"),
            Kind("primaryKey", "`unique`, `completeness`, the dataset's `key`"),
            Kind("uniqueKeys", "`unique` with `nulls: compare`"),
            Kind("foreignKeys", "`references`", "also to the resource itself"),
            Kind("path, dialect, encoding", "`path`, `read`"),
            Kind("name, title, description, contributors", "`description`, `owner`"),
            Kind(
                "primaryKey, foreignKeys and others beside `schema`, required and others beside `constraints`",
                "as if they were inside",
                "with a remark; a key that is misspelled is not converted, any other has a note",
            ),
            Kind("bytes, hash, stats", NOTHING, "they are of one version of the file; with a note"),
            Kind("a constraint that the standard does not have", NOTHING),
        ),
    ),
)
