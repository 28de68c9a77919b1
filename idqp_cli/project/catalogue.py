"""What the rules file and the store know of datasets and rules, side by side; pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean, nearest, stamp_or_none
from idqp_cli.core.urls import shown
from idqp_cli.project.project import DATASET_NAME, Project
from idqp_cli.rules.rule import Rule
from idqp_cli.rules.shares import limit_words
from idqp_cli.store.values import RecordedDataset

Cell = str | int | float | None
LONGEST_TEXT = 1000
NOT_SHOWN = frozenset({"enabled", "name", "line", "reads", "siblings"})
DATASET_COLUMNS = ("dataset", "path", "owner", "description", "recorded_since", "removed_at")
RULE_COLUMNS = ("dataset", "rule", "type", "columns", "severity", "threshold", "status")


def datasets(project: Project, recorded: Iterable[RecordedDataset]) -> list[Mapping[str, Cell]]:
    """Return the datasets of both as rows; `path` is None where the rules file has none of the name."""
    known = {one.name: one for one in recorded}
    written = {one.name: one for one in project.datasets}
    rows: list[Mapping[str, Cell]] = []
    for name in (*written, *(name for name in known if name not in written)):
        here, there = written.get(name), known.get(name)
        rows.append(
            {
                "dataset": name,
                "path": shown(here.path) if here else None,
                "owner": (here.owner if here else None) or (there.owner if there else None),
                "description": (here.description if here else None) or (there.description if there else None),
                "recorded_since": stamp_or_none(there.created_at if there else None),
                "removed_at": stamp_or_none(there.removed_at if there else None),
            }
        )
    return rows


def described(project: Project, name: str, description: str | None, owner: str | None) -> tuple[str | None, str | None]:
    """Return the description and the owner of a dataset to be added.

    Raises:
        UsageError: the name or a text cannot be one.

    """
    if not DATASET_NAME.fullmatch(name):
        raise UsageError(f"dataset '{clean(name, 60)}': a name consists of letters, digits, _ . - (at most 100)")
    for text in (description, owner):
        if text is not None and (len(text) > LONGEST_TEXT or clean(text, LONGEST_TEXT) != text):
            raise UsageError(f"'{clean(text, 60)}': at most {LONGEST_TEXT} characters, without control characters")
    written = next((one for one in project.datasets if one.name == name), None)
    if written is None:
        return description, owner
    return description or written.description, owner or written.owner


def rules(project: Project, dataset: str | None, disabled: Collection[tuple[str, str]]) -> list[Mapping[str, Cell]]:
    """Return the rules of a dataset, or of all, as rows.

    Raises:
        UsageError: the rules file has no such dataset.

    """
    chosen = project.rules if dataset is None else {dataset: _rules(project, dataset)}
    return [
        {
            "dataset": name,
            "rule": one.name,
            "type": one.type,
            "columns": ", ".join(one.columns),
            "severity": one.severity,
            "threshold": limit_words(vars(one)) or getattr(one, "threshold", None),
            "status": status(name, one, disabled),
        }
        for name, own in chosen.items()
        for one in own
    ]


def rule(project: Project, dataset: str, name: str) -> Rule:
    """Return one rule of the rules file.

    Raises:
        UsageError: there is none of this name.

    """
    own = _rules(project, dataset)
    for one in own:
        if one.name == name:
            return one
    near = nearest(name, (one.name for one in own))
    hint = f"did you mean '{clean(near)}'?" if near else f"`idqp rule list {dataset}` shows them"
    raise UsageError(f"{dataset}: the rules file has no rule '{clean(name)}'; {hint}")


def keys(dataset: str, found: Rule, disabled: Collection[tuple[str, str]]) -> Mapping[str, object]:
    """Return all that a rule says, by key."""
    values = {key: value for key, value in asdict(found).items() if key not in NOT_SHOWN}
    shown = {
        "dataset": dataset,
        "rule": found.name,
        "type": found.type,
        "status": status(dataset, found, disabled),
        **values,
    }
    plain: Mapping[str, object] = json.loads(json.dumps({**shown, "line": found.line}, default=str), parse_constant=str)
    return plain


def key_rows(values: Mapping[str, object]) -> list[Mapping[str, Cell]]:
    """Return the keys of a rule that say something, as rows."""
    return [
        {"key": key, "value": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}
        for key, value in values.items()
        if value not in (None, [], {})
    ]


def owned(project: Project, names: Sequence[str]) -> list[tuple[Dataset, tuple[Rule, ...]]]:
    """Return datasets with their rules, or all.

    Raises:
        UsageError: the rules file has no dataset of a name, or none at all.

    """
    chosen = [(name, _rules(project, name)) for name in names] or list(project.rules.items())
    if not chosen:
        raise UsageError("there is no rules file, or no dataset in it")
    by_name = {dataset.name: dataset for dataset in project.datasets}
    return [(by_name[name], rules) for name, rules in chosen]


def _rules(project: Project, dataset: str) -> tuple[Rule, ...]:
    if dataset not in project.rules:
        names = ", ".join(project.rules) or "none"
        raise UsageError(f"there is no dataset '{clean(dataset)}'; the rules file has {clean(names)}")
    return project.rules[dataset]


def status(dataset: str, one: Rule, disabled: Collection[tuple[str, str]]) -> str:
    """Say whether a rule is checked, and where it is disabled."""
    if not one.enabled:
        return "disabled in the rules file"
    return "disabled in the store" if (dataset, one.name) in disabled else "enabled"
