"""Quotes that are characters like any other, in files of tabs, which seldom have quoted cells."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace

from idqp_cli.ingest.compression import opened
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File
from idqp_cli.ingest.sniff import Marks, bare_quotes
from idqp_cli.ingest.text_table import TextTable


def unquoted(table: TextTable) -> TextTable:
    """Return the table with no quoted cells in the files of tabs where no quote ends a cell."""
    pairs = zip(table.source.files, table.dialects, strict=True)
    return replace(table, dialects=tuple(_unquoted(file, dialect) for file, dialect in pairs))


def _unquoted(file: File, dialect: Dialect) -> Dialect:
    marks = Marks(dialect.delimiter, dialect.quote, dialect.escape)
    if dialect.delimiter != "\t" or dialect.quoted is None or not dialect.quote:
        return dialect
    with io.TextIOWrapper(opened(file), "utf-8-sig", errors="replace") as stream:
        if not bare_quotes(itertools.islice(stream, dialect.skip, None), marks):
            return dialect
    return replace(dialect, quote="", escape="", quoted_missing=False)
