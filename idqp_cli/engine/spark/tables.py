"""Tables of Delta Lake and Iceberg among the paths that a cluster reads: their files are not read without their log."""

from __future__ import annotations

import re
from collections.abc import Sequence

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.urls import shown
from idqp_cli.engine.spark.cluster import Cluster

# What a folder holds that is a table, by the format's name in Spark.
MARKS = {"delta": "_delta_log/*", "iceberg": "metadata/*.metadata.json"}
NAMES = {"delta": "Delta Lake", "iceberg": "Iceberg"}
MAGIC = re.compile(r"[*?\[{]")
# The beginning of a path, which is no folder of one: `/`, `s3a://bucket`, `abfss://container@account`.
ROOT = re.compile(r"[a-z0-9+.-]+://[^/]*|", re.IGNORECASE)


def form_of(cluster: Cluster, paths: Sequence[str]) -> str:
    """Return the format of paths without an ending that says it: that of a table, or Parquet.

    Raises:
        UnreadableError: they are files of a table, maybe of no version any more, or a table among others.

    """
    forms = {path: _table(cluster, path) for path in paths}
    if len(paths) == 1 and (own := forms[paths[0]]) is not None:
        return own
    for path, own in forms.items():
        table = path if own is not None else next(filter(lambda one: _is_table(cluster, one), _above(path)), None)
        if table is not None:
            raise UnreadableError(
                f"{shown(path)}: belongs to the table {shown(table)}; check it alone, and not its files"
            )
    return "parquet"


def _table(cluster: Cluster, path: str) -> str | None:
    """Return the format of the table that a folder is."""
    folder = path.rstrip("/")
    if MAGIC.search(folder):
        return None
    return next((form for form, mark in MARKS.items() if cluster.holds(f"{folder}/{mark}")), None)


def _is_table(cluster: Cluster, folder: str) -> bool:
    # Who may read a folder may not see those above it.
    return any(cluster.holds(f"{folder}/{mark}", unseen=False) for mark in MARKS.values())


def _above(path: str) -> list[str]:
    """Return the folders around a file or a glob, the nearest first."""
    found = ROOT.match(path)
    root = found[0] if found else ""
    before = MAGIC.split(path.removeprefix(root).rstrip("/"))[0]
    parts = before.strip("/").split("/")[:-1] if before else []
    return [f"{root}/{'/'.join(parts[:number])}" for number in range(len(parts), 0, -1)]
