"""What a run reads: datasets as they are declared, as relations in SQL, and the places in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields, replace
from datetime import datetime, timedelta

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column


@frozen
class Step:
    """What a check would fetch in one statement: for which rules, how, why so, and the SQL."""

    rules: tuple[str, ...]
    how: str
    why: str
    statement: str


@frozen
class Explained:
    """How a dataset would be checked; `refused` says by rule why one cannot be, `message` why none can.

    `reading` says how its files are read: what is said of, what was decided, and why.
    """

    dataset: str
    source: str
    steps: tuple[Step, ...]
    refused: Mapping[str, str]
    message: str | None = None
    reading: tuple[tuple[str, str, str], ...] = ()


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


@frozen
class ServiceLevel:
    """The score that each run of a dataset should reach, and how far back that is looked at."""

    score: float
    within: timedelta


@frozen
class BrokerSettings:
    """How a broker is reached; secrets are in the environment.

    With `tls` the connection is encrypted; `ca` is a file of the authorities that are trusted, None those of the
    system. `certificate` and `key` are files that say who idqp is. `sasl` is the mechanism of a login.
    """

    tls: bool = False
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    sasl: str | None = None


@frozen
class StreamSettings:
    """How the messages of a topic are read.

    `format` is what they are: json, csv, avro or protobuf; the schemas of the latter two are in the `registry`.
    `fields` are the names of the cells of CSV. `columns` are
    what is known of a message beside what it says, as columns. Messages that fail go to the topic `dead_letter`.
    With a `window` (seconds) the time of events divides messages: that in the column `event_time`, or of the message.
    A window is open for `late` seconds more.
    """

    format: str = "json"
    registry: str | None = None
    fields: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    dead_letter: str | None = None
    window: float | None = None
    event_time: str | None = None
    late: float = 0.0
    broker: BrokerSettings = field(default_factory=BrokerSettings)


@frozen
class Dataset:
    """What the rules file says of a dataset, its rules aside.

    `path` is a file, a glob or `-`, relative to the folder of the rules file.
    `key` names the columns that tell failing rows apart; `pii` those to mask, and
    `finds_pii` says that those are to be masked, too, which look personal.
    `schema` is the mode in which its schema may change; `schema_last` limits
    against how many versions a transitive mode holds it. `expect_every` is how
    long may pass between two checks. `timezone` is the zone (of the IANA database)
    of its days and of times without a zone, UTC if None; `holidays` are days of it,
    as the number of days since 1970-01-01. With `incremental` a run reads the files
    that no recorded run has read. `stream` is how a topic is read.
    """

    name: str
    path: str
    description: str | None = None
    owner: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    key: tuple[str, ...] = ()
    pii: tuple[str, ...] = ()
    schema: str = "full"
    schema_last: int | None = None
    allow_empty: bool = False
    samples: int = 5
    sla: ServiceLevel | None = None
    expect_every: timedelta | None = None
    timezone: str | None = None
    holidays: frozenset[int] = frozenset()
    finds_pii: bool = False
    incremental: bool = False
    stream: StreamSettings = field(default_factory=StreamSettings)


FILE_COLUMN = "idqp:file"

ROW_COLUMN = "idqp:row"

GROUP_COLUMN = "idqp:group"


@frozen
class Relation:
    """A dataset as SQL: its columns, and table expressions that give its rows.

    `scan` is read first and notes the lines that are no rows; `rescan` gives the
    same rows again; `numbered` gives them with the number of the file
    (`FILE_COLUMN`, from 0) and of the row in it (`ROW_COLUMN`, from 1).
    `doubts` are what the reader decided by itself and cannot be sure of;
    `strays` says which files have other columns than the first; `notes` are what
    the reader decided that a person may want to know.
    `columnar` says that a scan of one column costs but its share of the file;
    `size` is that of its files in bytes; `footer` is the table of what a Parquet
    file (the first) says of its own columns; `direct` says that the columns of
    every Parquet file are those of the dataset, as they are.
    """

    dataset: str
    columns: tuple[Column, ...]
    scan: str
    rescan: str
    numbered: str
    doubts: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    columnar: bool = False
    size: int = 0
    footer: str | None = None
    direct: bool = False
    notes: tuple[str, ...] = ()


@frozen
class Rejected:
    """A line that is not a row: its place, the reason, and how many cells a row has there, or what a row is."""

    file: int
    record: int
    reason: str
    cells: int
    expected: str = "an object"


@frozen
class Note:
    """What a reader decided about the bytes of a file: the number of the file (from 0), the line (from 1), and why.

    `expected` is what the line would be otherwise. The rows of the file are judged all the same.
    """

    file: int
    line: int
    why: str
    expected: str


@frozen
class RowPlace:
    """Which row a sample is: the number of its file (from 0), and of the row in it (from 1)."""

    file: int
    row: int


@frozen
class SeenFile:
    """A file that a run has read: what tells it, with its content, from others, and its name."""

    digest: str
    name: str


@frozen
class MessagePlaces:
    """Which message each line of a file of messages is: its partition and its offset, from the line `first` on."""

    partitions: Sequence[int]
    offsets: Sequence[int]
    first: int = 1

    def of(self, line: int) -> tuple[int, int]:
        """Return the partition and the offset of the message on a line."""
        return self.partitions[line - self.first], self.offsets[line - self.first]


@frozen
class Position:
    """How far a dataset's topic was read in a partition: the next offset, and from which on a run read.

    `start` is None where nothing is recorded yet, and a first run is to begin at `next`.
    """

    topic: str
    partition: int
    start: int | None
    next: int


@frozen
class Part:
    """The files of a dataset that a run reads of: `new` ones alone, beside `seen` ones that runs before have read.

    `marks` are what a recorded run keeps of them. `earlier` is the name under which the others are known during the
    run; None where they are not read, `why` says why not.
    """

    new: int
    seen: int
    marks: tuple[SeenFile, ...] = ()
    earlier: str | None = None
    why: str = ""


@frozen
class Written:
    """A file that was written, and its number of rows."""

    path: str
    rows: int
