"""The call of DuckDB's `read_csv` for text files of one dialect, with nothing left for it to guess."""

from __future__ import annotations

from collections.abc import Iterable

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.ingest.csv_reader import Reading
from idqp_cli.ingest.csv_reader import options as reading_options
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import pattern

# DuckDB notes the files of its rejected lines in a table of this name behind that of the lines.
SCANS = "_scans"
# DuckDB wants a text; no cell is this one, of noncharacters of Unicode.
NO_CELL = "\ufdd0\ufdd1\ufdd2\ufdd1\ufdd0"


@frozen
class Way:
    """How DuckDB reads: in which way, of `evened` copies or not, and noting rejected lines in which table."""

    reading: Reading
    evened: bool
    rejects: str


def read_csv(dialect: Dialect, compressed: str | None, paths: Iterable[str], way: Way) -> str:
    """Return the call that reads files of a dialect; each cell is text, in columns named `c0`, `c1` and so on."""
    columns = ", ".join(f"c{position}: 'VARCHAR'" for position in range(len(dialect.names)))
    options = {
        "auto_detect": "false",
        "columns": f"{{{columns}}}",
        "header": sql.literal(dialect.header),
        "skip": sql.literal(dialect.skip),
        "delim": sql.literal(dialect.delimiter),
        "quote": sql.literal(dialect.quote),
        "escape": sql.literal(dialect.escape),
        "comment": "''",
        "compression": sql.literal(compressed or "none"),
        # DuckDB takes a cell too many at the end of a row for none, where its text is one of these.
        "nullstr": f"[{sql.literal('' if dialect.lenient else NO_CELL)}]",
        "allow_quoted_nulls": "false",
        "max_line_size": sql.literal(dialect.max_line),
        "strict_mode": "true",
        "null_padding": "false",
        "hive_partitioning": "false",
        **reading_options(way.reading),
    }
    if way.evened:
        # Every record ends in LF now. Of other files DuckDB finds out by itself: told wrong, it drops rows unsaid.
        options["new_line"] = sql.literal(r"\n")
    if way.reading is not Reading.STRICT:
        options |= {"rejects_table": sql.literal(way.rejects), "rejects_scan": sql.literal(way.rejects + SCANS)}
    written = ", ".join(f"{name}={value}" for name, value in options.items())
    return f"read_csv([{sql.listing(map(pattern, paths))}], {written})"
