"""The store in PostgreSQL. Reads are SELECTs that a policy allows; writes are the functions of functions.sql."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from idqp_cli.core.address import masked
from idqp_cli.core.errors import StoreError, UsageError
from idqp_cli.core.incident import Alert, Enforcement, StoreInfo
from idqp_cli.store import passwords
from idqp_cli.store.identity import NOT_FIRST, Identity, Role
from idqp_cli.store.postgres import migrations
from idqp_cli.store.postgres.connection import PostgresConnection, call, connect, told, transaction
from idqp_cli.store.postgres.ledger import PostgresLedger
from idqp_cli.store.postgres.queue import PostgresQueue
from idqp_cli.store.prune import KINDS
from idqp_cli.store.rows import Row, alert_of, damage_told, origin_columns, time_or_none, user_of
from idqp_cli.store.values import Baseline, Model, ModelKey, NewToken, NewUser, Origin, Session, User

if TYPE_CHECKING:
    from psycopg import Connection

HELD = "the database itself holds everyone to their role, also with plain SQL"
NOT_HELD = "you are connected as the owner or a superuser of the database, whom nothing holds; others are held"


def open_postgres(address: str, token: str | None = None) -> PostgresStore:
    """Open the store in the database at `address`, as its login role or as whoever `token` was given to.

    Raises:
        StoreError: the server is not there, or its store is missing, older or newer than this idqp.

    """
    connection = connect(address)
    try:
        _refuse_other_versions(connection, address)
    except BaseException:
        connection.close()
        raise
    return PostgresStore(connection, address, token)


def _refuse_other_versions(connection: Connection[Row], address: str) -> None:
    with told(address), transaction(connection):
        ((version,),) = connection.execute("SELECT coalesce(max(version), 0) FROM idqp.migrations").fetchall()
    if version > migrations.VERSION:
        raise StoreError(f"{masked(address)}: the store was created by a newer idqp (version {version}); upgrade idqp")
    if version < migrations.VERSION:
        raise StoreError(
            f"{masked(address)}: the store was created by an older idqp (version {version}); its administrator must run"
            " idqp store upgrade"
        )


class PostgresPeople(PostgresConnection):
    """The `People` of a PostgreSQL store."""

    def identity(self, user: str, at: datetime) -> Identity:  # noqa: ARG002 - the server has its own clock and names
        ((actor, role, scopes, ends),) = self._call("whoami")
        if scopes is not None:
            self._call("token_used")
        return Identity(
            actor,
            None if role is None else Role(role),
            open=role == Role.OWNER and not self._fetch("SELECT 1 FROM users LIMIT 1"),
            scopes=tuple((scopes or "").split()),
            expires_at=time_or_none(ends),
        )

    def add_user(self, user: NewUser, by: str, at: datetime, *, first: bool = False) -> None:  # noqa: ARG002
        kept = None if user.password_hash is None else passwords.sealed(user.password_hash)
        with self._transaction() as connection:
            if first:
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [migrations.LOCK])
                if connection.execute("SELECT 1 FROM users LIMIT 1").fetchone():
                    raise UsageError(NOT_FIRST)
            call(connection, "add_user", user.email, user.full_name, str(user.role), kept, user.database_role)

    def change_role(self, email: str, role: Role, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("change_role", email, str(role))

    def disable_user(self, email: str, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("disable_user", email)

    def unlock_user(self, email: str, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("unlock_user", email)

    def change_password(self, email: str, password_hash: str, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("change_password", email, passwords.sealed(password_hash))

    def password_salt(self, email: str) -> str:
        return str(self._call("password_salt", email)[0][0])

    def log_in(self, email: str, password_hash: str, session: Session, at: datetime) -> User | None:  # noqa: ARG002
        rows = self._call("log_in", email, password_hash, session.digest, session.expires_at)
        with damage_told():
            return user_of(rows[0]) if rows else None

    def log_in_proved(self, email: str, provider: str, session: Session, at: datetime) -> User | None:  # noqa: ARG002
        rows = self._call("log_in_proved", email, provider, session.digest, session.expires_at)
        with damage_told():
            return user_of(rows[0]) if rows else None

    def renew_session(self, session: Session, at: datetime) -> User | None:  # noqa: ARG002
        rows = self._call("renew_session", session.digest, session.expires_at)
        with damage_told():
            return user_of(rows[0]) if rows else None

    def log_out(self, at: datetime, *, everywhere: bool = False) -> None:  # noqa: ARG002
        if self._token is not None:
            self._call("log_out", everywhere)

    def create_token(self, token: NewToken, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("create_token", token.name, token.digest, " ".join(token.scopes), token.expires_at)

    def revoke_token(self, name: str, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("revoke_token", name)


class PostgresRegistry(PostgresConnection):
    """The `Registry` and the `Outbox` of a PostgreSQL store."""

    def add_dataset(self, name: str, description: str | None, owner: str | None, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("add_dataset", name, description, owner, at)

    def remove_dataset(self, name: str, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("remove_dataset", name, at)

    def enable_rule(self, dataset: str, rule: str, by: str, at: datetime, *, enabled: bool) -> None:  # noqa: ARG002
        self._call("enable_rule", dataset, rule, enabled, at)

    def save_baseline(self, baseline: Baseline) -> None:
        origin = origin_columns(baseline.origin)
        self._call("save_baseline", baseline.dataset, *origin, baseline.summary, baseline.created_at)

    def drop_baseline(self, dataset: str, origin: Origin, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("drop_baseline", dataset, *origin_columns(origin))

    def save_model(self, model: Model, by: str) -> None:  # noqa: ARG002
        key = (*origin_columns(model.key.origin), model.key.lesson.rule, model.key.lesson.digest)
        self._call("save_model", model.dataset, *key, model.settings, model.arrays, model.created_at)

    def drop_model(self, dataset: str, key: ModelKey, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("drop_model", dataset, *origin_columns(key.origin), key.lesson.rule, key.lesson.digest)

    def claim_alerts(
        self,
        at: datetime,
        until: datetime,
        limit: int = 100,
        channels: Collection[str] | None = None,
        by: str = "",  # noqa: ARG002 - the server knows
    ) -> tuple[Alert, ...]:
        if not self._fetch("SELECT 1 FROM alerts WHERE delivered_at IS NULL AND next_at <= ? LIMIT 1", [at]):
            return ()
        rows = self._call("claim_alerts", at, until, limit, None if channels is None else sorted(channels))
        with damage_told():
            return tuple(sorted(map(alert_of, rows), key=lambda alert: alert.number or 0))

    def settle_alert(
        self,
        number: int,
        at: datetime,
        error: str | None,
        next_at: datetime | None,
        payload: str | None = None,
        by: str = "",  # noqa: ARG002
    ) -> None:
        self._call("settle_alert", number, at, error, next_at, payload)

    def release_alert(self, number: int, at: datetime | None = None, by: str = "") -> None:  # noqa: ARG002
        self._call("release_alert", number)

    def retry_alerts(self, at: datetime, channel: str | None = None, by: str = "") -> int:  # noqa: ARG002
        return int(self._call("retry_alerts", at, channel)[0][0])


class PostgresStore(PostgresPeople, PostgresRegistry, PostgresQueue):
    """A `Store` on one connection."""

    def become(self, token: str | None) -> None:
        self._token = token

    @contextmanager
    def writing(self) -> Iterator[PostgresLedger]:
        with self._transaction() as connection:
            call(connection, "begin_writing")
            yield PostgresLedger(connection)

    def info(self) -> StoreInfo:
        ((version, size, owner),) = self._fetch(
            "SELECT (SELECT max(version) FROM migrations),"
            " (SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c"
            " WHERE c.relnamespace = 'idqp'::regnamespace AND c.relkind = 'r')::bigint,"
            " pg_has_role(session_user, d.datdba, 'MEMBER') FROM pg_database d WHERE d.datname = current_database()"
        )
        return StoreInfo(
            backend="postgresql",
            address=masked(self._address),
            version=version,
            newest_version=migrations.VERSION,
            enforcement=Enforcement.ADVISORY if owner else Enforcement.SERVER,
            said=NOT_HELD if owner else HELD,
            rows=self._counts(),
            size=size,
            head=self.audit_head(),
        )

    def prune(self, before: datetime, keep: int, by: str, at: datetime, *, dry_run: bool) -> Mapping[str, int]:  # noqa: ARG002
        (row,) = self._call("prune", before, keep, dry_run)
        return dict(zip(KINDS, row, strict=True))

    def backup(self, target: str) -> None:
        raise UsageError(f"a PostgreSQL store is backed up by PostgreSQL: pg_dump -n idqp -f {shlex.quote(target)} …")

    def move(self, address: str) -> Mapping[str, int]:
        raise UsageError(f"{masked(address)}: only an SQLite store can be moved; use pg_dump for a PostgreSQL store")
