"""The page of the packages: made from their docstrings and from the contract that their imports keep."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import yaml

from generated import ROOT, fresh

HEAD = """\
# Architecture

idqp is one Python package of small packages. Each has one task, and imports go in one direction: a package imports only
packages below it in this table. Packages in the same row do not import each other. `make lint` checks this with
import-linter, by the contract in `pyproject.toml`.

| layer | package | content |
|---|---|---|
"""
TAIL = """
A check runs these stages, in this order. `idqp_cli/pipeline/run.py` calls one after the other:

    ingest → validate schema → evaluate rules → detect anomalies → raise incidents → route alerts → report

Three rules shape the code:

- **A rule is a pure function.** It declares what it needs of the data (aggregates in SQL, a sample of rows, the history
  of a metric, a baseline) and judges what it gets. The engine fetches the needs of all rules in as few scans as possible.
- **Computation and I/O are separate.** What computes does not read or write. Values are frozen.
- **SQL is text from pure functions.** All names and values are quoted in `idqp_cli/core/sql.py`.

Only one place knows each library: `ingest/database.py` and `connecting.py` DuckDB, `store/` SQLite and psycopg, `cli/` Typer, and `report/`
rich. The contract checks this too.

These libraries would replace code of idqp, and are not used:

| library | instead | why |
|---|---|---|
| prometheus_client | `report/prometheus.py` | The text format takes 15 lines, and the names and labels of the metrics stay ours either way. |
| filelock | `pipeline/lock.py` | A lock is one call of `flock` on a file that is no link. The file names the process that holds it, for the message. |
| scipy | `core/statistics.py` | Importing `scipy.special` takes longer than a small check, and p-values are needed in every check with `drift`. |
| DuckDB's types | `schemas/types.py` | Schemas are compared without a connection, and types that the installed DuckDB does not know must be read, too. |

`make generated` writes this page from the docstrings of the packages.
"""


def test_the_page_lists_every_package_by_layer() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        contract = tomllib.load(file)["tool"]["importlinter"]["contracts"][0]
    layers = [layer.split(" | ") for layer in contract["layers"]]
    packages = {path.parent.name for path in (ROOT / "idqp_cli").glob("*/__init__.py")}
    assert {name for layer in layers for name in layer} == packages | {"__main__"}
    rows = [
        f"| {number} | `{name}` | {summary(ROOT / 'idqp_cli' / name)} |"
        for number, layer in enumerate(layers)
        for name in layer
        if name in packages
    ]
    fresh("docs/architecture.md", HEAD + "\n".join(rows) + "\n" + TAIL)


def summary(package: Path) -> str:
    """Return the first line of a package's docstring."""
    text = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def test_the_site_has_every_page_once() -> None:
    groups = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    listed = [
        page for group in groups for pages in group.values() for page in ([pages] if isinstance(pages, str) else pages)
    ]
    assert sorted(listed) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))
