"""Which targets a branch changes: their files, their rules, or what the rules compare with."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable

from idqp_cli.pipeline.git import Revision
from idqp_cli.pipeline.owners import elsewhere
from idqp_cli.pipeline.request import Target
from idqp_cli.pipeline.targets import compared
from idqp_cli.project.project import Project


def changed(project: Project, targets: Iterable[Target], since: Revision) -> tuple[tuple[Target, ...], tuple[str, ...]]:
    """Return the targets whose verdict may differ since a revision, and the names of the others.

    It may where a file of the dataset changed, or of one that a rule refers to,
    or the rules file. Standard input, what is elsewhere, and a path where no file is, are always new.
    """
    rules_changed = bool(project.path) and since.touches(os.path.abspath(project.path))
    known = {dataset.name: (dataset.path,) for dataset in project.datasets}
    left: list[Target] = []
    same: list[str] = []
    for target in targets:
        others = [path for rule in target.rules for name in rule.others() for path in known[name]]
        paths = (*target.paths, *others, *(path for rule in target.rules for path in compared(rule)))
        new = rules_changed or any(_new(project, path, since) for path in paths)
        if new:
            left.append(target)
        else:
            same.append(target.dataset.name)
    return tuple(left), tuple(same)


def _new(project: Project, path: str, since: Revision) -> bool:
    if elsewhere(path):
        return True
    whole = os.path.normpath(os.path.join(project.folder, path))
    found = glob.glob(whole, recursive=True) if glob.has_magic(path) else []
    if not (found or os.path.exists(whole)):
        # What is not there cannot be known to be as it was.
        return True
    within = [os.path.join(top, name) for one in (whole, *found) for top, _, names in os.walk(one) for name in names]
    return any(since.touches(one) for one in (whole, *found, *within))
