"""Data contracts: what each kind of check becomes, as the documentation lists it."""

from __future__ import annotations

from idqp_cli.importing.kinds import NOTHING, Kind

TABLES = (
    (
        "Data contracts (ODCS 2 and 3, Data Contract Specification)",
        (
            Kind("properties, fields", "`schema` with `allow_extra`", "they must be there"),
            Kind(
                "physicalType",
                "the type in `schema`",
                "names of warehouses; where it is not known, the logical type; neither: not converted",
            ),
            Kind("logicalType, type", "`format`", "integer, number, boolean, date, timestamp; of any width"),
            Kind("logicalType: string, without a physicalType", "`any text` in `schema`", "a text file has only text"),
            Kind("required, nullable: false", "`completeness`"),
            Kind("unique", "`unique`"),
            Kind("primaryKey", "`unique`, `completeness`, the dataset's `key`", "in the order of primaryKeyPosition"),
            Kind("minLength, maxLength", "`length`"),
            Kind("minimum, maximum, exclusive…; minValue, maxValue", "`range`"),
            Kind("multipleOf", "`expression`"),
            Kind("pattern", "`pattern`", "of the whole value"),
            Kind(
                "format",
                "`format`",
                "a date like yyyy-MM-dd: `strptime`; email, uuid, ipv4 …; uri: `pattern`; i32, u8 …: `range`",
            ),
            Kind("enum, validValues", "`accepted_values`"),
            Kind("relationships, references", "`references`"),
            Kind(
                "properties and items of a property; minItems and the like",
                "`expression`",
                "of structs and lists, and of texts that are JSON; unique and quality inside a cell: not converted",
            ),
            Kind("quality library: nullValues, missingValues", "`completeness`, `expression`"),
            Kind("quality library: invalidValues", "`accepted_values`, `pattern`, `rejected_values`"),
            Kind("quality library: duplicateValues", "`unique`"),
            Kind("quality library: rowCount", "`row_count`"),
            Kind(
                "quality sql", "`query`", "with `min` and `max` as mustBe… says; ${object} and ${property} are filled"
            ),
            Kind("quality custom: soda, greatExpectations, dqx", "as of these tools"),
            Kind("quality custom of another engine", NOTHING),
            Kind(
                "quality not_null, unique, accepted_values, range, pattern",
                "`completeness`, `unique`, `accepted_values`, `range`, `pattern`",
                "not of the standard; taken as it is meant",
            ),
            Kind(
                "metrics min, max, avg, sum, stddev, completeness, uniqueness, positive, range, freshness",
                "`statistic`, `completeness`, `unique`, `range`, `freshness`",
                "not of the standard; taken as they are meant",
            ),
            Kind("quality text", "a comment", "it is words, and no check"),
            Kind("slaProperties, servicelevels: freshness, latency, maxAge", "`freshness`"),
            Kind("servicelevels: latency between two times of a row", "`expression`"),
            Kind("slaProperties, servicelevels: frequency", "the dataset's `expect_every`"),
            Kind("slaProperties: completeness of a column, in percent", "`completeness` with `threshold`"),
            Kind("slaProperties: retention and others", "a comment"),
            Kind(
                "checks of a table; quality: {rules: {…}} with a condition in SQL",
                "as quality; `expression`",
                "not of the standard; taken as they are meant",
            ),
            Kind(
                "severity",
                "`severity`",
                "error, high and critical: critical; warning, medium: warning; info, low: info",
            ),
            Kind("dimension, tags", "`tags`"),
            Kind("classification, pii", "`pii`", "pii, personal, sensitive, restricted"),
            Kind("team, info, description", "`owner`, `description`"),
            Kind("servers", "`path`", "of local files; nothing else of them is copied"),
        ),
    ),
)
