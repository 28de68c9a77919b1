"""What every store keeps and gives back: one body of tests, run on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from conftest import Cluster
from idqp_cli.anomaly.saved_model import Lesson
from idqp_cli.core.errors import MovedOnError, StoreError, UsageError
from idqp_cli.core.incident import Alert, IncidentStatus
from idqp_cli.core.model import DatasetReport, MetricKey, MetricPlace, Result, RunStatus, Severity, Status, Verdict
from idqp_cli.core.topics import Position
from idqp_cli.incidents.lifecycle import changes
from idqp_cli.pipeline.register import Proposal, register
from idqp_cli.schemas.compatibility import Mode
from idqp_cli.schemas.registry import Policy
from idqp_cli.schemas.schema import SchemaColumn, SchemaVersion
from idqp_cli.store import Store, open_store
from idqp_cli.store.audit import verify
from idqp_cli.store.identity import Identity, Role
from idqp_cli.store.passwords import digest
from idqp_cli.store.values import (
    Baseline,
    IncidentUpdate,
    Measurement,
    Model,
    ModelKey,
    NewToken,
    NewUser,
    OfRun,
    OfSnapshot,
    Origin,
    RecordedRule,
    Session,
    Wanted,
)
from store_writers import acknowledge

AT = datetime(2026, 3, 31, 23, 59, 59, 5, tzinfo=UTC)
HASH = "$2b$12$" + "a" * 21 + "O" + "x" * 31
FAR = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty store."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.address(request.getfixturevalue("database"))


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    opened = open_store(address)
    yield opened
    opened.close()


def result(rule: str, status: Status, segment: str | None = None, value: float | None = 0.5) -> Result:
    return Result(
        rule,
        "range",
        ("a",),
        Severity.WARNING,
        Verdict(status, f"{rule} said", value, rows_evaluated=2, rows_failed=1),
        segment=segment,
    )


def run(store: Store, number: int, *results: Result, at: datetime = AT, dataset: str = "t") -> str:
    """Record a run with these results, and return the head of the audit chain."""
    report = DatasetReport(dataset, "t.csv", 2, RunStatus.FAILED, 50.0, None, results)
    rules = [
        RecordedRule(one.rule, one.type, {"min": 0, "values": ["é\0", "x"]}, 0.0, "warning", enabled=True)
        for one in results
    ]
    with store.writing() as ledger:
        known = ledger.latest_incidents(dataset, [(one.rule, one.segment) for one in results])
        ledger.record_run(f"r{number}", at, "me", report, rules)
        ledger.record_changes(f"r{number}", at, "me", changes(dataset, results, known, at))
        return ledger.head()


def test_an_incident_is_one_per_rule_and_segment_and_keeps_its_number(store: Store) -> None:
    segments = [None, "", "a", "a\0b", "'; DROP TABLE incidents; --"]
    for number, status in enumerate([Status.FAILED, Status.FAILED, Status.PASSED, Status.FAILED]):
        run(store, number, *(result("r", status, segment) for segment in segments), at=AT + timedelta(days=20 * number))
    found = store.incidents(resolved=True)
    assert len(found) == len({one.number for one in found}) == len(segments)
    assert {(one.occurrences, one.status) for one in found} == {(3, IncidentStatus.OPEN)}
    assert [one.kind for one in store.timeline(found[0].number)] == ["opened", "seen", "resolved", "reopened"]
    assert found[-1].opened_at == AT
    assert store.incident(found[-1].number) == found[-1]
    assert store.incident(99) is None
    assert len({one.fingerprint for one in found}) == len(segments)


def test_acknowledging_is_for_all_or_none(store: Store) -> None:
    run(store, 1, result("r", Status.FAILED), result("s", Status.FAILED))
    with pytest.raises(UsageError, match="there is no incident 9"):
        acknowledge(store, [1, 9], "x", "me", AT)
    assert {one.status for one in store.incidents(resolved=False)} == {IncidentStatus.OPEN}
    acknowledge(store, [1, 2], "at it", "me", AT)
    assert {one.status for one in store.incidents(resolved=False)} == {IncidentStatus.ACKNOWLEDGED}
    assert store.timeline(1)[-1].detail == "at it"


def test_what_a_person_does_to_an_incident_is_kept(store: Store) -> None:
    run(store, 1, result("r", Status.FAILED))
    with store.writing() as ledger:
        ledger.update_incident(IncidentUpdate(1, "assigned", "to ann", IncidentStatus.OPEN, "ann", FAR), "me", AT)
    (found,) = store.incidents(resolved=False)
    assert (found.assignee, found.snoozed_until, found.resolution) == ("ann", FAR, None)
    with store.writing() as ledger:
        ledger.update_incident(IncidentUpdate(1, "resolved", "", IncidentStatus.RESOLVED, resolution="fixed"), "me", AT)
    (found,) = store.incidents(resolved=True)
    assert (found.status, found.resolution, found.resolved_at) == (IncidentStatus.RESOLVED, "fixed", AT)
    with pytest.raises(UsageError, match="no incident 5"), store.writing() as ledger:
        ledger.update_incident(IncidentUpdate(5, "resolved", "", IncidentStatus.RESOLVED), "me", AT)


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    head = store.audit_head()
    report = DatasetReport("t", "t.csv", 2, RunStatus.PASSED, 50.0, None, ())

    def fail() -> None:
        with store.writing() as ledger:
            ledger.record_run("r", AT, "me", report, [])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (store.audit_head(), store.datasets()) == (head, ())


def test_what_is_measured_is_no_result_of_a_rule(store: Store) -> None:
    keys = [MetricKey(None, "row_count"), MetricKey("r", "row_count"), MetricKey("r", "mean(é: \n)")]
    places: list[MetricPlace] = [(key, segment) for key in keys for segment in (None, "", "a")]
    for number, value in enumerate([1.5, None, float("inf")]):
        report = DatasetReport("t", f"{number}.csv", 2, RunStatus.PASSED, 50.0, None, (result("r", Status.PASSED),))
        with store.writing() as ledger:
            measured = dict.fromkeys(places, value)
            ledger.record_run(
                f"r{number}", AT + timedelta(days=number), "me", replace(report, content="x"), [], measured
            )
            assert len(ledger.recent("t", ("r", None), 9)) == number + 1
    assert list(store.metrics("t")) == list(store.metrics("t", "r")) == [("r", None)]
    assert [point.status for point in store.metrics("t")["r", None]] == ["passed"] * 3
    known = store.measured("t")
    assert list(known) == places
    wanted = [
        Measurement(AT + timedelta(days=number), value, "x", f"{number}.csv")
        for number, value in enumerate([1.5, None, float("inf")])
    ]
    assert [list(points) for points in known.values()] == [wanted] * len(places)
    for key in keys:
        assert store.measured("t", key) == {place: points for place, points in known.items() if place[0] == key}
    assert (store.measured("t", MetricKey(None, "r")), store.measured("u")) == ({}, {})
    assert store.info().rows["metrics"] == 3 * (1 + len(places))


def test_the_reason_of_a_resolution_is_kept_beside_what_was_written(store: Store) -> None:
    run(store, 1, result("r", Status.FAILED))
    for reason, comment in (("expected", "fixed: not at all"), (None, "expected: nothing"), ("fixed", "")):
        update = IncidentUpdate(1, "judged", comment, IncidentStatus.RESOLVED, resolution=reason)
        with store.writing() as ledger:
            ledger.update_incident(update, "me", AT)
    assert [(event.reason, event.detail) for event in store.timeline(1)[1:]] == [
        ("expected", "fixed: not at all"),
        (None, "expected: nothing"),
        ("fixed", ""),
    ]
    assert store.timeline(1)[0].reason is None


def test_metrics_are_given_back_by_rule_and_segment_in_the_order_of_time(store: Store) -> None:
    for number, value in enumerate([1.5, None, float("inf"), 3]):
        run(
            store,
            number,
            result("r", Status.PASSED, value=value),
            result("r", Status.PASSED, "a", value),
            at=AT + timedelta(days=number),
        )
    history = store.metrics("t")
    assert [point.value for point in history["r", None]] == [1.5, None, float("inf"), 3]
    assert [point.run_id for point in history["r", "a"]] == ["r0", "r1", "r2", "r3"]
    assert [point.at for point in store.metrics("t", "r", "a", AT + timedelta(days=2))["r", "a"]] == [
        AT + timedelta(days=2),
        AT + timedelta(days=3),
    ]
    assert history["r", None][0].rows_failed == 1
    assert store.metrics("other") == {}


def test_schemas_are_kept_in_order_and_only_after_the_latest(store: Store) -> None:
    assert store.schema_versions("t") == ()
    for after, version in ((None, "1.0.0"), (None, "1.0.0"), ("1.0.0", "1.1.0"), ("1.0.0", "2.0.0")):
        with store.writing() as ledger:
            columns = (SchemaColumn("a", "BIGINT", nullable=False), SchemaColumn("b", version, enum=("x", 1)))
            ledger.record_schema("t", after, SchemaVersion(version, columns, comment="why"), AT, "me")
    (latest,) = store.schema_versions("t", 1)
    assert latest.columns == (
        SchemaColumn("a", "BIGINT", nullable=False),
        SchemaColumn("b", "1.1.0", enum=("x", 1)),
    )
    assert (latest.version, latest.created_at) == ("1.1.0", AT)
    assert [one.version for one in store.schema_versions("t")] == ["1.0.0", "1.1.0"]


def test_offsets_move_on_only_from_where_a_run_found_them(store: Store) -> None:
    def at(partition: int, start: int | None, following: int, topic: str = "orders") -> Position:
        return Position(topic, partition, start, following)

    found = DatasetReport("t", "orders", 2, RunStatus.PASSED, 50.0, None, (result("r", Status.PASSED),))

    def moved(*positions: Position) -> None:
        with store.writing() as ledger:
            ledger.record_run("r1", AT, "me", found, [])
            ledger.record_positions("r1", AT, "t", positions)

    with store.writing() as ledger:
        ledger.begin_stream(AT, "me", "t", [at(0, None, 5), at(1, None, 7)], again=False)
    with store.writing() as ledger:
        # Of two that begin at once, the first decides.
        ledger.begin_stream(AT, "me", "t", [at(1, None, 99), at(2, None, 0)], again=False)
    assert store.stream_positions("t", "orders") == {0: 5, 1: 7, 2: 0}
    moved(at(0, 5, 10), at(2, 0, 1 << 62))
    with pytest.raises(MovedOnError, match="partition 1 of orders: another run has recorded its messages"):
        moved(at(0, 10, 20), at(1, 6, 8))
    with pytest.raises(MovedOnError, match="partition 3 of orders"):
        moved(at(3, 0, 8))
    assert store.stream_positions("t", "orders") == {0: 10, 1: 7, 2: 1 << 62}
    assert len(store.metrics("t")["r", None]) == 1
    assert store.stream_positions("t", "other") == store.stream_positions("u", "orders") == {}
    with store.writing() as ledger:
        ledger.begin_stream(AT, "me", "t", [at(0, None, 3)], again=True)
    assert store.stream_positions("t", "orders") == {0: 3, 1: 7, 2: 1 << 62}
    assert [one.action for one in store.audit()] == ["stream.begin", "stream.begin", "check.record", "stream.begin"]
    assert verify(store.audit(), store.audit_head()) is None


def proposal(*names: str, why: str | None = None) -> Proposal:
    schema = tuple(SchemaColumn(name, "BIGINT") for name in names)
    return Proposal("t", schema, schema, Policy(Mode.FULL), why)


def test_a_breaking_schema_is_kept_when_it_is_accepted_and_its_incident_resolved(store: Store) -> None:
    assert register(store, proposal("a", "b"), AT, "me").version == "1.0.0"
    run(store, 1, result("schema", Status.FAILED), result("r", Status.FAILED))
    refused = register(store, proposal("a"), AT, "me")
    assert (refused.version, refused.report.status) == (None, "breaking")
    accepted = register(store, proposal("a", why="b has moved"), AT, "me")
    incident = next(one for one in store.incidents(resolved=True) if one.rule == "schema")
    assert (accepted.version, accepted.incident) == ("2.0.0", incident.number)
    assert (incident.status, incident.resolution) == (IncidentStatus.RESOLVED, "expected")
    assert store.timeline(incident.number)[-1].detail == "b has moved"
    assert [one.rule for one in store.incidents(resolved=False)] == ["r"]
    kept = [entry.detail for entry in store.audit() if entry.action == "schema.record"]
    assert ["b has moved" in detail for detail in kept] == [False, True]
    again = register(store, proposal("a", why="once more"), AT, "me")
    assert (again.version, again.incident, len(store.schema_versions("t"))) == ("2.0.0", None, 2)


def test_many_at_once_make_one_version_of_one_change(store: Store, address: str) -> None:
    register(store, proposal("a"), AT, "me")

    def one(_: int) -> str | None:
        with closing(open_store(address)) as mine:
            return register(mine, proposal("a", "b"), AT, "me").version

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(one, range(6))) == {"1.1.0"}
    assert [version.version for version in store.schema_versions("t")] == ["1.0.0", "1.1.0"]


def test_datasets_and_rules_can_be_taken_out_and_back(store: Store) -> None:
    run(store, 1, result("r", Status.PASSED))
    assert [(one.name, one.enabled) for one in store.rules("t")] == [("r", True)]
    store.enable_rule("t", "r", "me", AT, enabled=False)
    assert (store.disabled_rules(), store.rules("t")[0].enabled) == (frozenset({("t", "r")}), False)
    store.enable_rule("t", "r", "me", AT, enabled=True)
    assert store.disabled_rules() == frozenset()
    store.remove_dataset("t", "me", AT)
    with pytest.raises(StoreError, match="t: the dataset was removed from the store"):
        run(store, 2, result("r", Status.PASSED))
    with pytest.raises(UsageError, match="the store has no dataset 't'"):
        store.remove_dataset("t", "me", AT)
    store.add_dataset("t", "again", "ann", "me", AT)
    with pytest.raises(UsageError, match="t: the dataset exists already"):
        store.add_dataset("t", None, None, "me", AT)
    (found,) = store.datasets()
    assert (found.name, found.owner, found.removed_at) == ("t", "ann", None)
    run(store, 3, result("r", Status.PASSED))


ORIGINS: tuple[Origin, ...] = (
    OfRun(AT),
    OfRun(AT, "c0ffee"),
    OfRun(AT + timedelta(microseconds=7), "c0ffee"),
    OfSnapshot("week"),
)


def last_audited(store: Store) -> tuple[str, str]:
    """Return the action and the object of the newest entry of the audit log."""
    (entry,) = store.audit(limit=1, newest=True)
    return entry.action, entry.object


def test_baselines_are_given_back_by_what_left_them(store: Store) -> None:
    for summary in ("{}", '{"é": [1, 2.5]}'):
        for origin in ORIGINS:
            store.save_baseline(Baseline("t", origin, summary, AT, "me"))
            assert last_audited(store) == ("baseline.save", f"t: {origin}")
    known = {one.origin: one for one in store.baselines("t")}
    assert list(known) == list(ORIGINS)
    assert (store.baselines(), store.baselines("u")) == (tuple(known.values()), ())
    assert {(one.summary, one.created_at) for one in known.values()} == {('{"é": [1, 2.5]}', AT)}
    for place, origin in enumerate(ORIGINS):
        assert store.baseline("t", origin) == known[origin]
        store.drop_baseline("t", origin, "me", AT)
        assert last_audited(store) == ("baseline.drop", f"t: {origin}")
        assert [one.origin for one in store.baselines()] == list(ORIGINS[place + 1 :])
        with pytest.raises(UsageError, match=f"there is no baseline '{re.escape(str(origin))}'"):
            store.drop_baseline("t", origin, "me", AT)
    assert store.baseline("t", OfSnapshot("run: 1")) is None


def test_models_are_given_back_by_what_left_them_and_what_they_were_taught(store: Store) -> None:
    keys = [ModelKey(origin, Lesson(rule, digest)) for origin in ORIGINS for rule in ("a: b", "b") for digest in "xy"]
    for number in range(2):
        for place, key in enumerate(keys):
            store.save_model(Model("t", key, f"{place}", bytes(range(256)) * (1 + number), AT), "me")
            assert last_audited(store) == ("model.save", f"t: {key}")
    assert (store.models("t"), store.models("u")) == (dict.fromkeys(keys, AT), {})
    for place, key in enumerate(keys):
        assert store.model("t", key) == Model("t", key, f"{place}", bytes(range(256)) * 2, AT)
        store.drop_model("t", key, "me", AT)
        assert last_audited(store) == ("model.drop", f"t: {key}")
        before = store.audit_head()
        store.drop_model("t", key, "me", AT)
        assert (store.model("t", key), len(store.models("t"))) == (None, len(keys) - place - 1)
        assert store.audit_head() == before


def test_origins_are_called_by_time_and_content_or_by_name() -> None:
    at = datetime(2026, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=1)))
    said = [str(ModelKey(origin, Lesson("odd: one", "abc"))) for origin in (OfRun(at), OfRun(at, "x"), OfSnapshot("y"))]
    assert said == [
        "run: 2026-01-31T22:30:00+00:00 -: odd: one abc",
        "run: 2026-01-31T22:30:00+00:00 x: odd: one abc",
        "snapshot: y: odd: one abc",
    ]


def test_a_channel_has_its_messages_in_their_order_and_an_incident_has_its_own(store: Store) -> None:
    run(store, 1, result("r", Status.FAILED))
    alerts = [
        Alert(channel, key, "{}", AT, AT, incidents=(1,)) for channel, key in (("a", "1"), ("b", "1"), ("a", "2"))
    ]
    with store.writing() as ledger:
        ledger.enqueue([*alerts, alerts[0]])
    later, lease = AT + timedelta(minutes=5), AT + timedelta(minutes=1)
    assert [(one.channel, one.dedup_key) for one in store.claim_alerts(AT, lease, 1, ["a"])] == [("a", "1")]
    assert [one.channel for one in store.claim_alerts(AT, lease)] == ["b"]
    store.settle_alert(1, AT, "down", later)
    assert store.claim_alerts(AT, lease) == ()
    assert [one.dedup_key for one in store.claim_alerts(later, later + timedelta(minutes=1), 9, ["a"])] == ["1", "2"]
    store.release_alert(3)
    store.settle_alert(1, later, "gone", None)
    assert [(one.number, one.given_up) for one in store.alerts(failed=True)] == [(1, True)]
    assert store.retry_alerts(later, "a") == 2
    assert [one.number for one in store.claim_alerts(later, later + timedelta(minutes=1))] == [1, 2, 3]
    store.settle_alert(1, later, None, None)
    assert [(one.channel, one.delivered_at) for one in store.alerts_of(1)] == [("a", later), ("b", None), ("a", None)]
    assert [one.alerted_at for one in store.incidents(resolved=True)] == [AT]


def test_the_past_is_given_back(store: Store) -> None:
    run(store, 1, result("r", Status.FAILED), at=AT - timedelta(days=9))
    run(store, 2, result("r", Status.PASSED))
    assert [(one.kind, one.dataset, one.incident) for one in store.events(AT)] == [
        ("opened", "t", 1),
        ("resolved", "t", 1),
    ]
    assert store.events(AT + timedelta(seconds=1)) == ()
    assert [(one.dataset, one.at, one.score) for one in store.runs(AT)] == [("t", AT, 50.0)]
    with store.writing() as ledger:
        assert ledger.recent("t", ("r", None), 1) == (0.5,)
        assert ledger.recent("t", ("r", "a"), 4) == ()
    assert [one.number for one in store.wanted_incidents(Wanted(AT, statuses=(IncidentStatus.RESOLVED,)))] == [1]
    assert store.wanted_incidents(Wanted(AT)) == ()
    assert store.wanted_incidents(Wanted(AT, numbers=(1,), assignees=("ann",))) == ()


def test_the_outbox_gives_a_message_to_one_process_at_a_time(store: Store, address: str) -> None:
    with store.writing() as ledger:
        ledger.enqueue([Alert("data", key, "{}", AT, AT) for key in ("a", "b", "a")])
    other = open_store(address)
    later = AT + timedelta(minutes=5)
    claimed = store.claim_alerts(AT, later)
    assert [(one.dedup_key, one.attempts) for one in claimed] == [("a", 0), ("b", 0)]
    assert other.claim_alerts(AT, later) == ()
    numbers = [one.number or 0 for one in claimed]
    store.settle_alert(numbers[0], AT, None, None)
    store.settle_alert(numbers[1], AT, "503", later)
    assert [(one.dedup_key, one.attempts, one.last_error) for one in other.alerts(failed=True)] == [("b", 1, "503")]
    assert [one.dedup_key for one in other.claim_alerts(later, FAR)] == ["b"]
    other.close()


def add(store: Store, email: str, role: Role, *, password: str | None = HASH) -> None:
    store.add_user(NewUser(email, "Ann", role, password), "me", AT)


def test_the_first_user_is_an_owner_and_closes_the_store(store: Store, address: str) -> None:
    assert store.identity("me", AT).open
    with pytest.raises(UsageError, match="the first user must be an Owner"):
        add(store, "ann@example.com", Role.VIEWER)
    add(store, "ann@example.com", Role.OWNER)
    with pytest.raises(UsageError, match="a user with this address"):
        add(store, "ann@example.com", Role.OWNER)
    assert not store.identity("me", AT).open
    stranger = open_store(address, "nonsense")
    assert stranger.identity("me", AT).role is None
    stranger.close()


def test_a_login_is_a_session_until_it_ends(store: Store, address: str) -> None:
    now = datetime.now(UTC)
    add(store, "ann@example.com", Role.OWNER)
    assert store.password_salt("ann@example.com") == HASH[:29]
    assert len(store.password_salt("bob@example.com")) == 29
    assert (
        store.password_salt("bob@example.com") == store.password_salt("bob@example.com") != store.password_salt("eve")
    )
    session = Session(digest("idqp_s_secret"), now + timedelta(hours=12))
    assert store.log_in("bob@example.com", HASH, session, now) is None
    user = store.log_in("ann@example.com", HASH, session, now)
    assert user is not None
    assert (user.email, user.role) == ("ann@example.com", Role.OWNER)
    own = open_store(address, "idqp_s_secret")
    assert own.identity("me", now) == Identity("ann@example.com", Role.OWNER, expires_at=session.expires_at)
    own.log_out(now)
    assert own.identity("me", now).role is None
    own.close()


def test_wrong_passwords_lock_out_and_an_owner_unlocks(store: Store) -> None:
    now = datetime.now(UTC)
    add(store, "ann@example.com", Role.OWNER)
    session = Session(digest("s"), now + timedelta(hours=1))
    wrong = HASH[:-1] + "y"
    assert [store.log_in("ann@example.com", wrong, session, now) for _ in range(5)] == [None] * 5
    assert store.log_in("ann@example.com", HASH, session, now) is None
    (found,) = store.users()
    assert found.locked_until is not None
    assert timedelta(0) < found.locked_until - now < timedelta(minutes=2)
    store.unlock_user("ann@example.com", "me", now)
    assert store.log_in("ann@example.com", HASH, session, now) is not None


def test_the_last_owner_stays(store: Store) -> None:
    add(store, "ann@example.com", Role.OWNER)
    add(store, "bob@example.com", Role.OWNER)
    store.change_role("ann@example.com", Role.VIEWER, "me", AT)
    with pytest.raises(UsageError, match="this is the last Owner"):
        store.change_role("bob@example.com", Role.VIEWER, "me", AT)
    with pytest.raises(UsageError, match="this is the last Owner"):
        store.disable_user("bob@example.com", "me", AT)
    with pytest.raises(UsageError, match="there is no user 'eve'"):
        store.change_role("eve", Role.OWNER, "me", AT)
    assert {(one.email, one.role) for one in store.users()} == {
        ("ann@example.com", Role.VIEWER),
        ("bob@example.com", Role.OWNER),
    }


def test_a_disabled_user_and_a_new_password_end_sessions(store: Store, address: str) -> None:
    now = datetime.now(UTC)
    add(store, "ann@example.com", Role.OWNER)
    add(store, "bob@example.com", Role.REVIEWER)
    for number in range(2):
        token = f"s{number}"
        assert store.log_in("bob@example.com", HASH, Session(digest(token), now + timedelta(hours=1)), now) is not None
        own = open_store(address, token)
        assert own.identity("me", now).role is Role.REVIEWER
        if number:
            store.disable_user("bob@example.com", "me", now)
        else:
            store.change_password("bob@example.com", HASH, "me", now)
        assert own.identity("me", now).role is None
        own.close()
    assert store.log_in("bob@example.com", HASH, Session(digest("z"), now + timedelta(hours=1)), now) is None


def test_tokens_for_programs(store: Store, address: str) -> None:
    now = datetime.now(UTC)
    add(store, "ann@example.com", Role.OWNER)
    token = NewToken("ci", digest("idqp_ci_x"), ("runs:write",), now + timedelta(days=3))
    store.create_token(token, "ann@example.com", now)
    with pytest.raises(UsageError, match="a token with this name exists already"):
        store.create_token(token, "ann@example.com", now)
    program = open_store(address, "idqp_ci_x")
    found = program.identity("me", now)
    assert (found.actor, found.role, found.scopes) == ("token:ci", Role.CI, ("runs:write",))
    run(program, 1, result("r", Status.PASSED))
    assert store.tokens()[0].last_used_at is not None
    store.revoke_token("ci", "ann@example.com", now)
    assert program.identity("me", now).role is None
    program.close()
    with pytest.raises(UsageError, match="there is no token 'x'"):
        store.revoke_token("x", "me", now)


def test_every_write_is_in_the_audit_chain(store: Store) -> None:
    heads = [run(store, number, result("r", Status.FAILED)) for number in range(3)]
    acknowledge(store, [1], 'a "comment" \\ with \x7f \u2028 é \t\n\x01', "me", AT)
    entries = list(store.audit())
    assert [one.sequence for one in entries] == list(range(1, len(entries) + 1))
    assert [one.action for one in entries] == [
        "check.record",
        "incident.opened",
        "check.record",
        "check.record",
        "incident.acknowledged",
    ]
    assert verify(entries, store.audit_head(), heads[1]) is None
    assert [one.sequence for one in store.audit(limit=2, newest=True)] == [5, 4]
    assert [one.sequence for one in store.audit(after=3)] == [4, 5]


def test_info_counts_what_is_there(store: Store) -> None:
    run(store, 1, result("r", Status.FAILED))
    info = store.info()
    assert (info.version, info.rows["incidents"], info.rows["check_runs"], info.head) == (
        info.newest_version,
        1,
        1,
        store.audit_head(),
    )
    assert info.size > 0
