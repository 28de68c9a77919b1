"""Lines of styled text: plain where nobody sees colour, through rich on a terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable

from idqp_cli.core.errors import OutputError
from idqp_cli.core.frozen import frozen

BOLD, DIM, RED, YELLOW, GREEN, PLAIN = "bold", "dim", "bold red", "yellow", "green", ""
# What does not fit a line goes on so many columns further in.
HANGING = 2
# A runner of GitHub takes a line that begins so for a command, whatever the indent.
COMMAND = re.compile(r"^(\s*):(?=:)")
# A line is not broken at a space beside a quote, which may be the end of a cell, or before a percent sign.
BESIDE_QUOTES, HELD = re.compile("(?<=') +| +(?=')| (?=%)"), "\ue000"


@frozen
class Span:
    """A piece of a line, and how it looks."""

    text: str
    style: str = PLAIN


@frozen
class Line:
    """A line, `indent` columns in; what does not fit the screen goes on a little further in.

    A `whole` line is left to the terminal to break, so that it can be copied.
    """

    spans: tuple[Span, ...] = ()
    indent: int = 0
    whole: bool = False


def line(*parts: str | Span, indent: int = 0) -> Line:
    """Make a line of plain texts and styled spans."""
    return Line(tuple(part if isinstance(part, Span) else Span(part) for part in parts), indent)


def seen() -> bool:
    """Tell whether a person reads stdout at a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def show(lines: Iterable[Line]) -> None:
    """Write the lines to stdout: wrapped and coloured on a terminal, one by one as they are elsewhere.

    Raises:
        OutputError: stdout does not take them.

    """
    if not seen():
        write(_spelled(plain(lines), _charset()))
        return
    charset = _charset()
    from rich.console import Console  # noqa: PLC0415 - 40 ms that only a terminal has to pay
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    for one in lines:
        spans = ((BESIDE_QUOTES.sub(_held, _spelled(span.text, charset)), span.style) for span in one.spans)
        styled, room = Text.assemble(*spans), max(1, console.width - one.indent)
        rows = [styled] if one.whole or styled.cell_len <= room else styled.wrap(console, max(1, room - HANGING))
        for number, row in enumerate(rows):
            row.rstrip()
            row.plain = row.plain.replace(HELD, " ")
            console.print(Text.assemble(" " * (one.indent + (HANGING if number else 0)), row), soft_wrap=True)


def _held(match: re.Match[str]) -> str:
    return HELD * len(match[0])


def plain(lines: Iterable[Line]) -> str:
    """Return the lines as text without colour, each as long as it is."""
    texts = (" " * one.indent + "".join(span.text for span in one.spans) for one in lines)
    return "".join(COMMAND.sub(r"\1\\x3a", text.rstrip()) + "\n" for text in texts)


def write(text: str) -> None:
    """Write text to stdout, with what its encoding lacks as escapes; nowhere, if stdout is closed.

    Raises:
        OutputError: stdout does not take it.

    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(_spelled(text, sys.stdout.encoding or "utf-8"))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"the report cannot be written: {error.strerror}") from None


def _charset() -> str:
    """Return what stdout's reader can show: ASCII where the C locale is asked for, which Python takes for UTF-8."""
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return "ascii" if locale in {"C", "POSIX"} else encoding


def _spelled(text: str, encoding: str) -> str:
    """Write what the encoding lacks in ASCII or as escapes, so that a C locale is no error."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text.translate(ASCII_SIGNS)
        return plain.encode(encoding, "backslashreplace").decode(encoding)
    return text


ASCII_SIGNS = str.maketrans(
    {
        **dict.fromkeys("▁▂▃▄▅▆▇█", "|"),
        "✗": "x", "✓": "+", "!": "!", "·": "-", "…": "...", "–": "-", "∞": "inf", "→": "->", "↳": "-",
    }
)  # fmt: skip
