"""Rules of other tools, imported and judged on small tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from conftest import reported
from idqp_cli.core.model import Severity, Status
from idqp_cli.importing import Tool
from idqp_cli.pipeline import beginning

CASES = Path(__file__).parent / "cases"
OTHER = "id,k\n1,x\n2,y\n"
OWN = {"parse", "check"}
VERDICTS = ("passes", "warns", "fails")


def cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of a tool."""
    return list(yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8")))


def verdict(folder: Path, tool: Tool, files: Mapping[str, str], table: str, *, parse: bool = False) -> str:
    """Import the files of a tool, and return what its rules for the table `t` say of a table: the worst.

    With `parse` a cell that is not of its type counts, too.
    """
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "t.csv").write_text(table + "\n", encoding="utf-8")
    (folder / "u.csv").write_text(OTHER, encoding="utf-8")
    paths = [str(folder / name) for name in files]
    data = {"t": "t.csv", "u": "u.csv"}
    found = beginning.imported(tool, paths, {}, {}, "-")
    text = found.text
    for name, path in data.items():
        text = text.replace(f"path: {name}.csv", f"path: {path}")
    assert not found.untaken, list(map(str, found.untaken))
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    (report,) = (one for one in reported(folder).datasets if one.dataset == "t")
    results = [one for one in report.results if one.type not in OWN or (parse and one.type == "parse")]
    assert results
    errors = [one.verdict.message for one in results if one.status is Status.ERROR]
    failed = [one.severity for one in results if one.status is Status.FAILED]
    # A column that is not there is a difference of the schema, and what the other rules about it cannot look at.
    assert not errors or (failed and all("is not in the data" in one for one in errors)), (errors, text)
    if not failed:
        return "passes"
    return "warns" if max(failed, key=lambda one: one.rank) is Severity.WARNING else "fails"
