"""What all formats say in the same words and the same order; clean, for people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC

from idqp_cli.core.model import DatasetReport, Drawn, Report, Result, RunStatus, Sample, SchemaReport, Status, Window
from idqp_cli.core.text import apart, cell, clean, count, duration, one_line, percent, quantity, quoted

# What is worst comes first.
ORDER = (Status.FAILED, Status.ERROR, Status.INCONCLUSIVE, Status.SKIPPED, Status.PASSED)
LONG = 1000
MOST_INCIDENTS = 8
# A row of more cells is no line that somebody reads.
MOST_CELLS = 12


def ranked(results: Iterable[Result]) -> list[Result]:
    """Return the results, worst first: by status, by severity, by the share of rows that fail."""
    return sorted(results, key=lambda result: (ORDER.index(result.status), -result.severity.rank, -_extent(result)))


def calm(dataset: DatasetReport) -> bool:
    """Tell whether there is nothing to say of the dataset but that it passed."""
    changed = dataset.schema is not None and bool(dataset.schema.changes)
    return dataset.message is None and not changed and all(result.status is Status.PASSED for result in dataset.results)


def numbers(report: Report) -> str:
    """Say how many datasets and rules came to what: `1 dataset not checked, 3 failed, 2 passed`."""
    results = [result for dataset in report.datasets for result in dataset.results]
    counts = [(status, sum(result.status is status for result in results)) for status in ORDER]
    told = [f"{number:,} {status}{_mildly(report, status)}" for status, number in counts if number]
    unread = sum(dataset.message is not None for dataset in report.datasets)
    if unread:
        told.insert(0, f"{count(unread, 'dataset')} not checked")
    return ", ".join(told) or "nothing to check"


def _mildly(report: Report, status: Status) -> str:
    """Say how severe failed rules are, where all are too mild to fail the run."""
    if status is not Status.FAILED or report.status is not RunStatus.PASSED:
        return ""
    failed = {one.severity for dataset in report.datasets for one in dataset.results if one.status is status}
    worst_first = sorted(failed, key=lambda one: -one.rank)
    return f" ({', '.join(worst_first)})"


def took(report: Report) -> str:
    """Say how long the run took."""
    return f"{report.duration_seconds:.2f} s"


def facts(dataset: DatasetReport) -> tuple[str, ...]:
    """Return what a dataset is: its source, its rows, its score."""
    rows = () if dataset.rows is None else (count(dataset.rows, "row"),)
    if dataset.drawn is not None:
        rows = (_sampled(dataset.drawn),)
    if (window := dataset.window) is not None:
        rows = (span(window), *rows)
    if (found := dataset.increment) is not None and found.seen_files:
        rows = (f"{found.new_files:,} new of {count(found.new_files + found.seen_files, 'file')}", *rows)
    scored = () if dataset.score is None else (f"score {score(dataset.score)}",)
    return (clean(dataset.source), *rows, *scored)


def span(window: Window) -> str:
    """Say which time a window is of: `window 2026-11-30 10:05:00 to 10:10:00 UTC, 3 late messages not judged`."""
    first, last = (f"{one.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for one in (window.begin, window.end))
    late = f", {count(window.late, 'late message')} not judged" if window.late else ""
    return f"window {first} to {last[11:] if first[:10] == last[:10] else last} UTC{late}"


def about_dataset(dataset: DatasetReport) -> str:
    """Return what the rules file says of a dataset: what it is, and whose."""
    told = [] if dataset.description is None else [_words(dataset.description)]
    told += [] if dataset.owner is None else [f"owner {_words(dataset.owner)}"]
    return " · ".join(told)


def written_at(result: Result, report: Report) -> str:
    """Return where the rules file has the rule; nothing where nobody wrote it."""
    if report.rules_file is None or not result.rules_line:
        return ""
    return f"{clean(report.rules_file)}:{result.rules_line}"


def purpose(result: Result) -> str:
    """Return what the rules file says that a rule is for."""
    return "" if result.description is None else _words(result.description)


def _words(text: str) -> str:
    return clean(one_line(text), LONG)


def score(value: float) -> str:
    """Show a score, which is never rounded to 100."""
    return apart(100.0, value)[1]


def rule(result: Result) -> str:
    """Return the name of the rule, with the segment that it was judged for."""
    segment = "" if result.segment is None else f" = {cell(result.segment)}"
    return clean(result.rule) + segment


def about(result: Result) -> str:
    """Return the SQL of a rule without a name of its own, shortened; nothing where its message has it."""
    shown = "" if result.sql is None else clean(one_line(result.sql), 80)
    return "" if shown.removesuffix("…") in result.verdict.message else shown


def word(result: Result) -> str:
    """Return how bad a failure is, or what became of the rule otherwise."""
    return result.severity if result.status is Status.FAILED else result.status


def message(result: Result) -> str:
    """Return what the rule says."""
    return clean(result.verdict.message, LONG)


def bounds(result: Result) -> str:
    """Return what a share was judged by and its message leaves out: that none is allowed, and its interval."""
    verdict = result.verdict
    if verdict.confidence_interval is None or not verdict.rows_evaluated:
        return ""
    allowed = "" if verdict.threshold else "none allowed, "
    *_, low, high = apart(
        verdict.threshold or 0.0, verdict.metric_value or 0.0, *verdict.confidence_interval, show=percent
    )
    return f"{allowed}interval {low} to {high}"


def number(result: Result, value: float, more: int = 0) -> str:
    """Return a metric of this result as people read it: a share as a percentage, an age as a duration.

    It has `more` digits than usual.
    """
    if result.type == "freshness" and math.isfinite(value) and result.verdict.confidence_interval is None:
        return duration(value, more)
    return percent(value, more) if result.verdict.confidence_interval is not None else quantity(value, more)


def figures(result: Result) -> Iterator[tuple[str, str]]:
    """Return the numbers that the result was judged by, by their names."""
    verdict = result.verdict
    known = {"metric": verdict.metric_value, "threshold": verdict.threshold}
    if verdict.confidence_interval is not None and verdict.rows_evaluated:
        known |= dict(zip(("low", "high"), verdict.confidence_interval, strict=True))
    values = {name: value for name, value in known.items() if value is not None}
    bound = values.get("threshold", 0.0)
    shown = apart(bound, *values.values(), show=lambda value, more: number(result, value, more))[1:]
    told = dict(zip(values, shown, strict=True))
    yield from ((name, told[name]) for name in ("metric", "threshold") if name in told)
    if "low" in told:
        yield "interval", f"{told['low']} to {told['high']}"


def incident(result: Result, report: Report) -> str:
    """Return the number of the result's incident and since when it is open; nothing without one."""
    if result.incident is None:
        return ""
    if result.since is None:
        return f"incident {result.incident}"
    if result.reopened:
        return f"incident {result.incident}, reopened"
    when = "new" if result.since >= report.started_at else f"since {result.since:%Y-%m-%d %H:%M}Z"
    return f"incident {result.incident}, {when}"


def passed(dataset: DatasetReport) -> str:
    """Say how many rules passed, and which incidents that resolved: `19 passed, incidents 2, 3 resolved`."""
    passing = [result for result in dataset.results if result.status is Status.PASSED]
    ended = sorted({one.incident for one in passing if one.incident is not None and ended_incident(one)})
    told = ", ".join(map(str, ended[:MOST_INCIDENTS]))
    more = f" and {len(ended) - MOST_INCIDENTS:,} more" if len(ended) > MOST_INCIDENTS else ""
    word = "incident" if len(ended) == 1 else "incidents"
    return f"{len(passing):,} passed" + (f", {word} {told}{more} resolved" if ended else "")


def ended_incident(result: Result) -> str:
    """Return which incident a pass has resolved; nothing where it has resolved none."""
    ended = result.status is Status.PASSED and result.incident is not None and result.state == "resolved"
    return f"incident {result.incident} resolved" if ended else ""


def unread(dataset: DatasetReport, report: Report) -> list[str]:
    """Say why a dataset could not be read, and which incident that is."""
    told = "" if dataset.check is None else incident(dataset.check, report)
    return [text for text in (clean(dataset.message or "", LONG), told) if text]


def standing(result: Result) -> str:
    """Return what people did about the result's incident: its state, where it is not just open, and whose it is."""
    told = [] if result.state in {None, "open"} else [str(result.state)]
    told += [] if result.assignee is None else [f"assigned to {clean(result.assignee, 60)}"]
    return ", ".join(told)


def schema(report: SchemaReport, limit: int = 5) -> str:
    """Say what changed in the schema."""
    told = [f"{clean(change.column, 60)} {change.kind.replace('_', ' ')}" for change in report.changes[:limit]]
    more = f" and {len(report.changes) - limit} more" if len(report.changes) > limit else ""
    return f"version {report.version}: {', '.join(told)}{more}"


def sample(found: Sample) -> str:
    """Return a failing row on one line: its place, its key, its values, of a wide row the first ones."""
    if found.expected is not None:
        (value,) = found.values.values()
        what = (
            f"{clean(value, 80)}, {found.expected} expected"
            if found.column is None
            else f"{clean(found.column, 60)}: {quoted(value, 80)} is not {found.expected}"
        )
        return ": ".join(part for part in (place(found), what) if part)
    key = ", ".join(pairs(found.key.items()))
    cells = [*pairs((name, value) for name, value in found.values.items() if name not in found.key)]
    left_out = len(cells) - MOST_CELLS
    values = ", ".join(cells if left_out <= 1 else [*cells[:MOST_CELLS], f"and {left_out} more columns"])
    row = " → ".join(part for part in (key, values) if part)
    return ": ".join(part for part in (place(found), row, reasons(found)) if part)


def reasons(found: Sample) -> str:
    """Say why a row is anomalous: what is usual in the columns that make it so."""
    return "; ".join(f"{clean(cause.column, 60)} is usually {clean(cause.usual, 80)}" for cause in found.causes)


def place(found: Sample) -> str:
    """Return where a failing row is: its file, where there are several, and its line or row; or which message."""
    if found.partition is not None:
        return f"partition {found.partition} offset {found.line:,}"
    line = "" if found.line is None else f"{found.unit} {found.line:,}"
    return line if found.file is None else f"{clean(found.file)} {line}".strip()


def _sampled(drawn: Drawn) -> str:
    if drawn.of is None:
        return f"a sample of {count(drawn.rows, 'row')}"
    some = f", from {drawn.groups:,} of {drawn.of_groups:,} row groups" if drawn.groups < drawn.of_groups else ""
    return f"a sample of {drawn.rows:,} of {count(drawn.of, 'row')}{some}"


def pairs(cells: Iterable[tuple[str, object]]) -> Iterator[str]:
    """Say of each cell what its column is and what is in it."""
    for name, value in cells:
        yield f"{clean(name, 60)} {'is missing' if value is None else '= ' + cell(value)}"


def _extent(result: Result) -> float:
    """Return the share of the rows that fail; what is not about rows concerns all of them."""
    verdict = result.verdict
    if verdict.rows_failed is None or not verdict.rows_evaluated:
        return 1.0
    return verdict.rows_failed / verdict.rows_evaluated
