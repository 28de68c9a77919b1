"""What becomes of a candidate, by what the engine found."""

from __future__ import annotations

import pytest

from idqp_cli.core.model import Status, Verdict
from idqp_cli.rules.completeness import Completeness
from idqp_cli.rules.consistency import Variants
from idqp_cli.rules.validity import AcceptedValues
from idqp_cli.suggest.candidate import Candidate, holding
from idqp_cli.suggest.judge import CONFIDENT_AGAINST, judged


def verdict(failed: int, evaluated: int, status: Status | None = None) -> Verdict:
    found = status or (Status.FAILED if failed else Status.PASSED)
    return Verdict(found, "", rows_evaluated=evaluated, rows_failed=failed)


def candidate(**said: bool) -> Candidate:
    return Candidate(Completeness(name="it", line=0, columns=("c",)), "why", **said)


@pytest.mark.parametrize(
    ("said", "found", "failing"),
    [
        ({}, verdict(0, 100), 0),
        # Of so few rows nothing is known.
        ({}, verdict(0, 28), None),
        ({}, verdict(0, 29), 0),
        ({}, verdict(0, 0, Status.SKIPPED), None),
        ({}, verdict(0, 100, Status.ERROR), None),
        # It was thought to hold, and does not.
        ({}, verdict(3, 100), None),
        ({}, verdict(3, 10_000), 3),
        # It was made in the knowledge of errors.
        ({"known": True}, verdict(3, 100), 3),
        ({"known": True}, verdict(30, 100), None),
        ({"known": True, "certain": True}, verdict(30, 100), 30),
    ],
)
def test_what_holds_is_a_rule_and_what_nearly_holds_a_finding_too(
    said: dict[str, bool], found: Verdict, failing: int | None
) -> None:
    kept = judged((candidate(**said),), {"it": found})
    assert [one.failed for one in kept] == ([] if failing is None else [failing])


def test_of_a_column_whose_values_are_listed_no_rule_of_spellings_is_kept() -> None:
    values = Candidate(AcceptedValues(name="values", line=0, columns=("c",), values=("a",)), "why", strength=0.8)
    spellings = Candidate(Variants(name="spellings", line=0, columns=("c",)), "why")
    verdicts = {"values": verdict(0, 100), "spellings": verdict(0, 100)}
    assert [one.rule.name for one in judged((values, spellings), verdicts)] == ["spellings"]
    assert [one.rule.name for one in judged((values, spellings), verdicts, CONFIDENT_AGAINST)] == ["values"]


def test_the_confidence_is_a_bound_of_the_share_that_holds() -> None:
    # Clopper and Pearson: with 0 of n the bound is the n-th root of 5 %.
    assert holding(0, 100) == pytest.approx(0.9705, abs=1e-4)
    assert holding(0, 0) == 0
    assert 0.9 < holding(5, 100) < 0.95
