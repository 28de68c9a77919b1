"""The page of what the importers take: made from the importers themselves."""

from __future__ import annotations

from generated import fresh
from idqp_cli.exporting import Target
from idqp_cli.importing import Tool, tables_of

HEAD = """\
# Import and export rules of other tools

`idqp init --from TOOL` writes a `rules.yaml` from the files of another tool:

    idqp init --from {tools} FILE…
    idqp init --from dbt .              # the whole project: models, seeds, tests, macros and variables

Of a folder, idqp reads the files that hold rules of the tool, and leaves out what dbt compiled or fetched. A file there that
should be YAML or JSON and is not is a line on stderr.

The tables below list what each check becomes, tool by tool. The converted rules give the same verdicts. For example, a
strict bound on a percentage becomes a threshold slightly below it, because `threshold` is the largest share that passes.

If a check has no equivalent, idqp writes a comment with the reason in its place, and prints a line on stderr. The exit
code is then 1. It is 0 if every check was converted. A file of another tool than the one named, or one that contains no
check, is such a line too.

A key that idqp does not know has a line on stderr, with the number of places that it has. The check is converted where the
other tool ignores such keys, as Soda 4 does. It is not converted where the tool refuses them, as dbt does with the
arguments of a test.

Python and Scala code is read and never run. idqp follows what is in the file: constants, lists and mappings, loops and
comprehensions over them, conditions on them, and in Python functions, classes and `partial` too. A parameter that no call
in the file gives a value is taken as its default, with a line on stderr. A check that needs anything else is not converted.

Regular expressions are those of RE2 here. `\\u00C0`, more than 1000 repetitions and named groups are written for it, and
`\\w` and `\\s` as the other tool reads them, where that is known. A pattern that looks ahead, like `^(?!000)\\d+$`, becomes
an `expression` of several patterns, if the look is a fixed number of characters behind the beginning. A pattern that
RE2 cannot express is not converted.

A table that only a rule names becomes a dataset without rules. Set its path with `--path`.

- `--path DATASET=PATH` sets the path of the data. Otherwise idqp takes the path from the other tool, or finds a file
  with the name of the dataset in this folder or in `data`. If there is no such file, it guesses and says so in a comment.
- `--set NAME=VALUE` sets a variable of the other tool. In `where`, a variable without a value stays a variable for
  `idqp check --set`. Elsewhere the check is not converted.
- `--output FILE` sets the output file, and `--output -` prints to stdout. An existing file is replaced only with
  `--force`.

A failure of the other tool becomes `critical`, and a warning becomes `warning`. `idqp check --fail-on critical` lets
warnings pass.

`idqp rule export --to {targets}` converts in the other direction. `idqp init --from` reads the result with the
same meaning. A rule that the other tool cannot express is reported on stderr, and the exit code is then 1.

A data contract (ODCS) is also a rules file: `idqp check --rules contract.odcs.yaml`. A check in it without an equivalent
is an error in each run, so nobody overlooks it.

`make generated` writes this page from the code.
"""


def test_the_tables_are_those_of_the_importers() -> None:
    lines = [HEAD.format(tools="|".join(Tool), targets="|".join(Target))]
    for tool in Tool:
        for title, kinds in tables_of(tool):
            lines += [f"## {title}", "", "| check | becomes | |", "|---|---|---|"]
            lines += [f"| {cell(one.name)} | {cell(one.becomes)} | {cell(one.note)} |" for one in kinds]
            lines.append("")
    fresh("docs/importing.md", "\n".join(lines))


def cell(text: str) -> str:
    return text.replace("|", "\\|")
