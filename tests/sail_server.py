"""A server of Spark's protocol for tests: Sail, which starts in a second and needs no Java."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import spark_server

SERVE = (
    "import sys; from pysail.spark import SparkConnectServer;"
    " SparkConnectServer('127.0.0.1', int(sys.argv[1])).start(background=False)"
)
PATIENCE = 60


@pytest.fixture(scope="session")
def sail() -> Iterator[str]:
    """Return the address of a server that ends with the tests, or of the one that `IDQP_SPARK` names."""
    with served() as address:
        yield address


@pytest.fixture
def own_sail() -> Iterator[str]:
    """Return the address of a server that ends with the test, whatever it still does."""
    if spark_server.VENV in os.environ:
        with spark_server.served(Path(os.environ[spark_server.VENV]), "local[2]") as spark:
            yield spark.address
    else:
        with served() as address:
            yield address


@contextmanager
def served() -> Iterator[str]:
    """Start a server, and end it with the context; or name the one of `IDQP_SPARK`."""
    main = sys.modules["__main__"]
    if not hasattr(main, "__file__"):
        # pyspark takes a program without a file, such as a worker of xdist, for its own doctests, and ends it.
        main.__file__ = __file__
    if "IDQP_SPARK" in os.environ:
        yield os.environ["IDQP_SPARK"]
        return
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + PATIENCE
        while True:
            assert server.poll() is None
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.1)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()
