"""People, sessions and tokens in an SQLite store."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta

from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean
from idqp_cli.store import passwords
from idqp_cli.store.identity import NOT_FIRST, Identity, Role
from idqp_cli.store.rows import stamp, time, user_of
from idqp_cli.store.sqlite_connection import SqliteConnection, audit
from idqp_cli.store.values import NewToken, NewUser, Session, User

USER = "SELECT email, full_name, role, created_at, database_role, disabled_at, locked_until FROM users"

# How long the use of a token is not noted again.
NOTED = timedelta(minutes=10)


class SqlitePeople(SqliteConnection):
    """The `People` of an SQLite store; `_token` is what whoever opened it has."""

    _token: str | None = None
    _read_only: bool = False

    def identity(self, user: str, at: datetime) -> Identity:
        if not self._fetch("SELECT 1 FROM users LIMIT 1"):
            return Identity(user, Role.OWNER, open=True)
        if self._token is None:
            return Identity(user, None)
        digest, now = passwords.digest(self._token), stamp(at)
        people = self._fetch(
            "SELECT u.email, u.role, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.digest = ?"
            " AND s.revoked_at IS NULL AND s.expires_at > ? AND s.created_at <= ? AND u.disabled_at IS NULL",
            # A clock that is set back makes no session longer.
            [digest, now, stamp(at + passwords.CLOCKS_DIFFER)],
        )
        if people:
            email, role, ends = people[0]
            return Identity(email, Role(role), expires_at=time(ends))
        programs = self._fetch(
            "SELECT name, scopes, expires_at, last_used_at FROM tokens"
            " WHERE digest = ? AND revoked_at IS NULL AND expires_at > ?",
            [digest, now],
        )
        if programs:
            name, scopes, ends, used = programs[0]
            # A program that asks a server asks often, and each note is a write of its own.
            if not self._read_only and (used is None or not at - NOTED <= time(used) <= at):
                with self._immediate() as connection:
                    connection.execute("UPDATE tokens SET last_used_at = ? WHERE digest = ?", [now, digest])
                    audit(connection, at, f"token:{name}", "token.use", name, {})
            return Identity(f"token:{name}", Role.CI, scopes=tuple(scopes.split()), expires_at=time(ends))
        return Identity(user, None)

    def add_user(self, user: NewUser, by: str, at: datetime, *, first: bool = False) -> None:
        with self._immediate() as connection:
            if first and connection.execute("SELECT 1 FROM users LIMIT 1").fetchone():
                raise UsageError(NOT_FIRST)
            if user.role is not Role.OWNER and not connection.execute("SELECT 1 FROM users LIMIT 1").fetchone():
                raise UsageError("the first user must be an Owner; use --role owner")
            kept = None if user.password_hash is None else passwords.sealed(user.password_hash)
            try:
                connection.execute(
                    "INSERT INTO users (email, full_name, password_hash, role, database_role, created_at)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    [user.email, user.full_name, kept, user.role, user.database_role, stamp(at)],
                )
            except sqlite3.IntegrityError:
                raise UsageError(
                    f"{clean(user.email)}: a user with this address or database role exists already"
                ) from None
            audit(connection, at, by, "user.add", user.email, {"role": user.role})

    def change_role(self, email: str, role: Role, by: str, at: datetime) -> None:
        with self._immediate() as connection:
            _known(connection, email)
            connection.execute("UPDATE users SET role = ? WHERE email = ?", [role, email])
            _an_owner_remains(connection)
            audit(connection, at, by, "user.role", email, {"role": role})

    def disable_user(self, email: str, by: str, at: datetime) -> None:
        with self._immediate() as connection:
            number = _known(connection, email)
            connection.execute("UPDATE users SET disabled_at = ? WHERE id = ?", [stamp(at), number])
            _an_owner_remains(connection)
            _end_sessions(connection, number, at)
            audit(connection, at, by, "user.disable", email, {})

    def unlock_user(self, email: str, by: str, at: datetime) -> None:
        with self._immediate() as connection:
            number = _known(connection, email)
            connection.execute("UPDATE users SET failed_logins = 0, locked_until = NULL WHERE id = ?", [number])
            audit(connection, at, by, "user.unlock", email, {})

    def change_password(self, email: str, password_hash: str, by: str, at: datetime) -> None:
        with self._immediate() as connection:
            number = _known(connection, email)
            connection.execute(
                "UPDATE users SET password_hash = ? WHERE id = ?", [passwords.sealed(password_hash), number]
            )
            _end_sessions(connection, number, at)
            audit(connection, at, by, "user.password", email, {})

    def password_salt(self, email: str) -> str:
        rows = self._fetch("SELECT password_hash FROM users WHERE email = ? AND password_hash IS NOT NULL", [email])
        return str(rows[0][0])[: passwords.SALT_LENGTH] if rows else passwords.made_up_salt(email)

    def log_in(self, email: str, password_hash: str, session: Session, at: datetime) -> User | None:
        with self._immediate() as connection:
            row = connection.execute(
                "SELECT id, password_hash, failed_logins, locked_until FROM users"
                " WHERE email = ? AND disabled_at IS NULL",
                [email],
            ).fetchone()
            if row is None or (row[3] is not None and passwords.locks(time(row[3]), at)):
                return None
            number, kept, failed, _ = row
            if not passwords.fits(kept, password_hash):
                until = passwords.locked_until(failed + 1, at)
                connection.execute(
                    "UPDATE users SET failed_logins = failed_logins + 1, locked_until = ? WHERE id = ?",
                    [None if until is None else stamp(until), number],
                )
                audit(connection, at, email, "login.refused", email, {"locked_until": until and stamp(until)})
                return None
            connection.execute("UPDATE users SET failed_logins = 0, locked_until = NULL WHERE id = ?", [number])
            return _begun(connection, number, session, at, {})

    def log_in_proved(self, email: str, provider: str, session: Session, at: datetime) -> User | None:
        with self._immediate() as connection:
            row = connection.execute("SELECT id FROM users WHERE email = ? AND disabled_at IS NULL", [email]).fetchone()
            return None if row is None else _begun(connection, row[0], session, at, {"provider": provider})

    def renew_session(self, session: Session, at: datetime) -> User | None:
        if self._token is None:
            return None
        with self._immediate() as connection:
            row = connection.execute(
                "SELECT s.id, s.digest, s.user_id, u.email, s.created_at, s.expires_at, s.revoked_at, s.renewed_at,"
                " s.family, s.began_at FROM sessions s JOIN users u ON u.id = s.user_id"
                " WHERE s.digest = ? AND u.disabled_at IS NULL",
                [passwords.digest(self._token)],
            ).fetchone()
            if row is None:
                return None
            number, digest, person, email, created, expires, revoked, renewed, family, began = row
            if renewed is not None:
                ended = connection.execute(
                    "UPDATE sessions SET revoked_at = ? WHERE family = ? AND revoked_at IS NULL", [stamp(at), family]
                )
                if ended.rowcount:
                    audit(connection, at, email, "login.replayed", email, {})
                return None
            first = began or created
            last = time(first) + passwords.LONGEST_LOGIN
            if revoked is not None or time(expires) <= at or last <= at:
                return None
            kin = family or digest
            connection.execute(
                "UPDATE sessions SET revoked_at = :at, renewed_at = :at, family = :kin, began_at = :first"
                " WHERE id = :number",
                {"at": stamp(at), "kin": kin, "first": first, "number": number},
            )
            connection.execute(
                "INSERT INTO sessions (digest, user_id, created_at, expires_at, family, began_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [session.digest, person, stamp(at), stamp(min(session.expires_at, last)), kin, first],
            )
            return user_of(connection.execute(f"{USER} WHERE id = ?", [person]).fetchone())

    def log_out(self, at: datetime, *, everywhere: bool = False) -> None:
        if self._token is None:
            return
        with self._immediate() as connection:
            row = connection.execute(
                "SELECT s.id, u.id, u.email FROM sessions s JOIN users u ON u.id = s.user_id"
                " WHERE s.digest = ? AND s.revoked_at IS NULL",
                [passwords.digest(self._token)],
            ).fetchone()
            if row is None:
                return
            if everywhere:
                _end_sessions(connection, row[1], at)
            else:
                connection.execute("UPDATE sessions SET revoked_at = ? WHERE id = ?", [stamp(at), row[0]])
            audit(connection, at, row[2], "logout", row[2], {"everywhere": everywhere})

    def create_token(self, token: NewToken, by: str, at: datetime) -> None:
        with self._immediate() as connection:
            try:
                connection.execute(
                    "INSERT INTO tokens (name, digest, scopes, created_by, created_at, expires_at)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    [token.name, token.digest, " ".join(token.scopes), by, stamp(at), stamp(token.expires_at)],
                )
            except sqlite3.IntegrityError:
                raise UsageError(f"{clean(token.name)}: a token with this name exists already") from None
            audit(connection, at, by, "token.create", token.name, {"scopes": list(token.scopes)})

    def revoke_token(self, name: str, by: str, at: datetime) -> None:
        with self._immediate() as connection:
            done = connection.execute(
                "UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE name = ?", [stamp(at), name]
            )
            if not done.rowcount:
                raise UsageError(f"there is no token '{clean(name)}'; `idqp token list` shows them")
            audit(connection, at, by, "token.revoke", name, {})


def _begun(
    connection: sqlite3.Connection, number: int, session: Session, at: datetime, told: Mapping[str, object]
) -> User:
    """Begin a session of a person, and return them."""
    connection.execute(
        "INSERT INTO sessions (digest, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)",
        [session.digest, number, stamp(at), stamp(session.expires_at)],
    )
    user = user_of(connection.execute(f"{USER} WHERE id = ?", [number]).fetchone())
    audit(connection, at, user.email, "login", user.email, told)
    return user


def _known(connection: sqlite3.Connection, email: str) -> int:
    row = connection.execute("SELECT id FROM users WHERE email = ?", [email]).fetchone()
    if row is None:
        raise UsageError(f"there is no user '{clean(email)}'; `idqp user list` shows them")
    return int(row[0])


def _an_owner_remains(connection: sqlite3.Connection) -> None:
    if not connection.execute("SELECT 1 FROM users WHERE role = 'owner' AND disabled_at IS NULL").fetchone():
        raise UsageError("this is the last Owner; add another Owner first")


def _end_sessions(connection: sqlite3.Connection, user: int, at: datetime) -> None:
    connection.execute("UPDATE sessions SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL", [stamp(at), user])
