"""The life of an incident: every place it can be in, and all that can happen there.

`IDQP_GOLDEN=write pytest tests/unit/test_incidents.py` writes docs/incidents.md anew.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idqp_cli.core.errors import UsageError
from idqp_cli.core.incident import ChangeKind, Incident, IncidentStatus, Reason, fingerprint
from idqp_cli.core.model import Result, Severity, Status, Verdict
from idqp_cli.incidents.lifecycle import TRANSITIONS, Action, Trigger, act, changes, standing

NOW = datetime(2024, 1, 31, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPEN, ACKNOWLEDGED, SNOOZED, RESOLVED = IncidentStatus
PAGE = Path(__file__).parents[2] / "docs" / "incidents.md"
PERSONS = (Trigger.ACKNOWLEDGE, Trigger.ASSIGN, Trigger.SNOOZE, Trigger.RESOLVE, Trigger.REOPEN)

# Every place and every result, as a person would say it; the table of the product is held against it.
EXPECTED = """
             fails               worsens             passes             recovers            acknowledge                 assign               snooze             resolve            reopen
none         opened>open         -                   -                  -                   -                           -                    -                  -                  -
open         seen>open           escalated>open      passed>open        resolved>resolved   acknowledged>acknowledged   assigned>open        snoozed>snoozed    resolved>resolved  -
acknowledged seen>acknowledged   escalated>open      passed>acknowledged resolved>resolved  acknowledged>acknowledged   assigned>acknowledged snoozed>snoozed   resolved>resolved  -
snoozed      seen>snoozed        escalated>open      passed>snoozed     resolved>resolved   acknowledged>acknowledged   assigned>snoozed     snoozed>snoozed    resolved>resolved  -
resolved     reopened>open       reopened>open       -                  -                   -                           -                    -                  judged>resolved    reopened>open
"""


def expected() -> Mapping[tuple[IncidentStatus | None, Trigger], tuple[ChangeKind, IncidentStatus]]:
    names, *rows = (line.split() for line in EXPECTED.strip().splitlines())
    found = {}
    for place, *cells in rows:
        status = None if place == "none" else IncidentStatus(place)
        for name, cell in zip(names, cells, strict=True):
            if cell != "-":
                kind, then = cell.split(">")
                found[status, Trigger[name.upper()]] = (ChangeKind(kind), IncidentStatus(then))
    return found


def result(status: Status, rule: str = "unique(a)", severity: Severity = Severity.WARNING) -> Result:
    return Result(rule, "unique", ("a",), severity, Verdict(status, "said now", 0.25))


def incident(status: IncidentStatus, number: int = 7, rule: str = "unique(a)") -> Incident:
    return Incident(
        number, "d", rule, "unique", None, Severity.WARNING, status, NOW - 9 * HOUR, NOW - HOUR,
        NOW - HOUR if status is RESOLVED else None, 3, 0.5, "said",
        snoozed_until=NOW + HOUR if status is SNOOZED else None, fingerprint="f" * 32,
    )  # fmt: skip


def happened(before: Incident | None, trigger: Trigger) -> tuple[ChangeKind, Incident] | None:
    """Make happen to an incident what the trigger names, by a result or by a person."""
    if trigger in PERSONS:
        if before is None:
            return None
        try:
            return act(before, Action(trigger, "ann", NOW + HOUR, Reason.FIXED), NOW)
        except UsageError:
            return None
    severity = Severity.CRITICAL if trigger is Trigger.WORSENS else Severity.WARNING
    now = result(Status.PASSED if trigger in {Trigger.PASSES, Trigger.RECOVERS} else Status.FAILED, severity=severity)
    known: dict[tuple[str, str | None], Incident] = {} if before is None else {("unique(a)", None): before}
    found = changes("d", [now], known, NOW, 2 if trigger is Trigger.PASSES else 1)
    return (found[0].kind, found[0].after) if found else None


# What is not there cannot be worse than before.
EVERY = [pair for pair in product((None, *IncidentStatus), Trigger) if pair != (None, Trigger.WORSENS)]


@pytest.mark.parametrize(
    ("place", "trigger"), EVERY, ids=[f"{place or 'none'}-{trigger.name.lower()}" for place, trigger in EVERY]
)
def test_transition(place: IncidentStatus | None, trigger: Trigger) -> None:
    before = None if place is None else incident(place)
    found = happened(before, trigger)
    assert (found and (found[0], found[1].status)) == expected().get((place, trigger))
    assert TRANSITIONS.get((place, trigger)) == expected().get((place, trigger))
    if found is not None and before is not None:
        assert (found[1].number, found[1].opened_at, found[1].fingerprint) == (7, before.opened_at, "f" * 32)


def test_the_table_is_expected_as_a_whole() -> None:
    assert expected() == TRANSITIONS


@pytest.mark.parametrize("status", [Status.INCONCLUSIVE, Status.ERROR, Status.SKIPPED])
@pytest.mark.parametrize("place", [None, *IncidentStatus])
def test_what_says_nothing_changes_nothing(place: IncidentStatus | None, status: Status) -> None:
    known: dict[tuple[str, str | None], Incident] = {} if place is None else {("unique(a)", None): incident(place)}
    assert changes("d", [result(status)], known, NOW) == ()


def test_an_incident_opens_with_what_was_found() -> None:
    (found,) = changes("d", [result(Status.FAILED)], {}, NOW)
    assert found.number is None
    assert found.before is None
    assert found.after == Incident(
        0, "d", "unique(a)", "unique", None, Severity.WARNING, OPEN, NOW, NOW, None, 1, 0.25, "said now",
        fingerprint=fingerprint("d", "unique(a)", None),
    )  # fmt: skip


def test_a_failure_is_counted_and_starts_the_passes_anew() -> None:
    before = replace(incident(ACKNOWLEDGED), passes=1, assignee="ann")
    (found,) = changes("d", [result(Status.FAILED)], {("unique(a)", None): before}, NOW)
    now = replace(before, occurrences=4, last_seen_at=NOW, passes=0, metric_value=0.25, message="said now")
    assert found.after == now


def test_it_resolves_after_so_many_passes_in_a_row() -> None:
    now, kinds = incident(OPEN), []
    for status in (Status.PASSED, Status.PASSED, Status.FAILED, Status.PASSED, Status.PASSED, Status.PASSED):
        (found,) = changes("d", [result(status)], {("unique(a)", None): now}, NOW, 3)
        kinds.append(str(found.kind))
        now = found.after
    assert kinds == ["passed", "passed", "seen", "passed", "passed", "resolved"]
    assert (now.status, now.resolved_at, now.resolution) == (RESOLVED, NOW, None)


def test_a_snooze_ends() -> None:
    before = incident(SNOOZED)
    assert standing(before, NOW) == before
    assert standing(before, NOW + HOUR) == replace(before, status=OPEN, snoozed_until=None)
    (found,) = changes("d", [result(Status.FAILED)], {("unique(a)", None): before}, NOW + HOUR)
    assert (found.kind, found.after.status, found.after.snoozed_until) == (ChangeKind.SEEN, OPEN, None)
    assert found.before == before


def test_a_reopened_incident_forgets_why_it_was_resolved_and_not_who_has_it() -> None:
    before = replace(incident(RESOLVED), resolution=Reason.FIXED, passes=1, assignee="ann")
    (found,) = changes("d", [result(Status.FAILED)], {("unique(a)", None): before}, NOW)
    assert (found.kind, found.number) == (ChangeKind.REOPENED, 7)
    assert (found.after.resolution, found.after.resolved_at, found.after.passes) == (None, None, 0)
    assert (found.after.assignee, found.after.occurrences, found.after.opened_at) == ("ann", 4, before.opened_at)
    kind, by_hand = act(before, Action(Trigger.REOPEN), NOW)
    assert (kind, by_hand.status, by_hand.resolution, by_hand.passes) == (ChangeKind.REOPENED, OPEN, None, 0)


def test_a_person_gives_an_assignee_a_time_a_reason() -> None:
    before = incident(OPEN)
    assert act(before, Action(Trigger.ASSIGN, assignee="ann"), NOW)[1] == replace(before, assignee="ann")
    snoozed = act(before, Action(Trigger.SNOOZE, until=NOW + HOUR), NOW)[1]
    assert snoozed == replace(before, status=SNOOZED, snoozed_until=NOW + HOUR)
    resolved = act(snoozed, Action(Trigger.RESOLVE, reason=Reason.EXPECTED), NOW)[1]
    assert resolved == replace(before, status=RESOLVED, resolved_at=NOW, resolution="expected")
    judged = act(resolved, Action(Trigger.RESOLVE, reason=Reason.DUPLICATE), NOW + HOUR)[1]
    assert judged == replace(resolved, resolution="duplicate")


@pytest.mark.parametrize(("place", "trigger", "message"), [
    (OPEN, Trigger.REOPEN, "incident 7 is open; only one that is resolved can be reopened"),
    (RESOLVED, Trigger.ACKNOWLEDGE, "incident 7 is resolved; there is nothing to acknowledge; `idqp incident reopen 7` comes first"),
    (RESOLVED, Trigger.SNOOZE, "incident 7 is resolved; there is nothing to snooze; `idqp incident reopen 7` comes first"),
])  # fmt: skip
def test_refusal(place: IncidentStatus, trigger: Trigger, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        act(incident(place), Action(trigger), NOW)
    assert str(refused.value) == message


def test_each_rule_changes_its_own_incident() -> None:
    now = [
        result(Status.FAILED, "a"),
        result(Status.PASSED, "b"),
        result(Status.FAILED, "c"),
        result(Status.PASSED, "e"),
    ]
    known: dict[tuple[str, str | None], Incident] = {
        ("a", None): incident(RESOLVED, 1, "a"),
        ("b", None): incident(ACKNOWLEDGED, 2, "b"),
        ("x", None): incident(OPEN, 3, "x"),
    }
    found = changes("d", now, known, NOW)
    assert [(str(change.kind), change.result.rule, change.number) for change in found] == [
        ("reopened", "a", 1), ("resolved", "b", 2), ("opened", "c", None),
    ]  # fmt: skip


@given(st.lists(st.sampled_from(list(Trigger)), max_size=30))
def test_whatever_happens_it_holds_together(triggers: list[Trigger]) -> None:
    now: Incident | None = None
    seen = 0
    for trigger in triggers:
        found = happened(now, trigger)
        if found is None:
            continue
        kind, now = found
        seen += kind in {ChangeKind.OPENED, ChangeKind.SEEN, ChangeKind.ESCALATED} or (
            kind is ChangeKind.REOPENED and trigger is not Trigger.REOPEN
        )
        assert (now.status is RESOLVED) == (now.resolved_at is not None)
        assert (now.status is SNOOZED) == (now.snoozed_until is not None)
        assert now.resolution is None or now.status is RESOLVED
        assert now.occurrences == seen


def test_fingerprints_tell_apart_what_is_apart() -> None:
    found = {fingerprint(*one) for one in (("a", "b", None), ("a", "b", ""), ("ab", "", None), ("a", 'b", "', None))}
    assert len(found) == 4
    assert fingerprint("a", "b", None) == "7c0fe6409f36a25bf385a45fd3ecfefc"


def page() -> str:
    lines = [
        "# The life cycle of an incident",
        "",
        "There is one incident per dataset, rule and segment. It keeps its number forever: if the rule fails again after",
        "the incident was resolved, the same incident is reopened. For example, a failing rule opens an incident,",
        "`idqp incident ack` acknowledges it, and the first run in which the rule passes resolves it.",
        "",
        "The columns of the table are the states of an incident, and the rows are events. Each cell names the entry in the",
        "timeline and the next state. If a cell is empty, a run changes nothing, and a command is refused. A snoozed",
        "incident counts as open after its snooze has ended. A rule that is in error, skipped or inconclusive changes",
        "nothing.",
        "",
        "`make generated` writes this page from the table in `idqp_cli/incidents/lifecycle.py`.",
        "",
        "| | none yet | " + " | ".join(IncidentStatus) + " |",
        "|---" * 6 + "|",
    ]
    for trigger in Trigger:
        found = [TRANSITIONS.get((place, trigger)) for place in (None, *IncidentStatus)]
        name = f"`idqp incident {trigger}`" if trigger in PERSONS else str(trigger)
        name = name.replace("incident acknowledge", "incident ack")
        lines.append(f"| {name} | " + " | ".join("" if one is None else f"{one[0]} → {one[1]}" for one in found) + " |")
    return "\n".join(lines) + "\n"


def test_the_page_is_the_table() -> None:
    if os.environ.get("IDQP_GOLDEN") == "write":
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()
