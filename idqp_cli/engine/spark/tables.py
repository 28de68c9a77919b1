"""Files that a cluster reads, and tables of Delta Lake and Iceberg among them, which are not read without their log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from urllib.parse import unquote

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.urls import shown
from idqp_cli.engine.spark.cluster import RECURSIVE, Cluster
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.tables import MARKS, METADATA, TableError, of_keys

PARQUET = "parquet"
CSV = "csv"
READERS = {
    ".orc": "orc",
    **{f".{name}{packed}": "json" for name in ("json", "jsonl", "ndjson") for packed in ("", ".gz")},
    **{f".{name}{packed}": CSV for name in ("csv", "tsv", "txt") for packed in ("", ".gz")},
}  # fmt: skip
# What a folder holds that is a table.
MARKED = tuple(f"{folder}/*{METADATA if kind == 'iceberg' else ''}" for kind, folder in MARKS.items())
MAGIC = re.compile(r"[*?\[{]")
# What a pattern of paths, or Hadoop's way to take one apart, has another meaning for.
SPECIAL = re.compile(r"[*?\[\]{},\\:]")
# The beginning of a path, which is no folder of one: `/`, `s3a://bucket`, `abfss://container@account`.
ROOT = re.compile(r"(?:[a-z0-9+.-]+:(?://[^/]*)?|)", re.IGNORECASE)
# Spark looks for as many patterns at a time.
AT_ONCE = 32


@frozen
class Place:
    """A folder or a file there: the root of its file system, and its path in it, which begins with a slash."""

    root: str
    path: str

    @property
    def shown(self) -> str:
        """Its name for people."""
        return shown(self.path if self.root in {"", "file:", "file://"} else f"{self.root}{self.path}")

    def folders(self) -> Iterator[Place]:
        """Return the folders around it, the nearest first; its file system's root is none of them."""
        path = self.path
        while path := path.rpartition("/")[0]:
            yield Place(self.root, path)


@frozen
class Files:
    """What paths stand for: files of a format, by their URIs where they are known, and how Spark is to read them."""

    form: str
    uris: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


def ending(path: str) -> str | None:
    """Return the format that a name ends in; None of one that does not say."""
    return next((form for end, form in READERS.items() if path.lower().endswith(end)), None)


def found(cluster: Cluster, paths: Sequence[str]) -> Files:
    """Find what paths without an ending that says their format stand for: one table, or files of one format.

    They are Parquet unless all their names end in that of another format.

    Raises:
        UnreadableError: they are files of a table, maybe of no version any more, or a table among others; or they lie
            in folders of which Spark reads only some.
        QueryError: the cluster may not look there.

    """
    uris = cluster.files(paths)
    forms = set(map(ending, uris))
    form = (forms.pop() if len(forms) == 1 else None) or PARQUET
    places = [place(uri, unquote) for uri in uris]
    asked = [place(path) for path in paths]
    tables = _tables(cluster, asked, places)
    own = next((kind for table, kind in tables.items() if [table.path] == [one.path for one in asked]), None)
    if own is not None:
        return Files(own)
    for table, kind in tables.items():
        raise TableError(table.shown, kind)
    if not any("=" in folder for place in places for folder in _below(place, asked)):
        return Files(form, tuple(uris), RECURSIVE)
    if sorted(cluster.files(paths, form)) != sorted(uris):
        named = ", ".join(map(shown, paths))
        raise UnreadableError(f"{named}: some files lie in folders that are no partitions; name the files by a glob")
    return Files(form, tuple(uris))


def place(path: str, read: Callable[[str], str] = str) -> Place:
    """Return the place that a path or, with `read`, a URI names."""
    match = ROOT.match(path)
    root = match[0] if match else ""
    return Place(root, read(path.removeprefix(root).rstrip("/")))


def _below(place: Place, asked: Iterable[Place]) -> list[str]:
    """Return the names of the folders between what was asked for and a file."""
    inner = next((place.path.removeprefix(_fixed(one)) for one in asked if place.path.startswith(_fixed(one))), "")
    return inner.split("/")[:-1]


def _fixed(place: Place) -> str:
    """Return the path of the folder at the beginning of a glob."""
    return place.path if MAGIC.search(place.path) is None else MAGIC.split(place.path)[0].rpartition("/")[0]


def _tables(cluster: Cluster, asked: Sequence[Place], files: Sequence[Place]) -> dict[Place, str]:
    """Return the tables among what is asked for and the folders around it and its files, and their formats.

    Raises:
        QueryError: the cluster may not look.

    """
    own = dict.fromkeys(Place(one.root, _fixed(one)) for one in asked if not files and _fixed(one))
    around = dict.fromkeys(folder for one in (*own, *files) for folder in one.folders())
    folders = [*own, *around]
    try:
        return _marked(cluster, _together(folders, files), folders)
    except QueryError:
        return dict(one for folder in folders for one in _alone(cluster, folder, asked).items())


def _alone(cluster: Cluster, folder: Place, asked: Sequence[Place]) -> dict[Place, str]:
    """Look into one folder; nothing is seen in one around what is asked for that may not be looked into.

    Raises:
        QueryError: the cluster may not look.

    """
    try:
        return _marked(
            cluster, [f"{folder.root}{_written(folder.path)}/{mark}" for mark in MARKED], [folder], alone=True
        )
    except QueryError:
        if any(_fixed(one).startswith(f"{folder.path}/") for one in asked):
            return {}
        raise


def _together(folders: Sequence[Place], files: Sequence[Place]) -> list[str]:
    """Return patterns for what only tables hold in any of the folders, as few as Spark looks for at a time."""
    patterns = []
    for root in dict.fromkeys(folder.root for folder in folders):
        pieces = [f"{_written(one.path)}/{mark}" for one in folders if one.root == root for mark in MARKED]
        # A pattern that matches nothing is an error, also beside others.
        there = [_written(one.path) for one in files if one.root == root][:1]
        number = min(AT_ONCE, len(pieces)) if there else 1
        for at in range(number):
            names = ",".join(piece[1:] for piece in (*pieces[at::number], *there))
            patterns.append(f"{root}/{{{names}}}")
    return patterns


def _marked(
    cluster: Cluster, patterns: Sequence[str], folders: Iterable[Place], *, alone: bool = False
) -> dict[Place, str]:
    """Return the folders that are tables, and their formats, by the files that patterns find, together or `alone`."""
    asked = [[pattern] for pattern in patterns] if alone else [patterns] * bool(patterns)
    marks = [place(uri, unquote) for some in asked for uri in cluster.files(some)]
    kinds = {
        Place(root, f"/{folder}".rstrip("/")): kind
        for root in dict.fromkeys(one.root for one in marks)
        for folder, kind in of_keys(one.path[1:] for one in marks if one.root == root).items()
    }
    looked = {folder.path for folder in folders}
    return {table: kind for table, kind in kinds.items() if table.path in looked}


def _written(path: str) -> str:
    """Return a pattern that matches a path; what else it matches is told apart by its name."""
    return SPECIAL.sub("?", path)
