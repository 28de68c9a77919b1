"""Code of notebooks: the lines in it that are not Python, as `%pip install` and the cells of SQL."""

from __future__ import annotations

import re

# Text that has no other meaning inside of it, or that opens or closes a bracket.
TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    r"|#[^\n]*|\\.|[^\"'#()\[\]{}\\\n]+|.",
    re.DOTALL,
)
# A command, also one whose result has a name, or a question for help; with a backslash it goes on.
COMMAND = re.compile(
    r"([ \t]*)(?:%%?[ \t]*([A-Za-z]\w*)|!|\?|[\w.]+\?\??[ \t]*$|\w[\w, \t]*=[ \t]*[!%])(?:[^\n\\]|\\.|\\\n)*",
    re.MULTILINE,
)
LANGUAGES = frozenset({"sql", "md", "sh", "scala", "r", "fs", "sparkr"})
OF_PYTHON = frozenset({"python", "python3", "pyspark", "spark", "time", "timeit", "capture", "prun", "memit", "skip"})
# Where the next cell begins: of Databricks, of editors, and of Jupyter.
CELL = re.compile(r"^#[ \t]*(?:%%|COMMAND -|In ?\[|\+|<codecell>|MAGIC\b)|^%%?[ \t]*[A-Za-z]", re.MULTILINE)
GAP = re.compile(r"\n[ \t]*\n")


def python(text: str) -> str:
    """Return code without what is not Python in it; every other line keeps its number.

    A cell of another language ends where the next one begins, or, in code without marks of cells, at an empty line.
    """
    made, at, depth, begins = [], 0, 0, True
    while at < len(text):
        command = COMMAND.match(text, at) if begins and depth <= 0 else None
        if command is not None:
            end = _end(text, command)
            made.append(f"{command[1]}pass" + "\n" * text.count("\n", at, end))
            at, begins, depth = end, end > 0 and text[end - 1] == "\n", 0
            continue
        token = TOKEN.match(text, at)
        if token is None:
            break
        made.append(token[0])
        depth += (token[0] in "([{") - (token[0] in ")]}") if len(token[0]) == 1 else 0
        begins, at = token[0] == "\n", token.end()
    return "".join(made)


def _end(text: str, command: re.Match[str]) -> int:
    """Return where a command ends: with its line, or with its cell."""
    end, name = command.end(), (command[2] or "").lower()
    is_cell = command[0].lstrip().startswith("%%") and name not in OF_PYTHON
    if not is_cell and name not in LANGUAGES:
        return end
    following = CELL.search(text, end)
    if following is not None:
        return following.start()
    gap = GAP.search(text, end)
    return len(text) if gap is None else gap.start() + 1
