"""Which datasets are watched: those that are topics, and those of which only new files are read; pure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean, nearest
from idqp_cli.core.urls import is_stream, shown
from idqp_cli.pipeline.request import Target
from idqp_cli.pipeline.selection import chosen
from idqp_cli.project.project import Project
from idqp_cli.rules.rule import Rule


def choose(
    project: Project, words: Sequence[str], select: Sequence[str] = (), exclude: Sequence[str] = ()
) -> tuple[Target, ...]:
    """Return the targets for the words of a command line, names or URLs; all that can be watched, if there are none.

    Raises:
        UsageError: a word is no dataset, or one that cannot be watched.

    """
    if not project.path:
        raise UsageError("there is no rules.yaml here; name a rules file with --rules")
    found = [dataset for dataset in project.datasets if is_stream(dataset.path) or dataset.incremental]
    if not words and not found:
        raise UsageError(f"{project.path}: no dataset is a topic (kafka://HOST:PORT/TOPIC) or `incremental: true`")
    named = [_dataset(project, word) for word in words] or found
    once = {dataset.name: _found(project, dataset) for dataset in named}
    return tuple(
        Target(dataset, (dataset.path,), _rules(project, dataset, select, exclude)) for dataset in once.values()
    )


def _found(project: Project, dataset: Dataset) -> Dataset:
    """Return a dataset whose certificates are where the rules file says, as seen from its folder."""
    broker = dataset.stream.broker
    ca, certificate, key = (
        None if one is None else os.path.join(project.folder, one)
        for one in (broker.ca, broker.certificate, broker.key)
    )
    located = replace(broker, ca=ca, certificate=certificate, key=key)
    return replace(dataset, stream=replace(dataset.stream, broker=located))


def _rules(project: Project, dataset: Dataset, select: Sequence[str], exclude: Sequence[str]) -> tuple[Rule, ...]:
    return chosen(dataset.name, (rule for rule in project.rules[dataset.name] if rule.enabled), select, exclude)


def _dataset(project: Project, word: str) -> Dataset:
    found = next((one for one in project.datasets if word in {one.name, one.path}), None)
    if found is None:
        names = [one.name for one in project.datasets]
        near = nearest(word, names)
        hint = f"did you mean '{near}'?" if near else f"the rules file has {', '.join(names) or 'none'}"
        raise UsageError(f"there is no dataset '{shown(word)}'; {hint}")
    if not is_stream(found.path) and not found.incremental:
        raise UsageError(
            f"{clean(found.name)}: is no topic, and not incremental; `idqp check {clean(found.name)}` checks it"
        )
    return found
