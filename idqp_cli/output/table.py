"""The report for a person: what failed first, worst first, then what to type next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from idqp_cli.model import DatasetReport, Report, Result, RunStatus, Severity, Status
from idqp_cli.output import phrases
from idqp_cli.output.screen import BOLD, DIM, GREEN, PLAIN, RED, YELLOW, Line, Span, line, plain
from idqp_cli.output.view import View
from idqp_cli.text import clean, count

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


def render(report: Report, view: View) -> str:
    """Return the report as plain text, each line as long as it is."""
    return plain(lines(report, view))


def lines(report: Report, view: View) -> Iterator[Line]:
    """Return the lines of the report: the datasets with findings, those without, the summary."""
    quiet = [] if view.verbose else [dataset for dataset in report.datasets if phrases.calm(dataset)]
    loud = [dataset for dataset in report.datasets if dataset not in quiet]
    for dataset in sorted(loud, key=lambda one: list(RunStatus).index(one.status), reverse=True):
        yield from _dataset(dataset, report, view)
        yield line()
    for dataset in quiet[:SHOWN_CALM]:
        facts = (*phrases.facts(dataset), f"{len(dataset.results)} passed")
        yield line(Span("✓ ", GREEN), Span(clean(dataset.dataset), BOLD), "  ", Span(" · ".join(facts), DIM))
    if len(quiet) > SHOWN_CALM:
        yield line(Span(f"✓ {count(len(quiet) - SHOWN_CALM, 'more dataset')} passed", GREEN))
    if quiet:
        yield line()
    yield from _summary(report, view)


def _dataset(dataset: DatasetReport, report: Report, view: View) -> Iterator[Line]:
    yield line(Span(clean(dataset.dataset), BOLD), "  ", Span(" · ".join(phrases.facts(dataset)), DIM))
    if dataset.message is not None:
        yield line(Span("! not checked", RED), "  ", clean(dataset.message, phrases.LONG), indent=2)
        return
    if dataset.schema is not None and dataset.schema.changes:
        yield line(Span("· schema", DIM), "  ", phrases.schema(dataset.schema), indent=2)
    ranked = phrases.ranked(dataset.results)
    yield from _results(ranked if view.verbose else _wrong(ranked), report, view)
    passed = sum(result.status is Status.PASSED for result in dataset.results)
    if passed and not view.verbose:
        yield line(Span(f"✓ {passed:,} passed", GREEN), indent=2)


def _wrong(results: Iterable[Result]) -> list[Result]:
    return [result for result in results if result.status is not Status.PASSED]


def _results(results: Sequence[Result], report: Report, view: View) -> Iterator[Line]:
    """Return the lines of the results; of a rule's segments the worst, unless all are asked for."""
    segments = Counter(result.rule for result in results if result.segment is not None)
    shown = Counter[str]()
    for result in results:
        shown[result.rule] += result.segment is not None
        if view.verbose or shown[result.rule] <= SHOWN_SEGMENTS:
            yield from _result(result, report)
        elif shown[result.rule] == SHOWN_SEGMENTS + 1:
            more = count(segments[result.rule] - SHOWN_SEGMENTS, "more segment")
            yield line(f"… {more} of {clean(result.rule)}", Span("  -v lists them", DIM), indent=2)


def _result(result: Result, report: Report) -> Iterator[Line]:
    sign = SIGNS[result.status]
    if result.status is Status.PASSED:
        told = [one for one in (phrases.about(result), phrases.message(result)) if one]
        yield line(Span(f"{sign} ", GREEN), f"{phrases.rule(result)}  ", Span("  ".join(told), DIM), indent=2)
        return
    style = (
        LOUD[result.severity] if result.status is Status.FAILED else RED if result.status is Status.ERROR else YELLOW
    )
    beside = [one for one in (phrases.about(result), phrases.incident(result, report)) if one]
    yield line(
        Span(f"{sign} {phrases.word(result)}", style), "  ", Span(phrases.rule(result), BOLD),
        *(Span(f"  {one}", DIM) for one in beside), indent=2,
    )  # fmt: skip
    yield line(phrases.message(result), indent=4)
    bounds = phrases.bounds(result)
    if bounds:
        yield line(Span(bounds, DIM), indent=4)
    for sample in result.samples[:SHOWN_SAMPLES]:
        yield line(Span(phrases.sample(sample), DIM), indent=6)


def _summary(report: Report, view: View) -> Iterator[Line]:
    told = f": {phrases.numbers(report)} in {phrases.took(report)}"
    yield line(Span(report.status, STATUS[report.status]), told)
    for number, following in enumerate(_next(report, view)):
        yield replace(line(Span("      " if number else "next: ", DIM), following), whole=True)
    if report.audit_head is not None:
        yield line(Span(f"recorded as run {report.run_id}, audit head {report.audit_head[:24]}…", DIM))


def _next(report: Report, view: View) -> list[str]:
    """Return what to type next: about the worst incidents, or to get at the failing rows."""
    failed = [
        result
        for dataset in report.datasets
        for result in phrases.ranked(dataset.results)
        if result.status is Status.FAILED
    ]
    numbers = [result.incident for result in failed if result.incident is not None]
    if numbers:
        acknowledge = f'idqp ack {" ".join(map(str, numbers[:3]))} -m "…"{view.options}'
        return [f"idqp incident show {numbers[0]}{view.options}", acknowledge]
    if any(result.verdict.rows_failed for result in failed):
        return ["add --quarantine DIR to set the failing rows apart"]
    return []
