"""The report for a person: what failed first, worst first, then what to type next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from idqp_cli.model import DatasetReport, Drawn, Report, Result, Sample, Severity, Status
from idqp_cli.output.screen import BOLD, DIM, GREEN, PLAIN, RED, YELLOW, Line, Span, line
from idqp_cli.text import clean, count, quantity

SIGNS = {
    Status.FAILED: "✗",
    Status.ERROR: "!",
    Status.INCONCLUSIVE: "?",
    Status.SKIPPED: "–",
    Status.PASSED: "✓",
}
LOUD = {Severity.CRITICAL: RED, Severity.WARNING: YELLOW, Severity.INFO: PLAIN}
ORDER = list(SIGNS)
SHOWN_SAMPLES = 3


def render(report: Report, *, verbose: bool, options: str) -> Iterator[Line]:
    """Return the lines of the report.

    With `verbose` the rules that passed are shown too; `options` is what the next command needs to find the store.
    """
    for dataset in report.datasets:
        yield from _dataset(dataset, verbose=verbose)
        yield line()
    yield from _summary(report, options)


def _dataset(dataset: DatasetReport, *, verbose: bool) -> Iterator[Line]:
    facts = [dataset.source]
    if dataset.drawn is not None:
        facts.append(_sampled(dataset.drawn))
    elif dataset.rows is not None:
        facts.append(count(dataset.rows, "row"))
    if dataset.score is not None:
        facts.append(f"score {quantity(dataset.score)}")
    yield line(Span(clean(dataset.dataset), BOLD), "  ", Span(" · ".join(facts), DIM))
    if dataset.message is not None:
        yield line(Span("! not checked", RED), "  ", dataset.message, indent=2)
        return
    yield from _schema(dataset)
    ranked = sorted(dataset.results, key=lambda result: (ORDER.index(result.status), -result.severity.rank))
    for result in ranked:
        if result.status is not Status.PASSED or verbose:
            yield from _result(result)
    passed = sum(result.status is Status.PASSED for result in dataset.results)
    if passed and not verbose:
        yield line(Span(f"✓ {passed} passed", GREEN), indent=2)


def _sampled(drawn: Drawn) -> str:
    if drawn.of is None:
        return f"a sample of {count(drawn.rows, 'row')}"
    some = f", from {drawn.groups:,} of {drawn.of_groups:,} row groups" if drawn.groups < drawn.of_groups else ""
    return f"a sample of {drawn.rows:,} of {count(drawn.of, 'row')}{some}"


def _schema(dataset: DatasetReport) -> Iterator[Line]:
    schema = dataset.schema
    if schema is None or not schema.changes:
        return
    told = [f"{clean(change.column, 60)} {change.kind.replace('_', ' ')}" for change in schema.changes[:5]]
    more = f" and {len(schema.changes) - 5} more" if len(schema.changes) > 5 else ""
    yield line(Span("· schema", DIM), f"  version {schema.version}: {', '.join(told)}{more}", indent=2)


def _result(result: Result) -> Iterator[Line]:
    sign = SIGNS[result.status]
    if result.status is Status.PASSED:
        yield line(Span(f"{sign} ", GREEN), f"{clean(result.rule)}  ", Span(result.verdict.message, DIM), indent=2)
        return
    word = result.severity if result.status is Status.FAILED else result.status
    style = (
        LOUD[result.severity] if result.status is Status.FAILED else RED if result.status is Status.ERROR else YELLOW
    )
    incident = [] if result.incident is None else [Span(f"  incident {result.incident}", DIM)]
    segment = [] if result.segment is None else [f" = {clean(result.segment, 60)}"]
    yield line(Span(f"{sign} {word}", style), "  ", Span(clean(result.rule), BOLD), *segment, *incident, indent=2)
    yield line(result.verdict.message, indent=4)
    for sample in result.samples[:SHOWN_SAMPLES]:
        yield line(Span(_sample(sample), DIM), indent=6)


def _sample(sample: Sample) -> str:
    place = "" if sample.line is None else f"line {sample.line:,}"
    if sample.file is not None:
        place = f"{sample.file} {place}".strip()
    if sample.expected is not None:
        (value,) = sample.values.values()
        shown = clean(value, 80)
        what = (
            f"{shown}, {sample.expected} expected"
            if sample.column is None
            else f"{clean(sample.column, 60)}: '{shown}' is not {sample.expected}"
        )
        return f"{place}: {what}"
    key = ", ".join(_pairs(sample.key.items()))
    values = ", ".join(_pairs((name, value) for name, value in sample.values.items() if name not in sample.key))
    return ": ".join(part for part in (place, " → ".join(part for part in (key, values) if part)) if part)


def _pairs(cells: Iterable[tuple[str, object]]) -> Iterator[str]:
    for name, value in cells:
        yield f"{clean(name, 60)} {'is missing' if value is None else '= ' + clean(value, 60)}"


def _summary(report: Report, options: str) -> Iterator[Line]:
    results = [result for dataset in report.datasets for result in dataset.results]
    counts = [(status, sum(result.status is status for result in results)) for status in ORDER]
    told = [f"{number} {status}" for status, number in counts if number]
    unread = sum(dataset.message is not None for dataset in report.datasets)
    if unread:
        told.insert(0, f"{count(unread, 'dataset')} not checked")
    style = {"passed": GREEN, "failed": RED, "error": RED}[report.status]
    seconds = f"{report.duration_seconds:.2f} s"
    yield line(Span(report.status, style), f": {', '.join(told) or 'nothing to check'} in {seconds}")
    numbers = [result.incident for result in results if result.incident is not None and result.status is Status.FAILED]
    if numbers:
        shown = f"idqp incident show {numbers[0]}{options}"
        acknowledged = f'idqp ack {" ".join(map(str, numbers[:3]))} -m "…"{options}'
        yield line(Span("next: ", DIM), shown, Span("  or  ", DIM), acknowledged)
    if report.audit_head is not None:
        yield line(Span(f"recorded as run {report.run_id}, audit head {report.audit_head[:24]}…", DIM))
