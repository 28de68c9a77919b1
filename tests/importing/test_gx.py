"""The expectations of Great Expectations say here what they say there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Shell
from idqp_cli.importing import Tool
from importing.judged import VERDICTS, cases, verdict


@pytest.mark.parametrize("case", cases("gx"), ids=lambda case: case["it"])
def test_expectations(case: dict[str, Any], tmp_path: Path) -> None:
    text = json.dumps({"expectation_suite_name": "t_suite", "expectations": case["suite"]}, ensure_ascii=False)
    for expected in VERDICTS:
        for table in case.get(expected, ()):
            assert verdict(tmp_path, Tool.GX, {"suite.json": text}, table) == expected, table


CODE = """\
import great_expectations as gx

suite = gx.ExpectationSuite(name="orders_suite")
suite.add_expectation(gx.expectations.ExpectColumnValuesToNotBeNull(column="id"))
suite.add_expectation(
    gx.expectations.ExpectColumnValuesToBeInSet(column="status", value_set=["a", "b"], mostly=0.9)
)
validator.expect_column_values_to_be_between("amount", 0, 100)
validator.expect_column_values_to_be_between("amount", min_value=LEAST)
suite.add_expectation(ExpectationConfiguration(expectation_type="expect_table_row_count_to_be_between", kwargs={"min_value": 1}))
os.system("touch pwned")
"""


def test_code_is_read_and_not_run(shell: Shell) -> None:
    shell.write("suite.py", CODE)
    ran = shell.idqp("init", "--from", "gx", "suite.py")
    assert ran.code == 1
    assert "expect_column_values_to_be_between: line 9: 'LEAST' is not a constant; code is not run" in ran.err
    text = (shell.folder / "rules.yaml").read_text()
    assert "  orders:\n" in text
    for rule in (
        "{type: completeness, column: id}",
        "{type: accepted_values, column: status, values: [a, b], threshold: 10%}",
        "{type: range, column: amount, min: 0, max: 100}",
        "{type: row_count, min: 1}",
    ):
        assert f"- {rule}\n" in text
    assert not (shell.folder / "pwned").exists()


def test_what_surrounds_the_expectations(shell: Shell) -> None:
    suite = {
        "name": "my_orders_suite",
        "expectations": [
            {"type": "expect_column_to_exist", "kwargs": {"column": "a"}, "meta": {"notes": {"format": "markdown", "content": ["It is", "there."]}}},
            {"type": "expect_column_values_to_be_between", "kwargs": {"column": "a", "min_value": {"$PARAMETER": "low"}}},
            {"type": "expect_my_own_thing", "kwargs": {"column": "a"}},
            {"type": "expect_column_kl_divergence_to_be_less_than", "kwargs": {"column": "a"}},
        ],
    }  # fmt: skip
    shell.write("suite.json", json.dumps(suite))
    ran = shell.idqp("init", "--from", "gx", "suite.json", "--set", "low=3", "--output", "-")
    assert ran.code == 1
    assert "description: It is there." in ran.out
    assert "{type: range, column: a, min: 3}" in ran.out
    assert "expect_my_own_thing(a): a custom expectation; its code is not read" in ran.err
    assert "idqp baseline save" in ran.err


@pytest.mark.parametrize(
    ("error", "told"), [("lower", "(lower)"), (None, "(nearest)"), (False, "(nearest)"), ("linear", None)]
)
def test_a_quantile_that_is_not_interpolated_there_is_told(error: object, told: str | None, shell: Shell) -> None:
    given: dict[str, object] = {"column": "a", "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[1, 2]]}}
    given |= {} if error is None else {"allow_relative_error": error}
    expectation = {"type": "expect_column_quantile_values_to_be_between", "kwargs": given}
    shell.write("suite.json", json.dumps({"expectation_suite_name": "t", "expectations": [expectation]}))
    text = shell.idqp("init", "--from", "gx", "suite.json", "--output", "-").out
    assert "statistic: quantile" in text
    assert ("idqp interpolates" in text) is (told is not None)
    assert told is None or told in text
