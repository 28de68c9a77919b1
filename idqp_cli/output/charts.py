"""Charts as inline SVG: a metric over time, and a distribution before and now; pure.

Colours come from the page's style sheet, by class. Sizes are in CSS pixels, so
that the text has its size on a phone too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from idqp_cli.model import Distribution
from idqp_cli.output.elements import element
from idqp_cli.output.past import Point
from idqp_cli.text import apart, clean, percent

WIDTH, HEIGHT = 320, 136
LEFT, RIGHT, TOP, BOTTOM = 52, 6, 30, 20
MOST_POINTS = 120
MOST_BINS = 12
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
    """Draw a number over time, with its threshold as a dashed line; None where there are not two to compare.

    `shown` writes a number for people, with as many more digits as it is told; the axis goes from `least` to `most`
    where they are given, else from the lowest to the highest number.
    """
    known = [point for point in points if point.value is not None and math.isfinite(point.value)][-MOST_POINTS:]
    if len(known) < 2:
        return None
    if threshold is not None and not math.isfinite(threshold):
        threshold = None
    values = [point.value or 0.0 for point in known]
    low, high = _limits([*values, *([] if threshold is None else [threshold])], least, most)
    first, last = known[0].at, known[-1].at
    bound, now = apart(values[-1] if threshold is None else threshold, values[-1], show=shown)

    def x(at: datetime) -> float:
        span = (last - first).total_seconds()
        share = (at - first).total_seconds() / span if span else 1.0
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    return _chart(
        f"{title}: {len(known)} runs from {_day(first)} to {_day(last)}, last {now}",
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
        element("text", _day(first), x=LEFT, y=HEIGHT - 5),
        element("text", _day(last), x=WIDTH - RIGHT, y=HEIGHT - 5, text_anchor="end"),
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
    row, label = 18, 96
    room = WIDTH - label - 52

    def bar(number: int) -> Iterator[ET.Element]:
        name, before, now = found[number]
        top = TOP + 6 + number * row
        yield element("text", _short(name), x=label - 6, y=top + 11, text_anchor="end")
        yield element("rect", x=label, y=top, width=_at(before / high * room), height=6, class_="before")
        yield element("rect", x=label, y=top + 7, width=_at(now / high * room), height=6, class_="now")
        yield element("text", percent(now), x=_at(label + max(before, now) / high * room + 4), y=top + 11)

    height = TOP + 6 + row * len(found) + (16 if more > 0 else 0)
    return _chart(
        f"{title}: shares of the rows in {len(found)} bins, before and now",
        element("text", title, x=0, y=13, class_="title"),
        element("rect", x=WIDTH - 106, y=5, width=8, height=8, class_="before"),
        element("text", "before", x=WIDTH - 94, y=13),
        element("rect", x=WIDTH - 44, y=5, width=8, height=8, class_="now"),
        element("text", "now", x=WIDTH - 32, y=13),
        *(shape for number in range(len(found)) for shape in bar(number)),
        *([element("text", f"and {more} more", x=label, y=height - 4)] if more > 0 else []),
        height=height,
    )


def _chart(told: str, *shapes: ET.Element, height: int = HEIGHT) -> ET.Element:
    return element(
        "svg", *shapes, viewBox=f"0 0 {WIDTH} {height}", width=WIDTH, height=height, role="img", aria_label=told
    )


def _tick(value: float, shown: Callable[[float, int], str]) -> str:
    """Return a number as it fits beside the axis."""
    told = shown(value, 0)
    return told if len(told) <= TICK or told.endswith("%") else f"{value:.2g}"


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


def _short(text: str) -> str:
    return clean(text, 14)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _at(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
