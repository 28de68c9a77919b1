"""Charts as inline SVG: a metric over time, and a distribution before and now; pure.

Colours come from the page's style sheet, by class. Sizes are in CSS pixels, so
that the text has its size on a phone too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from idqp_cli.core.model import Distribution
from idqp_cli.core.text import apart, clean, percent
from idqp_cli.core.trend import Point
from idqp_cli.report.elements import element

WIDTH, HEIGHT = 320, 136
LEFT, RIGHT, TOP, BOTTOM = 52, 6, 30, 20
MOST_POINTS = 120
# Two points are two numbers, which are read faster than a line.
FEWEST_POINTS = 3
MOST_BINS = 12
# Characters of a bin's name that fit above its bars, beside its shares.
NAME = 30
UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
# Characters that fit beside the axis.
TICK = 7


def trend(
    title: str,
    points: Sequence[Point],
    shown: Callable[[float, int], str],
    *,
    threshold: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> ET.Element | None:
    """Draw a number over time, with its threshold as a dashed line; None where there are too few for a line.

    `shown` writes a number for people, with as many more digits as it is told; the axis goes from `least` to `most`
    where they are given, else from the lowest to the highest number.
    """
    known = [point for point in points if point.value is not None and math.isfinite(point.value)][-MOST_POINTS:]
    if len(known) < FEWEST_POINTS:
        return None
    if threshold is not None and not math.isfinite(threshold):
        threshold = None
    values = [point.value or 0.0 for point in known]
    low, high = _limits([*values, *([] if threshold is None else [threshold])], least, most)
    first, last = known[0].at, known[-1].at
    began, ended = _days(first, last)
    bound, now = apart(values[-1] if threshold is None else threshold, values[-1], show=shown)

    def x(at: datetime) -> float:
        span = (last - first).total_seconds()
        share = (at - first).total_seconds() / span if span else 1.0
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    return _chart(
        f"{title}: {len(known)} runs from {began} to {ended}, last {now}",
        element("text", title, x=0, y=13, class_="title"),
        element("text", now, x=WIDTH - RIGHT, y=13, class_="value", text_anchor="end"),
        *(shape for value in (low, high) for shape in _mark(y(value), _tick(value, shown))),
        *([] if threshold is None else _threshold(y(threshold), f"threshold {bound}")),
        element(
            "polyline",
            points=" ".join(f"{_at(x(point.at))},{_at(y(point.value or 0.0))}" for point in known),
            class_="line",
        ),
        element("circle", cx=_at(x(last)), cy=_at(y(values[-1])), r=3, class_="dot"),
        element("text", began, x=LEFT, y=HEIGHT - 5),
        element("text", ended, x=WIDTH - RIGHT, y=HEIGHT - 5, text_anchor="end"),
    )


def bars(title: str, distribution: Distribution) -> ET.Element | None:
    """Draw how values were shared out before and now, side by side; None where there is nothing to draw."""
    found = list(zip(distribution.bins, distribution.before, distribution.now, strict=True))
    if not found:
        return None
    more = len(found) - MOST_BINS
    if more > 0:
        # What moved most is what is looked for; the others keep their order.
        moved = sorted(found, key=lambda one: -abs(one[2] - one[1]))[:MOST_BINS]
        found = [one for one in found if one in moved][:MOST_BINS]
    high = max(*(share for _, before, now in found for share in (before, now)), 1e-9)
    row = 36

    def bar(number: int) -> Iterator[ET.Element]:
        name, before, now = found[number]
        top = TOP + 6 + number * row
        shares = f"{percent(before)} → {percent(now)}"
        yield element("text", clean(name, NAME), x=0, y=top + 11)
        yield element("text", shares, x=WIDTH, y=top + 11, text_anchor="end")
        yield element("rect", x=0, y=top + 15, width=_at(before / high * WIDTH), height=6, class_="before")
        yield element("rect", x=0, y=top + 22, width=_at(now / high * WIDTH), height=6, class_="now")

    height = TOP + 6 + row * len(found) + (16 if more > 0 else 0)
    return _chart(
        f"{title}: shares of the rows in {len(found)} bins, before and now",
        element("text", title, x=0, y=13, class_="title"),
        element("rect", x=WIDTH - 106, y=5, width=8, height=8, class_="before"),
        element("text", "before", x=WIDTH - 94, y=13),
        element("rect", x=WIDTH - 44, y=5, width=8, height=8, class_="now"),
        element("text", "now", x=WIDTH - 32, y=13),
        *(shape for number in range(len(found)) for shape in bar(number)),
        *([element("text", f"and {more} more", x=0, y=height - 4)] if more > 0 else []),
        height=height,
    )


def _chart(told: str, *shapes: ET.Element, height: int = HEIGHT) -> ET.Element:
    return element(
        "svg", *shapes, viewBox=f"0 0 {WIDTH} {height}", width=WIDTH, height=height, role="img", aria_label=told
    )


def _tick(value: float, shown: Callable[[float, int], str]) -> str:
    """Return a number as it fits beside the axis."""
    told = shown(value, 0)
    if len(told) <= TICK or told.endswith("%"):
        return told
    if told[-1:].isalpha():
        # The largest unit of a duration.
        return " ".join(told.split()[:2])
    unit, sign = next((one for one in UNITS if abs(value) >= one[0]), (1.0, ""))
    return f"{value / unit:.3g}{sign}"


def _mark(at: float, told: str) -> list[ET.Element]:
    return [
        element("line", x1=LEFT, y1=_at(at), x2=WIDTH - RIGHT, y2=_at(at), class_="axis"),
        element("text", told, x=LEFT - 6, y=_at(at + 4), text_anchor="end"),
    ]


def _threshold(at: float, told: str) -> list[ET.Element]:
    return [
        element("line", x1=LEFT, y1=_at(at), x2=WIDTH - RIGHT, y2=_at(at), class_="threshold"),
        element("text", told, x=LEFT, y=13, class_="allowed"),
    ]


def _limits(values: Sequence[float], least: float | None, most: float | None) -> tuple[float, float]:
    low = min(values) if least is None else min(least, *values)
    high = max(values) if most is None else max(most, *values)
    return (low, high) if high > low else (low, low + (abs(low) or 1.0))


def _days(first: datetime, last: datetime) -> tuple[str, str]:
    """Return the days of the first point and the last, with the times of one day."""
    form = "%Y-%m-%d %H:%M" if first.date() == last.date() else "%Y-%m-%d"
    return first.strftime(form), last.strftime(form)


def _at(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
