"""What the tests of streams share: a broker, and a store of either kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Cluster
from idqp_cli.store.postgres.migrations import upgrade
from kafka_broker import Broker, broker, mock_broker

__all__ = ["Broker", "broker", "mock_broker"]


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty store."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    cluster: Cluster = request.getfixturevalue("cluster")
    address = cluster.address(request.getfixturevalue("database"))
    upgrade(address)
    return address
