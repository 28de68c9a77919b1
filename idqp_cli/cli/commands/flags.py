"""What commands take on the command line: one declaration for each option, with its help."""

from __future__ import annotations

from typing import Annotated

import typer

from idqp_cli.core.model import Severity
from idqp_cli.report import formats, listing

RULES = Annotated[
    str | None,
    typer.Option("--rules", "-r", metavar="FILE", envvar="IDQP_RULES", help="The rules file.  [default: rules.yaml]"),
]
STORE = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        envvar="IDQP_STORE",
        help="The store: a file, or postgresql://…  [default: the rules file's, or .idqp/state.db]",
    ),
]
SET = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Replace ${{ NAME }} in the rules file.  [repeatable]"),
]

UNTRUSTED = Annotated[
    bool | None,
    typer.Option(
        "--untrusted/--trusted",
        help="Confine the command, as the files are a stranger's: no store, alerts, network or cells in output."
        "  [default: for pull requests from forks; IDQP_UNTRUSTED]",
        rich_help_panel="Limits",
        show_default=False,
    ),
]
MEMORY_LIMIT = Annotated[
    str | None,
    typer.Option(metavar="SIZE", help="Memory for the whole command, like 1GB.", rich_help_panel="Limits"),
]
DEADLINE = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Stop after this time, like 30s.", rich_help_panel="Limits"),
]

FORMAT = Annotated[listing.Format, typer.Option(help="The format of the output.")]
PASSWORD_STDIN = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]

WHAT = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[DATASET|PATH]...",
        help="Datasets, files, folders, globs, or - for standard input.  [default: every dataset]",
    ),
]
BY_DATASET = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Check the paths by this dataset's rules.", rich_help_panel="Rules"),
]
REPORT_FORMAT = Annotated[
    formats.Format, typer.Option(help="The format of the report on stdout.", rich_help_panel="Report")
]
OUTPUT = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT=PATH",
        help="Write the report to a file, too.  [repeatable]",
        rich_help_panel="Report",
    ),
]
METRICS_FILE = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Write metrics in the format of Prometheus, for the node exporter's textfile collector.",
        rich_help_panel="Report",
    ),
]
PUSH = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="IDQP_PUSH",
        help="Push metrics to a Prometheus Pushgateway.",
        rich_help_panel="Report",
    ),
]
FAIL_ON = Annotated[
    Severity, typer.Option(help="The lowest severity that makes the exit code 1.", rich_help_panel="Rules")
]
NO_STORE = Annotated[
    bool,
    typer.Option(
        "--no-store", help="Do not use a store: no history, no incidents, no alerts.", rich_help_panel="Store"
    ),
]
SELECT = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[FIELD:]PATTERN",
        help="Check only these rules. FIELD is dataset, rule, type, tag or severity.  [repeatable]",
        rich_help_panel="Rules",
    ),
]
EXCLUDE = Annotated[
    list[str] | None,
    typer.Option(metavar="[FIELD:]PATTERN", help="Leave out these rules.  [repeatable]", rich_help_panel="Rules"),
]
QUARANTINE = Annotated[
    str | None,
    typer.Option(
        metavar="DIR", help="Write the failing rows of each dataset into this folder.", rich_help_panel="Rows"
    ),
]
GOOD = Annotated[
    str | None,
    typer.Option(metavar="DIR", help="Write the rows that pass every rule into this folder.", rich_help_panel="Rows"),
]
SPREADSHEET = Annotated[
    bool,
    typer.Option(
        "--spreadsheet",
        envvar="IDQP_SPREADSHEET",
        help="Write rows as CSV in which spreadsheets find no formula.",
        rich_help_panel="Rows",
    ),
]
SAMPLE = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Check only N random rows of each dataset; verdicts come from confidence intervals.",
        rich_help_panel="Rows",
    ),
]
SEED = Annotated[int, typer.Option(metavar="N", min=0, help="The seed of the random sample.", rich_help_panel="Rows")]
CHECK_MEMORY = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Memory for the whole check, like 1GB. A rule that needs more is an error.",
        rich_help_panel="Limits",
    ),
]
THREADS = Annotated[
    int | None, typer.Option(min=1, max=1024, help="The number of threads for DuckDB.", rich_help_panel="Limits")
]
CHANGED_SINCE = Annotated[
    str | None,
    typer.Option(
        metavar="REV",
        help="Check only datasets whose files or rules changed since this git commit.",
        rich_help_panel="What to check",
    ),
]
CACHE = Annotated[
    bool,
    typer.Option(
        "--cache/--no-cache",
        help="Skip datasets that passed before and did not change. Needs --no-store.",
        rich_help_panel="What to check",
    ),
]
ALL = Annotated[
    bool,
    typer.Option(
        "--all",
        help="Read all files of incremental datasets, and not only new ones.",
        rich_help_panel="What to check",
    ),
]
LOCK = Annotated[
    bool,
    typer.Option("--lock", help="Refuse to check a dataset while another run checks it.", rich_help_panel="Limits"),
]
VERIFY = Annotated[
    bool,
    typer.Option(
        "--verify",
        help="Compare every page of Parquet files with the footer and its checksum.",
        rich_help_panel="Limits",
    ),
]
CHECK_DEADLINE = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Stop after this time, like 30s. Rules that were not judged by then are errors.",
        rich_help_panel="Limits",
    ),
]
AS_OF = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Judge ages as of this time (ISO 8601, UTC).", rich_help_panel="Rules"),
]
BACKFILL = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE",
        help="Add the metrics of an older file to the history, at the date in its name.  [repeatable]",
        rich_help_panel="Store",
    ),
]
EXPLAIN = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="Show how the data would be read, and why, without checking it. With -v, show the SQL.",
        rich_help_panel="Report",
    ),
]
ENGINE = Annotated[
    str | None,
    typer.Option(
        metavar="ENGINE",
        envvar="IDQP_ENGINE",
        help="Where to evaluate the rules: duckdb, or a Spark cluster like sc://host:15002.",
        rich_help_panel="Rules",
    ),
]
SHOW_DATA = Annotated[
    bool,
    typer.Option(
        "--show-data",
        help="Show the cells of columns under pii on stdout, if your role permits it.",
        rich_help_panel="Report",
    ),
]
QUIET = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing if everything passed.", rich_help_panel="Report")
]
VERBOSE = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show the rules that passed, too.", rich_help_panel="Report")
]

PATHS = Annotated[
    list[str],
    typer.Argument(metavar="PATH...", help="Files, folders or globs. Files with similar names form one dataset."),
]
RECORDED = Annotated[str, typer.Argument(help="A dataset with recorded runs.")]
MESSAGE = Annotated[str, typer.Option("--message", "-m", metavar="TEXT", help="What you know, or do about it.")]
