"""What to check: the datasets with their rules, and how."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity, Window
from idqp_cli.core.topics import Position
from idqp_cli.engine.engines import Engine, engine
from idqp_cli.engine.quarantine import NOWHERE, Folders
from idqp_cli.ingest.files import Source
from idqp_cli.ingest.resources import AS_IT_LIKES, Resources
from idqp_cli.project.project import Project
from idqp_cli.rules.rule import Rule, baseline_name

WHOLE = ": all files"


@frozen
class Unnamed:
    """A dataset that the rules file does not name: which of the rules that are suggested for it are looked at."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@frozen
class Batch:
    """Messages of a topic, kept in a file: as a source, and how far in the topic they reach.

    `name` tells it from the other batches of its dataset, also when it is read again.
    `told_apart` asks which of them fail which rules. `window` is what they are of, where time divides them, and
    `happened` when the newest of them was written, as far as that is known.
    """

    source: Source
    positions: tuple[Position, ...]
    told_apart: bool = False
    window: Window | None = None
    happened: datetime | None = None
    name: str = ""


@frozen
class Target:
    """A dataset to check: the paths to read it from, its rules that are enabled, and those that the store disables.

    One that is `unnamed` has no rules of its own, and is judged by those that are suggested for it.
    Of a topic the `batch` is what there is to read.
    """

    dataset: Dataset
    paths: tuple[str, ...]
    rules: tuple[Rule, ...]
    disabled: tuple[Rule, ...] = ()
    unnamed: Unnamed | None = None
    batch: Batch | None = None


@frozen
class Request:
    """What to check, by whom, as of when (or now), and from which severity on a failure fails the run.

    The run is remembered as of when it `happened`; None is now.

    `sample` is how many rows of each dataset to read, and the seed that draws them; None reads all.
    `verify` compares every page of Parquet files with the footer and its checksum. `veiled` shows no cell in any
    output. `every` reads also those files of an incremental dataset that a run has read. `unmasked` fetches the
    cells under `pii`, too, of rows that fail.
    """

    project: Project
    targets: tuple[Target, ...]
    fail_on: Severity
    actor: str
    as_of: datetime | None = None
    folders: Folders = NOWHERE
    sample: tuple[int, int] | None = None
    resources: Resources = AS_IT_LIKES
    verify: bool = False
    veiled: bool = False
    every: bool = False
    unmasked: bool = False
    happened: datetime | None = None

    @property
    def engine(self) -> Engine:
        """Where the data is read and the rules are evaluated."""
        return engine(self.project.engine, self.project.fetch_rows)

    def target(self, name: str) -> Target:
        """Return the target of this name, or the dataset of this name that a rule refers to."""
        for target in self.targets:
            if target.dataset.name == name:
                return target
        for target in self.targets:
            for path in baselines(target):
                if baseline_name(target.dataset.name, path) == name:
                    return Target(replace(target.dataset, name=name, path=path), (path,), target.rules)
        for target in self.targets:
            if earlier_name(target.dataset.name) == name:
                return replace(target, dataset=replace(target.dataset, name=name))
        if name.endswith(WHOLE):
            target = self.target(name.removesuffix(WHOLE))
            return replace(target, dataset=replace(target.dataset, name=name))
        (dataset,) = (dataset for dataset in self.project.datasets if dataset.name == name)
        return Target(dataset, (dataset.path,), self.project.rules[name])

    def own_name(self, name: str) -> str:
        """Return the name of the dataset that a name of a run stands for: its own, or one of some of its files."""
        own = (target.dataset.name for target in self.targets)
        return next((one for one in own if name == earlier_name(one)), name.removesuffix(WHOLE))


def earlier_name(dataset: str) -> str:
    """Return the name under which the files of a dataset that runs before have read are known during a run."""
    return f"{dataset}: earlier files"


def whole_name(dataset: str) -> str:
    """Return the name under which all files of a dataset are known during a run that judges the new ones."""
    return f"{dataset}{WHOLE}"


def baselines(target: Target) -> list[str]:
    """Return the paths of the files that the target's rules compare with."""
    return list(dict.fromkeys(path for rule in target.rules for path in rule.baselines()))
