"""Suggested rules as a rules file with their evidence in comments, and as plain values; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Mark, Status, Verdict
from idqp_cli.core.text import clean, count
from idqp_cli.core.urls import secret, shown
from idqp_cli.importing import writer
from idqp_cli.importing.values import Import, Imported, Taken, Where
from idqp_cli.suggest.judge import Suggestion
from idqp_cli.suggest.written import read_keys, rule_keys

NOWHERE = Where("", Mark(1, 1))


@frozen
class Entry:
    """A dataset of a rules file: what is suggested for it, and what other files, by name, say to that."""

    dataset: Dataset
    rows: int
    suggestions: tuple[Suggestion, ...]
    against: Mapping[str, Mapping[str, Verdict]]


def rules_file(entries: Sequence[Entry], heading: Sequence[str]) -> str:
    """Write a rules file; each rule has its evidence in a comment."""
    datasets = tuple(Imported(one.dataset.name, _keys(one.dataset), tuple(_taken(one))) for one in entries)
    return writer.written(Import(datasets), heading)


def _keys(dataset: Dataset) -> dict[str, object]:
    read, pii = read_keys(dataset.read), "auto" if dataset.finds_pii else list(dataset.pii)
    path = shown(dataset.path) if secret(dataset.path) else dataset.path
    return {"path": path, **({"read": read} if read else {}), **({"pii": pii} if pii else {})}


def _taken(entry: Entry) -> list[Taken]:
    return [Taken(rule_keys(one.rule), "", NOWHERE, tuple(evidence(one, entry.against))) for one in entry.suggestions]


def evidence(one: Suggestion, against: Mapping[str, Mapping[str, Verdict]]) -> list[str]:
    """Say in a line or a few what speaks for a rule, and what it finds."""
    lines = [one.why]
    if one.finding:
        of = "" if one.evaluated is None else f" of {one.evaluated:,}"
        lines.append(f"today {count(one.failed, 'row')}{of} {'fails' if one.failed == 1 else 'fail'} it")
    for source, verdicts in against.items():
        verdict = verdicts.get(one.rule.name)
        if verdict is not None and verdict.status in {Status.FAILED, Status.ERROR}:
            lines.append(f"{clean(source)}: {verdict.message}")
    return lines


def plain(entries: Sequence[Entry]) -> dict[str, object]:
    """Return suggested rules as plain values, for programs."""
    return {"datasets": [_plain(one) for one in entries]}


def _plain(entry: Entry) -> dict[str, object]:
    return {
        "dataset": entry.dataset.name,
        **_keys(entry.dataset),
        "rows": entry.rows,
        "rules": [
            {
                "rule": rule_keys(one.rule),
                "name": one.rule.name,
                "evidence": one.why,
                "confidence": round(one.confidence, 4),
                "rows_evaluated": one.evaluated,
                "rows_failed": one.failed,
                "finding": one.finding,
                "against": [
                    {
                        "source": source,
                        "status": verdicts[one.rule.name].status.value,
                        "rows_failed": verdicts[one.rule.name].rows_failed,
                        "message": verdicts[one.rule.name].message,
                    }
                    for source, verdicts in entry.against.items()
                    if one.rule.name in verdicts
                ],
            }
            for one in entry.suggestions
        ],
    }
