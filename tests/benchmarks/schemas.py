"""How long it takes to compare wide schemas: CPU milliseconds, the median of many.

`python tests/benchmarks/schemas.py`
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

from idqp_cli.core.model import Column
from idqp_cli.schemas.compare import compare
from idqp_cli.schemas.compatibility import Mode
from idqp_cli.schemas.observe import observed
from idqp_cli.schemas.registry import Policy, validate
from idqp_cli.schemas.schema import Schema, SchemaColumn, SchemaVersion, as_plain, from_plain
from idqp_cli.store import open_store

KINDS = ("BIGINT", "VARCHAR", "DOUBLE", "DATE", "DECIMAL(18,3)", "STRUCT(a INTEGER, b VARCHAR[])")


def wide(columns: int) -> Schema:
    return tuple(SchemaColumn(f"column_{number}", KINDS[number % len(KINDS)]) for number in range(columns))


def spent(call: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the median and the 95th percentile of the CPU milliseconds of a call."""
    found = []
    for _ in range(times):
        begin = time.process_time()
        call()
        found.append((time.process_time() - begin) * 1000)
    return statistics.median(found), statistics.quantiles(found, n=20)[-1]


def main() -> None:
    big = wide(10_000)
    equal = from_plain(as_plain(big))
    changed = tuple(replace(one, type="BLOB") for one in big)
    other = tuple(replace(one, name=f"x{one.name}") for one in big)
    turned = big[::-1]
    cases: dict[str, tuple[Callable[[], object], int]] = {
        "10,000 columns, equal": (lambda: compare(big, equal), 50),
        "10,000 columns, 100 changed, added, removed": (
            lambda: compare(big, (*(replace(one, type="HUGEINT") for one in big[:100]), *big[200:], *wide(10_100)[10_000:])),
            50,
        ),
        "10,000 columns, every type changed": (
            lambda: compare(big, changed), 20,
        ),
        "10,000 columns, all in reverse": (lambda: compare(big, turned), 20),
        "10,000 columns, all renamed": (
            lambda: compare(big, other), 20,
        ),
    }  # fmt: skip
    columns = tuple(Column(one.name, one.type) for one in wide(50))
    history = [SchemaVersion(f"1.{number}.0", wide(50)) for number in range(20)]

    def stage() -> object:
        versions = store.schema_versions("t")
        schema = observed(columns, text=False, registered=versions[-1].columns)
        return validate(versions, schema, Policy(Mode.FULL_TRANSITIVE))

    def latest() -> object:
        versions = store.schema_versions("t", 1)
        schema = observed(columns, text=False, registered=versions[-1].columns)
        return validate(versions, schema, Policy(Mode.FULL))

    cases["a check's 50 columns against the latest version in a store"] = (latest, 300)
    cases["a check's 50 columns against 20 versions in a store"] = (stage, 300)
    with tempfile.TemporaryDirectory() as folder, closing(open_store(f"{folder}/s.db")) as store:
        at, before = datetime.now(UTC), None
        for version in history:
            with store.writing() as ledger:
                ledger.record_schema("t", before, version, at, "me")
            before = version.version
        for name, (call, times) in cases.items():
            median, high = spent(call, times)
            sys.stdout.write(f"{name}: {median:.2f} ms median, {high:.2f} ms p95\n")


if __name__ == "__main__":
    main()
