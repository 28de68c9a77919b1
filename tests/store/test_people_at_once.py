"""Two people who act at the same moment: the store decides one after the other, whatever keeps it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from conftest import Cluster
from idqp_cli.core.errors import UsageError
from idqp_cli.store import Store, open_store
from idqp_cli.store.identity import Role
from idqp_cli.store.passwords import LONGEST_LOCK, SHORTEST_LOCK, TRIES, digest, locked_until, made_up_salt
from idqp_cli.store.values import NewUser, Session
from store_writers import record

NOW = datetime.now(UTC)
HASH = "$2b$12$" + "a" * 21 + "O" + "x" * 31
ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a store with two Owners."""
    if request.param == "sqlite":
        found = str(tmp_path / "state.db")
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        found = cluster.address(request.getfixturevalue("database"))
    with closing(open_store(found)) as store:
        for email in (ANN, BOB):
            store.add_user(NewUser(email, "", Role.OWNER, HASH), "me", NOW)
    return found


def at_once(address: str, *works: Callable[[Store], object]) -> list[object]:
    """Do the works in as many connections at one moment; return what each gave, or was refused with."""
    barrier = Barrier(len(works))

    def do(work: Callable[[Store], object]) -> object:
        with closing(open_store(address)) as store:
            barrier.wait()
            try:
                return work(store)
            except UsageError as error:
                return str(error)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(do, works))


def test_two_owners_cannot_remove_each_other(address: str) -> None:
    for _ in range(5):
        said = at_once(
            address,
            lambda store: store.change_role(ANN, Role.VIEWER, BOB, NOW),
            lambda store: store.change_role(BOB, Role.VIEWER, ANN, NOW),
        )
        assert sorted(map(str, said)) == ["None", "this is the last Owner; add another Owner first"]
        with closing(open_store(address)) as store:
            for email in (ANN, BOB):
                store.change_role(email, Role.OWNER, "me", NOW)
    said = at_once(
        address,
        lambda store: store.disable_user(ANN, BOB, NOW),
        lambda store: store.change_role(BOB, Role.VIEWER, ANN, NOW),
    )
    assert sorted(map(str, said)) == ["None", "this is the last Owner; add another Owner first"]


def test_guesses_at_once_are_counted_one_by_one(address: str) -> None:
    wrong = HASH[:-1] + "y"
    session = Session(digest("s"), NOW + timedelta(hours=1))
    at_once(address, *[lambda store: store.log_in(ANN, wrong, session, datetime.now(UTC))] * 20)
    with closing(open_store(address)) as store:
        refused = [entry for entry in store.audit() if entry.action == "login.refused"]
        assert len(refused) == TRIES
        assert next(user for user in store.users() if user.email == ANN).locked_until is not None


def test_a_lock_doubles_up_to_an_hour() -> None:
    waits = [(locked_until(tries, NOW) or NOW) - NOW for tries in range(TRIES + 9)]
    assert waits[:TRIES] == [timedelta(0)] * TRIES
    assert waits[TRIES : TRIES + 3] == [SHORTEST_LOCK, 2 * SHORTEST_LOCK, 4 * SHORTEST_LOCK]
    assert waits[-1] == LONGEST_LOCK


def test_a_made_up_salt_is_one_that_bcrypt_takes() -> None:
    for number in range(100):
        salt = made_up_salt(f"user{number}")
        assert (len(salt), salt[:7], salt[-1] in ".Oeu") == (29, "$2b$12$", True)


def test_partitions_are_made_ahead(cluster: Cluster, database: str) -> None:
    with closing(open_store(cluster.address(database))) as store:
        record(store, "r")
    made = cluster.run(
        "SELECT inhparent::regclass::text, count(*) FROM pg_inherits WHERE inhparent IN ('idqp.incidents'::regclass, 'idqp.check_runs'::regclass) GROUP BY 1 ORDER BY 1",
        database,
    )
    assert made == [("idqp.check_runs", 4), ("idqp.incidents", 4)]
