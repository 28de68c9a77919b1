from datetime import UTC, datetime

import pytest

from idqp_cli.incidents import TRANSITIONS, after, changes
from idqp_cli.model import ChangeKind, Incident, IncidentChange, IncidentStatus, Result, Severity, Status, Verdict

NOW = datetime(2024, 1, 31, tzinfo=UTC)
OPEN, ACKNOWLEDGED, RESOLVED = IncidentStatus.OPEN, IncidentStatus.ACKNOWLEDGED, IncidentStatus.RESOLVED

# Every place an incident can be in, and every result of its rule.
EXPECTED: dict[tuple[IncidentStatus | None, Status], tuple[ChangeKind, IncidentStatus] | None] = {
    (None, Status.PASSED): None,
    (None, Status.FAILED): (ChangeKind.OPENED, OPEN),
    (None, Status.INCONCLUSIVE): None,
    (None, Status.ERROR): None,
    (None, Status.SKIPPED): None,
    (OPEN, Status.PASSED): (ChangeKind.RESOLVED, RESOLVED),
    (OPEN, Status.FAILED): (ChangeKind.SEEN, OPEN),
    (OPEN, Status.INCONCLUSIVE): None,
    (OPEN, Status.ERROR): None,
    (OPEN, Status.SKIPPED): None,
    (ACKNOWLEDGED, Status.PASSED): (ChangeKind.RESOLVED, RESOLVED),
    (ACKNOWLEDGED, Status.FAILED): (ChangeKind.SEEN, ACKNOWLEDGED),
    (ACKNOWLEDGED, Status.INCONCLUSIVE): None,
    (ACKNOWLEDGED, Status.ERROR): None,
    (ACKNOWLEDGED, Status.SKIPPED): None,
    (RESOLVED, Status.PASSED): None,
    (RESOLVED, Status.FAILED): (ChangeKind.REOPENED, OPEN),
    (RESOLVED, Status.INCONCLUSIVE): None,
    (RESOLVED, Status.ERROR): None,
    (RESOLVED, Status.SKIPPED): None,
}


def result(status: Status, rule: str = "unique(a)") -> Result:
    return Result(rule, "unique", ("a",), Severity.WARNING, Verdict(status, "said"))


def incident(status: IncidentStatus, number: int = 7, rule: str = "unique(a)") -> Incident:
    return Incident(number, "d", rule, "unique", None, Severity.WARNING, status, NOW, NOW, None, 1, 0.5, "said")


def test_every_pair_is_expected() -> None:
    places = (None, *IncidentStatus)
    assert set(EXPECTED) == {(place, status) for place in places for status in Status}
    assert set(TRANSITIONS) == {pair for pair, expected in EXPECTED.items() if expected}


@pytest.mark.parametrize(
    ("before", "status", "expected"),
    [(*pair, expected) for pair, expected in EXPECTED.items()],
    ids=[f"{before or 'none'}-{status}" for before, status in EXPECTED],
)
def test_transition(
    before: IncidentStatus | None, status: Status, expected: tuple[ChangeKind, IncidentStatus] | None
) -> None:
    now = result(status)
    known: dict[tuple[str, str | None], Incident] = {} if before is None else {("unique(a)", None): incident(before)}
    found = changes("d", [now], known)
    if expected is None:
        assert found == ()
    else:
        kind, place = expected
        assert found == (IncidentChange(kind, "d", now, None if before is None else 7),)
        assert after(found[0], before) is place


def test_each_rule_changes_its_own_incident() -> None:
    failed, passed, new, fine = (
        result(Status.FAILED, "a"),
        result(Status.PASSED, "b"),
        result(Status.FAILED, "c"),
        result(Status.PASSED, "e"),
    )
    known: dict[tuple[str, str | None], Incident] = {
        ("a", None): incident(RESOLVED, 1, "a"),
        ("b", None): incident(ACKNOWLEDGED, 2, "b"),
        ("x", None): incident(OPEN, 3, "x"),
    }
    assert changes("d", [failed, passed, new, fine], known) == (
        IncidentChange(ChangeKind.REOPENED, "d", failed, 1),
        IncidentChange(ChangeKind.RESOLVED, "d", passed, 2),
        IncidentChange(ChangeKind.OPENED, "d", new, None),
    )
