"""How a text file is written: decided here, openly, from its beginning.

DuckDB's own sniffer drops lines that look like comments, skips what it takes
for a preamble, and folds a table into one column at the first ragged row, all
without a word. Here the header line decides, and what was decided against it is
a doubt that the report shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import LONGEST_LINE, ReadOptions
from idqp_cli.core.text import clean, count
from idqp_cli.ingest import sniff
from idqp_cli.ingest.column_names import refuse_twins
from idqp_cli.ingest.records import Records, lines_of, reader
from idqp_cli.ingest.sniff import DELIMITERS, LOOK_AHEAD, Marks

JSON = re.compile(r"\s*(\{\s*[\"}]|\[\s*[\[{\"])")
# A hash, a space and words: a remark, where it is not a number or a colour.
REMARK = re.compile(r"#\s+\w")


@frozen
class Dialect:
    """How a text file is written, and the names of its columns.

    `skip` lines stand before the header. `quoted_missing` says that `""` means a
    missing cell: where every cell is quoted, a file has no other way to say so.
    `doubts` are findings about the file that a reader should not decide alone.
    An empty `quote` means that no cell is quoted, an empty `escape` that no
    quoted cell holds a quote, an empty `comment` that no line is one. `padded`
    says that several spaces stand before quotes; `max_line` is the length in
    bytes of the longest line that is read. `quoted` are the positions of columns
    whose cells are in quotes by habit; None if a person says what a quote is.
    `end` is what ends the first record; `hidden` says that another line break
    stands before it in a quoted cell, which DuckDB would take for it.
    `trailing` says that rows end in a delimiter that ends no cell; `lenient` that
    DuckDB reads an empty cell as missing, and any row as if it had no such delimiter.
    `renamed` gives the position and the name of columns whose name the header has before.
    `bare` says that the whole file was looked at, and holds no quote.
    """

    delimiter: str
    quote: str
    escape: str
    header: bool
    skip: int
    names: tuple[str, ...]
    quoted_missing: bool
    doubts: tuple[str, ...]
    comment: str = ""
    padded: bool = False
    max_line: int = LONGEST_LINE
    quoted: frozenset[int] | None = frozenset()
    end: str = "\n"
    hidden: bool = False
    trailing: bool = False
    lenient: bool = True
    bare: bool = False
    renamed: tuple[tuple[int, str], ...] = ()

    def records(self, lines: Iterable[str]) -> Records:
        """Split lines into records of cells, as this dialect says."""
        return reader(lines, self.delimiter, self.quote, self.escape, padded=self.padded)


def decide(head: str, options: ReadOptions, shown: str) -> Dialect:
    """Decide the dialect from `head`, whole lines from the file's beginning.

    Raises:
        UnreadableError: the text is no table, or a name is reserved.

    """
    _refuse_other_formats(head, options, shown)
    lines = without_comments(lines_of(head), options)[options.skip or 0 :]
    hint = sniff.hinted(lines)
    hints = int(hint is not None)
    lines = lines[hints:]
    marks, doubts = _marks(lines, options, hint)
    records = [record for record in sniff.sample(lines, marks) if record]
    preamble = sniff.preamble(records) if options.skip is None else 0
    # DuckDB takes a blank line for the header.
    skip = (options.skip or 0) + hints + sniff.lines_before(lines, marks, preamble)
    if preamble:
        records = records[preamble:]
        doubts.append(f"{count(skip, 'line')} before the header skipped; set read.skip: {skip} if they are not data")
    header = sniff.is_header(records) if options.header is None else options.header
    names = sniff.named(records, header=header)
    doubts += _name_doubts(names, lines, options, header=header)
    rows = records[header:]
    dropped = header and bool(records) and len(records[0]) > len(names)
    trailing, doubt = (True, None) if dropped else _trailing(rows, len(names))
    doubts += [doubt] if doubt else []
    if options.comment is None:
        doubts += _remarks(records[header:])
    refuse_twins(names, shown)
    end = sniff.first_end(lines, marks)
    return Dialect(
        delimiter=marks.delimiter,
        quote=marks.quote,
        escape=marks.escape,
        header=header,
        skip=skip,
        names=names,
        quoted_missing=sniff.all_quoted(lines[: LOOK_AHEAD // 4], marks),
        doubts=tuple(doubts),
        comment=options.comment or "",
        padded=marks.padded,
        max_line=options.max_line,
        quoted=sniff.quoted_columns(lines, marks) if options.quote is None else None,
        end=end or "\n",
        hidden=bool(end) and sniff.line_end(head) != end,
        trailing=trailing,
        renamed=_renamed(records[0], names) if header and records else (),
    )


def _refuse_other_formats(head: str, options: ReadOptions, shown: str) -> None:
    """Refuse a web page, XML, and JSON that is not an object in each line."""
    beginning = head.lstrip()[:200].lower()
    if beginning.startswith(("<!doctype", "<html", "<?xml")):
        raise UnreadableError(f"{shown}: is a web page or XML, not a table; was the download refused?")
    if JSON.match(head) and options.delimiter is None:
        raise UnreadableError(f"{shown}: is JSON, but not an object in each line; write it as JSON lines")


def _name_doubts(names: Sequence[str], lines: Sequence[str], options: ReadOptions, *, header: bool) -> list[str]:
    """Return doubts whether the names are those of columns."""
    doubts = []
    if options.header is None and not header:
        doubts.append("the first line looks like data, not like column names; set read.header: true or false")
    if len(names) == 1 and options.delimiter is None and (other := sniff.unusual(lines)) is not None:
        doubts.append(f"one column, but every line has a '{clean(other)}'; set read.delimiter if it is the delimiter")
    return doubts


def _trailing(rows: Sequence[Sequence[str]], width: int) -> tuple[bool, str | None]:
    """Tell whether most rows end in a delimiter that the header does not have, and a doubt if not all do."""
    longer = sniff.longer(rows, width)
    if longer * 2 <= len(rows):
        return False, None
    if longer == len(rows):
        return True, None
    return True, (
        "most rows near the beginning, but not all, end in a delimiter that the header does not have;"
        " if one of their cells is split, the cells after it are in the wrong columns"
    )


def _renamed(first: Sequence[str], names: Sequence[str]) -> tuple[tuple[int, str], ...]:
    pairs = zip(first, names, strict=False)
    return tuple((at, name.strip()) for at, (name, own) in enumerate(pairs) if name.strip() not in {"", own})


def _marks(lines: Sequence[str], options: ReadOptions, hint: str | None) -> tuple[Marks, list[str]]:
    """Return the delimiter, quote and escape, as they are declared or else as the lines show them, and doubts."""
    doubts: list[str] = []
    text = "".join(lines)
    declared = options.delimiter or hint
    quote, single = ('"', False) if options.quote is None else (options.quote, False)
    if options.quote is None and sniff.single_quoted(lines, declared):
        quote, single = "'", True
        doubts.append("cells are quoted with '; set read.quote: \"'\" if they are, or read.quote: none")
    escape, doubt = _escape(text, quote, options.escape, (declared,) if declared else DELIMITERS)
    marks = Marks(declared or sniff.delimiter_of(lines, quote, escape), quote, escape)
    if options.quote is None and not single and marks.delimiter == "\t" and sniff.bare_quotes(lines, marks):
        return Marks(marks.delimiter, "", ""), doubts
    padding = marks.delimiter != " " and quote and f"{marks.delimiter}  {quote}" in re.sub(" {3,}", "  ", text)
    return Marks(marks.delimiter, quote, escape, bool(padding)), doubts + doubt


def _escape(text: str, quote: str, declared: str | None, delimiters: Sequence[str]) -> tuple[str, list[str]]:
    """Return what makes a quote inside of a quoted cell a character: a backslash, or the quote itself."""
    if not quote or declared == "":
        return "", []
    if declared is not None:
        return (declared if declared == "\\" else quote), []
    escaped, doubled = sniff.escapes(text, quote, delimiters)
    escape = "\\" if escaped > doubled else quote
    if not escaped or not doubled:
        return escape, []
    ways = f"\\{quote} and as {quote}{quote}"
    return escape, [f"quotes in cells are written as {ways}; read as {escape}{quote}; set read.escape"]


def without_comments(lines: Sequence[str], options: ReadOptions) -> list[str]:
    """Return the lines with those blank that are comments."""
    if not options.comment:
        return list(lines)
    quote = '"' if options.quote is None else options.quote
    found, open_quote = [], False
    for line in lines:
        comment = not open_quote and line.startswith(options.comment)
        found.append(line[len(line.rstrip("\r\n")) :] if comment else line)
        if quote and not comment:
            open_quote ^= bool(line.count(quote) % 2)
    return found


def _remarks(records: Sequence[Sequence[str]]) -> list[str]:
    """Say that rows begin like comments, where only some do."""
    number = sum(bool(REMARK.match(record[0])) for record in records)
    if not number or number * 2 > len(records):
        return []
    begin = f"{count(number, 'line')} near the beginning {'begins' if number == 1 else 'begin'} with '#'"
    return [f"{begin}; set read.comment: '#' if they are comments"]
