"""The pages of docs: what is made from the code is fresh, what is shown is so, what is linked is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from markdown_it import MarkdownIt

from app_table import commands, table
from console import blocks, played
from generated import ROOT, fresh
from idqp_cli.project import project

PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"])
SESSIONS = [page for page in PAGES if "```console" in page.read_text(encoding="utf-8")]
ENDS = re.compile(r"\s*(?:[|<>;#]|&&|\|\|).*$")
WIDTH = 100
# The index: pages by task, each with what a reader wants to do.
INDEX: Mapping[str, Mapping[str, str]] = {
    "Get started": {
        "tutorial": "check a first file, from rules to a resolved incident",
        "coming-from": "find the equivalent of a check of Soda, dbt or Great Expectations",
        "importing": "convert rules from and to another tool",
    },
    "Write rules": {
        "rule-types": "look up a rule type and its keys",
        "detection": "find values that are unusual, without a bound of your own",
        "reading-files": "set delimiters, encodings, types, dates and number formats",
        "places": "read data from object stores, web servers, Delta and Iceberg tables, databases",
        "streams": "check the messages of a Kafka topic as they come",
        "spark": "run the rules on a Spark cluster",
    },
    "Run checks": {
        "automation": "run checks in CI, before each commit, or on a schedule",
        "untrusted": "check pull requests from forks",
        "alerts": "send incidents to Slack, e-mail, PagerDuty and others",
        "performance": "see what a check costs, and make it cheaper",
    },
    "Work with the results": {
        "gallery": "see what the screens look like",
        "incidents": "see what happens to an incident",
        "schemas": "follow and accept changes of columns and types",
        "schema-changes": "look up whether a schema change is breaking",
    },
    "Work as a team": {
        "store": "share a store, back it up, and delete old data",
        "server": "see the store in a browser, and ask for it by HTTP",
        "roles": "see who may run which command",
    },
    "Reference": {
        "commands": "look up a command or an option",
        "hostile-input": "see what idqp is attacked with, and what holds",
        "architecture": "find your way in the source code",
    },
}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_the_commands_are_those_of_the_app() -> None:
    lines = ["# Commands", "", "What `--help` says of every command. Made from the app by `make generated`.", ""]
    for words, command in commands():
        lines += [f"## {' '.join(('idqp', *words))}", "", "```", help_of(words, command), "```", ""]
    fresh("docs/commands.md", "\n".join(lines))


def help_of(words: tuple[str, ...], command: Any) -> str:  # noqa: ANN401 - typer's own
    settings = {**command.context_settings, "terminal_width": WIDTH}
    with command.context_class(command, info_name=" ".join(("idqp", *words)), **settings) as context:
        return "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())


def test_the_index_names_every_page_once() -> None:
    listed = [page for group in INDEX.values() for page in group]
    assert sorted(listed) == sorted(page.stem for page in (ROOT / "docs").glob("*.md") if page.name != "README.md")
    lines = [
        "# idqp documentation",
        "",
        "idqp checks CSV, Parquet and JSON files against rules, and remembers every failure as an incident. Start with the",
        "[tutorial](tutorial.md), or find the page for your task.",
    ]
    for task, group in INDEX.items():
        lines += ["", f"## {task}", "", "| to … | read |", "|---|---|"]
        lines += [f"| {goal} | [{title(ROOT / 'docs' / f'{page}.md')}]({page}.md) |" for page, goal in group.items()]
    fresh("docs/README.md", "\n".join(lines) + "\n")


def title(page: Path) -> str:
    return page.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ").replace("`", "")


@pytest.mark.parametrize("page", SESSIONS, ids=name)
def test_every_session_is_as_it_is_shown(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    fresh(name(page), played(page.read_text(encoding="utf-8"), folder))


def tokens(page: Path) -> list[Any]:
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")):
        found += [token, *(token.children or ())]
    return found


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    # Other sites are not asked: only what is in this repository can be seen to be there.
    for token in tokens(page):
        target = str(token.attrs.get("href") or token.attrs.get("src") or "")
        if not target or target.startswith("https://"):
            continue
        path, _, anchor = unquote(target).partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{name(page)}: {target}"
        assert not anchor or anchor in anchors(linked), f"{name(page)}: {target}"


def mentioned(page: Path) -> list[str]:
    """Return the commands of idqp in the code of a page."""
    found = []
    for token in tokens(page):
        if token.type in {"code_inline", "code_block", "fence"} and not (
            token.type == "fence" and token.info == "yaml"
        ):
            for line in token.content.splitlines():
                found += re.findall(r"(?:^|[ /;&(])(idqp(?: .*)?$)", line)
    return [ENDS.sub("", one) for one in found]


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "commands.md"], ids=name)
def test_every_command_that_is_mentioned_is_one(page: Path) -> None:
    for line in mentioned(page):
        at = table()
        for word in shlex.split(line.replace("…", "X").replace("'idqp", "idqp"), comments=True)[1:]:
            if word == "complete":
                break
            option = word.split("=")[0]
            if word.startswith("--"):
                assert option in at["options"], f"{name(page)}: {line}: {word}"
            elif at["commands"]:
                names = word.split("|")
                if names[0].islower():
                    assert set(names) <= set(at["commands"]), f"{name(page)}: {line}: {word}"
                    at = at["commands"][names[0]]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_rules_file_that_is_shown_is_one(page: Path, tmp_path: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.kind == "yaml" and block.text.startswith("version: 1"):
            path = tmp_path / "rules.yaml"
            path.write_text(block.text, encoding="utf-8")
            assert project.load(str(path), {}).datasets


def test_every_rule_to_come_to_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs/coming-from.md").read_text(encoding="utf-8")
    rules = re.findall(r"`(\{type: .*\})` \|$", page, re.MULTILINE)
    written = [yaml.safe_load(rule) for rule in rules]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({
        "version": 1,
        "datasets": {"t": {"path": "t.csv", "rules": written}},
    }))  # fmt: skip
    assert len(project.load(str(tmp_path / "rules.yaml"), {}).rules["t"]) == len(rules) > 10
