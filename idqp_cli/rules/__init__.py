"""The rule types, one file per dimension of data quality."""

from idqp_cli.rules import (
    anomaly,
    completeness,
    consistency,
    drift,
    formats,
    outliers,
    query,
    statistics,
    timeliness,
    uniqueness,
    validity,
    volume,
)
from idqp_cli.rules import parse as integrity
from idqp_cli.rules import schema as conformity
from idqp_cli.rules.rule import RULE_TYPES

__all__ = [
    "RULE_TYPES",
    "anomaly",
    "completeness",
    "conformity",
    "consistency",
    "drift",
    "formats",
    "integrity",
    "outliers",
    "query",
    "statistics",
    "timeliness",
    "uniqueness",
    "validity",
    "volume",
]
