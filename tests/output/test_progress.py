"""What a person at a terminal sees of long work; elsewhere, nothing."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pexpect
import pytest

from awkward import HOSTILE
from idqp_cli.core.model import RunStatus
from idqp_cli.core.progress import Ended, Fetched, Scan
from idqp_cli.report.progress import SHOWN_ENDED, Standing, lines

SIZES = {"a": 100_000_000, "b": 300_000_000, "c": 0}
PASSED, FAILED = Ended("a", RunStatus.PASSED, 1_234, 0), Ended("b", RunStatus.FAILED, 5, 2)


def told(*ended: Ended, sizes: dict[str, int] | None = None, seconds: float = 10.0) -> list[str]:
    found = Standing("checking c", ended, SIZES if sizes is None else sizes, seconds)
    return [text for text, _ in lines(found)]


def test_datasets_are_lines_as_they_end_with_a_bar_of_bytes() -> None:
    assert told() == ["[........................] 0 of 3 datasets, 0 B of 400 MB", "checking c, 10 s"]
    assert told(PASSED) == [
        "passed  a  1,234 rows",
        "[######..................] 1 of 3 datasets, 100 MB of 400 MB, 10.0 MB/s, about 30 s left",
        "checking c, 10 s",
    ]
    assert told(PASSED, FAILED)[1:3] == [
        "failed  b  5 rows, 2 rules failed",
        "[########################] 2 of 3 datasets, 400 MB of 400 MB, 40.0 MB/s",
    ]


def test_where_bytes_are_not_known_datasets_are_counted() -> None:
    bar = told(PASSED, sizes={"a": 0, "b": 0})[1]
    assert bar == "[############............] 1 of 2 datasets, about 10 s left"


def test_a_single_dataset_has_its_size_and_no_bar() -> None:
    assert told(sizes={"c": 1_500_000_000}) == ["checking c, 10 s, 1.5 GB"]
    assert told(sizes={"c": 0}) == told(sizes={}) == ["checking c, 10 s"]


@pytest.mark.parametrize(
    ("fetched", "shown"),
    [
        (Fetched(), "checking c, 10 s"),
        (Fetched(0, 240_000_000), "checking c, 10 s"),
        (Fetched(12_000_000, 240_000_000), "checking c, 10 s, 12.0 MB of 240 MB fetched"),
        # Parquet is read by ranges: how much of it will be needed is not known.
        (Fetched(12_000_000), "checking c, 10 s, 12.0 MB fetched"),
    ],
)
def test_what_comes_from_other_machines_is_counted(fetched: Fetched, shown: str) -> None:
    assert [text for text, _ in lines(Standing("checking c", (), {}, 10.0, fetched))] == [shown]


@pytest.mark.parametrize("sizes", [{}, {"c": 7}, SIZES])
def test_the_part_of_a_scan_that_is_done_is_shown(sizes: dict[str, int]) -> None:
    *_, (last, _) = lines(Standing("checking c", (), sizes, 10.0, percent=41.7))
    assert last.startswith("checking c, 10 s")
    assert last.endswith(", scan 42 % done")


def test_a_database_tells_which_part_is_done_while_it_is_open() -> None:
    scan = Scan()
    assert scan.percent() is None
    with scan.of(lambda: 12.5):
        assert scan.percent() == 12.5
    with scan.of(lambda: -1.0):
        assert scan.percent() is None
    assert scan.percent() is None


def test_of_many_datasets_the_last_are_shown() -> None:
    many = [Ended(f"d{number}", RunStatus.PASSED, None, 0) for number in range(50)]
    shown = told(*many, sizes={one.dataset: 1 for one in many})
    assert (shown[0], len(shown)) == ("passed  d42", SHOWN_ENDED + 2)


@pytest.mark.parametrize("seconds", [0.0, 1.0, 1e6])
def test_foreign_text_is_clean_and_every_sign_is_known_to_every_terminal(seconds: float) -> None:
    hostile = Ended(HOSTILE.replace("é", ""), RunStatus.ERROR, None, 0)
    for text in told(hostile, PASSED, sizes={**SIZES, hostile.dataset: 7}, seconds=seconds):
        assert text.isascii()
        assert text.isprintable()


SCRIPT = """
import time
from idqp_cli.core.model import RunStatus
from idqp_cli.core.progress import Ended, Fetched, Scan
from idqp_cli.report.progress import progress
def sizes():
    print("asked")
    return {"one": 10, "two": 20}
with progress(sizes) as tell:
    tell("checking one")
    tell(Ended("one", RunStatus.FAILED, 3, 1))
    tell("checking two")
    time.sleep(%s)
print("over")
"""


def run(folder: Path, seconds: float, ends: str = "", columns: int = 80, env: Mapping[str, str] | None = None) -> str:
    (folder / "run.py").write_text(SCRIPT % seconds, encoding="ascii")
    inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    terminal = pexpect.spawn(
        "bash", ["-c", f"{sys.executable} run.py {ends}"], cwd=str(folder), dimensions=(40, columns), encoding="utf-8",
        timeout=60, env={**inherited, "TERM": "xterm", "LC_ALL": "C", **(env or {})},
    )  # fmt: skip
    terminal.expect(pexpect.EOF)
    terminal.close()
    return str(terminal.before)


@pytest.mark.parametrize("columns", [20, 60, 80, 200])
def test_it_is_shown_at_a_terminal_and_gone_at_the_end(tmp_path: Path, columns: int) -> None:
    text = run(tmp_path, 2.0, ends=">out", columns=columns)
    plain = re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", text)
    assert "failed  one"[:columns] in plain
    assert "checking two, 1"[: columns - 5] in plain
    assert max(len(line.strip("\r")) for line in plain.replace("\r", "\n").splitlines()) <= columns
    # The cursor is shown again, and every line is erased.
    assert text.rstrip().endswith("\x1b[2K")
    assert (tmp_path / "out").read_text() == "asked\nover\n"


def test_without_colour_there_is_none(tmp_path: Path) -> None:
    assert "\x1b[1;31m" in run(tmp_path, 1.5)
    assert not re.search("\x1b\\[[0-9;]*3[0-7]m", run(tmp_path, 1.5, env={"NO_COLOR": "1"}))


@pytest.mark.parametrize(("seconds", "ends", "env"), [
    (0.1, "", {}), (1.5, "2>err", {}), (1.5, "2>err", {"CI": "true"}), (1.5, "", {"IDQP_LOG": "json"}),
])  # fmt: skip
def test_what_is_short_or_seen_by_no_person_costs_nothing(
    tmp_path: Path, seconds: float, ends: str, env: dict[str, str]
) -> None:
    assert run(tmp_path, seconds, ends=ends, env=env) == "over\r\n"
    assert not ends or (tmp_path / "err").read_text() == ""
