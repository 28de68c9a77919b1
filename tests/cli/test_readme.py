"""What the README shows is what a user sees."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from generated import fresh
from idqp_cli.core.errors import ExitCode
from idqp_cli.rules import RULE_TYPES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCREENS = re.findall(r"<!-- screen: idqp (.+?) -->\n```\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("command", "screen"), SCREENS)
def test_screen(command: str, screen: str) -> None:
    words = [sys.executable, "-m", "idqp_cli", *shlex.split(command)]
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60, env=env)
    if timeless(done.stdout) != timeless(screen):
        fresh("README.md", (ROOT / "README.md").read_text(encoding="utf-8").replace(screen, done.stdout))


def timeless(screen: str) -> str:
    return re.sub(r"in \d+\.\d\d s", "in 0.00 s", screen).strip()


def test_there_is_a_screen() -> None:
    assert SCREENS


def test_the_rules_shown_are_rules(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "rules.yaml").write_text(shown)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    words = [sys.executable, "-m", "idqp_cli", "check", "--no-store"]
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode == 0
    assert yaml.safe_load(shown)["version"] == 1


def test_every_rule_type_and_exit_code_is_named() -> None:
    for name in RULE_TYPES:
        assert f"`{name}`" in README
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)] == [int(code) for code in ExitCode]
