"""Hold suggested rules against the files of their dataset, one after the other."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from idqp_cli.access.admission import system_user
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.model import Status
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_url
from idqp_cli.ingest.places.local import find
from idqp_cli.pipeline.dated_files import date_of
from idqp_cli.pipeline.looking import Learnt, Wanted, judged, look_at, request_of
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.record import Run
from idqp_cli.pipeline.run import each, new_id
from idqp_cli.pipeline.selection import chosen
from idqp_cli.rules.rule import Rule
from idqp_cli.suggest import variation
from idqp_cli.suggest.candidate import Candidate, named
from idqp_cli.suggest.grouping import Group
from idqp_cli.suggest.judge import Suggestion
from idqp_cli.suggest.variation import File

# So many of the newest files are looked at one by one.
MOST_FILES = 40


def settled(learnt: Learnt, group: Group, wanted: Wanted, progress: Callable[[str], None]) -> Learnt:
    """Return what is suggested for a dataset as its files, in the order of their dates, bear it out.

    Rules that earlier files teach and later ones break are left out, and limits allow
    for how the files vary; rules come in that need a history, where there is one.
    """
    profile, paths = learnt.profile, _files(group)
    if profile is None or len(paths) < variation.LEAST_FILES:
        return learnt
    days = dated(paths)[-MOST_FILES:]
    bent = frozenset(name for at in _splits(len(days)) for name in _broken(group, wanted, days, at))
    taken = [one.rule.name for one in learnt.suggestions]
    able = named(variation.asked(profile), taken)
    rules = (*(one.rule for one in learnt.suggestions), *(one.rule for one in able), *variation.measures(profile))
    files = replayed(learnt.dataset, days, rules, progress)
    found = variation.kept(learnt.suggestions, files, bent)
    now = datetime.now(UTC).timestamp()
    more = [*named(variation.candidates(profile, files, now), taken)]
    more += [one for each in able if (one := variation.by_history(each, files)) is not None]
    return replace(learnt, suggestions=(*found, *_wanted(learnt.dataset.name, more, wanted)))


def _files(group: Group) -> list[str]:
    """Return the files of a dataset; none of a table, of which no file stands alone, and of another machine."""
    if any(map(is_url, group.files)):
        return []
    try:
        source = find(group.files, Path.cwd())
    except UnreadableError:
        return []
    part = source.stream or source.columns or any(file.partition or file.deleted for file in source.files)
    return [] if part else [file.path for file in source.files]


def _wanted(dataset: str, candidates: Sequence[Candidate], wanted: Wanted) -> list[Suggestion]:
    names = {rule.name for rule in chosen(dataset, (one.rule for one in candidates), wanted.select, wanted.exclude)}
    sure = [(one, 0.0 if one.strength is None else one.strength) for one in candidates]
    return [
        Suggestion(one.rule, one.why, strength, None, 0)
        for one, strength in sure
        if one.rule.name in names and strength >= wanted.confidence
    ]


def dated(paths: Sequence[str]) -> list[tuple[datetime, str]]:
    """Return files with their dates, oldest first; where dates are equal, in the order of their names, a day apart."""
    found = sorted((date_of(path, UTC), path) for path in paths)
    if len({at for at, _ in found}) == len(found):
        return found
    first = datetime.now(UTC) - timedelta(days=len(paths))
    return [(first + timedelta(days=number), path) for number, path in enumerate(sorted(paths))]


def _splits(files: int) -> list[int]:
    """Return how many files teach, where the others judge: the first half, and all but the last two and the last."""
    return sorted({at for at in (files // 2, files - 2, files - 1) if at >= variation.LEAST_FILES - 1})


def _broken(group: Group, wanted: Wanted, days: Sequence[tuple[datetime, str]], at: int) -> list[str]:
    """Return the names of the rules that the first files teach and the others break."""
    before = tuple(path for _, path in days[:at])
    learnt = look_at(replace(group, files=before), replace(wanted, rows=False))
    rules = tuple(one.rule for one in learnt.suggestions)
    verdicts = judged(learnt.dataset, rules, tuple(path for _, path in days[at:]))
    return [name for name, verdict in verdicts.items() if verdict.status is Status.FAILED]


def replayed(
    dataset: Dataset, days: Sequence[tuple[datetime, str]], rules: Sequence[Rule], progress: Callable[[str], None]
) -> list[File]:
    """Judge files one after the other, each as of its date, in a store of their own that is gone at the end."""
    found = []
    with tempfile.TemporaryDirectory() as folder, closing(Memory(os.path.join(folder, "state.db"))) as memory:
        for at, path in days:
            progress(f"looking at {clean(path)}")
            request = request_of(dataset.name, path, (path,), replace(dataset, samples=0))
            target = replace(request.targets[0], rules=tuple(rules))
            request = replace(request, targets=(target,), as_of=at)
            ((checked,), _) = each(request, memory, at, lambda _: None)
            if checked.report.message is None:
                memory.backfill(Run(new_id(at), at, system_user()), checked)
                verdicts = {one.rule: one.verdict for one in checked.report.results if one.segment is None}
                found.append(File(at.timestamp(), verdicts))
    return found
