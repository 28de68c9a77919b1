"""From every earlier version to this one with data in it; from SQLite to PostgreSQL; and back from a backup."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlite_utils import Database

import store_writers
from conftest import Cluster, Shell
from idqp_cli.access import tokens
from idqp_cli.anomaly.saved_model import Lesson
from idqp_cli.core.errors import StoreError, UsageError
from idqp_cli.core.incident import Alert, IncidentStatus
from idqp_cli.core.model import DatasetReport, MetricKey, RunStatus
from idqp_cli.schemas.schema import SchemaColumn, SchemaVersion
from idqp_cli.store import Store, migrations, open_store
from idqp_cli.store.audit import GENESIS, entry_hash, verify
from idqp_cli.store.identity import Role
from idqp_cli.store.migrations.facts import facts
from idqp_cli.store.migrations.origins import origins
from idqp_cli.store.postgres import migrations as postgres_migrations
from idqp_cli.store.postgres.migrations import upgrade
from idqp_cli.store.values import Baseline, Model, ModelKey, NewUser, OfRun, OfSnapshot, Origin
from store_writers import acknowledge

NOW = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
# The first version of a PostgreSQL store that something can be written into.
WITH_FUNCTIONS = 2
RULE = (
    "INSERT INTO rules (id, dataset_id, name, rule_type, params, severity, enabled, digest, created_at)"
    " VALUES (?, 1, ?, ?, '{}', 'warning', ?, ?, ?)"
)
Rows = list[tuple[str, tuple[object, ...]]]
MODEL = ModelKey(OfRun(NOW), Lesson("r", "0a1b2c3d4e5f"))


def made_by(version: int, path: Path) -> None:
    """Make a store as an earlier version did, with a run, an acknowledged incident and a chain of two entries."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        db = Database(connection)
        migrations.MIGRATIONS[0](db)
        connection.executescript(f"""
            PRAGMA application_id = {migrations.APPLICATION_ID};
            PRAGMA user_version = {version};
            INSERT INTO datasets (id, name, description, owner, created_at) VALUES (1, 't', NULL, NULL, '{NOW.isoformat()}');
            INSERT INTO rules VALUES (1, 1, 'r', 'range', '{{"min":0}}', 0, 'warning', 1, 'abc', '{NOW.isoformat()}');
            INSERT INTO check_runs VALUES
                (1, 'run', 1, '{NOW.isoformat()}', 'me', 't.csv', 3, 'failed', 0.0,
                 '{{"r":{{"status":"failed","metric_value":0.25,"rows_evaluated":4,"rows_failed":1}},"x":{{"status":"error","metric_value":null,"rows_evaluated":null,"rows_failed":null}}}}'),
                (2, 'odd', 1, '{NOW.isoformat()}', 'me', 't.csv', 3, 'failed', 0.0, '{{"r":{{"metric_value":NaN}}}}');
            INSERT INTO check_run_rules VALUES (1, 1);
            INSERT INTO incidents
                (id, dataset_id, rule, rule_type, segment, severity, status, created_at, last_seen_at, resolved_at,
                 occurrences, metric_value, description) VALUES
                (7, 1, 'r', 'range', NULL, 'warning', 'acknowledged', '{NOW.isoformat()}', '{NOW.isoformat()}', NULL, 2, 0.25, 'said');
            INSERT INTO incident_events VALUES (1, 7, '{NOW.isoformat()}', 'opened', 'me', 'run', 0.25, 'said');
            INSERT INTO acknowledgements VALUES (1, 7, 'me', 'at it', '{NOW.isoformat()}');
            INSERT INTO schema_versions VALUES (1, 1, '1.0.0', '[{{"name":"a","type":"BIGINT","nullable":true}}]', '{NOW.isoformat()}');
        """)
        previous = GENESIS
        for number in (1, 2):
            entry = {
                "seq": number,
                "at": NOW.isoformat(),
                "actor": "me",
                "action": "check.record",
                "object": "t",
                "detail": "{}",
            }
            found = entry_hash(previous, entry)
            connection.execute(
                "INSERT INTO audit_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [*entry.values(), previous, found]
            )
            previous = found
        for step in migrations.MIGRATIONS[1:version]:
            step(db)


@pytest.mark.parametrize("version", range(1, migrations.VERSION))
def test_a_store_of_every_earlier_version_is_brought_here_with_all_that_is_in_it(tmp_path: Path, version: int) -> None:
    made_by(version, tmp_path / "s.db")
    with closing(open_store(str(tmp_path / "s.db"))) as store:
        assert store.info().version == migrations.VERSION
        (incident,) = store.incidents(resolved=False)
        assert (incident.number, incident.status, incident.occurrences, incident.assignee) == (
            7,
            IncidentStatus.ACKNOWLEDGED,
            2,
            None,
        )
        (point,) = store.metrics("t")["r", None]
        assert (point.run_id, point.value, point.rows_failed, point.at) == ("run", 0.25, 1, NOW)
        assert store.rules("t") == ()
        assert store.schema_versions("t")[0].columns == (SchemaColumn("a", "BIGINT"),)
        assert verify(store.audit(), store.audit_head()) is None
        assert store.audit_head().startswith("2:")
        acknowledge(store, [7], "again", "me", NOW)


# What older stores have in the names of baselines and models, whose time is NOW or, of the last, a part of a second later.
SPLIT_SECOND = NOW + timedelta(microseconds=42)
OLD_BASELINES: dict[str, Origin] = {
    "week: no": OfSnapshot("week: no"),
    "RUN: week": OfSnapshot("RUN: week"),
    f"run: {NOW.isoformat()}": OfRun(NOW),
    f"run: {NOW.isoformat()} 0123456789ab": OfRun(NOW, "0123456789ab"),
    f"run: {SPLIT_SECOND.isoformat()} 0123456789ab": OfRun(SPLIT_SECOND, "0123456789ab"),
}
OLD_MODELS = {
    f"run: {NOW.isoformat()} -: odd 0a1b2c3d4e5f": ModelKey(OfRun(NOW), Lesson("odd", "0a1b2c3d4e5f")),
    f"run: {NOW.isoformat()} 0123456789ab: odd: one\n 0a1b2c3d4e5f": ModelKey(
        OfRun(NOW, "0123456789ab"), Lesson("odd: one\n", "0a1b2c3d4e5f")
    ),
    "snapshot: gold: run: 1 -: x 0a1b2c3d4e5f": ModelKey(OfSnapshot("gold"), Lesson("run: 1 -: x", "0a1b2c3d4e5f")),
    "snapshot: all of it: odd 0a1b2c3d4e5f": ModelKey(OfSnapshot("all of it"), Lesson("odd", "0a1b2c3d4e5f")),
    f"run: {SPLIT_SECOND.isoformat()} 0123456789ab: odd 0a1b2c3d4e5f": ModelKey(
        OfRun(SPLIT_SECOND, "0123456789ab"), Lesson("odd", "0a1b2c3d4e5f")
    ),
}
# The versions that have the tables, and had no columns for it.
PACKED = [
    *(("sqlite", version) for version in range(2, 1 + migrations.MIGRATIONS.index(origins))),
    *(("postgresql", version) for version in range(1, 1 + postgres_migrations.MIGRATIONS.index("origins"))),
]


def old_rows(at: datetime) -> Rows:
    """Return statements that write what an older version kept under names, and their values."""
    rows: Rows = []
    for name, origin in OLD_BASELINES.items():
        when = origin.at if isinstance(origin, OfRun) else at
        sql = "INSERT INTO baselines (dataset_id, name, summary, created_at, created_by) VALUES (1, ?, ?, ?, 'me')"
        rows.append((sql, (name, f'{{"said": "{origin}"}}', when.isoformat())))
    for number, (name, key) in enumerate(OLD_MODELS.items()):
        when = key.origin.at if isinstance(key.origin, OfRun) else at
        sql = "INSERT INTO models (dataset_id, name, settings, arrays, created_at) VALUES (1, ?, ?, ?, ?)"
        rows.append((sql, (name, f"{number}", bytes([number]), when.isoformat())))
    return rows


@contextmanager
def brought_here(kind: str, version: int, folder: Path, cluster: Cluster, rows: Rows) -> Iterator[Store]:
    """Open a store of an earlier version, with the dataset t and some rows, after it was brought to this version."""
    if kind == "sqlite":
        made_by(version, folder / "s.db")
        with closing(sqlite3.connect(folder / "s.db")) as old, old:
            for sql, values in rows:
                old.execute(sql, values)
        address = str(folder / "s.db")
    else:
        address = cluster.address(cluster.new_database("template0"))
        upgrade(address, version)
        with psycopg.connect(address) as newer:
            newer.execute("SET search_path = idqp")
            newer.execute("INSERT INTO datasets (id, name, created_at) VALUES (1, 't', %s)", [NOW])
            if version >= WITH_FUNCTIONS:
                newer.execute("SELECT _make_partitions(%s)", [NOW])
            newer.execute(
                "INSERT INTO incident_places (id, dataset_id, rule, created_at) VALUES (7, 1, 'r', %s)", [NOW]
            )
            for sql, values in rows:
                newer.execute(sql.replace("?", "%s").encode(), values)
        upgrade(address)
    with closing(open_store(address)) as store:
        yield store


@pytest.mark.parametrize(("kind", "version"), PACKED)
def test_what_left_baselines_and_models_is_read_from_the_names_of_older_stores(
    kind: str, version: int, tmp_path: Path, cluster: Cluster
) -> None:
    with brought_here(kind, version, tmp_path, cluster, old_rows(NOW)) as store:
        known = {one.origin: json.loads(one.summary)["said"] for one in store.baselines("t")}
        assert known == {origin: str(origin) for origin in OLD_BASELINES.values()}
        assert set(store.models("t")) == set(OLD_MODELS.values())
        for number, key in enumerate(OLD_MODELS.values()):
            model = store.model("t", key)
            assert model is not None
            assert (model.settings, model.arrays) == (f"{number}", bytes([number]))
            assert model.created_at == (key.origin.at if isinstance(key.origin, OfRun) else NOW)
        assert [str(one) for one in (*OLD_BASELINES.values(), *OLD_MODELS.values())] == [*OLD_BASELINES, *OLD_MODELS]
        before = len(OLD_BASELINES)
        for origin in OLD_BASELINES.values():
            store.save_baseline(Baseline("t", origin, "{}", NOW, "me"))
            assert {one.summary for one in store.baselines("t") if one.origin == origin} == {"{}"}
        assert len(store.baselines("t")) == before


# What older stores have in place of a rule for a metric, where the rules `r`, `r: a` and `mean(x)` are recorded.
OLD_METRICS = {
    "metric: row_count": MetricKey(None, "row_count"),
    "metric: mean(a: b)": MetricKey(None, "mean(a: b)"),
    "metric: r: row_count": MetricKey("r", "row_count"),
    "metric: r: mean(a: b)": MetricKey("r", "mean(a: b)"),
    "metric: r: a: mean(b\n)": MetricKey("r: a", "mean(b\n)"),
    "metric: mean(x): max(y)": MetricKey("mean(x)", "max(y)"),
    "metric: gone: one: row_count": MetricKey("gone: one", "row_count"),
}
# Rules that are named like a metric, and one of a spelling of its own.
OLD_RESULTS = ("metric: nothing", "metric: max(x)", "Metric: row_count")
# What people and runs wrote when an incident was resolved, and the reason that it is.
OLD_EVENTS = [
    ("resolved", None, "fixed: a bug: expected", "fixed"),
    ("judged", None, "false_positive", "false_positive"),
    ("judged", None, "expectedly: so", None),
    ("acknowledged", None, "expected: by me", None),
    ("resolved", "run", "expected: by the rule", None),
    ("resolved", None, "", None),
]
FACTS = [
    *(("sqlite", version) for version in range(2, 1 + migrations.MIGRATIONS.index(facts))),
    *(("postgresql", version) for version in range(WITH_FUNCTIONS, 1 + postgres_migrations.MIGRATIONS.index("facts"))),
]


def old_facts() -> Rows:
    """Return statements that write metrics and events as an older version did."""
    kept = NOW + timedelta(days=1)
    rows: Rows = [
        (
            RULE,
            (90 + number, name, kind, True, f"d{number}", kept.isoformat()),
        )
        for number, (name, kind) in enumerate(
            [
                ("r", "anomaly"),
                ("r: a", "anomaly"),
                ("mean(x)", "anomaly"),
                ("metric: max(x)", "range"),
                ("gone", "range"),
            ]
        )
    ]
    run = "INSERT INTO check_runs (id, run_id, dataset_id, run_at, actor, status, metrics) VALUES (?, ?, 1, ?, 'me', 'passed', '{}')"
    rows.append((run, (90, "kept", kept.isoformat())))
    metric = (
        "INSERT INTO metrics (check_run_id, dataset_id, rule, segment, run_at, status, value, rows_evaluated)"
        " VALUES (90, 1, ?, ?, ?, ?, ?, ?)"
    )
    for name in (*OLD_METRICS, *OLD_RESULTS):
        rows += [(metric, (name, segment, kept.isoformat(), "passed", 2.5, None)) for segment in (None, "a: b")]
    # A rule that is called so, and looked at rows.
    rows.append((metric, ("metric: row_count", None, kept.isoformat(), "failed", 0.5, 4)))
    rows.append((metric, ("metric: row_count", None, kept.isoformat(), "passed", 0.0, 4)))
    event = "INSERT INTO incident_events (incident_id, at, kind, actor, run_id, detail) VALUES (7, ?, ?, 'me', ?, ?)"
    return rows + [(event, (kept.isoformat(), kind, run_id, detail)) for kind, run_id, detail, _ in OLD_EVENTS]


@pytest.mark.parametrize(("kind", "version"), FACTS)
def test_metrics_and_reasons_are_read_from_the_texts_of_older_stores(
    kind: str, version: int, tmp_path: Path, cluster: Cluster
) -> None:
    with brought_here(kind, version, tmp_path, cluster, old_facts()) as store:
        measured = store.measured("t")
        assert set(measured) == {(key, segment) for key in OLD_METRICS.values() for segment in (None, "a: b")}
        assert {tuple(point.value for point in points) for points in measured.values()} == {(2.5,)}
        results = store.metrics("t", since=NOW + timedelta(hours=1))
        assert set(results) == {
            *((name, segment) for name in OLD_RESULTS for segment in (None, "a: b")),
            ("metric: row_count", None),
        }
        of_rule = results["metric: row_count", None]
        assert [(point.status, point.value) for point in of_rule] == [("failed", 0.5), ("passed", 0.0)]
        assert [str(key) for key in OLD_METRICS.values()] == [name.removeprefix("metric: ") for name in OLD_METRICS]
        events = store.timeline(7)[-len(OLD_EVENTS) :]
        assert [(event.kind, event.detail, event.reason) for event in events] == [
            (what, detail, reason) for what, _, detail, reason in OLD_EVENTS
        ]
        report = DatasetReport("t", "t.csv", 2, RunStatus.PASSED, 50.0, None, ())
        with store.writing() as ledger:
            ledger.record_run("new", NOW, "me", report, [], {(MetricKey(None, "row_count"), None): 3.0})
        assert [point.value for point in store.measured("t")[MetricKey(None, "row_count"), None]] == [3.0, 2.5]


def test_30_processes_bring_an_old_store_here_at_once(tmp_path: Path) -> None:
    made_by(1, tmp_path / "s.db")
    done = subprocess.run(
        [sys.executable, store_writers.__file__, "many", str(tmp_path / "s.db"), "30", "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    with closing(open_store(str(tmp_path / "s.db"))) as store:
        assert (store.info().version, store.info().rows["incidents"]) == (migrations.VERSION, 1)


@pytest.mark.parametrize("version", range(postgres_migrations.VERSION))
def test_postgresql_is_upgraded_from_every_earlier_version_and_only_by_upgrade(cluster: Cluster, version: int) -> None:
    address = cluster.address(name := cluster.new_database("template0"))
    assert upgrade(address, version) == (0, version)
    if version:
        cluster.run("INSERT INTO idqp.datasets (name, created_at) VALUES ('t', now())", name)
    with pytest.raises(StoreError, match=r"idqp store upgrade"):
        open_store(address)
    assert upgrade(address) == (version, postgres_migrations.VERSION)
    with closing(open_store(address)) as store:
        store_writers.record(store, "r")
        assert [one.name for one in store.datasets()] == ["t"]


def test_a_postgresql_store_from_the_future_is_refused(cluster: Cluster) -> None:
    address = cluster.address(name := cluster.new_database())
    cluster.run("INSERT INTO idqp.migrations (version, name) VALUES (99, 'tomorrow')", name)
    for attempt in (open_store, upgrade):
        with pytest.raises(StoreError, match=r"created by a newer idqp \(version 99\); upgrade idqp"):
            attempt(address)


def test_postgresql_without_a_store_and_without_rights_is_said(cluster: Cluster) -> None:
    cluster.login_roles("nobody_known")
    name = cluster.new_database("template0")
    with pytest.raises(
        StoreError, match="contains no idqp store; its administrator creates one with idqp store upgrade"
    ):
        open_store(cluster.address(name))
    with pytest.raises(StoreError, match="not permitted"):
        upgrade(cluster.address(name, "nobody_known"))


def filled(path: Path) -> None:
    """Make a store that holds a row of every kind, also awkward ones."""
    with closing(open_store(str(path))) as store:
        store_writers.record(store, "r1")
        store_writers.record(store, "r2")
        acknowledge(store, [1], 'a "comment"\n\\ é \x01', "me", NOW)
        store.enable_rule("t", "r1", "me", NOW, enabled=False)
        store.save_baseline(Baseline("t", OfSnapshot("b"), '{"a": 1}', NOW, "me"))
        store.save_baseline(Baseline("t", OfRun(NOW, "c0ffee"), "{}", NOW, "me"))
        store.save_model(Model("t", MODEL, "{}", bytes(range(256)), NOW), "me")
        store.add_user(NewUser("ann@x", "Änn", Role.OWNER, "$2b$12$" + "a" * 53), "me", NOW)
        with store.writing() as ledger:
            ledger.record_schema("t", None, SchemaVersion("1.0.0", (SchemaColumn("a", "BIGINT"),)), NOW, "me")
            ledger.enqueue([Alert("data", "k", "{}", NOW, NOW)])


def test_a_store_moves_to_postgresql_row_for_row_and_goes_on_there(tmp_path: Path, cluster: Cluster) -> None:
    filled(tmp_path / "s.db")
    address = cluster.address(cluster.new_database("template0"))
    with closing(open_store(str(tmp_path / "s.db"))) as old:
        rows = old.move(address)
        with closing(open_store(address)) as new:
            assert {table: rows[table] for table in old.info().rows} == new.info().rows == old.info().rows
            assert (new.audit_head(), list(new.audit())) == (old.audit_head(), list(old.audit()))
            assert verify(new.audit(), new.audit_head()) is None
            for number in (1, 2, 3):
                assert (new.incident(number), new.timeline(number)) == (old.incident(number), old.timeline(number))
            for read in ("users", "datasets", "disabled_rules", "baselines"):
                assert getattr(new, read)() == getattr(old, read)()
            assert (new.metrics("t"), new.rules("t"), new.model("t", MODEL)) == (
                old.metrics("t"),
                old.rules("t"),
                old.model("t", MODEL),
            )
            assert (new.schema_versions("t"), new.alerts(failed=False)) == (
                old.schema_versions("t"),
                old.alerts(failed=False),
            )
            store_writers.record(new, "r3")
            assert {one.occurrences for one in new.incidents(resolved=True)} == {3}
            assert verify(new.audit(), new.audit_head(), old.audit_head()) is None
        with pytest.raises(UsageError, match="holds a store that is in use"):
            old.move(address)


def test_a_move_that_fails_leaves_the_target_empty(tmp_path: Path, cluster: Cluster) -> None:
    filled(tmp_path / "s.db")
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as spoilt:
        spoilt.execute("UPDATE check_runs SET rows = 'many' WHERE id = 2")
    name = cluster.new_database("template0")
    with closing(open_store(str(tmp_path / "s.db"))) as old, pytest.raises(StoreError, match="invalid input syntax"):
        old.move(cluster.address(name))
    with closing(open_store(cluster.address(name))) as new:
        assert set(new.info().rows.values()) == {0}


def as_owner(path: Path) -> dict[str, str]:
    """Return the environment in which the Owner of a filled store acts."""
    at = datetime.now(UTC)
    secret, session = tokens.session(at)
    with closing(open_store(str(path))) as store:
        assert store.log_in("ann@x", "$2b$12$" + "a" * 53, session, at)
    return {"IDQP_TOKEN": secret}


def test_a_backup_taken_while_others_write_is_a_whole_store(shell: Shell) -> None:
    path = shell.folder / "s.db"
    filled(path)
    with subprocess.Popen(
        [sys.executable, store_writers.__file__, "endless", str(path), "w"], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        ran = shell.idqp("store", "backup", "copy.db", "--store", "s.db", env=as_owner(shell.folder / "s.db"))
        writer.kill()
    assert (ran.code, ran.err) == (0, "idqp: wrote the store to copy.db\n")
    with closing(open_store(str(shell.folder / "copy.db"))) as copy:
        assert verify(copy.audit(), copy.audit_head()) is None
        assert copy.info().rows["check_runs"] >= 3
    ran = shell.idqp("store", "backup", "copy.db", "--store", "s.db", env=as_owner(shell.folder / "s.db"))
    assert (ran.code, "file exists" in ran.err) == (4, True)


def test_info_says_who_holds_people_to_their_roles(shell: Shell, cluster: Cluster, database: str) -> None:
    filled(shell.folder / "s.db")
    ran = shell.idqp("store", "info", "--store", "s.db", env=as_owner(shell.folder / "s.db"))
    assert (ran.code, "enforcement: advisory  roles prevent mistakes, not attacks" in ran.out) == (0, True)
    cluster.login_roles("vera")
    address = cluster.address(database)
    with closing(open_store(address)) as store:
        store.add_user(NewUser("ann@x", "Ann", Role.OWNER, None), "me", NOW)
        store.add_user(NewUser("vera@x", "Vera", Role.VIEWER, None, "vera"), "me", NOW)
    found = shell.idqp("store", "info", "--format", "json", env={"IDQP_STORE": cluster.address(database, "vera")}).json
    assert (found["backend"], found["enforcement"], found["rows"]["users"]) == ("postgresql", "server", 2)
    ran = shell.idqp("store", "info", "--format", "csv", env={"IDQP_STORE": address})
    assert "users,2" in ran.out.splitlines()


def test_store_upgrade_and_move_as_commands(shell: Shell, cluster: Cluster) -> None:
    filled(shell.folder / "s.db")
    target = cluster.address(cluster.new_database("template0"))
    assert (
        f"upgraded the store from version 0 to {postgres_migrations.VERSION}"
        in shell.idqp("store", "upgrade", "--store", target).err
    )
    assert "the store is up to date" in shell.idqp("store", "upgrade", "--store", target).err
    assert "the store is up to date" in shell.idqp("store", "upgrade", "--store", "s.db").err
    assert (
        "rows; name the new store"
        in shell.idqp("store", "move", target, "--store", "s.db", env=as_owner(shell.folder / "s.db")).err
    )
    shell.write("rules.yaml", f'{{"version": 1, "store": "{target}", "datasets": {{"t": {{"path": "t.csv"}}}}}}')
    assert len(shell.idqp("incident", "list", "--format", "json").json) == 3
    for words, said in ((["backup", "x"], "pg_dump"), (["move", target], "only an SQLite store can be moved")):
        ran = shell.idqp("store", *words)
        assert (ran.code, said in ran.err) == (2, True)
