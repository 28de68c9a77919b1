"""Suggest rules for files: which of them are one dataset, what fits each, and what other files say to that."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from idqp_cli.core.text import clean
from idqp_cli.core.urls import shown
from idqp_cli.pipeline import folders
from idqp_cli.pipeline.looking import Against, Learnt, Wanted, judged, look_at
from idqp_cli.pipeline.selection import chosen
from idqp_cli.suggest.candidate import holding, named
from idqp_cli.suggest.candidates import references
from idqp_cli.suggest.grouping import Group, dataset_name, grouped
from idqp_cli.suggest.judge import Suggestion


def learn(
    paths: Sequence[str], against: Sequence[str], wanted: Wanted, progress: Callable[[str], None]
) -> tuple[Learnt, ...]:
    """Suggest rules for files, of one dataset where they are called alike; judge those `against` by them.

    Raises:
        UsageError: a field of `--select` is unknown.

    """
    found = []
    for group in groups(paths):
        progress(f"looking at {clean(group.name)}")
        one = look_at(group, wanted)
        alone = wanted.rows or wanted.veiled or not _several(group)
        found.append(one if alone else _over_time(one, group, wanted, progress))
    found = _linked(found, wanted)
    if not against:
        return tuple(found)
    progress("judging other files")
    others = groups(against)
    return tuple(_held_against(one, others, alone=len(found) == 1) for one in found)


def _several(group: Group) -> bool:
    """Tell whether a dataset may be of several files: those of a glob and of a folder are not counted here."""
    return len(group.files) > 1 or not os.path.isfile(group.path)


def _over_time(learnt: Learnt, group: Group, wanted: Wanted, progress: Callable[[str], None]) -> Learnt:
    from idqp_cli.pipeline import over_time  # noqa: PLC0415 - only several files of one dataset have to pay

    return over_time.settled(learnt, group, wanted, progress)


def groups(paths: Sequence[str]) -> tuple[Group, ...]:
    """Divide paths into datasets; a glob is one as it is, and so is a folder whose files are one."""
    paths = list(folders.spread(paths))
    files = [path for path in paths if os.path.isfile(path)]
    columns = folders.columns(files) if len(files) > 1 else {}
    found = list(grouped(files, columns))
    rest = [path for path in dict.fromkeys(paths) if path not in files]
    names = {one.name for one in found}
    for path in rest:
        name = dataset_name(shown(path).rstrip("/*"))
        number = 1
        while name in names:
            number += 1
            name = f"{dataset_name(shown(path))}_{number}"
        names.add(name)
        found.append(Group(name, path, (path,)))
    return tuple(found)


def _linked(found: Sequence[Learnt], wanted: Wanted) -> list[Learnt]:
    """Add what datasets say of each other: columns whose values are keys of another one."""
    profiles = {one.dataset.name: one.profile for one in found if one.profile is not None}
    linked = []
    for one in found:
        if one.profile is None or len(profiles) < 2:
            linked.append(one)
            continue
        able = named(references.candidates(one.dataset.name, profiles))
        # Every value is among the keys: in each of the rows the rule holds.
        rules = chosen(one.dataset.name, (each.rule for each in able), wanted.select, wanted.exclude)
        kept = {rule.name for rule in rules}
        more = [
            Suggestion(each.rule, each.why, holding(0, rows), rows, 0)
            for each in able
            if each.rule.name in kept
            and holding(0, rows := one.profile.column(each.rule.columns[0]).present) >= wanted.confidence
        ]
        linked.append(replace(one, suggestions=(*one.suggestions, *more)))
    return linked


def _held_against(learnt: Learnt, others: Sequence[Group], *, alone: bool) -> Learnt:
    """Judge other files by the rules of a dataset: all, if there is one, else those that are called like it."""
    if learnt.message is not None:
        return learnt
    fitting = [one for one in others if alone or one.name == learnt.dataset.name]
    return replace(learnt, against=tuple(_against(learnt, one) for one in fitting))


def _against(learnt: Learnt, group: Group) -> Against:
    rules = tuple(one.rule for one in learnt.suggestions)
    return Against(shown(group.path), judged(replace(learnt.dataset, path=group.path), rules, group.files))
