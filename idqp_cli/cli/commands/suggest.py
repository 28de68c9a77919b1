"""`idqp suggest`: which rules would fit this data?"""

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
from idqp_cli.pipeline.first_rules import heading
from idqp_cli.pipeline.looking import Learnt, Wanted
from idqp_cli.report import progress, stderr, stdout
from idqp_cli.suggest import document
from idqp_cli.suggest.judge import CONFIDENT, CONFIDENT_AGAINST

app = App()


class Format(StrEnum):
    """How suggested rules are shown."""

    YAML = "yaml"
    JSON = "json"


@app.command()
def suggest(
    context: typer.Context,
    paths: flags.PATHS,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH", help="Judge this other file by the rules. It does not influence them.  [repeatable]"
        ),
    ] = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=1,
            help="The lowest confidence of a rule, and the lowest share of rows that pass it."
            f"  [default: {CONFIDENT}, and {CONFIDENT_AGAINST} with --against]",
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[FIELD:]PATTERN", help="Suggest only these rules, by dataset, rule or type.  [repeatable]"
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="[FIELD:]PATTERN", help="Leave out these rules.  [repeatable]")
    ] = None,
    memory_limit: flags.MEMORY_LIMIT = None,
    deadline: flags.DEADLINE = None,
    untrusted: flags.UNTRUSTED = None,
    format: Annotated[Format, typer.Option(help="The format of the output.")] = Format.YAML,  # noqa: A002 - the option's name
) -> None:
    """Print rules that fit the data as a rules file, each with its evidence.

    A rule that only a few unusual rows fail is suggested, too. Its comment says how
    many rows fail it today.

    Three or more files of one dataset, like those of its days, show how it varies: a rule
    that earlier files suggest and later ones break is left out, and thresholds allow for
    the variation. With ten files or so, there are rules for the number of rows, for how
    often new data comes, and for drift and anomalies.

    With --against, rules of less evidence are printed too, such as the only value of a
    column. The comment of each rule says how many rows of the other file fail it.

    Examples:
      idqp suggest orders.csv
      idqp suggest orders_2024-*.csv --against orders_2025-01.csv
      idqp suggest orders.csv --select type:range --format json

    """
    veiled = strangers.entered(context, untrusted, Resources(memory_limit, None, options.deadline(deadline)))
    least = min_confidence if min_confidence is not None else CONFIDENT_AGAINST if against else CONFIDENT
    known = None if veiled else options.known()
    wanted = Wanted(least, tuple(select or ()), tuple(exclude or ()), veiled=veiled, project=known)
    with progress.progress() as doing:
        learnt = suggesting.learn(paths, against or (), wanted, doing)
    for note in filter(None, (one.unseen for one in learnt)):
        stderr.note(note)
    for one in learnt:
        if one.message is not None:
            stderr.error(f"{clean(one.dataset.name)}: {one.message}")
    entries = entries_of(learnt)
    if format is Format.JSON:
        stdout.write(in_json(json.dumps(document.plain(entries), indent=2, ensure_ascii=False)) + "\n")
    elif entries:
        stdout.write(document.rules_file(entries, heading(learnt)))
    raise typer.Exit(ExitCode.NOT_CHECKED if len(entries) < len(learnt) else ExitCode.PASSED)


def entries_of(learnt: tuple[Learnt, ...]) -> list[document.Entry]:
    """Return the datasets that could be read, as entries of a rules file."""
    return [
        document.Entry(
            one.dataset,
            one.profile.rows,
            one.suggestions,
            {other.source: other.verdicts for other in one.against},
        )
        for one in learnt
        if one.profile is not None
    ]
