"""How the text of files, and tables, are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, replace
from datetime import datetime

from idqp_cli.core.frozen import frozen


@frozen
class Notation:
    """How the values of a column are written; None and nothing leave a choice to the reader.

    `strip` are characters around numbers; the formats are those of `strptime`.
    """

    decimal: str | None = None
    thousands: str | None = None
    strip: str | None = None
    date_format: str | None = None
    timestamp_format: str | None = None
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()

    def under(self, general: Notation) -> Notation:
        """Return the notation of a column in a file of a general one: what it does not say itself is the file's."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(general, **{name: value for name, value in values.items() if value not in {None, ()}})


@frozen
class ColumnOptions:
    """How one column of a text file is read; its `missing_values` come beside those of the file."""

    missing_values: tuple[str, ...] = ()
    notation: Notation = field(default_factory=Notation)


@frozen
class PlaceSettings:
    """Where and how an object store is asked, beside its URL; what is None is as the cloud's own tools have it.

    `endpoint` is the address of the server, `account` that of Azure. With `virtual_hosted` the bucket's name is a part
    of the host's, with `anonymous` no credential is sent.
    """

    endpoint: str | None = None
    region: str | None = None
    account: str | None = None
    virtual_hosted: bool | None = None
    anonymous: bool | None = None


AS_USUAL = PlaceSettings()


# In bytes; DuckDB refuses a longer line unless its limit is raised.
LONGEST_LINE = 2_000_000


@frozen
class ReadOptions:
    """How a dataset's text files are read; None leaves a choice to the sniffer.

    `skip` is a number of lines before the header; `types` maps a column to a
    DuckDB type; `missing_values` are the texts, in quotes or not, that mean "not there".
    An empty `quote` means that no cell is quoted, an empty `escape` that no quoted
    cell holds a quote. A line that begins with `comment` is not a row. `max_line` is
    the length in bytes of the longest line that is read. `notation` is how values
    are written, and `columns` says of single ones how they are read. `version` and
    `as_of` say which state of a table of Delta or Iceberg is read, and `place` how an
    object store is asked.
    """

    missing_values: tuple[str, ...] = ()
    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    header: bool | None = None
    skip: int | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    escape: str | None = None
    comment: str | None = None
    max_line: int = LONGEST_LINE
    notation: Notation = field(default_factory=Notation)
    columns: Mapping[str, ColumnOptions] = field(default_factory=dict)
    version: int | None = None
    as_of: datetime | None = None
    place: PlaceSettings = AS_USUAL

    def of(self, column: str) -> ColumnOptions:
        """Return how a column is read, with what is said of the whole file; its name goes without case."""
        options = {name.casefold(): options for name, options in self.columns.items()}.get(column.casefold())
        if options is None:
            return ColumnOptions(self.missing_values, self.notation)
        return ColumnOptions((*self.missing_values, *options.missing_values), options.notation.under(self.notation))
