"""What a store remembers, whatever keeps it: runs, incidents, people, and who did what.

Every write leaves a row in the audit chain, in the same transaction. `by` and
`actor` name who acts; a PostgreSQL store knows that by itself and takes no
one's word for it. Everything may raise StoreError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from idqp_cli.incidents import Place
    from idqp_cli.model import DatasetReport
    from idqp_cli.schemas.schema import SchemaVersion
    from idqp_cli.store.identity import Identity, Role
    from idqp_cli.store.values import (
        AuditEntry,
        Baseline,
        IncidentUpdate,
        MetricPoint,
        Model,
        NewToken,
        NewUser,
        RecordedDataset,
        RecordedRule,
        Session,
        Token,
        User,
        Wanted,
    )
    from idqp_cli.tracking import (
        Alert,
        Event,
        Evidence,
        Heard,
        Incident,
        IncidentChange,
        IncidentStatus,
        PastEvent,
        PastRun,
        StoreInfo,
        Story,
    )


class Ledger(Protocol):
    """One transaction on the store: all of it is kept, or nothing."""

    def latest_incidents(self, dataset: str, places: Collection[Place]) -> Mapping[Place, Incident]:
        """Return the incident of each of these rules and segments of the dataset that has one."""

    def incident(self, number: int) -> Incident | None:
        """Return one incident, as it is inside the transaction."""

    def record_run(
        self, run_id: str, at: datetime, actor: str, report: DatasetReport, rules: Sequence[RecordedRule]
    ) -> None:
        """Keep a dataset's run: its metrics, and its rules as they were.

        Raises StoreError if the dataset was removed.
        """

    def record_schema(self, dataset: str, after: str | None, version: SchemaVersion, at: datetime, actor: str) -> None:
        """Keep a schema version, unless another run has moved on from the version `after`.

        Its comment says why a person registers it, which a run may not.
        """

    def record_changes(
        self, run_id: str, at: datetime, actor: str, changes: Sequence[IncidentChange]
    ) -> Mapping[Place, int]:
        """Open, count, reopen and resolve incidents; return the number of each."""

    def recent(self, dataset: str, place: Place, limit: int) -> tuple[float, ...]:
        """Return the last values of a rule's metric, oldest first."""

    def update_incident(self, update: IncidentUpdate, actor: str, at: datetime) -> None:
        """Write what a person did to an incident, with its event; an acknowledgement also into its own table."""

    def unresolved(self, dataset: str | None = None) -> tuple[Incident, ...]:
        """Return the incidents of a dataset, or of all, that are not resolved, oldest number first."""

    def heard(self, numbers: Collection[int]) -> Mapping[int, Mapping[str, Heard]]:
        """Return what each channel was last told of these incidents, by number and channel."""

    def stories(self, numbers: Collection[int]) -> Mapping[int, Story]:
        """Return how these incidents go since they were last opened."""

    def last_runs(self, datasets: Collection[str]) -> Mapping[str, datetime]:
        """Return when each of these datasets that was ever checked was so last."""

    def removed(self) -> frozenset[str]:
        """Return the datasets that were removed, of which nothing can be recorded."""

    def datasets_of(self, rules_file: str) -> frozenset[str]:
        """Return the datasets that were last recorded by this rules file."""

    def belongs(self, dataset: str, rules_file: str) -> None:
        """Keep in which rules file a dataset stands whose run is recorded; the run's audit row is for both."""

    def enqueue(self, alerts: Sequence[Alert], actor: str = ...) -> None:
        """Put messages into the outbox; one whose channel has its dedup key already is left out.

        The incidents that they tell of keep the time at which people were told.
        """

    def head(self) -> str:
        """Return the head of the audit chain, `SEQ:HASH`."""


class People(Protocol):
    """Who may do what, and how they show who they are."""

    def identity(self, user: str, at: datetime) -> Identity:
        """Return who acts: by the token that the store was opened with, or `user` where the store is open."""

    def users(self) -> tuple[User, ...]:
        """Return all users, by e-mail address."""

    def add_user(self, user: NewUser, by: str, at: datetime, *, first: bool = False) -> None:
        """Add a person, if `first` only where nobody is there.

        Raises UsageError: the address is taken, the first user is no Owner, or somebody else was first.
        """

    def change_role(self, email: str, role: Role, by: str, at: datetime) -> None:
        """Give a person another role. Raises UsageError: unknown, or the last Owner."""

    def disable_user(self, email: str, by: str, at: datetime) -> None:
        """Shut a person out and end their sessions. Raises UsageError: unknown, or the last Owner."""

    def unlock_user(self, email: str, by: str, at: datetime) -> None:
        """Forget the wrong passwords of a person. Raises UsageError: unknown."""

    def change_password(self, email: str, password_hash: str, by: str, at: datetime) -> None:
        """Keep another bcrypt hash and end the person's sessions. Raises UsageError: unknown."""

    def password_salt(self, email: str) -> str:
        """Return bcrypt's salt (29 characters, `$2b$12$…`) for a person's password; a made-up one for a stranger."""

    def log_in(self, email: str, password_hash: str, session: Session, at: datetime) -> User | None:
        """Begin a session if `password_hash`, bcrypt's text for this person's salt, is right.

        Otherwise count a wrong try and return None, as for someone unknown,
        disabled or locked: after 5 wrong tries for a minute, doubling to an hour.
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
        """Add a dataset, or take one back that was removed. Raises UsageError: it is there."""

    def remove_dataset(self, name: str, by: str, at: datetime) -> None:
        """Record no more of a dataset; its past stays. Raises UsageError: unknown."""

    def rules(self, dataset: str) -> tuple[RecordedRule, ...]:
        """Return the dataset's rules as its last run checked them; `enabled` is False where they were disabled."""

    def disabled_rules(self) -> frozenset[tuple[str, str]]:
        """Return (dataset, rule) for each rule that was disabled in the store."""

    def enable_rule(self, dataset: str, rule: str, by: str, at: datetime, *, enabled: bool) -> None:
        """Enable or disable a rule. Raises UsageError: the dataset is unknown."""

    def schema_versions(self, dataset: str, last: int | None = None) -> tuple[SchemaVersion, ...]:
        """Return the `last` schema versions of a dataset, or all, oldest first."""

    def metrics(
        self, dataset: str, rule: str | None = None, segment: str | None = None, since: datetime | None = None
    ) -> Mapping[Place, tuple[MetricPoint, ...]]:
        """Return the history of a dataset's metrics by rule and segment, oldest first; of all rules if None."""

    def save_baseline(self, baseline: Baseline) -> None:
        """Keep a baseline, in the place of an older one of its name."""

    def baseline(self, dataset: str, name: str) -> Baseline | None:
        """Return one baseline."""

    def baselines(self, dataset: str | None = None) -> tuple[Baseline, ...]:
        """Return the baselines of a dataset or of all, by dataset and name."""

    def drop_baseline(self, dataset: str, name: str, by: str, at: datetime) -> None:
        """Forget a baseline. Raises UsageError: unknown."""

    def save_model(self, model: Model, by: str) -> None:
        """Keep a model, in the place of an older one of its name."""

    def model(self, dataset: str, name: str) -> Model | None:
        """Return one model."""

    def models(self, dataset: str) -> Mapping[str, datetime]:
        """Return the names of a dataset's models, and when they were saved."""

    def drop_model(self, dataset: str, name: str, by: str, at: datetime) -> None:
        """Forget a model, if it is there. Raises UsageError: the dataset is unknown."""


class Outbox(Protocol):
    """Messages that wait to be delivered."""

    def alerts(self, *, failed: bool) -> tuple[Alert, ...]:
        """Return the messages that are not delivered though it was tried, or all, newest first (1,000 at most)."""

    def claim_alerts(
        self,
        at: datetime,
        until: datetime,
        limit: int = 100,
        channels: Collection[str] | None = None,
        by: str = ...,
    ) -> tuple[Alert, ...]:
        """Return messages that are due at `at`, oldest first, and keep them from other processes until `until`.

        Each channel's go in their order: behind one that is not due, or that another process has, all wait.
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
        """Write down a delivery (`error` is None), or a try that failed and when the next is due (None: never).

        A `payload` takes the place of the message's, where a part of it has arrived.
        """

    def release_alert(self, number: int, at: datetime | None = None, by: str = ...) -> None:
        """Give back a message that was claimed and not tried."""

    def retry_alerts(self, at: datetime, channel: str | None = None, by: str = ...) -> int:
        """Make all messages due that are not delivered, of one channel or of all; return their number."""

    def alerts_of(self, incident: int) -> tuple[Alert, ...]:
        """Return the messages that told of an incident, oldest first."""


class Store(People, Registry, Outbox, Protocol):
    """Where runs and incidents are remembered."""

    def writing(self) -> AbstractContextManager[Ledger]:
        """Begin a transaction that no other writer can interleave."""

    def incidents(self, *, resolved: bool) -> tuple[Incident, ...]:
        """Return the incidents that are not resolved, or all of them, newest number first."""

    def wanted_incidents(self, wanted: Wanted) -> tuple[Incident, ...]:
        """Return the incidents that are asked for, newest number first."""

    def evidence(self, number: int) -> Evidence:
        """Return the failing rows of an incident, the first and the last."""

    def events(self, since: datetime) -> tuple[PastEvent, ...]:
        """Return the timelines of all incidents of which something is newer than `since`, oldest first."""

    def runs(self, since: datetime) -> tuple[PastRun, ...]:
        """Return the checks of all datasets since a time, oldest first."""

    def incident(self, number: int) -> Incident | None:
        """Return one incident."""

    def last_runs(self, datasets: Collection[str]) -> Mapping[str, datetime]:
        """Return when each of these datasets that was ever checked was so last."""

    def timeline(self, number: int) -> tuple[Event, ...]:
        """Return what happened to an incident, oldest first."""

    def acknowledge(
        self, numbers: Sequence[int], comment: str, actor: str, at: datetime
    ) -> Mapping[int, IncidentStatus]:
        """Acknowledge all of the incidents or, if one is unknown or resolved, none.

        Returns the status that each had. Raises UsageError.
        """

    def audit(self, *, after: int = 0, limit: int | None = None, newest: bool = False) -> Iterator[AuditEntry]:
        """Yield the entries behind the number `after`; `newest` yields the last `limit` of them, newest first."""

    def audit_head(self) -> str:
        """Return the head of the audit chain, `SEQ:HASH`."""

    def info(self) -> StoreInfo:
        """Say what kind of store this is, how much is in it, and who holds people to their roles."""

    def prune(self, before: datetime, keep: int, by: str, at: datetime, *, dry_run: bool) -> Mapping[str, int]:
        """Delete what is older than `before`, but the `keep` newest runs of each dataset; return the rows by kind.

        Runs go with their metrics, incidents that are resolved lose their failing
        rows, and messages that are settled and sessions that have ended go. With
        `dry_run` they are only counted.
        """

    def backup(self, target: str) -> None:
        """Copy the store into the new file `target`, while others go on writing. Raises UsageError: it cannot."""

    def move(self, address: str) -> Mapping[str, int]:
        """Copy everything into an empty PostgreSQL store; return the rows per table. Raises UsageError: it cannot."""

    def close(self) -> None:
        """Let go of the store."""
