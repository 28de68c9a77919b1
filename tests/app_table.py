"""The app as plain values: what its help pages and its completions are made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import typer

from idqp_cli.cli.app import app
from idqp_cli.cli.help import sentence
from idqp_cli.report.formats import Format
from idqp_cli.rules import RULE_TYPES

WORDS = {"DATASET": "dataset", "PATH": "file", "FILE": "file", "DIR": "folder", "RULE": "rule", "PATTERN": "rule"}


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with the words that lead to it, in the order of the help."""
    yield from _below((), typer.main.get_command(app))


def _below(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - typer's own
    yield words, command
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            found = command.get_command(None, name)
            if not found.hidden:
                yield from _below((*words, name), found)


def table() -> Mapping[str, Any]:
    """Return what `idqp complete` knows of the app."""
    return _command((), typer.main.get_command(app))


def _command(words: tuple[str, ...], command: Any) -> Mapping[str, Any]:  # noqa: ANN401
    inner = {}
    if hasattr(command, "list_commands"):
        found = {name: command.get_command(None, name) for name in command.list_commands(None)}
        inner = {name: _command((*words, name), one) for name, one in found.items() if not one.hidden}
    options: dict[str, Any] = {}
    arguments = []
    for one in command.params:
        if getattr(one, "hidden", False):
            continue
        if one.param_type_name == "argument":
            arguments.append({"takes": _takes(words, one), "many": one.nargs == -1})
        else:
            takes = [] if one.is_flag or one.count else _takes(words, one) or [[]]
            for name in (*one.opts, *one.secondary_opts):
                options[name] = {"takes": takes, "help": _line(one.help)}
    options["-h"] = options["--help"] = {"takes": [], "help": "Show this message and exit."}
    return {
        "help": sentence(command.help or ""),
        "options": options,
        "arguments": arguments,
        "commands": inner,
    }


def _takes(words: tuple[str, ...], one: Any) -> list[str | list[str]]:  # noqa: ANN401
    """Tell from its type, its name and its metavar what a value may be."""
    choices = getattr(one.type, "choices", None)
    if choices:
        return [[str(getattr(choice, "value", choice)) for choice in choices]]
    named = set(re.findall(r"[A-Z]+", one.metavar or ""))
    if one.name == "output":
        return [[f"{form}=" for form in Format]]
    if one.name == "dataset":
        return ["dataset"]
    if "TYPE" in named and words[:1] == ("rule",):
        return [sorted(RULE_TYPES)]
    if "ID" in named and words[:1] in {("ack",), ("incident",)}:
        return ["incident"]
    return [kind for word, kind in WORDS.items() if word in named and not (word == "PATTERN" and "FIELD" not in named)]


def _line(text: str | None) -> str:
    return " ".join((text or "").split("  [")[0].split())
