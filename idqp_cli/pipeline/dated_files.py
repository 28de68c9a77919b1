"""Older files of a dataset, with the dates that their metrics are kept under."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import DATE, clean
from idqp_cli.core.urls import is_url, shown
from idqp_cli.pipeline.request import Target
from idqp_cli.pipeline.targets import Choice, choose
from idqp_cli.project.project import Project


def dated(project: Project, choice: Choice, files: Iterable[str]) -> tuple[Target, list[tuple[datetime, str]]]:
    """Return the one dataset that older files belong to, and the files with their dates.

    A date stands in the file's name (2024-01-31, 20240131 or 2024-01, in the time zone of the dataset), else
    it is the time at which the file was last written. A word may be a glob. The
    words of the choice that are no dataset are files too: a shell that fills in
    a glob gives the option only the first of them.

    Raises:
        UsageError: there is no such file, or more or fewer than one dataset.

    """
    known = {dataset.name for dataset in project.datasets}
    words = (*files, *(word for word in choice.words if word not in known))
    choice = replace(choice, words=tuple(word for word in choice.words if word in known))
    paths = [path for word in words for path in (sorted(glob.glob(word, recursive=True)) or [word])]
    for path in paths:
        if is_url(path):
            raise UsageError(f"--backfill takes files of this machine; copy {shown(path)} here")
        if not os.path.isfile(path):
            raise UsageError(f"--backfill: {clean(path)}: no such file")
    chosen = choose(project, choice)
    if len(chosen) != 1:
        raise UsageError("--backfill needs one dataset: name it")
    zone = _zone(chosen[0].dataset)
    return chosen[0], [(date_of(path, zone), os.path.abspath(path)) for path in dict.fromkeys(paths)]


def _zone(dataset: Dataset) -> tzinfo:
    """Return the time zone of a dataset, UTC without one."""
    if dataset.timezone is None:
        return UTC
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only a dataset with a time zone has to pay

    return ZoneInfo(dataset.timezone)


def date_of(path: str, zone: tzinfo) -> datetime:
    """Return the date in the name of a file, else when it was last written."""
    for year, month, day in DATE.findall(os.path.basename(path)):
        try:
            return datetime(int(year), int(month), int(day or 1), tzinfo=zone).astimezone(UTC)
        except ValueError:
            continue
    return datetime.fromtimestamp(int(os.stat(path).st_mtime), UTC)
