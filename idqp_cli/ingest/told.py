"""How text files are read, in words: what was decided, and why."""

from __future__ import annotations

from idqp_cli.ingest import types
from idqp_cli.ingest.text_table import TextTable
from idqp_cli.text import clean, count

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space"}
MAX_COLUMNS = 100
SAID, FOUND = "the rules file says so", "most lines have the same number of cells by it"
NO_MARK = "no other is named, and a file begins with no mark of UTF-16"
SAMPLED = "a sample of the cells says so; the check confirms it cell by cell"


def of_text(table: TextTable) -> tuple[tuple[str, str, str], ...]:
    """Return what is decided of the files and of each column: of what, as what, and why."""
    options, dialect = table.options, table.dialects[0]
    delimiter = NAMES.get(dialect.delimiter, clean(dialect.delimiter))
    quote = NAMES.get(dialect.quote, clean(dialect.quote)) or "none"
    header = "the first line" if dialect.header else "none"
    decided = [
        ("encoding", options.encoding or "utf-8", SAID if options.encoding else NO_MARK),
        *(("encoding", "not utf-8", f"line {note.line:,} {note.why}") for note in table.findings[:1]),
        ("delimiter", delimiter, SAID if options.delimiter else FOUND),
        ("quote", quote, SAID if options.quote else "the usual one"),
        ("header", header, SAID if options.header is not None else "its cells are unlike those below"),
    ]
    shown = [(clean(name, 60), *_column(table, name)) for name in table.names[:MAX_COLUMNS]]
    if len(table.names) > MAX_COLUMNS:
        shown.append(("…", count(len(table.names) - MAX_COLUMNS, "more column"), "not shown"))
    return (*decided, *shown)


def _column(table: TextTable, name: str) -> tuple[str, str]:
    form = table.forms.get(name)
    kind = table.kinds[name] if form is None else f"{table.kinds[name]} ({form.said})"
    if name in table.declared:
        return kind, "the rules file or the registry says so"
    if name in table.undecided:
        return kind, table.undecided[name]
    if name in table.unseen:
        return kind, "no cell was seen yet"
    if form is not None and name not in table.guessed:
        return kind, f"the rules file says how it is written, and {SAMPLED}"
    if kind == types.TEXT:
        return kind, "not all cells of a sample are of one other type"
    return kind, SAMPLED
