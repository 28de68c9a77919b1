"""What processes share through a real Redis: answers, writes; and that all is right without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis
from starlette.testclient import TestClient

from idqp_cli.server import app, asking, redis_shared
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from redis_server import PASSWORD, RedisServer
from server_place import Place, filled, settings

ACK = "/incidents/1/ack"


@pytest.fixture
def two(
    addresses: tuple[str, str], key_folder: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Place, Place]]:
    """Return two servers of one store that share a Redis, as two processes do."""
    monkeypatch.setattr(redis_shared, "LEFT_ALONE", 0.2)
    monkeypatch.setattr(redis_shared, "PATIENCE", 5)
    # No window ends during a test.
    monkeypatch.setattr(asking, "time", SimpleNamespace(time=lambda: 0.0))
    owned, address = addresses
    with closing(open_store(owned)) as store:
        programs = filled(store, datetime.now(UTC))
    given = settings(address, key_folder, redis=redis_server.address, writes=4)
    with ExitStack() as stack:
        clients = [
            stack.enter_context(TestClient(app.made(given, logging=False), "http://127.0.0.1:8000")) for _ in range(2)
        ]
        one, other = (Place(client, address, owned, programs) for client in clients)
        yield one, other


def computed(place: Place) -> list[str]:
    """Return the list that grows with each answer that a server computes itself."""
    cache = place.client.app.state.serving.cache  # type: ignore[attr-defined]
    asked: list[str] = []
    keep = cache.keep

    def noted(tag: str, body: bytes) -> None:
        asked.append(tag)
        keep(tag, body)

    cache.keep = noted
    return asked


def forgotten(place: Place) -> None:
    """Let a process have no answer of its own."""
    place.client.app.state.serving.cache._kept.clear()  # type: ignore[attr-defined] # noqa: SLF001


def test_an_answer_is_computed_once_for_all_and_again_after_a_write(two: tuple[Place, Place]) -> None:
    one, other = two
    bearer = one.headers(Role.OWNER)
    other.let(Role.OWNER, bearer["Authorization"])
    first, second = computed(one), computed(other)
    listed = one.get("/incidents")
    assert other.get("/incidents") == listed
    assert (len(first), len(second)) == (1, 0)
    # What a Viewer is answered is another answer.
    one.get("/incidents", Role.REVIEWER)
    assert len(first) == 2
    assert one.ask("POST", ACK, json={"comment": "x"}).status_code == 200
    for place in two:
        shown = {row["incident"]: row["status"] for row in place.get("/incidents")["items"]}
        assert shown[1] == "acknowledged"


def test_writes_are_counted_over_all_processes(two: tuple[Place, Place]) -> None:
    for place in two:
        place.headers(Role.OWNER)
    answers = [two[number % 2].ask("POST", ACK, json={"comment": "x"}) for number in range(6)]
    assert sorted(one.status_code for one in answers) == [200] * 4 + [429] * 2
    assert 0 < int(answers[-1].headers["retry-after"]) <= 15
    assert two[0].ask("POST", ACK, Role.REVIEWER, json={"comment": "x"}).status_code == 200


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_all_is_right_when_redis_goes_and_comes(
    two: tuple[Place, Place], redis_server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = two
    listed = one.get("/incidents")
    redis_server.stop()
    assert (one.get("/incidents"), other.get("/incidents")) == (listed, listed)
    answers = [one.ask("POST", ACK, json={"comment": "x"}).status_code for _ in range(6)]
    assert answers == [200] * 4 + [429] * 2
    assert other.get("/incidents/1")["status"] == "acknowledged"
    told = capsys.readouterr().err
    assert "Redis does not answer" in told
    assert PASSWORD not in told
    redis_server.start()
    until = datetime.now(UTC)
    while not any(redis.Redis.from_url(redis_server.address).scan_iter("idqp:*")):
        assert (datetime.now(UTC) - until).seconds < 20
        one.get("/datasets")
        forgotten(one)


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_whoever_has_redis_reads_no_answer_and_can_put_none(
    two: tuple[Place, Place], redis_server: RedisServer
) -> None:
    one, other = two
    listed = one.get("/incidents")
    client = redis.Redis.from_url(redis_server.address)
    (kept,) = client.scan_iter("*:answer:*")
    sealed = client.get(kept)
    assert isinstance(sealed, bytes)
    assert b"incident" not in sealed
    for forged in (b'{"items":[]}', b"", sealed[:-1] + b"x", sealed[:5]):
        client.set(kept, forged)
        assert other.get("/incidents") == listed
        forgotten(other)
