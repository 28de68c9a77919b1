"""What the tests share: tables written to files, and idqp run on them, in process or as a command."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import loaded
from idqp_cli.core.model import DatasetReport, Report, Severity
from idqp_cli.pipeline import run as pipeline
from idqp_cli.pipeline import targets
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project as config
from postgres_server import Cluster, cluster, database

__all__ = ["Cluster", "cluster", "database"]

# Every run draws the same examples, so that a failure can be seen again; `make nightly` draws others.
settings.register_profile("steady", derandomize=True)
settings.register_profile("nightly", derandomize=False, print_blob=True)
settings.load_profile("nightly" if "IDQP_EXAMPLES" in os.environ else "steady")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `thorough` what `one_in` leaves out."""
    for item in items:
        chosen = item.get_closest_marker("one_in")
        if chosen is not None and zlib.crc32(item.name.encode()) % chosen.args[0]:
            item.add_marker(pytest.mark.thorough)


Cell = str | int | float | bool | None


def csv_text(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Write a table as CSV: NULL as nothing, the empty text as two quotes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    lines = []
    for row in (names, *rows):
        cells = []
        for cell in row:
            text.seek(0)
            text.truncate()
            writer.writerow(["x", str(cell).lower() if isinstance(cell, bool) else cell])
            cells.append('""' if cell == "" else text.getvalue().removeprefix("x,").removesuffix("\n"))
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def rules_text(rules: Sequence[Mapping[str, object]], path: str = "t.csv", **dataset: object) -> str:
    """Write a rules file with one dataset `t`; JSON is YAML."""
    return json.dumps({"version": 1, "datasets": {"t": {"path": path, "rules": list(rules), **dataset}}}, indent=1)


def checked(folder: Path, rules: Sequence[Mapping[str, object]], *, path: str = "t.csv", **dataset: object) -> Report:
    """Check the file `path` in `folder` by `rules`, in process and without a store."""
    (folder / "rules.yaml").write_text(rules_text(rules, path, **dataset), encoding="utf-8")
    return reported(folder)


def reported(folder: Path) -> Report:
    """Check all datasets of the rules file in `folder`, in process and without a store."""
    project = config.load(str(folder / "rules.yaml"), {})
    request = Request(project, targets.choose(project, Choice()), Severity.WARNING, "tester")
    return pipeline.run(request, Memory(None), lambda _: None).report


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., DatasetReport]:
    """Return a function that checks CSV text by rules and returns the report of its dataset."""

    def run(text: str | bytes, *rules: Mapping[str, object], **dataset: object) -> DatasetReport:
        content = text.encode() if isinstance(text, str) else text
        (tmp_path / "t.csv").write_bytes(content)
        return checked(tmp_path, rules, path="t.csv", **dataset).datasets[0]

    return run


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - a report is looked into freely
        """The report on stdout."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """A folder in which idqp is run as users run it: as a process of its own."""

    folder: Path

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def rules(self, *rules: Mapping[str, object], path: str = "t.csv", **dataset: object) -> None:
        """Write a rules file with one dataset `t`."""
        self.write("rules.yaml", rules_text(rules, path, **dataset))

    def idqp(
        self, *words: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None, first: str = ""
    ) -> Ran:
        """Run idqp with these words, after the Python code `first`.

        Where the environment concerns more than idqp, it runs in a process that loads everything anew.
        """
        own = {**os.environ, "IDQP_STORE": "", "GITHUB_STEP_SUMMARY": "", "LC_ALL": "C.UTF-8", **(env or {})}
        if all(name.startswith("IDQP_") for name in env or {}):
            code, out, err = loaded.run(words, str(self.folder), own, stdin or b"", 180, first)
            return Ran(code, out.decode(), err.decode())
        assert not first
        done = subprocess.run(
            [sys.executable, "-m", "idqp_cli", *words],
            cwd=self.folder, input=stdin or b"", capture_output=True, timeout=180, check=False, env=own,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Return an empty folder to run idqp in."""
    return Shell(tmp_path)
