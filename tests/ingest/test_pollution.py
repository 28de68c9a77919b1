"""A plain table with one pollution each, as tests of CSV loaders have them: read right, or said where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conftest import checked
from idqp_cli.core.reading import ReadOptions
from read_back import read

Row = tuple[str, ...]
NAMES = ("DATE", "TIME", "Qty", "PRODUCTID", "Price", "ProductType", "ProductDescription", "URL", "Comments")
ROWS: tuple[Row, ...] = tuple(
    (
        f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}",
        f"{number % 24:02}:{number % 60:02}",
        str(number % 7),
        f"P-{number:04}",
        f"{number}.25",
        ("Lamp", "Chair", "Desk")[number % 3],
        "solid, made of oak" if number % 4 == 0 else f'the "{number}" model' if number % 4 == 1 else "plain",
        f"http://shop.example/{number}?a=1&b={number}",
        "" if number % 5 == 0 else f"comment {number}",
    )
    for number in range(84)
)


def cell(text: str, delimiter: str = ",", quote: str = '"', escape: str = '"') -> str:
    if not any(mark in text for mark in (delimiter, quote, "\n", "\r")):
        return text
    return quote + text.replace(quote, escape + quote) + quote


def line(row: Row, delimiter: str = ",", quote: str = '"', escape: str = '"') -> str:
    return delimiter.join(cell(text, delimiter, quote, escape) for text in row)


def text(rows: tuple[Row, ...] = ROWS, end: str = "\n", **how: str) -> str:
    return "".join(line(row, **how) + end for row in (NAMES, *rows))


def with_line(number: int, change: Callable[[str], str]) -> str:
    """Return the table with one line (from 1) changed."""
    lines = text().splitlines(keepends=True)
    lines[number - 1] = change(lines[number - 1])
    return "".join(lines)


@dataclass(frozen=True)
class Polluted:
    """A polluted file: its options, the rows that are read, the lines that are not, and a word of its doubts."""

    body: str | bytes
    rows: tuple[Row, ...] = ROWS
    rejected: list[int] = field(default_factory=list)
    doubt: str | None = None
    read: dict[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] | None = NAMES


def without(*numbers: int) -> tuple[Row, ...]:
    """Return the rows without those on some lines (from 1, the header's)."""
    return tuple(row for number, row in enumerate(ROWS, 2) if number not in numbers)


PLAIN = text()
QUOTED = "".join(",".join('"' + one.replace('"', '""') + '"' for one in row) + "\n" for row in (NAMES, *ROWS))
BARE = tuple(tuple(one.replace('"', "").replace(",", "") for one in row) for row in ROWS)

FILES: dict[str, Polluted] = {
    "plain": Polluted(PLAIN),
    "no end of the last line": Polluted(PLAIN[:-1]),
    "two ends of the last line": Polluted(PLAIN + "\n"),
    "CRLF": Polluted(text(end="\r\n")),
    "CR": Polluted(text(end="\r")),
    "CR, no end of the last line": Polluted(text(end="\r")[:-1]),
    "mixed line ends": Polluted("".join(line(row) + ("\n", "\r\n")[at % 2] for at, row in enumerate((NAMES, *ROWS)))),
    "BOM": Polluted(b"\xef\xbb\xbf" + PLAIN.encode()),
    "UTF-16 with a BOM": Polluted(PLAIN.encode("utf-16")),
    "Latin-1, said": Polluted(PLAIN.replace("plain", "plän").encode("latin-1"), rows=tuple(tuple(one.replace("plain", "plän") for one in row) for row in ROWS), read={"encoding": "latin-1"}),
    **{f"delimiter {mark!r}": Polluted(text(delimiter=mark)) for mark in (";", "\t", "|")},
    **{f"delimiter {mark!r}, said": Polluted(text(delimiter=mark), read={"delimiter": mark}) for mark in ("~", "^", "\x01", "||", ", ", "::", "@#", "\u00a6")},
    "delimiter ' ', said": Polluted(text(delimiter=" "), read={"delimiter": " "}),
    "delimiter '~', not said": Polluted(text(BARE, delimiter="~"), rows=tuple(("~".join(row),) for row in BARE), names=("~".join(NAMES),), doubt="every line has a '~'"),
    "a line that says the delimiter": Polluted("sep=;\n" + text(delimiter=";")),
    "a line that says the delimiter, CRLF": Polluted("sep=,\r\n" + text(end="\r\n")),
    "quote '": Polluted(text(quote="'", escape="'"), doubt="cells are quoted with '"),
    "quote ', said": Polluted(text(quote="'", escape="'"), read={"quote": "'"}),
    "all in quotes": Polluted(QUOTED),
    "all in quotes, spaces behind commas": Polluted(QUOTED.replace('","', '", "')),
    "all in quotes, more spaces behind commas": Polluted(QUOTED.replace('","', '",   "')),
    "escape \\": Polluted(text(escape="\\")),
    "escape \\, said": Polluted(text(escape="\\"), read={"escape": "\\"}),
    "no quotes, said": Polluted("".join(",".join(row) + "\n" for row in (NAMES, *BARE)), rows=BARE, read={"quote": "none"}),
    "tabs, and quotes that are characters": Polluted("".join("\t".join(row).replace("plain", '"plain') + "\n" for row in (NAMES, *BARE)), rows=tuple(tuple(one.replace("plain", '"plain') for one in row) for row in BARE)),
    "no header": Polluted(PLAIN.split("\n", 1)[1], names=tuple(f"column{at}" for at in range(9)), doubt="the first line looks like data"),
    "no header, said": Polluted(PLAIN.split("\n", 1)[1], names=tuple(f"column{at}" for at in range(9)), read={"header": False}),
    "a line before the header": Polluted("Export of the shop\n" + PLAIN, doubt="1 line before the header skipped"),
    "a line and a blank one before the header": Polluted("Export of the shop\n\n" + PLAIN, doubt="2 lines before the header"),
    "a line of two cells before the header": Polluted("Export,of the shop\n" + PLAIN, doubt="1 line before the header skipped"),
    "a line of one cell less before the header": Polluted("Export,,,of the shop,,,,\n" + PLAIN, doubt="1 line before the header skipped"),
    "a line of delimiters before the header, said": Polluted(",,,,,,,,\n" + PLAIN, read={"skip": 1}),
    "blank lines before the header": Polluted("\n\n" + PLAIN),
    "comments before the header": Polluted("# one\n# two\n" + PLAIN, doubt="2 lines before the header"),
    "comments before the header, said": Polluted("# one\n# two, three\n" + PLAIN, read={"comment": "#"}),
    "comments between rows, said": Polluted(with_line(40, lambda one: "// a, remark\n" + one), read={"comment": "//"}),
    "comments between rows": Polluted(with_line(40, lambda one: "# a remark\n" + one), rejected=[40], doubt="read.comment"),
    "a line break in a name": Polluted(PLAIN.replace("ProductType", '"Product\nType"', 1), names=(*NAMES[:5], "Product\nType", *NAMES[6:])),
    "a line break in a name, CRLF": Polluted(text(end="\r\n").replace("ProductType", '"Product\nType"', 1), names=(*NAMES[:5], "Product\nType", *NAMES[6:])),
    "a header over two lines": Polluted(PLAIN.replace("Price,", "Price\n", 1), rows=(), rejected=list(range(2, 87)), names=NAMES[:5]),
    "a name that is missing": Polluted(PLAIN.replace("Price", "", 1), names=(*NAMES[:4], "column4", *NAMES[5:])),
    "a delimiter at the end of each row": Polluted("".join(line(row) + ("," if at else "") + "\n" for at, row in enumerate((NAMES, *ROWS)))),
    "a delimiter at the end of the header": Polluted(PLAIN.replace("\n", ",\n", 1)),
    "a delimiter at the end of every line": Polluted(PLAIN.replace("\n", ",\n"), rows=tuple((*row, "") for row in ROWS), names=(*NAMES, "column9")),
    "a row with a cell more": Polluted(with_line(40, lambda one: one[:-1] + ",x\n"), rows=without(40), rejected=[40]),
    "a row with a cell less": Polluted(with_line(40, lambda one: one.split(",", 1)[1]), rows=without(40), rejected=[40]),
    "a row with one cell": Polluted(with_line(40, lambda _: "x\n"), rows=without(40), rejected=[40]),
    "the first row with a cell more": Polluted(with_line(2, lambda one: one[:-1] + ",x\n"), rows=without(2), rejected=[2]),
    "the last row with a cell less": Polluted(with_line(85, lambda one: one.split(",", 1)[1]), rows=without(85), rejected=[85]),
    "a row of another delimiter": Polluted(with_line(40, lambda one: one.replace(",", ";")), rows=without(40), rejected=[40]),
    "a row of delimiters": Polluted(with_line(40, lambda _: ",,,,,,,,\n"), rows=(*ROWS[:38], ("",) * 9, *ROWS[39:])),
    "blank lines between rows": Polluted(with_line(40, lambda one: "\n\n" + one)),
    "a footer": Polluted(PLAIN + "Total rows: 84\n", rejected=[86]),
    "a footer after a blank line": Polluted(PLAIN + "\nTotal rows: 84\n", rejected=[87]),
    "a second table": Polluted(PLAIN + "\nid,name\n1,x\n2,y\n", rejected=[87, 88, 89]),
    "a header again": Polluted(PLAIN + PLAIN, rows=(*ROWS, NAMES, *ROWS)),
    "a quote that is never closed": Polluted(with_line(84, lambda one: one.replace("Chair", '"Chair')), rows=without(84, 85), rejected=[84]),
    "a stray quote that a later one closes": Polluted(with_line(4, lambda one: one.replace(",Desk", ',"Desk')).replace(",Lamp,plain,http://shop.example/3?", ',Lamp",plain,http://shop.example/3?'), rows=(*ROWS[:2], (*ROWS[2][:5], "Desk,plain,http://shop.example/2?a=1&b=2,comment 2\n2024-04-04,03:03,3,P-0003,3.25,Lamp", *ROWS[3][6:]), *ROWS[4:]), doubt="in the row on line 4 holds 1 more line like rows"),
    "text behind a quote": Polluted(with_line(42, lambda one: one.replace('"solid, made of oak"', '"solid, made of oak"x')), rows=without(42), rejected=[42]),
    "only a header": Polluted(PLAIN.split("\n")[0] + "\n", rows=()),
    "a row only": Polluted(text(ROWS[:1]), rows=ROWS[:1]),
    "nothing": Polluted("", rows=(), names=()),
    "one column": Polluted("Name\n" + "".join(row[3] + "\n" for row in ROWS), rows=tuple((row[3],) for row in ROWS), names=("Name",)),
    "decimal commas in cells without quotes": Polluted("".join(",".join(row) + "\n" for row in (NAMES, *(tuple(one.replace(".25", ",25") or "x" for one in row) for row in BARE))), rows=(), rejected=list(range(2, 86))),
    "a delimiter more in a row whose last cell is empty": Polluted(with_line(7, lambda one: one.replace("P-0", "P,0")), rows=(*ROWS[:5], (*ROWS[5][:3], "P", "0005", *ROWS[5][4:8]), *ROWS[6:]), doubt="line 7 ends in a delimiter that the header does not have"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_polluted_file_is_read_right(tmp_path: Path, name: str) -> None:
    file = FILES[name]
    (tmp_path / "t.csv").write_bytes(file.body.encode() if isinstance(file.body, str) else file.body)
    options = {**file.read, **({"quote": ""} if file.read.get("quote") == "none" else {})}
    found = read(tmp_path, "t.csv", ReadOptions(**options))
    assert found.names == file.names
    assert [tuple(one or "" for one in row) for row in found.rows] == list(file.rows)
    assert found.rejected == file.rejected
    doubts = "; ".join(found.doubts)
    assert doubts == "" if file.doubt is None else file.doubt in doubts
    report = checked(tmp_path, [], path="t.csv", read=file.read).datasets[0]
    said = bool(file.rejected or file.doubt) or not file.rows or name == "a header again"
    assert (report.message, report.status) == (None, "failed" if said else "passed")
