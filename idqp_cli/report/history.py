"""A metric's history: a plot for people, rows for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.anomaly.backtest import Cost, Run, Watched
from idqp_cli.core.text import apart, cell, clean, count, stamp
from idqp_cli.report.listing import Cell
from idqp_cli.report.stdout import BOLD, DIM, GREEN, RED, Line, Span, line

HEIGHT, WIDTH = 12, 72
RUN_COLUMNS = ("at", "value", "low", "high", "score", "unusual")
COST_COLUMNS = ("sensitivity", "runs", "failing_runs", "alerts")
BAND, POINT, ALARM = "░", "●", "✗"


def run_rows(watched: Watched, runs: Sequence[Run]) -> list[Mapping[str, Cell]]:
    """Return runs as rows of named cells, with the segment where the history is that of one."""
    segment = {} if watched.segment is None else {"segment": watched.segment}
    return [
        {**segment, "at": stamp(run.at), "value": run.value, "low": run.low, "high": run.high, "score": run.score,
         "unusual": run.unusual}
        for run in runs
    ]  # fmt: skip


def run_columns(watched: Sequence[Watched]) -> tuple[str, ...]:
    """Return the names of the cells of `run_rows`."""
    return RUN_COLUMNS if all(watch.segment is None for watch in watched) else ("segment", *RUN_COLUMNS)


def cost_rows(costs: Sequence[Cost]) -> list[Mapping[str, Cell]]:
    """Return what sensitivities cost as rows of named cells."""
    return [
        {"sensitivity": cost.sensitivity, "runs": cost.runs, "failing_runs": cost.failing_runs, "alerts": cost.alerts}
        for cost in costs
    ]


def plot(watched: Watched, runs: Sequence[Run]) -> Iterator[Line]:
    """Draw the last runs: a column each, the band shaded, what is unusual crossed."""
    shown = [run for run in runs if run.value is not None][-WIDTH:]
    yield line(Span(_named(watched), BOLD), f"  {count(len(runs), 'run')}, sensitivity {watched.sensitivity}")
    if not shown:
        return
    low, high = _limits(shown)
    highest, lowest = apart(high, low)
    labels = [highest, *[""] * (HEIGHT - 2), lowest]
    margin = max(map(len, labels))
    for level, label in enumerate(labels):
        yield line(Span(f"{label:>{margin}} │", DIM), *_level(shown, level, low, high))
    ends = f"{shown[0].at:%Y-%m-%d %H:%M}", f"{shown[-1].at:%Y-%m-%d %H:%M}"
    gap = max(1, len(shown) - sum(map(len, ends)))
    yield line(Span(" " * (margin + 2) + ends[0] + " " * gap + ends[1], DIM))


def _level(shown: Sequence[Run], level: int, low: float, high: float) -> Iterator[Span]:
    for run in shown:
        place = _place(run.value or 0.0, low, high)
        if place == level:
            yield Span(ALARM, RED) if run.unusual else Span(POINT, GREEN)
        elif run.low is not None and run.high is not None and _within(level, run.low, run.high, low, high):
            yield Span(BAND, DIM)
        else:
            yield Span(" ")


def _within(level: int, start: float, end: float, low: float, high: float) -> bool:
    return _place(end, low, high) <= level <= _place(start, low, high)


def _limits(shown: Sequence[Run]) -> tuple[float, float]:
    """Return the smallest and largest value to draw; a band far outside the values is cut off."""
    values = [run.value for run in shown if run.value is not None]
    low, high = min(values), max(values)
    room = max(high / 4 - low / 4, abs(high) * 0.01, 1e-12)
    bounds = [bound for run in shown for bound in (run.low, run.high) if bound is not None]
    return max(min([low, *bounds]), low - room), min(max([high, *bounds]), high + room)


def _place(value: float, low: float, high: float) -> int:
    """Return the line of a value, counted from the top."""
    # Halves, so that the difference of extremes stays finite.
    width = high / 2 - low / 2
    share = (value / 2 - low / 2) / width if width else 0.5
    if not math.isfinite(share):
        share = 0.0 if share < 0 else 1.0
    return round((1 - max(0.0, min(1.0, share))) * (HEIGHT - 1))


def fired(alerts: Sequence[tuple[Watched, Sequence[Run]]], costs: Sequence[Cost], watched: Watched) -> Iterator[Line]:
    """Say which alerts a rule would have fired, by segment, and what each sensitivity costs."""
    for one, runs in alerts:
        yield line(Span(_named(one), BOLD), f"  {count(len(runs), 'alert')} at sensitivity {watched.sensitivity}")
        for run in runs:
            bounds = () if run.low is None or run.high is None else (run.low, run.high)
            shown, *usual = apart(run.value or 0.0, *bounds)
            expected = f", {' to '.join(usual)} expected" if usual else ""
            yield line(f"{stamp(run.at)}  {shown}{expected}", indent=2)
    yield line()
    for cost in costs:
        told = f"{count(cost.alerts, 'alert')}, {count(cost.failing_runs, 'failing run')} of {cost.runs:,}"
        yield line(f"{cost.sensitivity:<8}", told, indent=2)


def _named(watched: Watched) -> str:
    """Return the name of a metric with its segment."""
    return clean(watched.metric) + ("" if watched.segment is None else f" = {cell(watched.segment)}")
