"""What a run reads: datasets as they are declared, the files of one that were read, and files that were written."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta

from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import ReadOptions
from idqp_cli.core.topics import StreamSettings


@frozen
class ServiceLevel:
    """The score that each run of a dataset should reach, and how far back that is looked at."""

    score: float
    within: timedelta


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


@frozen
class SeenFile:
    """A file that a run has read: what tells it, with its content, from others, and its name."""

    digest: str
    name: str


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
