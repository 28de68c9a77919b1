"""What the kernel keeps a confined process from: each attempt is made by a process that is confined as a check is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from idqp_cli.pipeline.confinement import landlock, seccomp

pytestmark = pytest.mark.skipif(
    not (landlock.version() >= landlock.OF_SCOPES and seccomp.available()), reason="the kernel cannot"
)

# Python that is run in the confined process, by what it tries; it raises where the kernel refuses.
ATTEMPTS: Mapping[str, str] = {
    "read a file outside": "open(outside).read()",
    "read it by a link": "open(link).read()",
    "list a folder outside": "os.listdir(os.path.dirname(outside))",
    "read passwords": "open('/etc/passwd').read()",
    "read the home folder": "os.listdir(os.path.expanduser('~root'))",
    "write outside": "open(outside, 'a').write('x')",
    "truncate": "os.truncate(outside, 0)",
    "make a file beside the data": "open(data + '.new', 'w')",
    "write the data": "open(data, 'r+').write('x')",
    "remove the data": "os.remove(data)",
    "rename the data": "os.rename(data, own + '/moved')",
    "link the outside in": "os.link(outside, own + '/linked')",
    "make a fifo": "os.mkfifo(own + '/fifo')",
    "make a link": "os.symlink(outside, own + '/link')",
    "connect": "socket.create_connection(('127.0.0.1', 9), 1)",
    "send a datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "open a unix socket": "socket.socket(socket.AF_UNIX)",
    "listen": "socket.create_server(('127.0.0.1', 0))",
    "trace": "raised(libc.ptrace(16, parent, 0, 0))",
    "signal the parent": "os.kill(parent, 0)",
    "leave namespaces": "raised(libc.unshare(0x10000000))",
    "mount": "raised(libc.mount(b'none', own.encode(), b'tmpfs', 0, 0))",
    "ask the kernel in another way": "raised(libc.syscall(425, 1, ctypes.create_string_buffer(200)))",
    "read the environment of the parent": "open(f'/proc/{parent}/environ', 'rb').read()",
    "take memory": "bytearray(64 << 30)",
    "take more time": "raised(resource.getrlimit(resource.RLIMIT_CPU)[0] < 0 or -1)",
    "raise a limit": "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)",
    "write a large file": "os.truncate(open(own + '/large', 'w').fileno(), 64 << 30)",
    "open many files": "[open(data) for _ in range(5000)]",
}
# Only what reads data works alone.
ALONE: Mapping[str, str] = {
    "start a program": "subprocess.run(['/bin/true'], check=True)",
    "replace itself": "os.execv('/bin/true', ['true'])",
    "fork": "os.fork() or os._exit(0)",
    "read other data": "open(other).read()",
}
ALLOWED: Mapping[str, str] = {
    "read the data": "assert open(data).read()",
    "write its own folder": "open(own + '/mine', 'w').write('x'); os.remove(own + '/mine')",
    "start a thread": "one = threading.Thread(target=lambda: None); one.start(); one.join()",
    "load a module": "import sqlite3, numpy",
    "use DuckDB": "import duckdb; assert duckdb.sql('SELECT sum(range) FROM range(1000000)').fetchall()",
    "abort by itself": "os.kill(os.getpid(), 0)",
}
PROGRAM = """
import ctypes, json, os, resource, socket, subprocess, sys, threading
from idqp_cli.pipeline.confinement import force
how, root, own, data, other, outside, link, attempts = sys.argv[1:]
parent, libc = os.getppid(), ctypes.CDLL(None, use_errno=True)
def raised(answer):
    if answer == -1:
        raise OSError(ctypes.get_errno(), 'refused')
walls, shares = force.Walls(root, own), force.Shares(1 << 30, 20)
force.command(walls, (), (), shares) if how == 'command' else force.reader(walls, [data], shares)
found = {}
for name, code in json.loads(attempts).items():
    try:
        exec(code)
        found[name] = 'done'
    except Exception as error:
        found[name] = type(error).__name__
print(json.dumps(found))
"""


def tried(tmp_path: Path, how: str, attempts: Mapping[str, str]) -> dict[str, str]:
    root, own, outside = tmp_path / "root", tmp_path / "own", tmp_path / "outside"
    for folder in (root, own, outside):
        folder.mkdir()
    for path in (root / "data", root / "other", outside / "secret"):
        path.write_text("content", encoding="utf-8")
    (root / "link").symlink_to(outside / "secret")
    paths = (root, own, root / "data", root / "other", outside / "secret", root / "link")
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, how, *map(str, paths), json.dumps(attempts)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert (outside / "secret").read_text(encoding="utf-8") == "content"
    assert sorted(one.name for one in root.iterdir()) == ["data", "link", "other"]
    found: dict[str, str] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("how", ["command", "reader"])
def test_nothing_outside_is_reached(tmp_path: Path, how: str) -> None:
    attempts = {**ATTEMPTS, **(ALONE if how == "reader" else {})}
    found = tried(tmp_path, how, {**ALLOWED, **attempts})
    assert {name for name in ALLOWED if found[name] != "done"} == set()
    assert {name for name in attempts if found[name] == "done"} == set()


def test_without_landlock_paths_are_still_confined(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    code = (
        "import sys; from idqp_cli.core import confines; from idqp_cli.ingest.files import examine\n"
        "confines.confine(sys.argv[1]); examine('/etc/passwd', 'it')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "root")], capture_output=True, text=True, check=False
    )
    assert "UnreadableError: it: leads out of the working tree" in ran.stderr
