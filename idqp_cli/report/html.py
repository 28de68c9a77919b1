"""The report as one HTML page that stands alone: no script, nothing from elsewhere, light and dark, printable."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from xml.etree import ElementTree as ET

from idqp_cli import __version__
from idqp_cli.core.model import DatasetReport, Report, Result, Sample, Scalar, Status
from idqp_cli.core.text import cell, clean, count, quantity, quoted
from idqp_cli.core.trend import History
from idqp_cli.report import charts, html_summary, wording
from idqp_cli.report.elements import Child, element, page
from idqp_cli.report.view import View

NOTHING = History()
MOST_ARTICLES = 500
MOST_PASSED = 2000


def render(report: Report, view: View) -> str:
    """Return the page, pure ASCII."""
    style = resources.files(__package__).joinpath("report.css").read_text(encoding="ascii")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = f"idqp: {report.status}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{title}, {report.started_at:%Y-%m-%d %H:%M}Z"),
        element("style", style),
    )
    calm = [dataset for dataset in report.datasets if wording.calm(dataset)]
    loud = [dataset for dataset in report.datasets if not wording.calm(dataset)]
    ordered = (*loud, *calm)
    sections = [_dataset(number, dataset, report, view) for number, dataset in enumerate(ordered)]
    first = [html_summary.summary(ordered, report)] if ordered else []
    body = element("body", _header(report), element("main", *first, *sections), _footer(report))
    return page(element("html", head, body, lang="en"))


def _header(report: Report) -> ET.Element:
    told = element(
        "div",
        element("h1", "Data quality ", _badge(report.status)),
        element("p", f"{wording.numbers(report)} in {wording.took(report)}"),
        element("p", f"{report.started_at:%Y-%m-%d %H:%M:%S} UTC", class_="dim"),
    )
    if report.score is None:
        return element("header", told)
    score = element("div", element("b", wording.score(report.score)), element("p", "score of 100", class_="dim"))
    score.set("class", "score")
    return element("header", told, score)


def _dataset(number: int, dataset: DatasetReport, report: Report, view: View) -> ET.Element:
    history = view.histories.get(dataset.dataset, NOTHING)
    section = element(
        "section",
        element("h2", clean(dataset.dataset), " ", _badge(dataset.status)),
        element("p", " · ".join(wording.facts(dataset)), class_="dim"),
        id=html_summary.anchor(number),
    )
    about = wording.about_dataset(dataset)
    if about:
        section.append(element("p", about))
    if dataset.message is not None:
        section.append(element("p", "Not checked: ", " · ".join(wording.unread(dataset, report))))
        return section
    if dataset.schema is not None and dataset.schema.changes:
        section.append(element("p", "Schema ", wording.schema(dataset.schema, 20)))
    score = charts.trend("Score", history.scores, quantity, least=0, most=100)
    if score is not None:
        section.append(element("div", score, class_="charts"))
    ranked = wording.ranked(dataset.results)
    shown = [result for result in ranked if result.status is not Status.PASSED]
    contents = html_summary.contents(number, shown[:MOST_ARTICLES])
    if contents is not None:
        section.append(contents)
    for place, result in enumerate(shown[:MOST_ARTICLES]):
        section.append(_article(html_summary.anchor(number, place), result, report, history))
    if len(shown) > MOST_ARTICLES:
        section.append(element("p", f"and {len(shown) - MOST_ARTICLES:,} more", class_="dim"))
    section.extend(_passed([result for result in ranked if result.status is Status.PASSED]))
    return section


def _article(anchor: str, result: Result, report: Report, history: History) -> ET.Element:
    incident = ", ".join(text for text in (wording.incident(result, report), wording.standing(result)) if text)
    heading: list[Child] = [_badge(wording.word(result)), element("span", wording.rule(result), class_="rule")]
    about = wording.about(result)
    if about:
        heading.append(element("code", about))
    if incident:
        heading.append(element("span", incident, class_="dim"))
    article = element("article", element("h3", *heading), element("p", wording.message(result)), id=anchor)
    purpose = wording.purpose(result)
    if purpose:
        article.append(element("p", purpose, class_="dim"))
    figures = list(_figures(result))
    if figures:
        article.append(
            element("dl", *(element("div", element("dt", name), element("dd", told)) for name, told in figures))
        )
    drawn = [chart for chart in _charts(result, history) if chart is not None]
    if drawn:
        article.append(element("div", *drawn, class_="charts"))
    if result.samples:
        article.append(element("div", _table(result.samples), class_="rows"))
    return article


def _figures(result: Result) -> Iterator[tuple[str, str]]:
    verdict = result.verdict
    yield from wording.figures(result)
    if verdict.statistical_power is not None:
        yield "power", f"{verdict.statistical_power:.2f}"
    if verdict.rows_failed is not None and verdict.rows_evaluated is not None:
        yield "failed rows", f"{verdict.rows_failed:,} of {verdict.rows_evaluated:,}"


def _charts(result: Result, history: History) -> Iterator[ET.Element | None]:
    place = (result.rule, result.segment)
    points = history.metrics.get(place, ())
    verdict = result.verdict
    least = None if verdict.confidence_interval is None else 0.0
    yield charts.trend(
        "Metric",
        points,
        lambda value, more: wording.number(result, value, more),
        threshold=verdict.threshold,
        least=least,
    )
    if verdict.distribution is not None:
        yield charts.bars("Distribution", verdict.distribution)


def _table(samples: tuple[Sample, ...]) -> ET.Element:
    """Return failing rows as a table: where, what is wrong, and the key."""
    if all(sample.expected is not None for sample in samples):
        rows = [(wording.place(one), clean(one.column or "", 60), *_unparsed(one)) for one in samples]
        head = ("where", "column", "value", "expected")
        return _rows(head, rows, wrong=range(2, 3))
    keys = list(dict.fromkeys(name for sample in samples for name in sample.key))
    names = list(dict.fromkeys(name for sample in samples for name in sample.values if name not in keys))
    reasons = ["why"] if any(sample.causes for sample in samples) else []
    cells = [
        (
            wording.place(one),
            *(_cell(one.values, name) for name in names),
            *(wording.reasons(one) for _ in reasons),
            *(_cell(one.key, name) for name in keys),
        )
        for one in samples
    ]
    named = ("where", *(clean(name, 60) for name in names), *reasons, *(clean(name, 60) for name in keys))
    return _rows(named, cells, wrong=range(1, 1 + len(names)))


def _rows(head: Sequence[str], rows: Sequence[tuple[str, ...]], wrong: range) -> ET.Element:
    """Return a table; the columns `wrong` hold what is wrong."""
    return element(
        "table",
        element("thead", element("tr", *(element("th", name, scope="col") for name in head))),
        element("tbody", *(
            element("tr", *(
                element("td", cell, class_="value" if number in wrong else None) for number, cell in enumerate(row)
            ))
            for row in rows
        )),
    )  # fmt: skip


def _unparsed(sample: Sample) -> tuple[str, str]:
    (value,) = sample.values.values()
    return cell(value, 80), clean(sample.expected, 60)


def _cell(cells: Mapping[str, Scalar | None], name: str) -> str:
    if name not in cells:
        return ""
    value = cells[name]
    if value is None:
        return "missing"
    # Text that reads like a missing cell is told from one.
    return quoted(value, 80) if value == "missing" else cell(value, 80)


def _passed(passed: list[Result]) -> Iterator[ET.Element]:
    if not passed:
        return
    items = [
        element("li", element("code", wording.rule(result)), "  ", element("span", _told(result), class_="dim"))
        for result in passed[:MOST_PASSED]
    ]
    if len(passed) > MOST_PASSED:
        items.append(element("li", f"and {len(passed) - MOST_PASSED:,} more", class_="dim"))
    summary = element("summary", count(len(passed), "rule"), " ", _badge("passed"))
    yield element("details", summary, element("ul", *items))


def _told(result: Result) -> str:
    told = (wording.about(result), wording.message(result), wording.ended_incident(result), wording.purpose(result))
    return "  ".join(text for text in told if text)


def _badge(word: str) -> ET.Element:
    return element("span", word, class_=f"badge {word}")


def _footer(report: Report) -> ET.Element:
    recorded = "" if report.audit_head is None else f", audit head {report.audit_head}"
    return element("footer", f"idqp {__version__}, run {clean(report.run_id)}{recorded}")
