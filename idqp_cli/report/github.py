"""The report as GitHub's workflow commands: annotations at the data's lines and at the rules'.

GitHub shows the first ten errors, warnings and notices of a step, so the worst
come first, and the notices that point at the rules take no place from the others.
"""

from __future__ import annotations

from collections.abc import Iterator

from idqp_cli.core.model import DatasetReport, Report, Result, Severity, Status
from idqp_cli.core.text import clean
from idqp_cli.report import locations, wording
from idqp_cli.report.locations import Place
from idqp_cli.report.view import View

COMMANDS = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, view: View) -> str:
    """Return one command per line, and the summary."""
    pairs = [(dataset, result) for dataset in report.datasets for result in dataset.results]
    worst = {id(result): rank for rank, result in enumerate(wording.ranked(result for _, result in pairs))}
    pairs.sort(key=lambda pair: worst[id(pair[1])])
    lines = [
        _command("error", None, f"{dataset.dataset}: not checked", wording.unread(dataset, report))
        for dataset in report.datasets
        if dataset.message is not None
    ]
    for dataset, result in pairs:
        lines += _annotations(dataset, result, report, view)
    # The segments of a rule share its line.
    lines = list(dict.fromkeys(lines))
    lines.append(f"idqp: {report.status}: {wording.numbers(report)} in {wording.took(report)}")
    return "".join(one + "\n" for one in lines)


def _annotations(dataset: DatasetReport, result: Result, report: Report, view: View) -> Iterator[str]:
    title = f"{clean(dataset.dataset)}: {wording.rule(result)}"
    rule = locations.of_rule(report, result, view)
    about = (wording.about(result), wording.purpose(result))
    if result.status is Status.ERROR:
        named = (wording.message(result), *about, wording.incident(result, report))
        yield _command("error", rule, title, [one for one in named if one])
    if result.status not in {Status.FAILED, Status.INCONCLUSIVE}:
        return
    told = [wording.message(result), *about, wording.bounds(result), wording.incident(result, report)]
    told += map(wording.sample, result.samples)
    kind = COMMANDS[result.severity] if result.status is Status.FAILED else "warning"
    place = next(locations.of_data(dataset, result, view), None)
    yield _command(kind, place or rule, title, [text for text in told if text])
    if place is not None and rule is not None:
        name = f"{clean(dataset.dataset)}: {clean(result.rule)}"
        yield _command("notice", rule, name, ["the rule" if result.segment else wording.message(result)])


def _command(kind: str, place: Place | None, title: str, told: list[str]) -> str:
    where = {} if place is None else {"file": place.path, "line": place.line}
    properties = {**where, "title": title}
    shown = ",".join(f"{name}={_property(clean(value, 1000))}" for name, value in properties.items() if value)
    return f"::{kind} {shown}::{_data(chr(10).join(told))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
