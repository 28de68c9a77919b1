"""The gallery of screens: what a check of a small dataset shows, at several widths, made from the code itself."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from conftest import reported
from generated import fresh
from idqp_cli.core.incident import Event, Evidence, Incident, IncidentStatus
from idqp_cli.core.model import Report, RunStatus, Severity, Status
from idqp_cli.core.progress import Ended
from idqp_cli.project import project as config
from idqp_cli.project import rule_facts
from idqp_cli.report import grid, incident_page, listing, rule_page, stdout, table
from idqp_cli.report.progress import Standing
from idqp_cli.report.progress import lines as progress_lines
from idqp_cli.report.stdout import Line
from idqp_cli.report.view import View

AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
RULES = """version: 1
datasets:
  orders:
    path: orders.csv
    description: Orders of the web shop
    owner: sales@example.com
    key: [id]
    pii: [email]
    rules:
      - {type: unique, column: id, severity: critical, description: Each order is there once}
      - {type: accepted_values, column: status, values: [new, paid, shipped], threshold: 1%}
      - {type: completeness, column: email}
      - {type: range, column: amount, min: 0, warn: 1%, fail: 30%}
      - type: expression
        expression: |
          status <> 'shipped'
            OR amount > 0
        where: id > 2
      - {type: statistic, column: amount, statistic: mean, min: 10, max: 60}
      - {type: anomaly, metric: row_count}
  returns:
    path: returns.csv
    rules:
      - {type: references, column: order_id, dataset: orders, to: id}
"""
ORDERS = """id,status,amount,email
1,paid,20.50,ada@example.com
2,shipped,79.00,bob@example.com
2,shiped,79.00,bob@example.com
4,shipped,-5.00,
5,new,1200.00,eve@example.com
"""
SHOWN = ("incident", "status", "severity", "dataset", "rule", "opened_at", "message")


class Terminal(io.StringIO):
    """A terminal that keeps what it is sent."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def on_screen(lines: Iterable[Line], width: int, monkeypatch: pytest.MonkeyPatch, *, colour: bool = False) -> str:
    """Return what a terminal of this width is sent."""
    terminal = Terminal()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", terminal)
        patched.setenv("COLUMNS", str(width))
        patched.setenv("TERM", "xterm-256color")
        patched.setenv("LC_ALL", "C.UTF-8")
        patched.delenv("FORCE_COLOR", raising=False)
        patched.delenv("NO_COLOR", raising=False)
        stdout.show(lines)
    text = terminal.getvalue()
    return text if colour else re.sub("\x1b\\[[0-9;]*m", "", text)


def made(folder: Path) -> Report:
    """Check the datasets, with the times and the numbers of incidents that a store would give."""
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "returns.csv").write_text("order_id,reason\n1,too small\n", encoding="utf-8")
    report = replace(reported(folder), started_at=AT, duration_seconds=0.42, run_id="0" * 32, rules_file="rules.yaml")
    number, datasets = 11, []
    for dataset in report.datasets:
        results = []
        for result in dataset.results:
            failed = result.status is Status.FAILED
            number += failed
            since = AT if number % 2 else AT - timedelta(days=3)
            results.append(replace(result, incident=number, since=since) if failed else result)
        datasets.append(replace(dataset, results=tuple(results), source=f"{dataset.dataset}.csv"))
    return replace(report, datasets=tuple(datasets))


def incidents(report: Report) -> list[Incident]:
    """Return the incidents of the report."""
    return [
        Incident(
            number=result.incident or 0, dataset=dataset.dataset, rule=result.rule, rule_type=result.type, segment=None,
            severity=result.severity, status=IncidentStatus.OPEN, opened_at=result.since or AT, last_seen_at=AT,
            resolved_at=None, occurrences=4, metric_value=result.verdict.metric_value, message=result.verdict.message,
            assignee="ada" if result.severity is Severity.CRITICAL else None,
        )
        for dataset in report.datasets
        for result in dataset.results
        if result.incident is not None
    ]  # fmt: skip


def listed(found: list[Incident], width: int) -> list[Line]:
    rows = listing.incident_rows(found)
    texts = [["" if row[name] is None else str(row[name]) for name in SHOWN] for row in rows]
    return grid.lines([name.replace("_", " ") for name in SHOWN], texts, width, listing.NUMBERS)


def one_incident(found: Incident) -> list[Line]:
    story = [Event(found.opened_at, "opened", "ci", found.message, 0.2)]
    story += [Event(found.opened_at + timedelta(hours=6 * at), "seen", "ci", "", 0.2 + at / 50) for at in range(1, 12)]
    rows = json.dumps([{"line": 3, "key": {"id": 2}, "values": {}}, {"line": 4, "key": {"id": 2}, "values": {}}])
    return list(incident_page.lines(replace(found, occurrences=12), story, Evidence(rows, rows), ()))


def under_way() -> list[Line]:
    ended = (Ended("orders", RunStatus.FAILED, 4_200_000, 3), Ended("returns", RunStatus.PASSED, 310_000, 0))
    sizes = {"orders": 410_000_000, "returns": 19_000_000, "events": 1_900_000_000, "stock": 88_000_000}
    return [stdout.line(text) for text, _ in progress_lines(Standing("checking events", ended, sizes, 17.0))]


def test_the_gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = made(tmp_path)
    found = incidents(report)
    rules = config.load(str(tmp_path / "rules.yaml"), {}).rules["orders"]
    (expression,) = (one for one in rules if one.type == "expression")
    check = list(table.lines(report, View()))
    screens = [
        ("A check", "`idqp check` in a terminal of 80 columns: the worst first, then what to type next.", check, 80),
        ("A narrow terminal", "The same in 60 columns.", check, 60),
        ("A long check", "What stderr shows meanwhile, on a terminal and until the end.", under_way(), 80),
        ("A rule", "`idqp rule show orders expression`", [*rule_page.lines(
            rule_facts.facts("orders", expression, ()), "rules.yaml")], 80),
        ("Incidents", "`idqp incident list` in 140 columns: only the message is broken.", listed(found, 140), 140),
        ("Incidents in a narrow terminal", "The same in 80 columns.", listed(found, 80), 80),
        ("An incident", f"`idqp incident show {found[0].number}`", one_incident(found[0]), 80),
    ]  # fmt: skip
    page = ["# Screens", "", "What idqp shows, made from the code by `make generated`.", ""]
    page += ["![A check in colour](gallery-check.svg)", ""]
    for title, said, lines, width in screens:
        text = on_screen(lines, width, monkeypatch)
        assert max(grid.measured(line) for line in text.splitlines() if "idqp " not in line) <= width
        page += [f"## {title}", "", said, "", "```", text.rstrip("\n"), "```", ""]
    fresh("docs/gallery.md", "\n".join(page))
    fresh("docs/gallery-check.svg", drawn(on_screen(check, 90, monkeypatch, colour=True)))


def drawn(text: str) -> str:
    """Draw a terminal with this text, in fonts that the reader has."""
    console = Console(record=True, width=90, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text.from_ansi(text.rstrip("\n")), soft_wrap=True)
    drawing = console.export_svg(title="idqp check", unique_id="idqp")
    drawing = re.sub(r"@font-face \{[^}]*\}\s*", "", drawing)
    assert "http" not in drawing.replace('xmlns="http://www.w3.org/2000/svg"', "").replace(
        "https://www.textualize.io", ""
    )
    return "\n".join(line.rstrip() for line in drawing.splitlines()) + "\n"
