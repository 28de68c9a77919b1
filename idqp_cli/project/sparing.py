"""Imported rules without those that say nothing: what another rule says too, and what can never fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from idqp_cli.importing.values import Import, Imported, Taken, Untaken
from idqp_cli.project import project as config
from idqp_cli.project.adopting import NOWHERE, Anything, as_node
from idqp_cli.rules.rule import Rule

Doubts = Callable[[Sequence[Rule]], Iterable[tuple[Rule, str, str]]]
# One rule less may bring another one to light.
ROUNDS = 20
CONTRADICTS = "cannot pass where"


def spared(found: Import, doubts: Doubts) -> Import:
    """Return what was imported, with rules that cannot be meant as comments; `doubts` yields them with the reason.

    Two rules that contradict each other are a fault of the other tool's file: the later one is not taken.
    """
    for _ in range(ROUNDS):
        located = tuple(replace(one, keys={"path": "x.csv", **one.keys}) for one in found.datasets)
        made = config.made(as_node(replace(found, datasets=located)), NOWHERE.path, Path(), Anything())
        left = {name: {rule.name: reason for rule, _, reason in doubts(rules)} for name, rules in made.rules.items()}
        if not any(left.values()):
            break
        names = {name: [rule.name for rule in rules] for name, rules in made.rules.items()}
        datasets = tuple(_without(one, names[one.name], left[one.name]) for one in found.datasets)
        found = replace(found, datasets=datasets)
    return found


def _without(dataset: Imported, names: Sequence[str], left: dict[str, str]) -> Imported:
    """Return a dataset without the rules of these names, which come in the order of its rules."""
    following = iter(names)
    checks: list[Taken | Untaken] = []
    for check in dataset.checks:
        if isinstance(check, Untaken):
            checks.append(check)
            continue
        reason = left.get(next(following))
        contradicts = reason is not None and reason.startswith(CONTRADICTS)
        checks.append(check if reason is None else Untaken(check.what, check.where, reason, spared=not contradicts))
    return replace(dataset, checks=tuple(checks))
