"""Processes that write into a store, for tests that let many of them run at once, or end them where it hurts.

Run as a program, so that it can fork: `store_writers.py many|each|endless ADDRESS …`. It
prints the ids of the runs whose recording was acknowledged, one per line.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.core.errors import StoreError
from idqp_cli.core.model import DatasetReport, Result, RunStatus, Severity, Status, Verdict
from idqp_cli.incidents.lifecycle import Action, Trigger, changes
from idqp_cli.pipeline.respond import Deed, act
from idqp_cli.store import Store, open_store
from idqp_cli.store.values import RecordedRule

RULES = 3


def record(store: Store, run_id: str) -> None:
    """Record a run in which all rules fail."""
    at = datetime.now(UTC)
    results = tuple(
        Result(f"r{number}", "range", ("a",), Severity.WARNING, Verdict(Status.FAILED, "bad", 0.5))
        for number in range(RULES)
    )
    report = DatasetReport("t", "t.csv", 2, RunStatus.FAILED, 50.0, None, results)
    rules = [RecordedRule(one.rule, one.type, {}, 0.0, "warning", enabled=True) for one in results]
    with store.writing() as ledger:
        known = ledger.latest_incidents("t", [(one.rule, one.segment) for one in results])
        ledger.record_run(run_id, at, "me", report, rules)
        ledger.record_changes(run_id, at, "me", changes("t", results, known, at))


def acknowledge(store: Store, numbers: Sequence[int], comment: str, actor: str, at: datetime) -> None:
    """Acknowledge incidents, as `idqp ack` does where nobody is alerted."""
    act(store, numbers, Deed(Action(Trigger.ACKNOWLEDGE), comment, actor, at), AlertSettings())


def acknowledged(run_id: str) -> None:
    """Say, at once, that a run is recorded."""
    os.write(1, f"{run_id}\n".encode())


def many(address: str, processes: int, writes: int) -> int:
    """Let `processes` processes open the store at one moment and record `writes` runs each; return how many failed."""
    ready, go = os.pipe()
    children = []
    for number in range(processes):
        child = os.fork()
        if child == 0:
            os.close(go)
            # Ends for all at once, when the parent closes the other end.
            os.read(ready, 1)
            code = 1
            try:
                store = open_store(address)
                for write in range(writes):
                    record(store, f"{number}-{write}")
                    acknowledged(f"{number}-{write}")
                store.close()
                code = 0
            except StoreError as error:
                os.write(2, f"{error}\n".encode())
            finally:
                os._exit(code)
        children.append(child)
    os.close(ready)
    os.close(go)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


def killed(address: str, statement: int) -> None:
    """Record a run, and kill this process before its `statement`-th statement."""
    store = open_store(address)
    left = [statement]

    def count(*_: Any) -> None:  # noqa: ANN401
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    connection = store._connection  # type: ignore[attr-defined] # noqa: SLF001 - where statements pass
    if "://" in address:
        execute = connection.execute

        def counted(*words: Any, **named: Any) -> Any:  # noqa: ANN401
            count()
            return execute(*words, **named)

        connection.execute = counted
    else:
        connection.set_trace_callback(count)
    record(store, f"killed-{statement}")
    count()
    acknowledged(f"killed-{statement}")


def each(address: str) -> None:
    """Do `killed` with each number that comes, in a fork of its own, and print how it ended behind what it printed."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                killed(address, int(line))
                code = 0
            except BaseException:  # noqa: BLE001 - as the interpreter
                sys.excepthook(*sys.exc_info())
                sys.stderr.flush()
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(1, f"{code}\n".encode())


def endless(address: str, name: str) -> None:
    """Record runs until someone ends this."""
    store = open_store(address)
    number = 0
    while True:
        record(store, f"{name}-{number}")
        acknowledged(f"{name}-{number}")
        number += 1


def main(what: str, address: str, *rest: str) -> int:
    """Do what the words say."""
    if what == "many":
        return min(many(address, *map(int, rest)), 255)
    if what == "each":
        each(address)
    if what == "endless":
        try:
            endless(address, rest[0])
        except StoreError:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
