"""A process that has loaded idqp, and forks for each command: a process of its own, without the second to load it.

The command finds descriptors, folder, environment and words as a process that is
started finds them; only the modules are there already. `python loaded.py SOCKET`
waits at the socket for commands, until its stdin ends.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from functools import cache
from typing import Any, NoReturn, Protocol

# What most commands load; the rest is loaded while no command comes.
FIRST = ("idqp_cli.cli.commands.check", "idqp_cli.ingest.database", "duckdb", "idqp_cli.store.sqlite")
SLOW = (
    "sqlite_utils", "dateutil.parser", "dateutil.tz", "rich.console", "rich.table", "rich.progress", "rich.live", "bcrypt", "psycopg",
    "numpy", "sklearn.ensemble", "sklearn.neighbors",
)  # fmt: skip
# What is a program, and formats whose libraries are heavier than idqp.
LEFT_OUT = ("idqp_cli.__main__", "idqp_cli.ingest.tables", "idqp_cli.server.")


class Closed(Protocol):
    """What holds a descriptor."""

    def close(self) -> None:
        """Let go of it."""


def run(
    words: Sequence[str], folder: str, env: Mapping[str, str], stdin: bytes, seconds: float, first: str = ""
) -> tuple[int, bytes, bytes]:
    """Run idqp with these words, after the Python code `first`; return its exit code, stdout and stderr.

    Raises:
        TimeoutExpired: it took longer; it is killed.

    """
    told: dict[str, bytes] = {}
    with ExitStack() as stack:
        line = stack.enter_context(closing(socket.socket(socket.AF_UNIX)))
        line.connect(_address())
        source, given = os.pipe()
        out, to_out = os.pipe()
        err, to_err = os.pipe()
        socket.send_fds(line, [b"."], [source, to_out, to_err])
        for descriptor in (source, to_out, to_err):
            os.close(descriptor)
        os.umask(mask := os.umask(0))
        command = {"words": list(words), "folder": folder, "env": dict(env), "first": first, "mask": mask}
        line.sendall(json.dumps(command).encode() + b"\n")
        for thread in (
            threading.Thread(target=_write, args=(given, stdin)),
            threading.Thread(target=_read, args=(out, "out", told)),
            threading.Thread(target=_read, args=(err, "err", told)),
        ):
            thread.start()
            stack.callback(thread.join)
        answers = stack.enter_context(line.makefile("r"))
        process = int(answers.readline())
        line.settimeout(seconds)
        try:
            status = int(answers.readline())
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            raise subprocess.TimeoutExpired(["idqp", *words], seconds) from None
    return os.waitstatus_to_exitcode(status), told["out"], told["err"]


def _write(descriptor: int, content: bytes) -> None:
    with suppress(BrokenPipeError), open(descriptor, "wb", buffering=0) as pipe:
        rest = memoryview(content)
        while rest:
            rest = rest[pipe.write(rest) :]


def _read(descriptor: int, name: str, told: dict[str, bytes]) -> None:
    with open(descriptor, "rb") as pipe:
        told[name] = pipe.read()


@cache
def _address() -> str:
    """Start the process that waits, which ends with this one; return the address of its socket."""
    folder = tempfile.TemporaryDirectory(prefix="idqp-loaded-")
    address = f"{folder.name}/socket"
    process = subprocess.Popen(
        [sys.executable, __file__, address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"

    def end() -> None:
        process.communicate()
        folder.cleanup()

    atexit.register(end)
    return address


def wait(address: str) -> Mapping[str, Any]:
    """Fork for each command that comes; return in the fork, with the command."""
    for name in FIRST:
        importlib.import_module(name)
    more = later()
    # Ctrl-C is for who waits for the answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    door, chooser = socket.socket(socket.AF_UNIX), selectors.DefaultSelector()
    door.bind(address)
    door.listen(64)
    chooser.register(0, selectors.EVENT_READ)
    chooser.register(door, selectors.EVENT_READ)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    loading, running = True, 0
    while True:
        # What is loaded keeps nobody waiting who has ended.
        ready = chooser.select(0 if loading and not running else None)
        if not ready:
            loading = next(more, False)
        for key, _ in ready:
            if key.fd == 0:
                os._exit(0)
            if key.fileobj is not door:
                chooser.unregister(key.fd)
                os.close(key.fd)
                _answer(*key.data)
                running -= 1
                continue
            line, _ = door.accept()
            process, command = fork(
                line, (door, chooser, *(key.data[1] for key in chooser.get_map().values() if key.data))
            )
            if not process:
                return command
            running += 1
            chooser.register(os.pidfd_open(process), selectors.EVENT_READ, (process, line))


def later() -> Iterator[bool]:
    """Load one module after the other."""
    package = importlib.import_module("idqp_cli")
    own = (one.name for one in pkgutil.walk_packages(package.__path__, "idqp_cli."))
    for name in (*SLOW, *(name for name in own if not name.startswith(LEFT_OUT))):
        # Not everything is installed everywhere.
        with suppress(ImportError):
            importlib.import_module(name)
        yield True
    # A fork need not copy what it only looks at.
    gc.collect()
    gc.freeze()


def _answer(process: int, line: socket.socket) -> None:
    _, status = os.waitpid(process, 0)
    with closing(line), suppress(BrokenPipeError):
        line.sendall(f"{status}\n".encode())


def fork(line: socket.socket, held: Sequence[Closed]) -> tuple[int, dict[str, Any]]:
    """Read the command that comes through `line`, fork, and make the fork what a process is that is started for it.

    What is `held` is closed there by its owner, who would close a descriptor of the same number later.
    """
    _, descriptors, _, _ = socket.recv_fds(line, 1, 3)
    with line.makefile("rb") as asked:
        command = json.loads(asked.readline())
    with warnings.catch_warnings(action="ignore"):
        # The threads are those of numpy's library, which ends them before a fork.
        process = os.fork()
    if process:
        for descriptor in descriptors:
            os.close(descriptor)
        line.sendall(f"{process}\n".encode())
        return process, command
    for one in (*held, line):
        one.close()
    for target, descriptor in enumerate(descriptors):
        os.dup2(descriptor, target)
    os.closerange(3, 1024)
    os.chdir(command["folder"])
    os.umask(command["mask"])
    os.environ.clear()
    os.environ.update(command["env"])
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return 0, command


def do(command: Mapping[str, Any]) -> NoReturn:
    """Run idqp, and end as Python does, but leave the memory to the system."""
    main = importlib.import_module("idqp_cli.__main__")
    sys.argv = [str(main.__file__), *command["words"]]
    code: object = 1
    try:
        exec(command["first"], {})  # noqa: S102 - what a test says
        main.main()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - as the interpreter
        sys.excepthook(*sys.exc_info())
    # Tells pools of threads to end, and waits for them.
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001
    atexit._run_exitfuncs()  # noqa: SLF001
    try:
        sys.stdout.flush()
    except OSError:
        code = 120
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    do(wait(sys.argv[1]))
