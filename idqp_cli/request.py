"""What to check: the datasets with their rules, and how."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from idqp_cli.config import Project
from idqp_cli.database import AS_IT_LIKES, Resources
from idqp_cli.dataset import Dataset
from idqp_cli.frozen import frozen
from idqp_cli.model import Severity
from idqp_cli.quarantine import NOWHERE, Folders
from idqp_cli.rules.rule import Rule, baseline_name


@frozen
class Target:
    """A dataset to check: the paths to read it from, its rules that are enabled, and those that the store disables."""

    dataset: Dataset
    paths: tuple[str, ...]
    rules: tuple[Rule, ...]
    disabled: tuple[Rule, ...] = ()


@frozen
class Request:
    """What to check, by whom, as of when (or now), and from which severity on a failure fails the run.

    `sample` is how many rows of each dataset to read, and the seed that draws them; None reads all.
    """

    project: Project
    targets: tuple[Target, ...]
    fail_on: Severity
    actor: str
    as_of: datetime | None = None
    folders: Folders = NOWHERE
    sample: tuple[int, int] | None = None
    resources: Resources = AS_IT_LIKES

    def target(self, name: str) -> Target:
        """Return the target of this name, or the dataset of this name that a rule refers to."""
        for target in self.targets:
            if target.dataset.name == name:
                return target
        for target in self.targets:
            for path in baselines(target):
                if baseline_name(target.dataset.name, path) == name:
                    return Target(replace(target.dataset, name=name, path=path), (path,), target.rules)
        (dataset,) = (dataset for dataset in self.project.datasets if dataset.name == name)
        return Target(dataset, (dataset.path,), self.project.rules[name])


def baselines(target: Target) -> list[str]:
    """Return the paths of the files that the target's rules compare with."""
    return list(dict.fromkeys(path for rule in target.rules for path in rule.baselines()))
