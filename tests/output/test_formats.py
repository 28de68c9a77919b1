"""Every format holds what it promises: valid for its readers, and nothing foreign gets out of its place."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import sys
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
import xmlschema
from jsonschema import Draft4Validator, Draft202012Validator
from markdown_it import MarkdownIt

from awkward import HOSTILE, NOW, report, view
from conftest import checked
from idqp_cli.core.model import Cause, Distribution, Report, Result, RunStatus, Sample, Severity, Status, Verdict
from idqp_cli.core.trend import History, Point
from idqp_cli.report import charts, stdout, table
from idqp_cli.report.formats import Format, render
from idqp_cli.report.json import schema as json_schema
from idqp_cli.report.view import View

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"


@pytest.mark.parametrize("form", Format)
def test_no_format_lets_a_control_character_through(form: Format) -> None:
    text = render(form, report(), view(verbose=True))
    assert not {character for character in text if character != "\n" and not character.isprintable()} - {"\ufe0f"}
    assert text.endswith("\n")


@pytest.mark.parametrize("form", Format)
def test_a_report_of_nothing_is_a_report(form: Format) -> None:
    nothing = Report("01", NOW, 0.0, RunStatus.PASSED, 0, None, None, ())
    assert render(form, nothing, View())


def test_json_is_valid_by_its_schema_and_gives_every_value_back() -> None:
    loaded = json.loads(render(Format.JSON, report(), View()))
    Draft202012Validator(json.loads(json_schema())).validate(loaded)
    samples = loaded["datasets"][0]["results"][5]["samples"]
    assert samples[0]["key"] == {"id": 1, HOSTILE: HOSTILE}
    assert samples[1]["values"] == {"qty": None, "big": str(2**60), "inf": "inf", "flag": True}
    assert len(samples[2]["values"]["qty"]) == 300


def test_sarif_is_valid_and_points_at_the_data_and_at_the_rules() -> None:
    loaded = json.loads(render(Format.SARIF, report(), view()))
    Draft4Validator(json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text())).validate(loaded)
    (run,) = loaded["runs"]
    first = run["results"][1]
    physical = first["locations"][0]["physicalLocation"]
    assert physical == {
        "artifactLocation": {"uri": "sub/data/or%20ders%231%25.csv", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 2},
    }
    (rule,) = first["relatedLocations"]
    assert rule["physicalLocation"]["region"] == {"startLine": 14}
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert {one["level"] for one in run["invocations"][0]["toolExecutionNotifications"]} == {"error"}
    identities = [one["partialFingerprints"]["rule/v1"] for one in run["results"]]
    assert len(set(identities)) == len(identities)


def test_junit_is_valid_by_the_schema_of_jenkins() -> None:
    text = render(Format.JUNIT, report(), view())
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(text)
    root = xmlschema.XMLResource(text).root
    assert root.attrib | {"time": ""} == {"name": "idqp", "tests": "16", "failures": "2", "errors": "3", "time": ""}
    counted = {name: len(root.findall(f".//{name}")) for name in ("testcase", "failure", "error", "skipped")}
    assert counted == {"testcase": 16, "failure": 2, "error": 3, "skipped": 1}


def test_github_gets_commands_that_say_what_they_were_given() -> None:
    lines = render(Format.GITHUB, report(), view()).splitlines()
    command = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")
    for line in lines[:-1]:
        found = command.fullmatch(line)
        assert found
        assert {pair.partition("=")[0] for pair in found[2].split(",")} <= {"file", "line", "title"}
        assert not re.search(r"%(?!25|0A|3A|2C)", line)
    assert lines[-1].startswith("idqp: failed: ")
    assert [line.split()[0] for line in lines[:3]] == ["::error"] * 3
    assert any("::notice file=sub/rules" in line and ",line=14," in line for line in lines)


def test_markdown_shows_foreign_text_as_it_is() -> None:
    parser = MarkdownIt("gfm-like")
    assert parser.linkify
    parser.linkify.set({"fuzzy_link": False})
    tokens = [
        child
        for token in parser.parse(render(Format.MARKDOWN, report(), view()))
        for child in (token, *(token.children or ()))
    ]
    assert not [
        token
        for token in tokens
        if token.type in {"link_open", "image", "strong_open", "em_open", "s_open"} and token.tag != "strong"
    ]
    raw = {token.content for token in tokens if token.type == "html_inline"}
    assert raw <= {"<br>", "<!-- -->"}
    blocks = "".join(token.content for token in tokens if token.type == "html_block")
    assert set(re.findall(r"<[^>]*>", blocks)) == {
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
        "<code>",
        "</code>",
    }
    assert {
        len(re.findall(r"(?<!\\)\|", line))
        for line in render(Format.MARKDOWN, report(), view()).splitlines()
        if line.startswith("| ")
    } == {5}
    shown = " ".join(token.content for token in tokens if token.type in {"text", "text_special", "code_inline"})
    assert "[x](http://x.io)" in shown


class Page(HTMLParser):
    """The elements, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html_has_no_script_nothing_from_elsewhere_and_no_foreign_markup() -> None:
    text = render(Format.HTML, report(), view())
    page = Page(text)
    assert page.tags <= {
        "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "article", "div",
        "h1", "h2", "h3", "p", "b", "span", "code", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td",
        "details", "summary", "nav", "a", "ul", "li", "svg", "text", "line", "polyline", "circle", "rect",
    }  # fmt: skip
    assert not page.attributes & {"src", "style", "xlink:href", "srcset", "action"}
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.links
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert len(page.ids) == len(set(page.ids))
    assert "[x](http://x.io) @team" in "".join(page.texts)
    style = text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in html.unescape(text)


def test_html_draws_what_the_history_tells() -> None:
    assert re.findall(r'aria-label="(\w+):', render(Format.HTML, report(), View())) == ["Distribution"]
    text = render(Format.HTML, report(), view())
    assert re.findall(r'aria-label="(\w+):', text) == ["Score", "Metric", "Distribution"]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_terminal_shows_no_line_wider_than_it_is(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    stdout.show(table.lines(report(), view(verbose=True)))
    assert "\x1b[3" not in terminal.getvalue()
    lines = re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert max(len(line) for line in lines if not re.match("next: |      idqp ", line)) <= width
    assert any("incident 12" in line for line in lines)


WHOLE = {"description": "Orders of the shop", "owner": "sales@shop.example"}
UNNAMED = "id + 1 > 0"
# What a format has no place for: annotations of GitHub are about rules, and SARIF about results.
WITHOUT = {Format.GITHUB: tuple(WHOLE.values()), Format.SARIF: tuple(WHOLE.values())}


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("expression", [UNNAMED, "id + 1 < 0", "gone > 0"], ids=["passed", "failed", "error"])
def test_a_report_says_whose_the_data_is_and_what_a_rule_is_for(form: Format, expression: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id\n1\n2\n")
    rule = {"type": "expression", "expression": expression, "description": "Ids are whole"}
    made = checked(tmp_path, [rule], **WHOLE)
    text = html.unescape(render(form, made, View(verbose=True))).replace("<!-- -->", "").replace("\\", "")
    if form in WITHOUT and expression == UNNAMED:
        return
    said = ["Ids are whole" if form is not Format.SARIF or expression == "id + 1 < 0" else "", expression]
    for words in (*said, *WHOLE.values()):
        assert (words in text) is (words not in WITHOUT.get(form, ()))


def test_what_a_rule_is_for_is_said_once_for_all_of_its_segments(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,shop\n1,a\n1,b\n1,c\n")
    made = checked(tmp_path, [
        {"type": "range", "column": "id", "min": 2, "segment_by": "shop", "description": "Ids begin at 2"},
    ])  # fmt: skip
    assert render(Format.TABLE, made, View()).count("Ids begin at 2") == 1
    assert render(Format.TABLE, made, View(verbose=True)).count("Ids begin at 2") == 1


def test_the_sql_of_a_rule_about_personal_values_has_none_of_them(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("mail\na@x\n")
    rules = [
        {"type": "expression", "expression": "mail <> 'secret'"},
        {"type": "query", "sql": "SELECT * FROM t WHERE mail = 'secret'"},
    ]
    made = checked(tmp_path, rules, pii=["mail"])
    for form in Format:
        assert "secret" not in render(form, made, View(verbose=True))


def drawn(points: int, kind: str = "range") -> str:
    orders = report().datasets[0]
    result = Result("r", kind, (), Severity.WARNING, FAILING)
    history = History(metrics={("r", None): tuple(Point(NOW + timedelta(minutes=at), at) for at in range(points))})
    looked = replace(report(), datasets=(replace(orders, results=(result,)),))
    return render(Format.HTML, looked, View(histories={"orders": history}))


FAILING = Verdict(Status.FAILED, "old", 90_000.0, 86_400.0)


@pytest.mark.parametrize(("points", "number"), [(0, 0), (1, 0), (2, 0), (3, 1), (300, 1)])
def test_two_numbers_are_no_chart(points: int, number: int) -> None:
    assert drawn(points).count('aria-label="Metric:') == number


def test_an_age_is_told_as_a_duration() -> None:
    text = drawn(3, "freshness")
    assert "<dd>1 d 1 h</dd>" in text
    assert "threshold 1 d" in text


def test_html_begins_with_the_datasets_at_a_glance() -> None:
    text = render(Format.HTML, report(), view())
    table = text.split("<table")[1].split("</table>")[0]
    cells = [html.unescape(re.sub("<[^>]+>|\n", "", row)).split() for row in table.split("<tr>")[1:]]
    assert cells[0] == ["dataset", "rows", "score", "failed", "since", "owner"]
    assert cells[1][:7] == ["orders", "failed", "9", "12.5", "10", "2025-12-03", "03:04Z"]
    assert cells[2] == ["gone", "error"]
    assert cells[3] == ["fine", "passed", "1", "100", "0"]
    # The rules that did not pass are linked before the first of them.
    section = text.split('id="dataset-1"')[1]
    assert section.index('href="#dataset-1-rule-2"') < section.index('id="dataset-1-rule-1"')


def test_the_bars_of_a_distribution_stand_below_their_names_that_are_whole() -> None:
    bins = ("2026-11-28 10:00 – 2026-11-28 12", "b")
    chart = charts.bars("Distribution", Distribution(bins, (0.25, 0.75), (1.0, 0.0)))
    assert chart is not None
    texts = [(one.text, float(one.get("y", ""))) for one in chart if one.tag == "text"]
    bars = [float(one.get("y", "")) for one in chart if one.tag == "rect"][2:]
    named = [at for text, at in texts if text in bins or (text or "").endswith("…")]
    assert [text for text, _ in texts if "→" in (text or "")] == ["25 % → 100 %", "75 % → 0 %"]
    assert named[0] < bars[0] < bars[1] < named[1] < bars[2]
    # A name is nearer to its own bars than to those above it.
    assert bars[0] - named[0] < named[1] - 11 - (bars[1] + 6)


def test_an_incident_says_what_people_do_about_it() -> None:
    (orders, *_) = report().datasets
    held = tuple(
        replace(one, state="acknowledged", assignee=HOSTILE) if one.incident else one for one in orders.results
    )
    text = html.unescape(render(Format.HTML, replace(report(), datasets=(replace(orders, results=held),)), View()))
    assert "incident 12, since 2025-12-03 03:04Z, acknowledged, assigned to \\x1b[31m" in text


def test_an_outlier_says_why_in_html() -> None:
    (orders, *_) = report().datasets
    sample = Sample(2, {"id": 1}, {"qty": 9.0}, causes=(Cause("qty", "1 to 3"),))
    odd = replace(orders.results[5], samples=(sample,))
    text = html.unescape(render(Format.HTML, replace(report(), datasets=(replace(orders, results=(odd,)),)), View()))
    assert ">why</th>" in text
    assert ">qty is usually 1 to 3</td>" in text


def test_the_page_has_a_look_for_paper_for_the_dark_and_for_phones() -> None:
    style = render(Format.HTML, report(), view()).split("<style>")[1].split("</style>")[0]
    for media in ("print", "(prefers-color-scheme: dark)", "(max-width: 480px)", "(min-width: 1000px)"):
        assert f"@media {media}" in style
