"""Which tables a SELECT names, found by its words alone; pure.

DuckDB's parser judges a SELECT before it runs, but the datasets that it reads
must be found and opened first. The words say it without the weight of a parser.
A name that is found here and is no table costs a look at a dataset; a table that
is not found here is refused by the parser's judgement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from idqp_cli.core.frozen import frozen

TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/)|"(?P<quoted>(?:[^"]|"")*)"|(?P<text>[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*')"""
    r"""|\$(?P<tag>\w*)\$(?P<dollars>.*?)\$(?P=tag)\$|(?P<word>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<sign>.)""",
    re.DOTALL,
)
# After these no table is named until the next FROM or JOIN.
ENDS = frozenset(
    {
        "except", "group", "having", "intersect", "limit", "offset", "order", "qualify", "select", "union", "values",
        "where", "window", "with",
    }
)  # fmt: skip
BEFORE_A_TABLE = frozenset({"from", "join", "table"})
PASSED_OVER = frozenset({"lateral", "only"})


@frozen
class Token:
    """A word, a sign, or a name that stood in quotes, which is no keyword."""

    text: str
    quoted: bool = False

    @property
    def key(self) -> str:
        """The keyword that it is, in lower case; nothing for a name in quotes."""
        return "" if self.quoted else self.text.lower()

    @property
    def names(self) -> bool:
        """Whether it can be a name."""
        return self.quoted or self.text[:1].isalpha() or self.text[:1] == "_"


def tables(statement: str) -> tuple[str, ...]:
    """Return the names of the tables that a SELECT reads, in their order, without those of its own CTEs."""
    tokens = _tokens(statement)
    ctes = {name.lower() for name in _ctes(tokens)}
    return tuple(dict.fromkeys(name for name in _read(tokens) if name.lower() not in ctes))


def _tokens(statement: str) -> list[Token]:
    found = []
    for one in TOKEN.finditer(statement):
        if one["quoted"] is not None:
            found.append(Token(one["quoted"].replace('""', '"'), quoted=True))
        elif one["text"] is not None:
            # DuckDB takes a text for a name where a table stands.
            found.append(Token(one["text"][one["text"].index("'") + 1 : -1].replace("''", "'"), quoted=True))
        elif one["dollars"] is not None:
            found.append(Token(one["dollars"], quoted=True))
        elif one["skip"] is None:
            found.append(Token(one["word"] or one["sign"] or "0"))
    return found


def _read(tokens: Sequence[Token]) -> list[str]:
    """Return the names that stand where a table does."""
    found: list[str] = []
    listing, awaited = False, False
    outer: list[bool] = []
    for at, token in enumerate(tokens):
        following = tokens[at + 1].key if at + 1 < len(tokens) else ""
        if token.key == "(":
            outer.append(listing)
            listing = awaited
        elif token.key == ")":
            listing, awaited = outer.pop() if outer else False, False
        elif token.key == ",":
            awaited = listing
        elif token.key in BEFORE_A_TABLE:
            # `a IS DISTINCT FROM b` compares.
            awaited = not (token.key == "from" and at > 1 and _compares(tokens[at - 2].key, tokens[at - 1].key))
            listing = awaited or listing
        elif token.key in ENDS:
            listing, awaited = False, False
        elif awaited and token.names and token.key not in PASSED_OVER and following != ":":
            awaited = False
            if following not in {".", "("}:
                found.append(token.text)
    return found


def _compares(before: str, last: str) -> bool:
    return last == "distinct" and before in {"is", "not"}


def _ctes(tokens: Sequence[Token]) -> list[str]:
    """Return the names that stand before AS and a parenthesis."""
    found = []
    for at, token in enumerate(tokens):
        if token.key != "as" or not at:
            continue
        after = at + 1
        while after < len(tokens) and tokens[after].key in {"not", "materialized"}:
            after += 1
        if after == len(tokens) or tokens[after].key != "(":
            continue
        before = at - 1
        if tokens[before].key == ")":
            # The names of its columns stand between.
            while before and tokens[before].key != "(":
                before -= 1
            before -= 1
        if before >= 0 and tokens[before].names:
            found.append(tokens[before].text)
    return found
