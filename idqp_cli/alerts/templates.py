"""The words that a rules file has for a channel: a template in which {dataset} stands for a field; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from idqp_cli.alerts import words
from idqp_cli.alerts.values import Notice, Template

# A variable of the environment, or a field; what a field says is not looked into again.
PLACES = re.compile(r"\$\{(\w+)\}|\{(\w*)\}")
FIELDS: Mapping[str, str] = {
    "summary": "what happened, in one line",
    "severity": "the worst severity: info, warning or critical",
    "dataset": "the dataset, or `several datasets`",
    "rule": "the rule, or `several rules`",
    "told": "opened, escalated, reopened, lowered, reminder, recovered, unchecked, rerouted, acknowledged or resolved",
    "message": "what the rule says",
    "count": "the number of incidents",
    "incident": "the incident's number, that of the worst if there are several",
    "command": "the command that shows more",
}


def unknown(template: Template) -> str | None:
    """Return a field of the template that there is none of, or None."""
    return next((field for _, field in _places(template) if field is not None and field not in FIELDS), None)


def filled(template: Template, notice: Notice, reveal: Callable[[str], str], escape: Callable[[str], str] = str) -> str:
    """Return the template with its variables and fields filled in; what a field says is escaped."""
    values = fields(notice)

    def value(match: re.Match[str]) -> str:
        return reveal(match[0]) if match[1] is not None else escape(values.get(match[2], match[0]))

    return PLACES.sub(value, template)


def fields(notice: Notice) -> Mapping[str, str]:
    """Return what the fields say of a notice."""
    worst, one = notice.news[0], sum(notice.counts.values()) == 1
    dataset = "" if notice.dataset is None else f" --dataset {notice.dataset}"
    return {
        "summary": words.subject(notice),
        "severity": str(notice.severity),
        "dataset": notice.dataset or "several datasets",
        "rule": worst.rule if one else "several rules",
        "told": str(worst.told) if len(notice.counts) == 1 else "several",
        "message": worst.message if one else words.subject(notice),
        "count": f"{sum(notice.counts.values()):,}",
        "incident": str(worst.number),
        "command": f"idqp incident show {worst.number}" if one else f"idqp incident list{dataset}",
    }


def _places(template: Template) -> Iterator[tuple[str | None, str | None]]:
    return ((found[1], found[2]) for found in PLACES.finditer(template))
