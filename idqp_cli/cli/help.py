"""Help pages: what a command does, how it is called, examples, and its options in groups.

The page of a command is made of its docstring, up to `Examples:`, and of the
`rich_help_panel` of each option, which names its group. Nothing is cut: what does not
fit a line goes on in the next. Headings and names are coloured on a terminal.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from idqp_cli.core.text import clean, nearest

WIDEST = 100
EXAMPLES = "Examples:"
Called = TypeVar("Called", bound=Callable[..., Any])
Records = list[tuple[str, str]]
SETTINGS: dict[str, Any] = {"max_content_width": WIDEST, "help_option_names": ["-h", "--help"]}


class Command(TyperCommand):
    """A command whose help page has examples and groups of options."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - typer keeps its classes to itself
        """Write the page."""
        _head(self, ctx, formatter)
        _options(self, ctx, formatter)


class Group(TyperGroup):
    """A command that has commands."""

    def groups(self, ctx: Any) -> Mapping[str, Mapping[str, str]]:  # noqa: ANN401
        """Return what each command does, by the heading of its group."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        return {"Commands": {name: sentence(one.help or "") for name, one in commands.items() if one is not None}}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Find the command that the first word names; a wrong word is answered with the one that it is near to."""
        word, known = args[0], self.list_commands(ctx)
        if word not in known and not word.startswith("-"):
            near = nearest(word, known)
            hint = f"; did you mean '{near}'?" if near else ""
            ctx.fail(f"No such command '{clean(word)}'{hint}")
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the page."""
        _head(self, ctx, formatter)
        for heading, commands in self.groups(ctx).items():
            _section(formatter, heading, commands.items())
        _options(self, ctx, formatter)


class App(typer.Typer):
    """A Typer app with these pages."""

    def __init__(self, help: str | None = None) -> None:  # noqa: A002 - typer's name
        """Say what the commands of the app have in common; None for an app of one command."""
        super().__init__(
            cls=Group, rich_markup_mode=None, add_completion=False, help=help, context_settings={**SETTINGS}
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Called], Called]:  # noqa: ANN401
        """Make a function a command of the app."""
        return super().command(name, cls=Command, context_settings={**SETTINGS}, **settings)


def sentence(text: str) -> str:
    """Return the first paragraph of a help text as one line."""
    return " ".join(inspect.cleandoc(text).split("\n\n")[0].split())


def _head(command: Any, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
    """Write what the command does, how it is called, and examples."""
    text, _, examples = inspect.cleandoc(command.help or "").partition(EXAMPLES)
    for paragraph in filter(None, text.strip().split("\n\n")):
        formatter.write_text(" ".join(paragraph.split()))
        formatter.write_paragraph()
    formatter.write_usage(ctx.command_path, " ".join(command.collect_usage_pieces(ctx)), prefix=_heading("Usage: "))
    lines = [line.strip() for line in examples.splitlines() if line.strip()]
    if lines:
        formatter.write_paragraph()
        formatter.write(f"{_heading(EXAMPLES)}\n")
        formatter.write("".join(f"  {line}\n" for line in lines))


def _options(command: Any, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
    """Write the arguments, then the options under the headings of their groups."""
    grouped: dict[str, Records] = {"Arguments": []}
    last = "Options"
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record is not None:
            named = getattr(param, "rich_help_panel", None)
            heading = "Arguments" if param.param_type_name == "argument" else named or last
            grouped.setdefault(heading, []).append(record)
    if last in grouped:
        grouped[last] = grouped.pop(last)
    for heading, records in grouped.items():
        _section(formatter, heading, records)


def _section(formatter: Any, heading: str, records: Iterable[tuple[str, str]]) -> None:  # noqa: ANN401
    rows = [(_coloured(name, "cyan"), text) for name, text in records]
    if rows:
        formatter.write_paragraph()
        formatter.write(f"{_heading(f'{heading}:')}\n")
        with formatter.indentation():
            formatter.write_dl(rows)


def _heading(text: str) -> str:
    return _coloured(text, "green", bold=True)


def _coloured(text: str, colour: str, *, bold: bool = False) -> str:
    """Colour a text where a person sees it."""
    seen = sys.stdout is not None and sys.stdout.isatty()
    plain = not seen or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return text if plain else typer.style(text, fg=colour, bold=bold)
