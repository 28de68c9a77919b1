"""Lines of styled text: plain where nobody sees colour, through rich on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

BOLD, DIM, RED, YELLOW, GREEN, PLAIN = "bold", "dim", "bold red", "yellow", "green", ""


@dataclass(frozen=True)
class Span:
    """A piece of a line, and how it looks."""

    text: str
    style: str = PLAIN


@dataclass(frozen=True)
class Line:
    """A line; what does not fit the screen goes on `indent` columns in."""

    spans: tuple[Span, ...] = ()
    indent: int = 0


def line(*parts: str | Span, indent: int = 0) -> Line:
    """Make a line of plain texts and styled spans."""
    return Line(tuple(part if isinstance(part, Span) else Span(part) for part in parts), indent)


def show(lines: Iterable[Line], stream: TextIO) -> None:
    """Write the lines to a stream: wrapped and coloured on a terminal, one by one as they are elsewhere."""
    if not stream.isatty():
        for one in lines:
            text = " " * one.indent + "".join(span.text for span in one.spans)
            stream.write(_encodable(text.rstrip(), stream) + "\n")
        return
    from rich.console import Console  # noqa: PLC0415 - 40 ms that only a terminal has to pay
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for one in lines:
        styled = Text.assemble(*((_encodable(span.text, stream), span.style) for span in one.spans))
        console.print(Padding(styled, (0, 0, 0, one.indent)) if one.indent else styled)


def write(text: str, stream: TextIO) -> None:
    """Write text to a stream, with what its encoding lacks as escapes."""
    stream.write(_encodable(text, stream))


def _encodable(text: str, stream: TextIO) -> str:
    """Write what the stream's encoding lacks as escapes, so that a C locale is no error."""
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text.translate(ASCII_SIGNS)
        return plain.encode(encoding, "backslashreplace").decode(encoding)
    return text


ASCII_SIGNS = str.maketrans(
    {"✗": "x", "✓": "+", "!": "!", "·": "-", "…": "...", "–": "-", "∞": "inf", "→": "->", "↳": "-"}
)
