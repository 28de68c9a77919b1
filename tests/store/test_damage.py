"""A store that is damaged, read-only or empty: a line that says so, a report that is not lost, and never a bug."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import typer

from conftest import Cluster, Ran, Shell
from idqp_cli.cli.app import app, guarded
from idqp_cli.store import sqlite

READING = (
    ("incident", "list", "--all"), ("incident", "show", "1"), ("history", "t"), ("report",), ("audit", "verify"),
    ("audit", "list"), ("store", "info"), ("doctor",), ("rule", "list"), ("rule", "show", "t", "range(b)"),
    ("schema", "show", "t"), ("schema", "history", "t"), ("user", "list"), ("token", "list"), ("alert", "list"),
    ("baseline", "list", "--runs"), ("dataset", "list"), ("whoami",),
)  # fmt: skip
WRITING = (
    ("ack", "1", "-m", "x"),
    ("incident", "resolve", "1", "--reason", "fixed", "-m", "x"),
    ("check", "--format", "json"),
)
ROUNDS = 60


@pytest.fixture
def idqp(shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Return a function that runs idqp in process, in a folder with a store that two runs have filled."""
    shell.write("t.csv", "a,b\n" + "".join(f"{number},{number % 9}\n" for number in range(30)))
    rules = [
        {"type": "range", "column": "b", "max": 5},
        {"type": "drift", "column": "b", "min_rows": 1},
        {"type": "anomaly", "metric": "profile"},
        {"type": "unique", "column": "b", "segment_by": "a"},
    ]
    channel = {"type": "slack", "webhook": "http://127.0.0.1:9/x"}
    text = {
        "version": 1,
        "store": "state.db",
        "datasets": {"t": {"path": "t.csv", "rules": rules}},
        "alerts": {"channels": {"c": channel}, "routes": [{"to": ["c"]}]},
    }
    shell.write("rules.yaml", json.dumps(text))
    monkeypatch.chdir(shell.folder)
    for name in ("IDQP_STORE", "IDQP_TOKEN", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> Ran:
        code = guarded(lambda: typer.main.get_command(app).main(list(words), prog_name="idqp", standalone_mode=False))
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    assert run("check").code == 1
    assert run("check").code == 1
    return run


def held_to_modes(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run idqp as someone whom the modes of files hold, which root is only without its capabilities."""
    without = "-dac_override,-dac_read_search"
    plain = ["setpriv", "--bounding-set", without, "--inh-caps", without] if os.geteuid() == 0 else []
    return subprocess.run(
        [*plain, sys.executable, "-m", "idqp_cli", *words], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "IDQP_STORE": ""},
    )  # fmt: skip


def broken(content: bytes, chance: random.Random) -> bytes:
    """Truncate, or flip some bytes of, the content of a file."""
    if chance.random() < 0.25:
        return content[: chance.randrange(1, len(content))]
    found = bytearray(content)
    # Pages that are in use are more telling than free ones.
    used = [place for place, byte in enumerate(found) if byte]
    for _ in range(chance.choice((1, 3, 20, 200))):
        found[chance.choice(used)] = chance.randrange(256)
    return bytes(found)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(1, 4))])
def test_a_damaged_file_is_no_bug(idqp: Callable[..., Ran], seed: int) -> None:
    with sqlite3.connect("state.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content, chance, wrong = Path("state.db").read_bytes(), random.Random(seed), []
    for number in range(ROUNDS // 4):
        damaged = broken(content, chance)
        for words in (*chance.sample(READING, 5), *chance.sample(WRITING, 2)):
            for end in ("-wal", "-shm"):
                Path(f"state.db{end}").unlink(missing_ok=True)
            Path("state.db").write_bytes(damaged)
            sqlite.OPENED.clear()
            ran = idqp(*words)
            lost = words[0] == "check" and ran.code not in {2, 3} and not ran.out
            if ran.code == 70 or lost:
                wrong.append((number, words, ran.code, ran.err))
    assert wrong == []


def test_an_empty_file_is_no_store(idqp: Callable[..., Ran]) -> None:
    Path("state.db").write_bytes(b"")
    for words in READING:
        Path("state.db").write_bytes(b"")
        ran = idqp(*words)
        # Rules and schemas are also there without a store.
        assert words[0] in {"rule", "schema"} or ran.code == 4, words
        assert words[0] in {"rule", "schema"} or "is empty" in ran.out + ran.err
    Path("state.db").write_bytes(b"")
    ran = idqp("check")
    assert ran.code == 1
    assert "is empty; a new store is made in it" in ran.err


@pytest.mark.parametrize("logged", [False, True])
def test_what_reads_works_on_a_store_that_is_read_only(idqp: Callable[..., Ran], shell: Shell, *, logged: bool) -> None:
    told = {words: idqp(*words) for words in READING if words[0] not in {"doctor", "whoami"}}
    if logged:
        held = sqlite3.connect("state.db")
        held.execute("SELECT 1 FROM users").fetchall()
    folder = shell.folder.parent / "read-only"
    shutil.copytree(shell.folder, folder)
    try:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        for words in READING:
            done = held_to_modes(folder, *words)
            assert done.returncode == (told[words].code if words in told else 0), (words, done.stderr)
        done = held_to_modes(folder, "check", "--format", "json")
        assert done.returncode == 4
        assert json.loads(done.stdout)["exit_code"] == 4
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
        if logged:
            held.close()


@pytest.mark.parametrize("server", [False, True])
def test_one_of_two_first_users_is_the_owner(shell: Shell, cluster: Cluster, database: str, *, server: bool) -> None:
    env = {"IDQP_STORE": cluster.address(database) if server else "state.db"}

    def add(name: str) -> Ran:
        words = ("user", "add", f"{name}@example.com", "--password-stdin")
        return shell.idqp(*words, stdin=b"a rather long passphrase 77\n", env=env)

    with ThreadPoolExecutor(2) as both:
        ran = list(both.map(add, ("ann", "bob")))
    assert sum("as Owner" in one.err for one in ran) == 1
