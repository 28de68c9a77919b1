"""A recorded rule has the keys of its type, and nothing that was found out about it or the data."""

from __future__ import annotations

import pytest

from idqp_cli.core.model import Column
from idqp_cli.pipeline.record import recorded_rule
from idqp_cli.rules.drift import Drift
from idqp_cli.rules.outliers import Outliers
from idqp_cli.rules.query import Query
from idqp_cli.rules.rule import Rule, key_fields
from idqp_cli.rules.schema import Declared, Schema
from idqp_cli.rules.timeliness import Freshness

RULES: list[Rule] = [
    Schema(name="r", line=1, declared=(Declared("a"),), observed=(Column("b", "BIGINT"),)),
    Freshness(name="r", line=1, columns=("a",), max_age=60.0, known=1.0, observed="Europe/Berlin"),
    Drift(name="r", line=1, columns=("a",), known={}, unknown="why", hidden=("b",)),
    Outliers(name="r", line=1, unknown="why"),
    Query(name="r", line=1, sql="SELECT 1", reads=("a",), siblings=("b",)),
]
# What the store has in columns of its own.
APART = {"name", "severity", "enabled"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.type)
def test_only_keys_are_recorded(rule: Rule) -> None:
    keys = {key.name for key in key_fields(type(rule))} - APART
    assert set(recorded_rule(rule).params) <= keys | {"columns"}
    assert {"where", "segment_by", "columns"} <= set(recorded_rule(rule).params)
