"""People with psql and bad intentions: the database refuses what their role may not do, whatever idqp would say."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from conftest import Cluster
from idqp_cli.core.errors import StoreError
from idqp_cli.core.incident import Enforcement
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from idqp_cli.store.passwords import digest
from idqp_cli.store.postgres.migrations import upgrade
from idqp_cli.store.values import NewToken, NewUser, Session
from postgres_server import binaries
from store_writers import acknowledge, record

NOW = datetime.now(UTC)
FAR = datetime(2099, 1, 1, tzinfo=UTC)
HASH = "$2b$12$" + "a" * 21 + "O" + "x" * 31
# A login role in each group; one that shares the credential of programs, one shut out, one of another store.
PEOPLE = {
    "vera": Role.VIEWER,
    "rob": Role.REVIEWER,
    "max": Role.MAINTAINER,
    "ann": Role.OWNER,
    "bot": Role.CI,
    "gone": Role.OWNER,
}
EVERYONE = (*PEOPLE, "shared", "other", "nobody_known")

TABLES = (
    "users", "sessions", "tokens", "secrets", "datasets", "rules", "rule_switches", "check_runs", "check_run_rules", "metrics",
    "incident_places", "incidents", "incident_events", "acknowledgements", "schema_versions", "baselines", "models", "alerts", "alert_incidents",
    "audit_events", "audit_head", "migrations", "seen_files", "stream_offsets",
)  # fmt: skip

# What nobody may do, the Owner neither.
NEVER = [
    *(f"DELETE FROM idqp.{table}" for table in TABLES),
    *(f"TRUNCATE idqp.{table} CASCADE" for table in TABLES),
    *(f"INSERT INTO idqp.{table} SELECT * FROM idqp.{table}" for table in TABLES),
    *(f"ALTER TABLE idqp.{table} DISABLE ROW LEVEL SECURITY" for table in ("users", "audit_events", "incidents")),
    "UPDATE idqp.users SET role = 'owner'",
    "UPDATE idqp.users SET password_hash = ''",
    "UPDATE idqp.incidents SET status = 'resolved'",
    "UPDATE idqp.audit_events SET actor = 'someone else'",
    "UPDATE idqp.audit_head SET seq = 0",
    "UPDATE idqp.check_runs SET status = 'passed'",
    "INSERT INTO idqp.users (email, full_name, role, created_at) VALUES ('evil', '', 'owner', now())",
    "INSERT INTO idqp.sessions (digest, user_id, created_at, expires_at) VALUES ('x', 1, now(), 'infinity')",
    "INSERT INTO idqp.audit_events VALUES (99, '', 'x', 'x', 'x', '{}', '', '')",
    "SELECT * FROM idqp.users",
    "SELECT password_hash FROM idqp.users",
    "SELECT u FROM idqp.users u",
    "SELECT * FROM idqp.sessions",
    "SELECT digest FROM idqp.tokens",
    "SELECT * FROM idqp.secrets",
    "TABLE pg_authid",
    "COPY idqp.users TO STDOUT",
    "COPY (SELECT password_hash FROM idqp.users) TO STDOUT",
    "COPY idqp.incidents FROM STDIN",
    "COPY idqp.audit_events TO '/tmp/x'",
    "COPY idqp.datasets FROM PROGRAM 'id'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "SET ROLE idqp_definer",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "SET SESSION AUTHORIZATION ann_the_other",
    "SET session_replication_role = replica",
    "ALTER SYSTEM SET fsync = off",
    "GRANT idqp_owner TO SESSION_USER",
    "GRANT idqp_definer TO SESSION_USER",
    "GRANT idqp_owner TO vera WITH ADMIN OPTION",
    "GRANT ALL ON ALL TABLES IN SCHEMA idqp TO PUBLIC",
    "GRANT UPDATE ON idqp.users TO SESSION_USER",
    "CREATE ROLE evil SUPERUSER",
    "ALTER ROLE vera SUPERUSER",
    "ALTER ROLE idqp_definer LOGIN",
    "DROP ROLE ann",
    "ALTER TABLE idqp.audit_events DISABLE TRIGGER ALL",
    "ALTER TABLE idqp.audit_events OWNER TO SESSION_USER",
    "DROP TRIGGER append_only ON idqp.audit_events",
    "DROP TABLE idqp.audit_events CASCADE",
    "DROP SCHEMA idqp CASCADE",
    "ALTER SCHEMA idqp OWNER TO SESSION_USER",
    "ALTER SCHEMA idqp RENAME TO gone",
    "DROP POLICY readers ON idqp.incidents",
    "CREATE POLICY all_of_it ON idqp.sessions USING (true)",
    "CREATE TABLE idqp.mine (a int)",
    "CREATE FUNCTION idqp.may_read() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "CREATE OR REPLACE FUNCTION idqp.whoami(OUT a text, OUT b text, OUT c text, OUT d timestamptz) LANGUAGE sql AS 'SELECT 1,2,3,4'",
    "ALTER FUNCTION idqp.record_run SECURITY INVOKER",
    "ALTER FUNCTION idqp.record_run SET search_path = public",
    "DROP FUNCTION idqp._append_only CASCADE",
    "CREATE TRIGGER mine BEFORE INSERT ON idqp.audit_events EXECUTE FUNCTION idqp._append_only()",
    "CREATE RULE silent AS ON INSERT TO idqp.audit_events DO INSTEAD NOTHING",
    "CREATE INDEX ON idqp.users (password_hash)",
    "CREATE EXTENSION file_fdw",
    "CREATE FUNCTION public.evil() RETURNS int LANGUAGE c AS 'libc', 'system'",
    "CREATE DATABASE mine",
    "COMMENT ON TABLE idqp.audit_events IS 'x'",
    "SELECT idqp._audit('ann', '[\"x\",\"x\",{}]')",
    "SELECT idqp._require('{viewer}')",
    "SELECT idqp._group(1, 'owner')",
    "SELECT idqp._make_partitions(now())",
    "SELECT idqp._dataset('x', now())",
    "SELECT idqp._require_origin(now())",
    "SELECT idqp._end_sessions(1, now())",
    "SELECT idqp._an_owner_remains()",
    "SELECT nextval('idqp.check_runs_id_seq')",
    "SELECT setval('idqp.incident_places_id_seq', 1)",
    "LOCK TABLE idqp.audit_head IN ACCESS EXCLUSIVE MODE",
    "LOCK TABLE idqp.audit_head IN ROW EXCLUSIVE MODE",
    "SELECT * FROM idqp.audit_head FOR UPDATE",
    "SELECT * FROM idqp.check_runs_2026_01",
    "DO $$ BEGIN EXECUTE 'DELETE FROM idqp.users'; END $$",
    "WITH gone AS (DELETE FROM idqp.users RETURNING 1) SELECT * FROM gone",
    "MERGE INTO idqp.users u USING idqp.users v ON u.id = v.id WHEN MATCHED THEN UPDATE SET role = 'owner'",
    "EXPLAIN ANALYZE DELETE FROM idqp.users",
    "PREPARE p AS UPDATE idqp.users SET role = 'owner'; EXECUTE p",
    "DECLARE c CURSOR WITH HOLD FOR SELECT password_hash FROM idqp.users",
    "SELECT query_to_xml('SELECT password_hash FROM idqp.users', true, true, '')",
    'SELECT idqp.update_incident(\'{"number": 99, "kind": "x", "detail": "", "status": "open"}\', now())',
    "SELECT idqp.add_user('evil', '', 'owner', NULL, 'postgres')",
    "SELECT idqp.add_user('evil', '', 'owner', NULL, 'idqp_definer')",
    "SELECT idqp.change_role('ann@x', 'god')",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
]
# What some may do: with the names of those who may, whom it is not tried with.
SOMETIMES = [
    ("ALTER ROLE ann PASSWORD 'x'", {"ann"}),
    ("SELECT idqp.add_user('evil', '', 'owner', NULL, NULL)", {"ann"}),
    ("SELECT idqp.change_role('vera@x', 'owner')", {"ann"}),
    ("SELECT idqp.disable_user('max@x')", {"ann"}),
    ("SELECT idqp.unlock_user('max@x')", {"ann"}),
    ("SELECT idqp.change_password('ann@x', 'mine')", {"ann"}),
    ("SELECT idqp.create_token('mine', 'x', 'runs:write', now())", {"ann"}),
    ("SELECT idqp.revoke_token('ci')", {"ann"}),
    ("SELECT idqp.add_dataset('mine', '', '', now())", {"ann"}),
    ("SELECT idqp.remove_dataset('t', now())", {"ann"}),
    ("SELECT idqp.enable_rule('t', 'r0', false, now())", {"ann", "max"}),
    ("SELECT idqp.save_baseline('t', 'b', NULL, NULL, '{}', now())", {"ann", "max"}),
    ("SELECT idqp.drop_baseline('t', 'b', NULL, NULL)", {"ann", "max"}),
    ("SELECT idqp.save_baseline('t', NULL, now(), 'x', '{}', now())", {"ann", "max", "bot"}),
    ("SELECT idqp.drop_baseline('t', NULL, now(), 'x')", {"ann", "max", "bot"}),
    ("SELECT idqp.record_schema('t', NULL, '9', '[]', now())", {"ann", "max", "bot"}),
    ("SELECT idqp.record_schema('t', NULL, '9', '[]', now(), 'because')", {"ann", "max"}),
    ("SELECT idqp.record_changes('x', now(), '[]')", {"ann", "max", "bot"}),
    ("SELECT idqp.save_model('t', 'm', NULL, NULL, 'r', 'd', '{}', '', now())", {"ann", "max"}),
    ("SELECT idqp.save_model('t', NULL, now(), 'x', 'r', 'd', '{}', '', now())", {"ann", "max", "bot"}),
    ("SELECT idqp.drop_model('t', 'm', NULL, NULL, 'r', 'd')", {"ann", "max"}),
    ("SELECT idqp.drop_model('t', NULL, now(), 'x', 'r', 'd')", {"ann", "max", "bot"}),
    ("SELECT idqp.update_incident('{\"number\": 1, \"kind\": \"resolved\", \"detail\": \"\", \"status\": \"resolved\"}', now())", {"ann", "max", "rob"}),
    ("SELECT idqp.begin_writing()", {"ann", "max", "rob", "bot"}),
    ("SELECT idqp.enqueue('[]')", {"ann", "max", "rob", "bot"}),
    ("SELECT * FROM idqp.claim_alerts(now(), now(), 1, NULL)", {"ann", "max", "rob", "bot"}),
    ("SET idqp.token = 'guessed'; SELECT idqp.add_dataset('mine', '', '', now())", set()),
    ("SET idqp.actor = 'ann'; SET idqp.role = 'owner'; SELECT idqp.remove_dataset('t', now())", {"ann"}),
    ("CREATE TEMP TABLE users (email text, role text, database_role text, disabled_at timestamptz); INSERT INTO users VALUES ('me', 'owner', session_user); SELECT idqp.remove_dataset('t', now())", {"ann"}),
    ("SET search_path = pg_temp; CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT null'; SELECT idqp.remove_dataset('t', now())", {"ann"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def name(cluster: Cluster) -> Iterator[str]:
    """Return a database with a store in use, and every kind of person."""
    found = cluster.new_database()
    cluster.login_roles(*EVERYONE)
    store = open_store(cluster.address(found))
    for person in ("ann", *(set(PEOPLE) - {"ann"})):
        store.add_user(NewUser(f"{person}@x", person, PEOPLE[person], HASH, person), "", NOW)
    store.disable_user("gone@x", "", NOW)
    store.create_token(NewToken("ci", digest("idqp_ci_x"), ("runs:write",), FAR), "", NOW)
    record(store, "r1")
    store.close()
    cluster.run("GRANT idqp_app TO shared")
    # Someone whom another store of this server knows as its Owner.
    cluster.run("GRANT idqp_owner TO other")
    cluster.run(f"GRANT CONNECT ON DATABASE {found} TO nobody_known")
    yield found
    cluster.run("REVOKE idqp_owner FROM other")


def state(cluster: Cluster, name: str) -> list[object]:
    """Return everything that an attack could have changed."""
    found: list[object] = [cluster.run(f"SELECT x::text FROM idqp.{table} x ORDER BY 1", name) for table in TABLES]
    catalogs = (
        "SELECT oid, relowner, relacl::text, relrowsecurity FROM pg_class WHERE relnamespace = 'idqp'::regnamespace ORDER BY 1",
        "SELECT oid, proname, prosrc, proowner, proacl::text, proconfig FROM pg_proc WHERE pronamespace = 'idqp'::regnamespace ORDER BY 1",
        "SELECT p::text FROM pg_policy p ORDER BY 1",
        "SELECT t::text FROM pg_trigger t ORDER BY 1",
        "SELECT m::text FROM pg_auth_members m ORDER BY 1",
        "SELECT a::text FROM pg_authid a ORDER BY 1",
        "SELECT n::text FROM pg_namespace n WHERE nspname !~ '^pg_(toast_)?temp' ORDER BY 1",
    )
    return found + [cluster.run(sql, name) for sql in catalogs]


def refused(connection: psycopg.Connection[tuple[object, ...]], sql: str) -> bool:
    """Tell whether the server refuses a script; COPY … TO STDOUT counts by its start."""
    try:
        if sql.startswith("COPY") and "STD" in sql:
            with connection.cursor().copy(sql.encode()) as copy:
                if "TO" in sql:
                    list(copy)
        else:
            connection.execute(sql.encode())
    except psycopg.Error:
        return True
    return False


@pytest.mark.parametrize("person", EVERYONE)
def test_hostile_statements_are_refused_and_change_nothing(cluster: Cluster, name: str, person: str) -> None:
    before = state(cluster, name)
    with psycopg.connect(cluster.address(name, person), autocommit=True) as connection:
        done = [sql for sql in NEVER if not refused(connection, sql)]
        done += [sql for sql, may in SOMETIMES if person not in may and not refused(connection, sql)]
        # Holding the audit chain's lock ends with the transaction, and none is left open.
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert done == []
    assert state(cluster, name) == before


@pytest.mark.parametrize(
    "sql", ["UPDATE idqp.users SET role = 'owner'", "SELECT * FROM idqp.sessions", "SET ROLE idqp_definer"]
)
def test_plain_psql_is_refused_too(cluster: Cluster, name: str, sql: str) -> None:
    words = [f"{binaries()}/psql", "-X", "-c", sql, cluster.address(name, "vera")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "permission denied" in done.stderr) == (1, True)


def test_there_are_enough_of_them() -> None:
    assert len(NEVER) + len(SOMETIMES) >= 85


@pytest.mark.parametrize("person", ["gone", "shared", "other"])
def test_those_whom_the_store_does_not_know_read_nothing(cluster: Cluster, name: str, person: str) -> None:
    with psycopg.connect(cluster.address(name, person), autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION pg_temp.leak(text) RETURNS boolean COST 0.0001 LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', $1; END $$"
        )
        for sql in (
            "SELECT count(*) FROM idqp.incidents",
            "SELECT count(*) FROM idqp.audit_events WHERE pg_temp.leak(actor)",
            "SELECT count(email) FROM idqp.users",
            "SET idqp.token = 'guessed'; SELECT count(*) FROM idqp.check_runs",
        ):
            try:
                cursor = connection.execute(sql.encode())
                while cursor.nextset():
                    pass
                assert cursor.fetchall() == [(0,)]
            except psycopg.errors.InsufficientPrivilege:
                assert person == "gone"


def test_people_do_what_their_role_may_and_the_server_knows_who(cluster: Cluster, name: str) -> None:
    for person, role in PEOPLE.items():
        if person == "gone":
            continue
        store = open_store(cluster.address(name, person))
        who = store.identity("someone else", NOW)
        assert (who.actor, who.role, who.open) == (f"{person}@x", role, False)
        assert store.info().enforcement is Enforcement.SERVER
        assert len(store.incidents(resolved=False)) == 3
        if role in {Role.OWNER, Role.MAINTAINER, Role.CI}:
            record(store, f"by {person}")
            (entry,) = store.audit(limit=1, newest=True)
            assert entry.actor == f"{person}@x"
        else:
            with pytest.raises(StoreError, match="not permitted"):
                record(store, "x")
        if role in {Role.OWNER, Role.MAINTAINER, Role.REVIEWER}:
            acknowledge(store, [1], "known", "someone else", NOW)
            assert store.timeline(1)[-1].actor == f"{person}@x"
        else:
            with pytest.raises(StoreError, match="not permitted"):
                acknowledge(store, [1], "known", "me", NOW)
        store.close()


def test_a_shared_credential_is_worth_what_the_token_is(cluster: Cluster, name: str) -> None:
    address = cluster.address(name, "shared")
    bare = open_store(address)
    assert (bare.identity("me", NOW).role, bare.incidents(resolved=True)) == (None, ())
    with pytest.raises(StoreError, match="shared is no user of this store"):
        record(bare, "x")
    assert bare.log_in("vera@x", HASH, Session(digest("vera's"), FAR), NOW) is not None
    bare.close()
    viewer = open_store(address, "vera's")
    assert viewer.identity("me", NOW).actor == "vera@x"
    assert viewer.incidents(resolved=True)
    with pytest.raises(
        StoreError, match=r"not permitted: vera@x is viewer and may not do this; it takes owner or maintainer"
    ):
        acknowledge(viewer, [1], "x", "me", NOW)
    viewer.close()
    program = open_store(address, "idqp_ci_x")
    record(program, "by token")
    assert next(program.audit(limit=1, newest=True)).actor == "token:ci"
    with pytest.raises(StoreError, match="token:ci is ci and may not do this"):
        acknowledge(program, [1], "x", "me", NOW)
    program.close()


def test_a_changed_role_holds_at_once(cluster: Cluster, name: str) -> None:
    owner, rob = open_store(cluster.address(name, "ann")), open_store(cluster.address(name, "rob"))
    owner.change_role("rob@x", Role.VIEWER, "", NOW)
    with pytest.raises(StoreError, match="not permitted"):
        acknowledge(rob, [1], "x", "me", NOW)
    owner.change_role("rob@x", Role.REVIEWER, "", NOW)
    acknowledge(rob, [1], "x", "me", NOW)
    owner.close()
    rob.close()


def test_an_administrator_need_not_be_a_superuser(cluster: Cluster) -> None:
    cluster.run("DROP ROLE IF EXISTS dba")
    cluster.run("CREATE ROLE dba LOGIN CREATEROLE")
    cluster.run("CREATE DATABASE dbas OWNER dba TEMPLATE template0")
    try:
        if cluster.run("SELECT current_setting('server_version_num')::int >= 160000")[0][0]:
            # As PostgreSQL 16 gives them to the one who made the roles, which here the superuser did.
            cluster.run("GRANT idqp_definer, idqp_owner TO dba WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
        upgrade(cluster.address("dbas", "dba"))
        store = open_store(cluster.address("dbas", "dba"))
        assert (store.identity("me", NOW).open, store.info().enforcement) == (True, Enforcement.ADVISORY)
        record(store, "r1")
        store.close()
        assert cluster.run("SELECT pg_has_role('dba', 'idqp_definer', 'USAGE')") == [(False,)]
    finally:
        cluster.run("DROP DATABASE dbas")
        cluster.run("DROP ROLE dba")
