"""A store that is cut off or damaged anywhere, and NUL in every name: one line, and never a bug."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing, suppress
from itertools import cycle
from pathlib import Path

import pytest

from hostile.extent import AGAIN, LONG, SEED
from hostile.mutants import mutant
from hostile.spoken import said
from idqp_cli.store import sqlite

COMMANDS = (
    ("incident", "list", "--all"), ("audit", "verify"), ("store", "info"), ("incident", "show", "1"), ("history", "t"),
    ("audit", "list"), ("user", "list"), ("ack", "1", "-m", "x"), ("alert", "list"), ("check", "--format", "json"), ("doctor",),
)  # fmt: skip
PAGE = 4096


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("IDQP_STORE", "GITHUB_STEP_SUMMARY", "IDQP_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    rules = [
        {"type": "range", "name": "small", "column": "id", "max": 1},
        {"type": "drift", "column": "id", "min_rows": 1},
    ]
    (tmp_path / "rules.yaml").write_text(
        json.dumps({"version": 1, "store": "s.db", "datasets": {"t": {"path": "t.csv", "rules": rules}}})
    )
    (tmp_path / "t.csv").write_text("id,a\n" + "".join(f"{one},x\n" for one in range(30)))
    return tmp_path


def offsets(size: int) -> list[int]:
    """Return where to cut: SQLite reads whole pages, so that the first one and the ends of the others tell most."""
    if LONG:
        return list(range(size))
    first = (0, 1, 15, 99, *range(256, PAGE, 256))
    ends = (page + by for page in range(PAGE, size, PAGE * 4) for by in (-1, 0, 1, 64))
    return [*first, *(one for one in ends if one < size)]


def test_a_store_that_is_cut_off_anywhere(folder: Path) -> None:
    assert said("check")[0] == 1
    with closing(sqlite3.connect(folder / "s.db")) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content, commands, wrong = (folder / "s.db").read_bytes(), cycle(COMMANDS), []
    for offset in offsets(len(content)):
        for end in ("-wal", "-shm"):
            (folder / f"s.db{end}").unlink(missing_ok=True)
        (folder / "s.db").write_bytes(content[:offset])
        sqlite.OPENED.clear()
        words = next(commands)
        code, out, err = said(*words)
        lines = [line for line in err.splitlines() if not line.startswith("idqp: ")]
        # What is there of a store is no new one.
        if (
            code == 70
            or (0 < offset < PAGE and code == 0 and words[0] != "doctor")
            or lines
            or (words[0] == "check" and not out)
        ):
            wrong.append((offset, words, code, err))
    assert wrong == []


def audited(path: Path) -> list[tuple[object, ...]] | None:
    """Return the audit log of a store as SQLite itself reads it; None if it does not."""
    with suppress(sqlite3.Error, UnicodeDecodeError), closing(sqlite3.connect(path)) as store:
        return store.execute("SELECT * FROM audit_events ORDER BY seq").fetchall()
    return None


def test_a_store_that_is_damaged_anywhere(folder: Path) -> None:
    for number in range(3):
        (folder / "t.csv").write_text("id,a\n" + "".join(f"{one},x\n" for one in range(30 + number)))
        assert said("check")[0] == 1
    assert said("ack", "1", "-m", "seen")[0] == 0
    with closing(sqlite3.connect(folder / "s.db")) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content, good, commands, wrong = (folder / "s.db").read_bytes(), audited(folder / "s.db"), cycle(COMMANDS), []
    for number in range(1_112 if LONG else 40):
        for end in ("-wal", "-shm"):
            (folder / f"s.db{end}").unlink(missing_ok=True)
        damaged = mutant(content, random.Random(f"{SEED} store {number}"))
        (folder / "s.db").write_bytes(damaged)
        same = audited(folder / "s.db") == good
        for words in (("audit", "verify"), next(commands)):
            sqlite.OPENED.clear()
            code, _, err = said(*words)
            lines = [line for line in err.splitlines() if not line.startswith("idqp: ")]
            # What was done cannot be changed without a trace.
            if code == 70 or lines or (words == ("audit", "verify") and code == 0 and not same and damaged):
                wrong.append((number, words, code, err))
    assert wrong == [], AGAIN


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--store", "s\0.db"), ("check", "a\0b.csv"), ("check", "--rules", "r\0.yaml"), ("check", "-o", "json=a\0b.json"),
        ("check", "--no-store", "--quarantine", "q\0"), ("check", "--metrics-file", "m\0"), ("incident", "list", "--dataset", "t\0"),
        ("store", "info", "--store", "postgresql://me@h/d\0b"), ("history", "t\0"), ("profile", "t\0.csv"), ("suggest", "t\0.csv"),
        ("user", "add", "a\0@b.de", "--password-stdin"), ("ack", "1", "-m", "x\0y"), ("schema", "show", "t\0"), ("store", "backup", "b\0.db"),
    ],
)  # fmt: skip
def test_a_nul_is_one_line(folder: Path, words: tuple[str, ...]) -> None:
    assert folder
    code, out, err = said(*words, stdin=b"a rather long passphrase 77\n")
    assert "\0" not in out + err
    assert code == 2, err
    assert "a bug" not in err
    assert err.count("\n") == 1, err


def test_a_nul_in_a_rules_file(folder: Path) -> None:
    for key in ("path", "store", "name"):
        text = json.loads((folder / "rules.yaml").read_text())
        if key == "path":
            text["datasets"]["t"]["path"] = "a\0b.csv"
        elif key == "store":
            text["store"] = "s\0.db"
        else:
            text["datasets"]["t\0"] = text["datasets"].pop("t")
        (folder / "own.yaml").write_text(json.dumps(text))
        code, out, err = said("check", "--rules", "own.yaml", "--format", "json")
        assert code in {2, 3, 4}, (key, code, err)
        assert "\0" not in out + err
        assert "a bug" not in err
