"""What `idqp check` is asked for, as datasets with their rules."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UnreadableError, UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_stream, is_url
from idqp_cli.ingest.places.local import matches
from idqp_cli.ingest.resources import AS_IT_LIKES, Resources
from idqp_cli.ingest.stdin import STANDARD_INPUT
from idqp_cli.pipeline import owners
from idqp_cli.pipeline.request import Target, Unnamed
from idqp_cli.pipeline.selection import chosen
from idqp_cli.project.project import Project
from idqp_cli.rules.rule import Rule


@frozen
class Choice:
    """What a command line asks for: datasets and paths, the dataset for the paths, and which rules."""

    words: tuple[str, ...] = ()
    dataset: str | None = None
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def choose(project: Project, choice: Choice, resources: Resources = AS_IT_LIKES) -> tuple[Target, ...]:
    """Return the targets for the words of a command line; all datasets, if there are none.

    A word is a dataset's name or a path. A path that a dataset's own path
    matches is checked with its rules, and so is any path with the dataset that
    the choice names. Another path is judged by the rules that are suggested for it; a folder
    is one dataset, or as many as its files are, which are opened with these resources.
    Without words a dataset is left out if it is a topic, or if rules are selected and it has none.

    Raises:
        UsageError: a word is neither a dataset nor a path, leaves open which
            dataset is meant, or no rule is selected.

    """
    words, named = choice.words, choice.dataset
    if not words:
        _refuse_nothing(project)
        words = (named,) if named is not None else tuple(dataset.name for dataset in _at_rest(project))
        named = None
    forced = owners.by_name(project, named) if named is not None else None
    paths: dict[str, list[str]] = {}
    datasets: dict[str, Dataset] = {}
    for word in words:
        dataset = next((one for one in project.datasets if one.name == word), None)
        if forced is None and dataset is not None:
            meant = [(dataset, dataset.path)]
        elif forced is not None:
            meant = [(forced, owners.whole(word))]
        else:
            meant = list(owners.meant(project, word, resources))
        for owner, path in meant:
            datasets[owner.name] = owner
            if path not in paths.setdefault(owner.name, []):
                paths[owner.name].append(path)
    targets = tuple(
        Target(dataset, tuple(paths[name]), _rules(project, name, choice), unnamed=_unnamed(project, name, choice))
        for name, dataset in datasets.items()
    )
    targets = _uncovered(project, targets)
    if not choice.select or (choice.words and any(target.rules or target.unnamed for target in targets)):
        return targets
    selected = tuple(target for target in targets if target.rules)
    if not selected:
        raise UsageError(f"no rule matches --select {' '.join(map(clean, choice.select))}")
    return selected


def _refuse_nothing(project: Project) -> None:
    if not project.path:
        raise UsageError(
            "there is no rules.yaml here; "
            "check a file or a folder, as in `idqp check .`, or name a rules file with --rules"
        )
    if not project.datasets:
        raise UsageError(f"{project.path}: contains no dataset")


def _at_rest(project: Project) -> list[Dataset]:
    """Return the datasets that are no topics. Raises UsageError: there is none."""
    found = [dataset for dataset in project.datasets if not is_stream(dataset.path)]
    if not found:
        raise UsageError(f"{project.path}: every dataset is a topic; `idqp watch` checks them")
    return found


def refuse_topics(targets: Iterable[Target]) -> None:
    """Refuse to check what is a topic. Raises UsageError."""
    for target in targets:
        if any(is_stream(path) for path in target.paths):
            name = clean(target.dataset.name)
            raise UsageError(f"{name}: is a topic; `idqp watch {name}` checks it")


def topics(project: Project, choice: Choice) -> list[str]:
    """Return the names of the datasets that a command line without words leaves to `idqp watch`."""
    if choice.words or choice.dataset is not None:
        return []
    return [dataset.name for dataset in project.datasets if is_stream(dataset.path)]


def sizes(targets: Iterable[Target]) -> dict[str, int]:
    """Return the bytes of each target's files, as far as they are files of this machine."""
    found = {}
    for target in targets:
        paths = [one for path in target.paths for one in ([path] if os.path.exists(path) else glob.glob(path))]
        found[target.dataset.name] = sum(os.path.getsize(path) for path in paths if os.path.isfile(path))
    return found


def _uncovered(project: Project, targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """Return the targets without those of no dataset whose files another target reads as well."""
    known = {dataset.name for dataset in project.datasets}
    if len(targets) < 2 or all(target.dataset.name in known for target in targets):
        return targets
    read = [_read(project, target) for target in targets]
    readers: dict[str, list[int]] = {}
    for number, paths in enumerate(read):
        for path in paths:
            readers.setdefault(path, []).append(number)

    def covered(number: int) -> bool:
        own = read[number]
        if targets[number].dataset.name in known or not own:
            return False
        others = (other for other in readers[min(own)] if other != number)
        return any(
            own < read[other] or (own == read[other] and (targets[other].dataset.name in known or other < number))
            for other in others
        )

    return tuple(target for number, target in enumerate(targets) if not covered(number))


def _read(project: Project, target: Target) -> frozenset[str]:
    """Return the real paths of the files of a target, of those elsewhere as they are named; none, without a file."""
    away = frozenset(path for path in target.paths if is_url(path))
    try:
        return away | frozenset(
            os.path.realpath(file)
            for path in target.paths
            if not owners.elsewhere(path)
            for file in matches(path, project.folder)
        )
    except UnreadableError:
        return away


def _unnamed(project: Project, name: str, choice: Choice) -> Unnamed | None:
    known = name in project.rules or choice.dataset is not None
    return None if known else Unnamed(choice.select, choice.exclude)


def _rules(project: Project, name: str, choice: Choice) -> tuple[Rule, ...]:
    enabled = (rule for rule in project.rules.get(name, ()) if rule.enabled)
    return chosen(name, enabled, choice.select, choice.exclude)


def paths(project: Project, targets: Iterable[Target]) -> Iterator[str]:
    """Return the files, folders, globs and URLs that data is read from: of the targets, and of every dataset."""
    given = [path for target in targets for path in target.paths]
    given += [dataset.path for dataset in project.datasets]
    given += [path for rules in project.rules.values() for rule in rules for path in compared(rule)]
    for path in given:
        if path and path != STANDARD_INPUT:
            yield path if is_url(path) else os.path.join(project.folder, path)


def overlooked(project: Project, choice: Choice) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each folder that is looked through for files of data, and the other files in it."""
    if choice.dataset is not None:
        return
    for word in choice.words:
        if not owners.elsewhere(word) and os.path.isdir(word) and owners.owner(project, word) not in project.datasets:
            from idqp_cli.pipeline import folders  # noqa: PLC0415 - only a folder without rules has to pay

            own = os.path.realpath(project.path) if project.path else None
            rest = tuple(path for path in folders.overlooked(word) if os.path.realpath(path) != own)
            if rest:
                yield word, rest


def enabled(targets: Iterable[Target], disabled: Collection[tuple[str, str]]) -> tuple[Target, ...]:
    """Return the targets with the rules set aside that are `disabled` in the store, by dataset and rule."""
    return tuple(
        replace(
            target,
            rules=tuple(rule for rule in target.rules if (target.dataset.name, rule.name) not in disabled),
            disabled=tuple(rule for rule in target.rules if (target.dataset.name, rule.name) in disabled),
        )
        for target in targets
    )


def compared(rule: Rule) -> Iterator[str]:
    """Return the files that the rule compares with."""
    yield from rule.baselines()
    baseline = rule.baseline()
    if baseline is not None and baseline.file is not None:
        yield baseline.file


def unknown(project: Project, targets: Iterable[Target]) -> list[str]:
    """Return the names of the targets that the rules file does not know."""
    known = {dataset.name for dataset in project.datasets}
    return [target.dataset.name for target in targets if target.dataset.name not in known]


def traceless(project: Project, targets: Iterable[Target], store: str | None) -> bool:
    """Tell whether a run leaves and finds nothing in the store: it has no dataset of the rules file, and none is there.

    `store` is what the command line says in the place of the rules file.
    """
    address = store or project.store
    known = {dataset.name for dataset in project.datasets}
    remembered = any(target.dataset.name in known for target in targets)
    return not remembered and "://" not in address and not os.path.exists(address)


def folder_of(path: str) -> Path:
    """Return the folder that the paths of a rules file are relative to."""
    return Path(path).resolve().parent
