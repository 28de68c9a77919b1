"""How text files are read, in words: what was decided, and why."""

from __future__ import annotations

import re

from idqp_cli.core.text import clean, count
from idqp_cli.ingest import types
from idqp_cli.ingest.text_table import TextTable

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space"}
MAX_COLUMNS = 100
# How a note says as what a file is read that is not UTF-8, and what to say of it.
ENCODING = re.compile(r"read\.encoding: (\S+)$")
SAID, FOUND = "the rules file sets it", "it splits most lines into the same number of cells"
NO_MARK = "it is the default, and the file has no byte order mark"
SAMPLED = "it fits a sample of the cells; the check confirms it cell by cell"


def of_text(table: TextTable) -> tuple[tuple[str, str, str], ...]:
    """Return what is decided of the files and of each column: of what, as what, and why."""
    options, dialect = table.options, table.dialects[0]
    delimiter = NAMES.get(dialect.delimiter, clean(dialect.delimiter))
    quote = NAMES.get(dialect.quote, clean(dialect.quote)) or "none"
    header = "the first line" if dialect.header else "none"
    decided = [
        ("encoding", *_encoding(table)),
        ("delimiter", delimiter, SAID if options.delimiter else FOUND),
        ("quote", quote, SAID if options.quote else "the usual one"),
        ("header", header, SAID if options.header is not None else "its cells differ from those below"),
    ]
    shown = [(clean(name, 60), *_column(table, name)) for name in table.names[:MAX_COLUMNS]]
    if len(table.names) > MAX_COLUMNS:
        shown.append(("…", count(len(table.names) - MAX_COLUMNS, "more column"), "not shown"))
    return (*decided, *shown)


def other_encoding(table: TextTable) -> tuple[str, str] | None:
    """Return as what a file is read that is not UTF-8, and why; None where all of them are, or the rules file says."""
    for note in table.findings:
        found = ENCODING.search(note.why)
        if found is not None:
            return found[1], f"line {note.line:,} {note.why}"
    return None


def _encoding(table: TextTable) -> tuple[str, str]:
    said = table.options.encoding
    return other_encoding(table) or (said or "utf-8", SAID if said else NO_MARK)


def _column(table: TextTable, name: str) -> tuple[str, str]:
    form = table.forms.get(name)
    kind = table.kinds[name] if form is None else f"{table.kinds[name]} ({form.said})"
    if name in table.declared:
        return kind, "the rules file or the registry sets it"
    if name in table.undecided:
        return kind, table.undecided[name]
    if name in table.unseen:
        return kind, "no cell was seen yet"
    if form is not None and name not in table.guessed:
        return kind, f"the rules file sets the notation, and {SAMPLED}"
    if kind == types.TEXT:
        return kind, "the cells of a sample fit no other type"
    return kind, SAMPLED
