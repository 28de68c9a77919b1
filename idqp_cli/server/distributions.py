"""How the columns of a dataset were distributed in its last run and in the one before, from what runs leave; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.anomaly import summaries
from idqp_cli.anomaly.summary import Summary
from idqp_cli.baselines.recall import summaries_of
from idqp_cli.core.model import Distribution
from idqp_cli.core.text import stamp
from idqp_cli.rules.drift import compared
from idqp_cli.store.values import Baseline, OfRun

# What is shown of a column; the bins that moved most.
MOST_BINS = 12


def rows(stored: Iterable[Baseline]) -> list[dict[str, object]]:
    """Return the columns of the last two runs, those that moved most first."""
    runs = sorted((one.origin.at, one) for one in stored if isinstance(one.origin, OfRun))
    if len(runs) < 2:
        return []
    (then, before), (at, now) = runs[-2:]
    old, new = summaries_of(before.summary), summaries_of(now.summary)
    found = [
        {"column": name, "before_at": stamp(then), "now_at": stamp(at), **_shown(old[name], new[name])}
        for name in new
        if name in old and old[name].shape is new[name].shape and old[name].rows and new[name].rows
    ]
    return sorted(found, key=lambda one: -float(str(one["moved"])))


def _shown(old: Summary, new: Summary) -> Mapping[str, object]:
    told = compared(old, summaries.in_bins(old, new).counts, new.missing or 0)
    moved = sum(abs(now - before) for before, now in zip(told.before, told.now, strict=True)) / 2
    return {"moved": moved, "bins": _bins(told)}


def _bins(told: Distribution) -> list[Mapping[str, object]]:
    found = list(zip(told.bins, told.before, told.now, strict=True))
    most = sorted(range(len(found)), key=lambda place: -abs(found[place][2] - found[place][1]))[:MOST_BINS]
    return [{"bin": name, "before": before, "now": now} for name, before, now in (found[one] for one in sorted(most))]
