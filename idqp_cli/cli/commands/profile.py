"""`idqp profile`: what is in this data?"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from idqp_cli.cli import strangers
from idqp_cli.cli.commands import flags, options
from idqp_cli.cli.help import App
from idqp_cli.core.errors import ExitCode
from idqp_cli.core.text import clean, in_json
from idqp_cli.ingest.resources import Resources
from idqp_cli.pipeline import suggesting
from idqp_cli.pipeline.looking import Wanted
from idqp_cli.report import progress, stderr, stdout
from idqp_cli.suggest import profile_page, profile_text, view
from idqp_cli.suggest.judge import CONFIDENT

app = App()


class Format(StrEnum):
    """How a profile is shown."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"
    MARKDOWN = "markdown"


@app.command()
def profile(
    context: typer.Context,
    paths: flags.PATHS,
    memory_limit: flags.MEMORY_LIMIT = None,
    deadline: flags.DEADLINE = None,
    untrusted: flags.UNTRUSTED = None,
    format: Annotated[Format, typer.Option(help="The format of the output.")] = Format.TABLE,  # noqa: A002 - the option's name
) -> None:
    """Show what is in data: how it is read, its columns, how they are related, and what looks wrong.

    Examples:
      idqp profile orders.csv
      idqp profile orders.csv --format html > orders.html

    """
    veiled = strangers.entered(context, untrusted, Resources(memory_limit, None, options.deadline(deadline)))
    with progress.progress() as doing:
        wanted = Wanted(CONFIDENT, rows=not veiled, veiled=veiled, project=None if veiled else options.known())
        learnt = suggesting.learn(paths, (), wanted, doing)
    for note in filter(None, (one.unseen for one in learnt)):
        stderr.note(note)
    for one in learnt:
        if one.message is not None:
            stderr.error(f"{clean(one.dataset.name)}: {one.message}")
    shown = [
        view.shown(one.dataset.name, one.source, one.profile, one.reading, one.suggestions, one.own, one.rows)
        for one in learnt
        if one.profile is not None
    ]
    match format:
        case Format.TABLE:
            stdout.show(profile_text.lines(shown))
        case Format.JSON:
            datasets = {"datasets": [view.plain(one) for one in shown]}
            stdout.write(in_json(json.dumps(datasets, indent=2, ensure_ascii=False)) + "\n")
        case Format.HTML:
            stdout.write(profile_page.render(shown))
        case Format.MARKDOWN:
            stdout.write(profile_text.markdown(shown))
    raise typer.Exit(ExitCode.NOT_CHECKED if len(shown) < len(learnt) else ExitCode.PASSED)
