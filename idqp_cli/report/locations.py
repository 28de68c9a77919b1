"""Where in a file a finding is, for formats that point at it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import DatasetReport, Report, Result, Sample
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_url
from idqp_cli.report import wording
from idqp_cli.report.view import View


@frozen
class Place:
    """A line of a file, or the whole file; `path` is as seen from the root of the repository."""

    path: str
    line: int | None = None
    told: str = ""


def of_rule(report: Report, result: Result, view: View) -> Place | None:
    """Return the rule's line in the rules file; None for a rule that nobody wrote."""
    if report.rules_file is None or result.rules_line is None:
        return None
    return Place(_seen(report.rules_file, view), result.rules_line)


def of_data(dataset: DatasetReport, result: Result, view: View) -> Iterator[Place]:
    """Return the lines of the data that show the failure, or its files where none does."""
    shown = [place for sample in result.samples for place in _of_sample(dataset, sample, view)]
    yield from shown or (Place(_seen(path, view)) for path in dataset.files[:1])


def _of_sample(dataset: DatasetReport, sample: Sample, view: View) -> Iterator[Place]:
    path = sample.file if sample.file is not None else dataset.files[0] if len(dataset.files) == 1 else None
    if path is not None and sample.line is not None:
        # A row of a file without lines is no place that an editor can go to.
        line = sample.line if sample.unit == "line" else None
        yield Place(_seen(path, view), line, wording.sample(sample))


def _seen(path: str, view: View) -> str:
    if is_url(path):
        return clean(path, wording.LONG)
    return clean(os.path.normpath(os.path.join(view.root, path)), wording.LONG)
