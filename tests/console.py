"""Pages of docs as sessions at a terminal: their files are written, their commands run, and what they show compared.

A block `console` holds commands behind `$ ` and what they print. A block after
`<!-- file: NAME -->` is a file that the commands find.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n+)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
# What differs from run to run, and how a page shows it.
DIFFERS = [
    (re.compile(r"\bin \d+\.\d\d s\b"), "in 0.15 s"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"), "2026-01-05 06:00:00Z"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\dZ"), "2026-01-05 06:00Z"),
    (re.compile(r"\brun [0-9a-f]{32}\b"), "run 019b8c70f50084b1c37f6bb1d1b5c0de"),
    (re.compile(r"\b(audit head \d+):[0-9a-f]{8,}…"), r"\1:5797e4b0eb64b850fea14a…"),
]


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, the file that it is (if any), and where its text stands."""

    kind: str
    file: str | None
    text: str
    span: tuple[int, int]


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page, in their order."""
    return [Block(one["kind"], one["file"], one["text"], one.span("text")) for one in BLOCK.finditer(page)]


def alike(text: str) -> str:
    """Return a screen with what differs from run to run as pages show it."""
    for pattern, shown in DIFFERS:
        text = pattern.sub(shown, text)
    # The name of whoever runs it, where a timeline has it.
    return re.sub(r"(Z  (?:opened|seen|resolved|reopened|acknowledged)\s+)\S+", r"\1ada", text)


def played(page: str, folder: Path) -> str:
    """Do in `folder` all that the page does, and return the page with the screens that it should show."""
    environment = _environment(folder)
    made, at, code = "", 0, 0
    for block in blocks(page):
        start, end = block.span
        made += page[at:start]
        at = end
        if block.file is not None:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        if block.kind != "console":
            made += block.text
            continue
        for command in _commands(block.text):
            done = subprocess.run(
                ["bash", "-c", f"(exit {code}); {command.replace(chr(10) + '> ', chr(10))}"],
                cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, check=False, timeout=120,
            )  # fmt: skip
            code = done.returncode
            made += f"$ {command}\n{alike(done.stdout)}"
    return made + page[at:]


def _commands(text: str) -> list[str]:
    """Return the commands of a session; a line that begins with `> ` goes on with the one before."""
    return [one.rstrip("\n") for one in re.findall(r"^\$ (.*\n(?:> .*\n)*)", text, re.MULTILINE)]


def _environment(folder: Path) -> dict[str, str]:
    tools = folder.parent / f"{folder.name}-bin"
    tools.mkdir(exist_ok=True)
    idqp = tools / "idqp"
    idqp.write_text(f'#!/bin/sh\nexec {sys.executable} -m idqp_cli "$@"\n')
    idqp.chmod(0o755)
    author = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("IDQP_", "GIT_", "GITHUB_", "XDG_"))},
        **author, "PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(tools), "LC_ALL": "C.UTF-8", "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
