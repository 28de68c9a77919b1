"""The report as Markdown (GitHub's flavour), for step summaries, comments and chats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from idqp_cli.model import DatasetReport, Report, Result, Severity, Status
from idqp_cli.output import phrases
from idqp_cli.output.view import View
from idqp_cli.text import clean

# GitHub refuses a step summary of more than 1 MiB.
MOST_RESULTS = 200
SIGNS = {Severity.CRITICAL: "❌", Severity.WARNING: "⚠️", Severity.INFO: "ℹ️"}
OTHER = {Status.ERROR: "❗", Status.INCONCLUSIVE: "❔", Status.SKIPPED: "➖", Status.PASSED: "✅"}
SPECIAL = re.compile(r"([\\`*_\[\]#|~$])")
HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def render(report: Report, view: View) -> str:
    """Return the report as Markdown."""
    return "\n".join(_lines(report, view)) + "\n"


def _lines(report: Report, view: View) -> Iterator[str]:
    score = "" if report.score is None else f" · score {phrases.score(report.score)}"
    yield f"## idqp: {report.status}"
    yield ""
    yield f"{phrases.numbers(report)} in {phrases.took(report)}{score}"
    left = MOST_RESULTS
    for dataset in report.datasets:
        shown = [one for one in phrases.ranked(dataset.results) if view.verbose or one.status is not Status.PASSED]
        yield from _dataset(dataset, shown[:left], report)
        if len(shown) > left:
            yield f"… and {len(shown) - left:,} more"
        left = max(0, left - len(shown))
    if report.audit_head is not None:
        yield ""
        yield f"Recorded as run {escaped(report.run_id)}, audit head {escaped(report.audit_head)}"


def _dataset(dataset: DatasetReport, shown: list[Result], report: Report) -> Iterator[str]:
    yield ""
    yield f"### {code(clean(dataset.dataset))}"
    yield ""
    source, *facts = phrases.facts(dataset)
    yield " · ".join((code(source), *facts))
    if dataset.message is not None:
        yield ""
        yield f"❗ **not checked** {escaped(clean(dataset.message, phrases.LONG))}"
        return
    if dataset.schema is not None and dataset.schema.changes:
        yield ""
        yield f"Schema {escaped(phrases.schema(dataset.schema))}"
    if shown:
        yield ""
        yield "| | rule | what | incident |"
        yield "|---|---|---|---|"
        yield from (_row(result, report) for result in shown)
    for result in shown:
        if result.samples:
            yield ""
            yield f"<details><summary>Rows of <code>{phrases.rule(result).translate(HTML)}</code></summary>"
            yield ""
            for sample in result.samples:
                yield f"- {code(phrases.sample(sample))}"
            yield ""
            yield "</details>"
    passed = sum(result.status is Status.PASSED for result in dataset.results)
    if passed:
        yield ""
        yield f"✅ {passed:,} passed"


def _row(result: Result, report: Report) -> str:
    sign = SIGNS[result.severity] if result.status is Status.FAILED else OTHER[result.status]
    told = [escaped(one) for one in (phrases.message(result), phrases.bounds(result)) if one]
    about = phrases.about(result)
    told += [code(about, in_table=True)] if about else []
    cells = (
        f"{sign} {phrases.word(result)}",
        code(phrases.rule(result), in_table=True),
        "<br>".join(told),
        escaped(phrases.incident(result, report).removeprefix("incident ")),
    )
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """Return clean text that Markdown shows as it is: no markup, no link, no mention."""
    plain = SPECIAL.sub(r"\\\1", text.translate(HTML))
    # What GitHub makes a link or a mention of needs no markup: an empty comment takes it apart.
    return re.sub(r"(?i)(@|:/(?=/)|w(?=ww\.))", r"\1<!-- -->", plain)


def code(text: str, *, in_table: bool = False) -> str:
    """Return clean text as code, fenced by more backticks than it holds in a row."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    shown = text.replace("|", "\\|") if in_table else text
    return f"{fence}{padding}{shown}{padding}{fence}"
