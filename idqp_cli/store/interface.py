"""What a store remembers, whatever keeps it: runs, incidents, people, and who did what.

Every write leaves a row in the audit chain, in the same transaction. `by` and
`actor` name who acts. A PostgreSQL store ignores them: its server knows who is
connected. Every method may raise StoreError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from idqp_cli.store.serving import Queue, Runs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from idqp_cli.core.incident import (
        Alert,
        Event,
        Evidence,
        Incident,
        PastEvent,
        PastRun,
        StoreInfo,
    )
    from idqp_cli.core.model import MetricKey, MetricPlace, RuleKey
    from idqp_cli.schemas.schema import SchemaVersion
    from idqp_cli.store.identity import Identity, Role
    from idqp_cli.store.ledger import Ledger
    from idqp_cli.store.values import (
        AuditEntry,
        Baseline,
        Measurement,
        MetricPoint,
        Model,
        ModelKey,
        NewToken,
        NewUser,
        Origin,
        RecordedDataset,
        RecordedRule,
        Session,
        Token,
        User,
        Wanted,
    )


class People(Protocol):
    """Users and their permissions, and how people and programs log in."""

    def identity(self, user: str, at: datetime) -> Identity:
        """Return who acts: by the token that the store was opened with, or `user` where the store is open."""

    def users(self) -> tuple[User, ...]:
        """Return all users, by e-mail address."""

    def add_user(self, user: NewUser, by: str, at: datetime, *, first: bool = False) -> None:
        """Add a person; with `first`, only to a store without users.

        Raises UsageError: the address is taken, the first user is not an Owner, or the store has users.
        """

    def change_role(self, email: str, role: Role, by: str, at: datetime) -> None:
        """Give a person another role. Raises UsageError: unknown, or the last Owner."""

    def disable_user(self, email: str, by: str, at: datetime) -> None:
        """Disable a person and end their sessions. Raises UsageError: unknown, or the last Owner."""

    def unlock_user(self, email: str, by: str, at: datetime) -> None:
        """Reset a person's count of wrong passwords. Raises UsageError: unknown."""

    def change_password(self, email: str, password_hash: str, by: str, at: datetime) -> None:
        """Keep another bcrypt hash and end the person's sessions. Raises UsageError: unknown."""

    def password_salt(self, email: str) -> str:
        """Return bcrypt's salt (29 characters, `$2b$12$…`) for a password; a made-up one for an unknown address."""

    def log_in(self, email: str, password_hash: str, session: Session, at: datetime) -> User | None:
        """Begin a session if `password_hash`, bcrypt's text for this person's salt, is right.

        Otherwise count a wrong try and return None, as for someone unknown,
        disabled or locked: after 5 wrong tries for a minute, doubling to an hour.
        """

    def log_in_proved(self, email: str, provider: str, session: Session, at: datetime) -> User | None:
        """Begin a session for somebody whom a login provider has proved; None for someone unknown or disabled."""

    def renew_session(self, session: Session, at: datetime) -> User | None:
        """Begin a session in the place of the one that the store was opened with; return whose it is.

        None if that one has ended. One that was renewed before has been copied:
        then every session that came of the same login ends. A login can be renewed for 30 days.
        """

    def log_out(self, at: datetime, *, everywhere: bool = False) -> None:
        """End the session that the store was opened with, or all sessions of its user."""

    def tokens(self) -> tuple[Token, ...]:
        """Return all tokens for programs, by name."""

    def create_token(self, token: NewToken, by: str, at: datetime) -> None:
        """Keep a token. Raises UsageError: the name is taken."""

    def revoke_token(self, name: str, by: str, at: datetime) -> None:
        """End a token. Raises UsageError: unknown."""


class Registry(Protocol):
    """The datasets and rules that the store knows, and what was learnt about them."""

    def datasets(self) -> tuple[RecordedDataset, ...]:
        """Return all datasets by name, also those that were removed."""

    def add_dataset(self, name: str, description: str | None, owner: str | None, by: str, at: datetime) -> None:
        """Add a dataset, or restore one that was removed. Raises UsageError: it exists."""

    def remove_dataset(self, name: str, by: str, at: datetime) -> None:
        """Stop recording a dataset; its past stays. Raises UsageError: unknown."""

    def rules(self, dataset: str) -> tuple[RecordedRule, ...]:
        """Return the dataset's rules as its last run checked them; `enabled` is False where they were disabled."""

    def disabled_rules(self) -> frozenset[tuple[str, str]]:
        """Return (dataset, rule) for each rule that was disabled in the store."""

    def enable_rule(self, dataset: str, rule: str, by: str, at: datetime, *, enabled: bool) -> None:
        """Enable or disable a rule. Raises UsageError: the dataset is unknown."""

    def seen_files(self, dataset: str) -> frozenset[str]:
        """Return the digests of the files of a dataset that recorded runs have read."""

    def stream_positions(self, dataset: str, topic: str) -> Mapping[int, int]:
        """Return the next offset of each partition of a dataset's topic that a recorded run has read."""

    def schema_versions(self, dataset: str, last: int | None = None) -> tuple[SchemaVersion, ...]:
        """Return the `last` schema versions of a dataset, or all, oldest first."""

    def metrics(
        self, dataset: str, rule: str | None = None, segment: str | None = None, since: datetime | None = None
    ) -> Mapping[RuleKey, tuple[MetricPoint, ...]]:
        """Return the history of a dataset's results by rule and segment, oldest first; of all rules if None."""

    def measured(self, dataset: str, key: MetricKey | None = None) -> Mapping[MetricPlace, tuple[Measurement, ...]]:
        """Return the history of what was measured besides, by metric and segment, oldest first; of all if None."""

    def save_baseline(self, baseline: Baseline) -> None:
        """Save a baseline in place of an older one of the same origin."""

    def baseline(self, dataset: str, origin: Origin) -> Baseline | None:
        """Return one baseline."""

    def baselines(self, dataset: str | None = None) -> tuple[Baseline, ...]:
        """Return the baselines of a dataset or of all, by dataset and by what lists call their origin."""

    def drop_baseline(self, dataset: str, origin: Origin, by: str, at: datetime) -> None:
        """Delete a baseline. Raises UsageError: unknown."""

    def save_model(self, model: Model, by: str) -> None:
        """Save a model in place of an older one with the same key."""

    def model(self, dataset: str, key: ModelKey) -> Model | None:
        """Return one model."""

    def models(self, dataset: str) -> Mapping[ModelKey, datetime]:
        """Return the keys of a dataset's models, and when they were saved."""

    def drop_model(self, dataset: str, key: ModelKey, by: str, at: datetime) -> None:
        """Delete a model, if it is there. Raises UsageError: the dataset is unknown."""


class Outbox(Protocol):
    """Messages that wait to be delivered."""

    def alerts(self, *, failed: bool) -> tuple[Alert, ...]:
        """Return the messages whose delivery has failed so far, or all, newest first (at most 1,000)."""

    def claim_alerts(
        self,
        at: datetime,
        until: datetime,
        limit: int = 100,
        channels: Collection[str] | None = None,
        by: str = ...,
    ) -> tuple[Alert, ...]:
        """Return messages that are due at `at`, oldest first, and keep them from other processes until `until`.

        A channel's messages keep their order: behind one that is not due, or that another process has claimed,
        all wait.
        """

    def settle_alert(
        self,
        number: int,
        at: datetime,
        error: str | None,
        next_at: datetime | None,
        payload: str | None = None,
        by: str = ...,
    ) -> None:
        """Record a delivery (`error` is None), or a failed attempt and when the next is due (None: never).

        A `payload` replaces that of the message, if a part of the message has arrived.
        """

    def release_alert(self, number: int, at: datetime | None = None, by: str = ...) -> None:
        """Release a message that was claimed but not sent."""

    def retry_alerts(self, at: datetime, channel: str | None = None, by: str = ...) -> int:
        """Make all undelivered messages due, of one channel or of all; return their number."""

    def alerts_of(self, incident: int) -> tuple[Alert, ...]:
        """Return the messages that told of an incident, oldest first."""


class Store(People, Registry, Outbox, Runs, Queue, Protocol):
    """Where runs and incidents are remembered."""

    def become(self, token: str | None) -> None:
        """Act as whoever `token` was given to from now on; None is who opened the store, without a token."""

    def writing(self) -> AbstractContextManager[Ledger]:
        """Begin a transaction that no other writer can interleave."""

    def incidents(self, *, resolved: bool) -> tuple[Incident, ...]:
        """Return the incidents that are not resolved, or all of them, newest number first."""

    def wanted_incidents(self, wanted: Wanted) -> tuple[Incident, ...]:
        """Return the incidents that meet `wanted`, newest number first."""

    def evidence(self, number: int) -> Evidence:
        """Return the failing rows of an incident, the first and the last."""

    def events(self, since: datetime) -> tuple[PastEvent, ...]:
        """Return the timelines of all incidents of which something is newer than `since`, oldest first."""

    def runs(self, since: datetime) -> tuple[PastRun, ...]:
        """Return the checks of all datasets since a time, oldest first."""

    def incident(self, number: int) -> Incident | None:
        """Return one incident."""

    def last_runs(self, datasets: Collection[str]) -> Mapping[str, datetime]:
        """Return when each of these datasets was last checked; one that never was is left out."""

    def timeline(self, number: int) -> tuple[Event, ...]:
        """Return what happened to an incident, oldest first."""

    def audit(self, *, after: int = 0, limit: int | None = None, newest: bool = False) -> Iterator[AuditEntry]:
        """Yield the entries behind the number `after`; `newest` yields the last `limit` of them, newest first."""

    def knows(self) -> bool:
        """Tell whether whoever acts sees anything of the store; a replica may not know yet who has logged in."""

    def audit_head(self) -> str:
        """Return the head of the audit chain, `SEQ:HASH`."""

    def info(self) -> StoreInfo:
        """Say what kind of store this is, how much is in it, and who holds people to their roles."""

    def prune(self, before: datetime, keep: int, by: str, at: datetime, *, dry_run: bool) -> Mapping[str, int]:
        """Delete what is older than `before`, but the `keep` newest runs of each dataset; return the rows by kind.

        Runs go with their metrics, incidents that are resolved lose their failing
        rows, and messages that are settled, and sessions and requested checks that have ended, go. With
        `dry_run` they are only counted.
        """

    def backup(self, target: str) -> None:
        """Copy the store into the new file `target`, while others go on writing. Raises UsageError: it cannot."""

    def move(self, address: str) -> Mapping[str, int]:
        """Copy everything into an empty PostgreSQL store; return the rows per table. Raises UsageError: it cannot."""

    def close(self) -> None:
        """Close the store."""
