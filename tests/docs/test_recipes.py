"""The CI recipes of docs/automation.md: valid by the schemas of their houses, and their commands run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Shell
from console import blocks
from generated import ROOT

PAGE = (ROOT / "docs/automation.md").read_text(encoding="utf-8")
FILES = {block.file: block.text for block in blocks(PAGE) if block.file}
SCHEMAS = {".github/workflows/data.yml": "vendor.github-workflows", ".gitlab-ci.yml": "vendor.gitlab-ci"}


@pytest.mark.parametrize(("file", "schema"), SCHEMAS.items())
def test_a_recipe_is_valid(file: str, schema: str, tmp_path: Path) -> None:
    path = tmp_path / Path(file).name
    path.write_text(FILES[file])
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def steps(file: str) -> list[str]:
    """Return the shell commands of a recipe, but for the installation."""
    if file == "Jenkinsfile":
        found = re.findall(r"sh '(.*)'", FILES[file])
    else:
        document: Any = yaml.safe_load(FILES[file])
        jobs = document.get("jobs", document).values()
        found = [step["run"] for job in jobs for step in job.get("steps", ()) if "run" in step]
        found += [line for job in jobs for line in job.get("script", ())]
    return [line for line in found if not line.startswith("pip install")]


@pytest.mark.parametrize("file", [*SCHEMAS, "Jenkinsfile"])
@pytest.mark.parametrize(("row", "code"), [("3,1", 0), ("3,-1", 1)])
def test_the_commands_of_a_recipe_pass_good_data_and_stop_at_bad(shell: Shell, file: str, row: str, code: int) -> None:
    shell.write("rules.yaml", FILES["rules.yaml"])
    shell.write("orders.csv", FILES["orders.csv"] + row + "\n")
    shell.write("returns.csv", FILES["returns.csv"])
    summary = shell.write("summary.md", "")
    env = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_WORKSPACE": str(shell.folder)} if "github" in file else {}
    codes = [shell.idqp(*line.split()[1:], env=env).code for line in steps(file)]
    assert codes[-1] == code
    assert codes[:-1] == [0] * (len(codes) - 1)
    assert (shell.folder / "report.html").read_text().startswith("<!")
    if "github" in file:
        assert "orders" in summary.read_text()
        assert (shell.folder / "idqp.sarif").exists()
    else:
        assert (shell.folder / "report.xml").exists()
