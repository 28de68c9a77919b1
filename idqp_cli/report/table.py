"""The report for a person: what failed first, worst first, then what to type next."""

from __future__ import annotations

import glob
import os
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from idqp_cli.core.model import DatasetReport, Report, Result, RunStatus, Severity, Status
from idqp_cli.core.text import clean, count
from idqp_cli.report import wording
from idqp_cli.report.stdout import BOLD, DIM, GREEN, PLAIN, RED, YELLOW, Line, Span, line, plain
from idqp_cli.report.view import View

SIGNS = {
    Status.FAILED: "✗",
    Status.ERROR: "!",
    Status.INCONCLUSIVE: "?",
    Status.SKIPPED: "–",
    Status.PASSED: "✓",
}
LOUD = {Severity.CRITICAL: RED, Severity.WARNING: YELLOW, Severity.INFO: PLAIN}
STATUS = {RunStatus.PASSED: GREEN, RunStatus.FAILED: RED, RunStatus.ERROR: RED}
SHOWN_SAMPLES = 3
SHOWN_SEGMENTS = 5
SHOWN_CALM = 10
# More datasets are named by the folder that holds them all.
MOST_PATHS = 3


def render(report: Report, view: View) -> str:
    """Return the report as plain text, each line as long as it is."""
    return plain(lines(report, view))


def lines(report: Report, view: View) -> Iterator[Line]:
    """Return the lines of the report: the datasets with findings, those without, the summary."""
    quiet = [] if view.verbose else [dataset for dataset in report.datasets if wording.calm(dataset)]
    loud = [dataset for dataset in report.datasets if dataset not in quiet]
    for dataset in sorted(loud, key=lambda one: list(RunStatus).index(one.status), reverse=True):
        yield from _dataset(dataset, report, view)
        yield line()
    for dataset in quiet[:SHOWN_CALM]:
        facts = (*wording.facts(dataset), wording.passed(dataset))
        yield line(Span("✓ ", GREEN), Span(clean(dataset.dataset), BOLD), "  ", Span(" · ".join(facts), DIM))
    if len(quiet) > SHOWN_CALM:
        yield line(Span(f"✓ {count(len(quiet) - SHOWN_CALM, 'more dataset')} passed", GREEN))
    if quiet:
        yield line()
    yield from _summary(report, view)


def _dataset(dataset: DatasetReport, report: Report, view: View) -> Iterator[Line]:
    yield line(Span(clean(dataset.dataset), BOLD), "  ", Span(" · ".join(wording.facts(dataset)), DIM))
    about = wording.about_dataset(dataset)
    if about:
        yield line(Span(about, DIM), indent=2)
    if dataset.message is not None:
        why, *incident = wording.unread(dataset, report)
        yield line(Span("! not checked", RED), "  ", why, *(Span(f"  {one}", DIM) for one in incident), indent=2)
        return
    if dataset.schema is not None and dataset.schema.changes:
        yield line(Span("· schema", DIM), "  ", wording.schema(dataset.schema), indent=2)
    ranked = wording.ranked(dataset.results)
    yield from _results(ranked if view.verbose else _wrong(ranked), report, view)
    if not view.verbose and any(result.status is Status.PASSED for result in dataset.results):
        yield line(Span(f"✓ {wording.passed(dataset)}", GREEN), indent=2)


def _wrong(results: Iterable[Result]) -> list[Result]:
    return [result for result in results if result.status is not Status.PASSED]


def _results(results: Sequence[Result], report: Report, view: View) -> Iterator[Line]:
    """Return the lines of the results; of a rule's segments the worst, unless all are asked for."""
    segments = Counter(result.rule for result in results if result.segment is not None)
    shown = Counter[str]()
    for result in results:
        shown[result.rule] += result.segment is not None
        if view.verbose or shown[result.rule] <= SHOWN_SEGMENTS:
            yield from _result(result, report, first=shown[result.rule] < 2)
        elif shown[result.rule] == SHOWN_SEGMENTS + 1:
            more = count(segments[result.rule] - SHOWN_SEGMENTS, "more segment")
            yield line(f"… {more} of {clean(result.rule)}", Span("  -v lists them", DIM), indent=2)


def _result(result: Result, report: Report, *, first: bool) -> Iterator[Line]:
    """Return the lines of a result; what its rule is for is said with the first of its segments."""
    purpose = wording.purpose(result) if first else ""
    sign = SIGNS[result.status]
    if result.status is Status.PASSED:
        told = [wording.about(result), wording.message(result), wording.ended_incident(result), purpose]
        yield line(
            Span(f"{sign} ", GREEN), f"{wording.rule(result)}  ", Span("  ".join(filter(None, told)), DIM), indent=2
        )
        return
    style = (
        LOUD[result.severity] if result.status is Status.FAILED else RED if result.status is Status.ERROR else YELLOW
    )
    place = wording.written_at(result, report) if result.status is Status.ERROR else ""
    beside = [text for text in (wording.about(result), wording.incident(result, report), place) if text]
    yield line(
        Span(f"{sign} {wording.word(result)}", style), "  ", Span(wording.rule(result), BOLD),
        *(Span(f"  {one}", DIM) for one in beside), indent=2,
    )  # fmt: skip
    yield line(wording.message(result), indent=4)
    bounds = wording.bounds(result)
    if bounds:
        yield line(Span(bounds, DIM), indent=4)
    if purpose:
        yield line(Span(purpose, DIM), indent=4)
    for sample in result.samples[:SHOWN_SAMPLES]:
        yield line(Span(wording.sample(sample), DIM), indent=6)


def _summary(report: Report, view: View) -> Iterator[Line]:
    told = f": {wording.numbers(report)} in {wording.took(report)}"
    yield line(Span(report.status, STATUS[report.status]), told)
    for number, following in enumerate(_next(report, view) if view.advised else []):
        yield replace(line(Span("      " if number else "next: ", DIM), following), whole=True)
    if report.audit_head is not None:
        yield line(Span(f"recorded as run {report.run_id}, audit head {report.audit_head[:24]}…", DIM))


def _next(report: Report, view: View) -> list[str]:
    """Return what to type next: about incidents, to get at the failing rows, to keep rules that were suggested."""
    return [
        *_about(report, view),
        *_to_keep([dataset for dataset in report.datasets if _is_file(dataset)]),
    ]


def _to_keep(found: list[DatasetReport]) -> list[str]:
    """Return the command that keeps what was suggested: for a few paths, or for the folder that holds them all."""
    if not found:
        return []
    paths = [dataset.dataset for dataset in found]
    if len(found) > MOST_PATHS or not all(map(_is_path, found)):
        paths = [os.path.commonpath([os.path.dirname(file) for one in found for file in one.files]) or "."]
    return [f"idqp init {' '.join(shlex.quote(clean(path, 5_000)) for path in paths)}"]


def _is_path(dataset: DatasetReport) -> bool:
    """Tell whether a dataset is called by a path: that of its file, a glob, or a folder of all its files."""
    name = dataset.dataset
    inside = all(file.startswith(os.path.join(name, "")) for file in dataset.files)
    return dataset.files == (name,) or glob.has_magic(name) or inside


def _is_file(dataset: DatasetReport) -> bool:
    """Tell whether a dataset is a file that was read, for which the rules file has no name."""
    return dataset.suggested and dataset.message is None and dataset.files != ()


def _about(report: Report, view: View) -> list[str]:
    failed = [
        result
        for dataset in report.datasets
        for result in wording.ranked(dataset.results)
        if result.status is Status.FAILED
    ]
    numbers = [result.incident for result in failed if result.incident is not None]
    if numbers:
        acknowledge = f'idqp ack {" ".join(map(str, numbers[:3]))} -m "…"{view.options}'
        return [f"idqp incident show {numbers[0]}{view.options}", acknowledge]
    if not view.set_apart and any(result.verdict.rows_failed for result in failed):
        return ["add --quarantine DIR to set the failing rows apart"]
    return []
