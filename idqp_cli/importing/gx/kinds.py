"""Great Expectations: what each kind of check becomes, as the documentation lists it."""

from __future__ import annotations

from idqp_cli.importing.expectations.kinds import KINDS
from idqp_cli.importing.kinds import Kind

TABLES = (
    (
        "Great Expectations",
        (
            *KINDS,
            Kind("UnexpectedRowsExpectation", "`query`"),
            Kind("mostly", "`threshold`, 1 less than it", "of the rows with a value, as there"),
            Kind("row_condition", "`where`", "of pandas, SQL, `col(…)`, and conditions of `Column(…)` in code"),
            Kind(
                "a class derived from an expectation, with other defaults",
                "as the expectation",
                "one with code of its own: not converted",
            ),
            Kind("meta: notes, description", "`description`"),
            Kind("severity", "`severity`"),
            Kind("results of a validation, suites as JSON in Python code", "as of a suite"),
            Kind("several suites in Python code", "a dataset each", "by the suite that the code names before it"),
            Kind("loops and comprehensions over constants", "what they list", "other code is not run"),
            Kind("$PARAMETER", "the value of `--set`"),
        ),
    ),
)
