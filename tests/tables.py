"""Random tables with every awkward value, and the files that hold them."""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

Row = Mapping[str, Any]

TYPES = {
    "id": "BIGINT", "n": "BIGINT", "t": "VARCHAR", "x": "DOUBLE", "d": "DECIMAL(18,3)", "day": "DATE",
    "at": "TIMESTAMP", "z": "TIMESTAMP WITH TIME ZONE", "b": "BOOLEAN", "g": "VARCHAR",
    "w": "VARCHAR",
}  # fmt: skip
ARROW = {
    "BIGINT": pa.int64(), "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "DECIMAL(18,3)": pa.decimal128(18, 3),
    "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"), "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
    "BOOLEAN": pa.bool_(),
}  # fmt: skip
FORMS = ("csv", "tsv", "csv.gz", "parquet")
HOSTILE = ("t", 'x"; DROP TABLE t; --', "it's", "a,b\tc", "new\nline", "select", "é", '"', "T t", "idqp")
ZONES = (UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=9, minutes=30)))

# Texts that are of a format, or nearly.
WRITTEN = [
    "a@b.de", "a@b", "a.b+c@d-e.fr", "a@-b.de", "@b.de", "a@b.de\n", "ä@b.de", "https://a.b/c?d#e", "HTTP://a:80", "http://a:800000", "httpſ://a",
    "ftp://é.de/ ", "http://", "http://[::1]/", "12345678-1234-1234-1234-1234567890aB", "12345678-1234-1234-1234-1234567890ag",
    "1.2.3.4", "01.2.3.4", "1.2.3.256", "1.2.3", "0.0.0.1", "١.2.3.4", "::", "::1", "1::2::3", "fe80::1%eth0", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::",
    "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8:9", "12345::", "2024-02-29", "2023-02-29", "2024-2-9", "2024-02-30", "9999-12-31", "2024-02-29 12:00", "2024-02-29T23:59:59.123Z",
    "2024-02-29T24:00", "2023-02-29T10:00", "2024-02-29T10:00+14:30", "2024-02-29T10:00+0200", "1", "+1", "-1", "--1", "+", "١", "1.", ".5", ".", "1e5", "1E+5", "1e", "true", "TRUE",
    "falſe", "falsE", "t", "[1, 2]", '{"a": null}', "{'a': 1}", "NaN", "[1,]", '"a"', "", " ", "null", "01", " 1 ", "-0", "1 2", "DE", "de", "US", "XX", "EUR", "eur",
    "USD", "1.2.2024", "29.02.2024", "29.02.2023", "1.2.24", "31.12.0999", "32.1.2024", "1.13.2024", " 1.2.2024", "1.2.2024 ", "epoch", "infinity", "-infinity",
]  # fmt: skip
_texts = st.sampled_from(
    ["", "a", "A", "ab", "é", "e\u0301", "it's", '"', 'a"b', "a,b", "a\tb", "a\nb", "a\r\nb", "a\rb", " a ", "NA", "1",
     "01", "1.0", "true", "\u200b", "\\", "#a", "-", "nan", "NULL", "🙂", "%", "_", "1969-12-31"]
) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)  # fmt: skip
# Without a zone is UTC.
_instants = st.sampled_from(["1969-12-31 23:59:59.999999", "1970-01-01", "2024-02-29", "2024-02-29 12:00"]).map(
    datetime.fromisoformat
)
_moments = _instants | st.datetimes(datetime.fromisoformat("0002-01-01"), datetime.fromisoformat("9998-12-31"))
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "n": st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**53, 2**53 + 1]),
    "t": _texts,
    "x": st.sampled_from([0.0, -0.0, 0.1, 0.3, 1.5, 2.0**53, 2.0**53 + 2, math.nan, math.inf, -math.inf])
    # The square of a smaller number is below all doubles, so the spread of such numbers is 0 or rounded.
    | st.floats(width=64).filter(lambda number: number == 0 or not abs(number) < 1e-150),
    "d": (
        st.integers(-3000, 3000) | st.sampled_from([10**18 - 1, 10**18 - 2]) | st.integers(-(10**18) + 1, 10**18 - 1)
    ).map(lambda one: Decimal(one).scaleb(-3)),
    "day": st.sampled_from([date(1969, 12, 31), date(1970, 1, 1), date(2024, 2, 29)]) | st.dates(date(1, 1, 1)),
    "at": _moments,
    "z": st.builds(lambda one, zone: one.replace(tzinfo=UTC).astimezone(zone), _moments, st.sampled_from(ZONES)),
    "b": st.booleans(),
    "g": st.sampled_from(["a", "b", "é", "c'"]),
    "w": st.sampled_from(WRITTEN),
}
# Values repeat, so that keys, orders and references have something to say.
_rows = st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()})


@st.composite
def rows(draw: st.DrawFn, least: int = 1) -> list[Row]:
    """Draw rows; some repeat another's cells."""
    found: list[dict[str, Any]] = draw(st.lists(_rows, min_size=least, max_size=8))
    for _ in range(draw(st.integers(0, 3)) if found else 0):
        name, source, target = (
            draw(st.sampled_from(sorted(VALUES))),
            *(draw(st.integers(0, len(found) - 1)) for _ in range(2)),
        )
        found[target][name] = found[source][name]
    return [{"id": number, **row} for number, row in enumerate(found)]


def written(cell: object) -> str:
    """Return a cell as text files hold it, without quotes."""
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).lower()
        case Decimal():
            return f"{cell:f}"
        case datetime():
            return cell.isoformat(sep=" ")
        case _:
            return str(cell)


def delimited(names: Mapping[str, str], table: Sequence[Row], delimiter: str) -> tuple[str, list[int]]:
    """Return a table as delimited text, and the line on which each row begins."""

    def record(cells: Sequence[object]) -> str:
        return delimiter.join(
            '"' + text.replace('"', '""') + '"'
            if cell == "" or any(mark in text for mark in (delimiter, '"', "\n", "\r"))
            else text
            for cell, text in ((cell, written(cell)) for cell in cells)
        )

    text, lines = record(list(names.values())) + "\n", []
    for row in table:
        lines.append(1 + text.count("\n"))
        text += record([row[name] for name in names]) + "\n"
    return text, lines


def save(
    folder: Path, stem: str, form: str, names: Mapping[str, str], table: Sequence[Row], *, statistics: bool = True
) -> list[int]:
    """Write a table as `stem.form`, its columns named by `names`; return the line, or the number, of each row."""
    path = folder / f"{stem}.{form}"
    if form == "parquet":
        arrays = [pa.array([row[name] for row in table], ARROW[TYPES[name]]) for name in names]
        pq.write_table(pa.table(arrays, names=list(names.values())), path, write_statistics=statistics)
        return [number + 1 for number in range(len(table))]
    text, lines = delimited(names, table, "\t" if form == "tsv" else ",")
    path.write_bytes(gzip.compress(text.encode()) if form.endswith("gz") else text.encode())
    return lines
