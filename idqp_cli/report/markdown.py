"""The report as Markdown (GitHub's flavour), for step summaries, comments and chats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from idqp_cli.core.model import DatasetReport, Report, Result, Severity, Status
from idqp_cli.core.text import clean
from idqp_cli.report import wording
from idqp_cli.report.view import View

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
    score = "" if report.score is None else f" · score {wording.score(report.score)}"
    yield f"## idqp: {report.status}"
    yield ""
    yield f"{wording.numbers(report)} in {wording.took(report)}{score}"
    left = MOST_RESULTS
    for dataset in report.datasets:
        shown = [
            result for result in wording.ranked(dataset.results) if view.verbose or result.status is not Status.PASSED
        ]
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
    source, *facts = wording.facts(dataset)
    yield " · ".join((code(source), *facts))
    about = wording.about_dataset(dataset)
    if about:
        yield ""
        yield escaped(about)
    if dataset.message is not None:
        yield ""
        yield f"❗ **not checked** {' · '.join(map(escaped, wording.unread(dataset, report)))}"
        return
    if dataset.schema is not None and dataset.schema.changes:
        yield ""
        yield f"Schema {escaped(wording.schema(dataset.schema))}"
    if shown:
        yield ""
        yield "| | rule | what | incident |"
        yield "|---|---|---|---|"
        yield from (_row(result, report) for result in shown)
    for result in shown:
        if result.samples:
            yield ""
            yield f"<details><summary>Rows of <code>{wording.rule(result).translate(HTML)}</code></summary>"
            yield ""
            for sample in result.samples:
                yield f"- {code(wording.sample(sample))}"
            yield ""
            yield "</details>"
    if any(result.status is Status.PASSED for result in dataset.results):
        yield ""
        yield f"✅ {wording.passed(dataset)}"


def _row(result: Result, report: Report) -> str:
    sign = SIGNS[result.severity] if result.status is Status.FAILED else OTHER[result.status]
    told = [
        escaped(text) for text in (wording.message(result), wording.bounds(result), wording.purpose(result)) if text
    ]
    about = wording.about(result)
    told += [code(about, in_table=True)] if about else []
    cells = (
        f"{sign} {wording.word(result)}",
        code(wording.rule(result), in_table=True),
        "<br>".join(told),
        escaped(wording.incident(result, report).removeprefix("incident ")),
    )
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """Return clean text that Markdown shows as it is: no markup, no link, no mention."""
    plain = SPECIAL.sub(r"\\\1", text.translate(HTML))
    # At the begin of a line that stands in a log, two colons are a command to a runner of GitHub.
    plain = re.sub(r"^(\s*):(?=:)", r"\1\\:", plain)
    # What GitHub makes a link or a mention of needs no markup: an empty comment takes it apart.
    return re.sub(r"(?i)(@|:/(?=/)|w(?=ww\.))", r"\1<!-- -->", plain)


def code(text: str, *, in_table: bool = False) -> str:
    """Return clean text as code, fenced by more backticks than it holds in a row."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    shown = text.replace("|", "\\|") if in_table else text
    return f"{fence}{padding}{shown}{padding}{fence}"
