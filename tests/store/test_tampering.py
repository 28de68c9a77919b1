"""What is done to the audit chain behind idqp's back: found by the chain itself, or by a head kept elsewhere."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

import store_writers
from conftest import Cluster
from idqp_cli.store import open_store
from idqp_cli.store.audit import GENESIS, entry_hash, verify
from idqp_cli.store.values import AuditEntry

ENTRIES = 24
TIMES = 50


@dataclass(frozen=True)
class Chain:
    """A chain as it lies in a store: its entries, and the head that the store names."""

    entries: tuple[AuditEntry, ...]
    head: str


def mended(entries: list[AuditEntry]) -> Chain:
    """Number and hash all entries anew, as a careful forger does, with the head."""
    previous, done = GENESIS, []
    for number, entry in enumerate(entries, 1):
        fields = {
            "seq": number,
            "at": entry.at,
            "actor": entry.actor,
            "action": entry.action,
            "object": entry.object,
            "detail": entry.detail,
        }
        found = entry_hash(previous, fields)
        done.append(replace(entry, sequence=number, previous_hash=previous, hash=found))
        previous = found
    return Chain(tuple(done), f"{len(done)}:{previous}")


def edited(chain: Chain, at: int, chance: random.Random) -> list[AuditEntry]:
    entries = list(chain.entries)
    field = chance.choice(["at", "actor", "action", "object", "detail"])
    entries[at] = replace(entries[at], **{field: getattr(entries[at], field) + "x"})
    return entries


def swapped(chain: Chain, at: int) -> list[AuditEntry]:
    entries, other = list(chain.entries), (at + 1) % ENTRIES
    entries[at], entries[other] = replace(entries[other], sequence=at + 1), replace(entries[at], sequence=other + 1)
    return entries


def inserted(chain: Chain, at: int) -> list[AuditEntry]:
    entries = list(chain.entries)
    before = GENESIS if at == 0 else entries[at - 1].hash
    fields = {"seq": at + 1, "at": "", "actor": "x", "action": "x", "object": "x", "detail": "{}"}
    new = AuditEntry(at + 1, "", "x", "x", "x", "{}", before, entry_hash(before, fields))
    return [*entries[:at], new, *(replace(one, sequence=one.sequence + 1) for one in entries[at:])]


def rehashed(chain: Chain, at: int, chance: random.Random) -> Chain:
    entries = edited(chain, at, chance)
    one = entries[at]
    fields = {
        "seq": one.sequence,
        "at": one.at,
        "actor": one.actor,
        "action": one.action,
        "object": one.object,
        "detail": one.detail,
    }
    entries[at] = replace(one, hash=entry_hash(one.previous_hash, fields))
    return Chain(tuple(entries), chain.head)


# Eight kinds: what the forger makes of a chain at a place; and whether the chain alone shows it.
KINDS: dict[str, tuple[Callable[[Chain, int, random.Random], Chain], bool]] = {
    "edit": (lambda chain, at, chance: Chain(tuple(edited(chain, at, chance)), chain.head), True),
    "edit with its own hash made anew": (rehashed, True),
    "delete": (lambda chain, at, _: Chain(chain.entries[:at] + chain.entries[at + 1 :], chain.head), True),
    "swap": (lambda chain, at, _: Chain(tuple(swapped(chain, at)), chain.head), True),
    "insert": (lambda chain, at, _: Chain(tuple(inserted(chain, at)), chain.head), True),
    "cut the end off": (lambda chain, at, _: Chain(chain.entries[:at], chain.head), True),
    "cut the end off, with the head": (lambda chain, at, _: mended(list(chain.entries[:at])), False),
    "edit, and mend the whole chain": (lambda chain, at, chance: mended(edited(chain, at, chance)), False),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        found = str(tmp_path_factory.mktemp("chain") / "s.db")
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        found = cluster.address(cluster.new_database())
    with closing(open_store(found)) as store:
        for number in range(5):
            store_writers.record(store, f"r{number}")
        while (left := ENTRIES - int(store.audit_head().partition(":")[0])) > 0:
            store_writers.acknowledge(store, [1, 2, 3][:left], 'é \\ "x"', "me", datetime.now(UTC))
    return found


def written_back(address: str, chain: Chain, cluster: Cluster | None) -> None:
    """Put a chain in the place of the store's own, with all rights that there are."""
    sequence, head = chain.head.split(":")
    rows = [(e.sequence, e.at, e.actor, e.action, e.object, e.detail, e.previous_hash, e.hash) for e in chain.entries]
    if cluster is None:
        with closing(sqlite3.connect(address, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            connection.execute("DELETE FROM audit_events")
            connection.executemany("INSERT INTO audit_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            connection.execute("UPDATE audit_head SET seq = ?, hash = ?", [sequence, head])
            connection.execute("COMMIT")
        return
    with psycopg.connect(address) as server:
        server.execute("SET session_replication_role = replica")
        server.execute("ALTER TABLE idqp.audit_events DROP CONSTRAINT IF EXISTS audit_events_previous_hash_key")
        server.execute("DELETE FROM idqp.audit_events")
        with server.cursor() as cursor:
            cursor.executemany("INSERT INTO idqp.audit_events VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", rows)
        server.execute("UPDATE idqp.audit_head SET seq = %s, hash = %s", [sequence, head])


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_found_by_the_chain_or_by_an_anchor_behind_it(
    address: str, kind: str, request: pytest.FixtureRequest
) -> None:
    tamper, shows = KINDS[kind]
    chance = random.Random(kind)
    cluster = request.getfixturevalue("cluster") if "://" in address else None
    with closing(open_store(address)) as store:
        true = Chain(tuple(store.audit()), store.audit_head())
        assert len(true.entries) == ENTRIES
        assert verify(true.entries, true.head) is None
        for time in range(TIMES):
            at = chance.randrange(ENTRIES)
            forged = tamper(true, at, chance)
            # Each kind once in the store itself; what verify sees is the same every time.
            if time == 0:
                written_back(address, forged, cluster)
                forged = Chain(tuple(store.audit()), store.audit_head())
                written_back(address, true, cluster)
            assert (verify(forged.entries, forged.head) is not None) is shows
            for place in range(ENTRIES):
                anchor = f"{place + 1}:{true.entries[place].hash}"
                found = verify(forged.entries, forged.head, anchor)
                assert (found is not None) is (shows or place >= at)
        assert verify(store.audit(), store.audit_head(), true.head) is None


def test_an_anchor_that_was_never_there_is_said(tmp_path: Path) -> None:
    with closing(open_store(str(tmp_path / "s.db"))) as store:
        assert verify(store.audit(), store.audit_head()) is None
        assert verify(store.audit(), store.audit_head(), "1:abc") == "there is no entry 1"
        assert verify(store.audit(), store.audit_head(), "nonsense") == "there is no entry nonsense"
        store_writers.record(store, "r")
        assert verify(store.audit(), store.audit_head(), "1:abc") == "entry 1 is not the one that was expected"
        assert verify(store.audit(), store.audit_head(), f"0:{GENESIS}") is None
