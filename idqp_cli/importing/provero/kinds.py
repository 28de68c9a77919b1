"""Provero: what each kind of check becomes, as the documentation lists it."""

from __future__ import annotations

from idqp_cli.importing.kinds import NOTHING, Kind

TABLES = (
    (
        "Provero",
        (
            Kind("not_null", "`completeness`"),
            Kind("completeness", "`completeness` with `threshold`", "at least 95 % by default"),
            Kind("unique, unique_combination", "`unique`"),
            Kind("accepted_values", "`accepted_values`", "compared as text"),
            Kind("range", "`range`"),
            Kind("regex, email_validation", "`pattern`", "searched for, as there"),
            Kind("type", "`schema`, `format`", "a family of types: integer, float, string …"),
            Kind("row_count", "`row_count`"),
            Kind("freshness", "`freshness`", "at most 24h old by default"),
            Kind("latency", "`query`"),
            Kind("referential_integrity", "`references`"),
            Kind("custom_sql", "`query`", "its first value is true"),
            Kind("anomaly, row_count_change", "`anomaly`, `row_count` with `change`", "of row_count"),
            Kind("contracts: schema, sla", "`schema`, `freshness`, `completeness`"),
            Kind("severity", "`severity`", "blocker: critical"),
            Kind("tags, owner", "`tags`, `owner`"),
            Kind("source, sources", "`path`", "of a table that is a file"),
            Kind("a check of another name", NOTHING),
        ),
    ),
)
