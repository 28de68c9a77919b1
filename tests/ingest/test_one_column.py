"""A stray quote in a file of one column: the lines that it swallows are told, and rightly quoted cells are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from idqp_cli.core.reading import ReadOptions
from read_back import read

LINES = [f"word {number}" for number in range(400)]


def text(lines: list[str], end: str = "\n") -> bytes:
    return end.join(["name", *lines, ""]).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [203, 240, 399])
@pytest.mark.parametrize("folder", ["one", "many"])
def test_swallowed_lines_are_told(tmp_path: Path, end: str, last: int, folder: str) -> None:
    lines = list(LINES)
    lines[200], lines[last] = '"' + lines[200], lines[last] + '"'
    (tmp_path / "a.csv").write_bytes(text(LINES[:3] if folder == "many" else lines, end))
    (tmp_path / "b.csv").write_bytes(text(lines, end))
    found = read(tmp_path, "*.csv" if folder == "many" else "a.csv", ReadOptions(header=True))
    (doubt,) = found.doubts
    said = f"a quoted cell in the row on line 202 holds {last - 200} more lines like rows of the table"
    assert said in doubt
    assert ("b.csv: a quoted" in doubt) == (folder == "many")


@pytest.mark.parametrize(
    "lines",
    [
        ['"a\nb\nc\nd"', '"e\nf"', *LINES],
        ['"a\nb"', *LINES],
        ['"a"', '"b"', "c", '"d\ne\nf\ng\nh"'],
        ['"a""b"', *LINES],
        LINES,
    ],
    ids=["several cells", "a line break", "quotes by habit", "an escaped quote", "no quote"],
)
def test_other_cells_are_not(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "t.csv").write_bytes(text(lines))
    found = read(tmp_path, "t.csv", ReadOptions(header=True))
    assert (found.doubts, len(found.rows)) == ((), len(lines))


def test_a_person_who_says_the_quote_decides(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(text(["x", '"a\nb\nc\nd\ne"', "y"]))
    assert read(tmp_path, "t.csv", ReadOptions(header=True, quote='"')).doubts == ()
