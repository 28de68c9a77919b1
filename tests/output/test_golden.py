"""One report with every awkward value, byte by byte in every format.

`IDQP_GOLDEN=write pytest tests/output` writes the files anew; read the difference before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from awkward import report, view
from idqp_cli import __version__
from idqp_cli.report import prometheus
from idqp_cli.report.formats import Format, render

GOLDEN = Path(__file__).parent / "golden"
FILES = {
    "txt": Format.TABLE, "json": Format.JSON, "xml": Format.JUNIT, "sarif": Format.SARIF, "md": Format.MARKDOWN,
    "github": Format.GITHUB, "html": Format.HTML,
}  # fmt: skip


def unversioned(text: str) -> str:
    return text.replace(__version__, "VERSION")


@pytest.mark.parametrize("name", ["verbose.txt", *FILES])
def test_golden(name: str) -> None:
    path = GOLDEN / f"report.{name}"
    text = unversioned(render(FILES[name.removeprefix("verbose.")], report(), view(verbose=name.startswith("verbose"))))
    if os.environ.get("IDQP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_golden_metrics() -> None:
    path = GOLDEN / "report.prom"
    text = unversioned(prometheus.render(report()))
    if os.environ.get("IDQP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert not {character for character in text if character != "\n" and not character.isprintable()}


def test_every_format_has_a_golden_file() -> None:
    assert set(FILES.values()) == set(Format)
