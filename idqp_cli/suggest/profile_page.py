"""A profile as one HTML page that stands alone, with a histogram for each column; it reads well on a phone. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from idqp_cli.core.text import clean, count
from idqp_cli.report.elements import Child, element, page
from idqp_cli.suggest.profile import ColumnProfile
from idqp_cli.suggest.profile_text import counted, facts, failing, together, values
from idqp_cli.suggest.view import BINS, Finding, Shown, summary, value

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
section section { border-top: 1px solid #8885; padding: .6rem 0 }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere }
p { margin: .2rem 0; overflow-wrap: anywhere } .dim { opacity: .7 }
svg { width: 100%; max-width: 24rem; height: 3rem; display: block } rect { fill: #4a7fb5 }
li { overflow-wrap: anywhere }
"""
WIDTH, HEIGHT = 240, 40


def render(shown: Sequence[Shown]) -> str:
    """Return the page, pure ASCII."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", "idqp profile"),
        element("style", STYLE),
    )
    return page(element("html", head, element("body", *map(_dataset, shown)), lang="en"))


def _dataset(one: Shown) -> ET.Element:
    children: list[Child] = [
        element("h1", clean(one.dataset)),
        element("p", " · ".join(facts(one)), class_="dim"),
        *(element("p", f"{what}: {told}") for what, told in together(one)),
    ]
    if one.findings:
        found = (
            element(
                "li", element("b", clean(each.rule, 80)), f": {count(each.failed, 'row')}; {each.why}", *_rows(each)
            )
            for each in one.findings
        )
        children.append(element("ul", *found))
    return element("section", *children, *(_column(column) for column in one.profile.columns))


def _rows(found: Finding) -> Iterator[ET.Element]:
    if found.rows:
        yield element("ul", *(element("li", row, class_="dim") for row in failing(found)))


def _column(column: ColumnProfile) -> ET.Element:
    return element("section", element("h2", clean(column.name, 80)), *_told(column))


def _told(column: ColumnProfile) -> Iterator[ET.Element]:
    yield element("p", " · ".join((clean(column.type, 60), *counted(column))))
    ends = summary(column)
    if ends:
        yield _histogram(column)
        yield element("p", " | ".join(map(value, ends)))
    told = values(column)
    if told:
        yield element("p", told, class_="dim")


def _histogram(column: ColumnProfile) -> ET.Element:
    counts = column.histogram(BINS)
    most, width = max(counts, default=1) or 1, WIDTH / max(1, len(counts))
    rects = [
        element(
            "rect",
            x=round(number * width, 2),
            y=round(HEIGHT - HEIGHT * cells / most, 2),
            width=round(width * 0.9, 2),
            height=round(HEIGHT * cells / most, 2),
        )
        for number, cells in enumerate(counts)
    ]
    told = element("title", f"histogram of {clean(column.name, 60)}")
    return element("svg", told, *rects, viewBox=f"0 0 {WIDTH} {HEIGHT}", preserveAspectRatio="none", role="img")
