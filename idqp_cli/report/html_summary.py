"""What comes first in the HTML report: the datasets at a glance, and links to what is wrong; pure."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from idqp_cli.core.model import DatasetReport, Report, Result, Status
from idqp_cli.core.text import clean
from idqp_cli.report import wording
from idqp_cli.report.elements import element

# So many rules of a dataset are in the contents.
MOST_LINKS = 20
NUMBERS = frozenset({"rows", "score", "failed"})


def summary(datasets: Sequence[DatasetReport], report: Report) -> ET.Element:
    """Return the table of the datasets, in the order of their sections."""
    owned = any(dataset.owner is not None for dataset in datasets)
    head = ("dataset", "", "rows", "score", "failed", "since", *(["owner"] if owned else []))
    rows = [element("tr", *_cells(number, dataset, report, owned=owned)) for number, dataset in enumerate(datasets)]
    table = element(
        "table",
        element("thead", element("tr", *(
            element("th", name, scope="col", class_="number" if name in NUMBERS else None) for name in head
        ))),
        element("tbody", *rows),
        class_="summary",
    )  # fmt: skip
    return element("section", element("div", table, class_="rows"))


def contents(number: int, wrong: Sequence[Result]) -> ET.Element | None:
    """Return links to the results of a section that did not pass; None where there are too few to need any."""
    if len(wrong) < 3:
        return None
    links = [
        element("li", element("a", wording.rule(result), href=f"#{anchor(number, place)}", class_=wording.word(result)))
        for place, result in enumerate(wrong[:MOST_LINKS])
    ]
    if len(wrong) > MOST_LINKS:
        links.append(element("li", f"and {len(wrong) - MOST_LINKS:,} more", class_="dim"))
    return element("nav", element("ul", *links), aria_label="Rules that did not pass")


def anchor(number: int, place: int | None = None) -> str:
    """Return the id of a dataset's section, or of a result in it."""
    return f"dataset-{number + 1}" if place is None else f"dataset-{number + 1}-rule-{place + 1}"


def _cells(number: int, dataset: DatasetReport, report: Report, *, owned: bool) -> list[ET.Element]:
    failed = sum(result.status is Status.FAILED for result in dataset.results)
    since = [result.since for result in dataset.results if result.since is not None and result.status is Status.FAILED]
    first = min(since, default=None)
    began = "" if first is None else "new" if first >= report.started_at else f"{first:%Y-%m-%d %H:%M}Z"
    told = (
        "" if dataset.rows is None else f"{dataset.rows:,}",
        "" if dataset.score is None else wording.score(dataset.score),
        "" if dataset.message is not None else f"{failed:,}",
    )
    cells = [
        element("td", element("a", clean(dataset.dataset), href=f"#{anchor(number)}")),
        element("td", element("span", dataset.status, class_=f"badge {dataset.status}")),
        *(element("td", text, class_="number") for text in told),
        element("td", began),
    ]
    return [*cells, element("td", clean(dataset.owner or "", 60))] if owned else cells
