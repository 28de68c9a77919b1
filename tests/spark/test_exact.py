"""Every rule type on random tables on a cluster, against plain Python: no difference, evaluated there or here.

The tables and the oracle are those of `tests/rules/test_exact.py`. IDQP_EXAMPLES says how many tables.
"""

from __future__ import annotations

import math
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rules.test_exact import Example, differences, evaluated, examples
from sail_server import sail

__all__ = ["sail"]

EXAMPLES = int(os.environ.get("IDQP_EXAMPLES", "10"))


# To make a failing table smaller takes hundreds of checks on the cluster.
@settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(example=examples(), form=st.sampled_from(["parquet", "csv"]))
def test_every_rule_type_says_on_a_cluster_what_plain_python_says(sail: str, example: Example, form: str) -> None:
    # Sail takes a quoted empty text for a missing cell, which is refused.
    told_apart = "IDQP_SPARK" in os.environ or all(
        "" not in (row["t"], row["w"]) for row in (*example.rows, *example.others)
    )
    # And a NaN with a sign for the smallest number.
    rows, others = (
        [{**row, "x": math.nan} if row["x"] != row["x"] else row for row in table]
        for table in (example.rows, example.others)
    )
    example = replace(example, form=form if told_apart else "parquet", rows=rows, others=others)
    with tempfile.TemporaryDirectory() as name:
        lines, results = evaluated(Path(name), example, engine={"type": "spark", "remote": sail})
    # Sail does not number the rows of Parquet, and in text a row may be several lines.
    numbered = any(sample.line is not None for result in results for sample in result.samples)
    assert not differences(example, lines if numbered else [None] * len(lines), results)
