"""The branches of a macro's template, `{% if … %}` and `{% set … %}`: those that hold are kept."""

from __future__ import annotations

import re

from idqp_cli.importing.jinja import STATEMENT, Template
from idqp_cli.importing.values import NoEquivalentError

BLOCK = re.compile(r"\{%-?\s*(if|elif|else|endif|set)\b\s*(.*?)\s*-?%\}", re.DOTALL)
SET = re.compile(r"([A-Za-z_]\w*)\s*=\s*(?!=)(.+)", re.DOTALL)
# A line that is a comment of SQL, and may name what is no argument.
REMARK = re.compile(r"^\s*--(?:(?!\{%).)*$", re.MULTILINE)
MOST = 200


class _Branch:
    """An `if` that is open: whether the part being read holds, whether one has held, whether the whole is read."""

    def __init__(self, *, outer: bool) -> None:
        self.outer = outer
        self.holds = self.done = self.last = False

    def choose(self, *, holds: bool) -> None:
        self.holds = self.outer and not self.done and holds
        self.done = self.done or self.holds


def filled(text: str, template: Template, arguments: dict[str, object]) -> str:
    """Return the template of a macro with its arguments in their places.

    Raises:
        NoEquivalentError: a condition or a statement is not plain.

    """
    text = REMARK.sub("", text)
    known = dict(arguments)
    parts: list[str] = []
    opened: list[_Branch] = []
    at = 0

    def keep(piece: str) -> None:
        if not opened or opened[-1].holds:
            if STATEMENT.search(piece):
                raise NoEquivalentError("its macro has statements other than if and set, which are not run")
            parts.append(template.within(known).filled(piece))

    for count, block in enumerate(BLOCK.finditer(text)):
        if count > MOST:
            raise NoEquivalentError("its macro has too many branches")
        keep(text[at : block.start()])
        at = block.end()
        word, said = block[1], block[2]
        if word == "set":
            _assign(said, template, known, read=not opened or opened[-1].holds)
            continue
        if word == "if":
            opened.append(_Branch(outer=not opened or opened[-1].holds))
        elif not opened or (opened[-1].last and word != "endif"):
            raise NoEquivalentError("the branches of its macro do not match")
        branch = opened[-1]
        if word == "endif":
            opened.pop()
        elif word == "else":
            branch.last = True
            branch.choose(holds=True)
        else:
            branch.choose(holds=branch.outer and not branch.done and template.within(known).holds(said))
    if opened:
        raise NoEquivalentError("the branches of its macro do not match")
    keep(text[at:])
    return "".join(parts)


def _assign(said: str, template: Template, known: dict[str, object], *, read: bool) -> None:
    match = SET.fullmatch(said)
    if match is None:
        raise NoEquivalentError("its macro has a set that is not plain")
    if read:
        known[match[1]] = template.within(known).value(match[2])
