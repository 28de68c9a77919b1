"""Every format holds what it promises: valid for its readers, and nothing foreign gets out of its place."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import sys
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
import xmlschema
from jsonschema import Draft4Validator, Draft202012Validator
from markdown_it import MarkdownIt

from awkward import HOSTILE, NOW, report, view
from idqp_cli.model import Report, RunStatus
from idqp_cli.output import screen, table
from idqp_cli.output.formats import Format, render
from idqp_cli.output.json import schema as json_schema
from idqp_cli.output.view import View

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
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html_has_no_script_nothing_from_elsewhere_and_no_foreign_markup() -> None:
    text = render(Format.HTML, report(), view())
    page = Page(text)
    assert page.tags <= {
        "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "article", "div",
        "h1", "h2", "h3", "p", "b", "span", "code", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td",
        "details", "summary", "ul", "li", "svg", "text", "line", "polyline", "circle", "rect",
    }  # fmt: skip
    assert not page.attributes & {"src", "href", "style", "xlink:href", "srcset", "action"}
    assert not [name for name in page.attributes if name.startswith("on")]
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
    screen.show(table.lines(report(), view(verbose=True)))
    assert "\x1b[3" not in terminal.getvalue()
    lines = re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert max(len(line) for line in lines if not re.match("next: |      idqp ", line)) <= width
    assert any("incident 12" in line for line in lines)
