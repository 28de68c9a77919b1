"""Look at a dataset, and suggest rules for it: read as it turns out to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from pathlib import Path

from idqp_cli.access.admission import system_user
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Sample, Severity, Status, Verdict
from idqp_cli.core.reading import ReadOptions
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean, count
from idqp_cli.core.urls import shown
from idqp_cli.engine.judge import judge
from idqp_cli.engine.measure import measure
from idqp_cli.engine.settle import settle
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.describe import of_text
from idqp_cli.ingest.files import described
from idqp_cli.ingest.relation import Ingested
from idqp_cli.pipeline import owners, veil
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.selection import chosen
from idqp_cli.pipeline.sources import everything
from idqp_cli.project import project
from idqp_cli.project.project import Project, implied
from idqp_cli.rules.given import Given
from idqp_cli.rules.rule import Rule
from idqp_cli.suggest import reading
from idqp_cli.suggest.grouping import Group
from idqp_cli.suggest.judge import Suggestion
from idqp_cli.suggest.missing import by_column
from idqp_cli.suggest.profile import Profile
from idqp_cli.suggest.suggest import Suggested, failing_rows, suggest

# More files of a dataset are not named one by one.
MOST_NAMED = 3


@frozen
class Wanted:
    """What to suggest: rules of this confidence at least, by `--select` and `--exclude`; with `rows` that fail.

    `veiled` looks at no value, so that none is shown. Of a column that the `project` has under `pii` in a dataset of
    the same file, no value is looked at either.
    """

    confidence: float
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rows: bool = False
    veiled: bool = False
    project: Project | None = None


@frozen
class Against:
    """What other files say to a suggested rule: each file, and the verdict on it."""

    source: str
    verdicts: Mapping[str, Verdict]


@frozen
class Learnt:
    """A dataset and what is suggested for it; `message` says why it cannot be read.

    `reading` says how its files were read.
    `own` are the verdicts on what every dataset has, by name, and `against` those of other files.
    `rows` are the first rows that fail a rule, by its name, where they were asked for.
    """

    dataset: Dataset
    source: str
    profile: Profile | None
    suggestions: tuple[Suggestion, ...]
    own: Mapping[str, Verdict]
    reading: tuple[tuple[str, str, str], ...] = ()
    against: tuple[Against, ...] = ()
    rows: Mapping[str, tuple[Sample, ...]] = field(default_factory=dict)
    message: str | None = None

    @property
    def unseen(self) -> str | None:
        """Which columns are personal, in words; None without one."""
        names = ", ".join(clean(name, 60) for name in self.dataset.pii)
        return f"{clean(self.dataset.name)}: not looked at, since they are under pii: {names}" if names else None


def request_of(name: str, path: str, paths: Sequence[str], dataset: Dataset | None = None) -> Request:
    """Return what asks for files of a dataset, which remembers nothing and has no rules."""
    known = replace(dataset, path=path) if dataset is not None else Dataset(name, path)
    target = Target(known, tuple(paths), ())
    return Request(project.empty(Path.cwd()), (target,), Severity.INFO, system_user())


def given(ingested: Ingested) -> Given:
    """Return what rules know beside the data: the time, and the age of the file."""
    return Given(datetime.now(UTC), ingested.source.modified_at)


def look_at(group: Group, wanted: Wanted, read: ReadOptions | None = None) -> Learnt:
    """Suggest rules for the files of a dataset.

    What stands for no value is to be read as none, and a column that nearly all is in one
    form in that form: without `read` options, files that were read otherwise are looked at again.
    """
    pii, finds = ((), False) if wanted.project is None else owners.personal(wanted.project, group.files)
    dataset = Dataset(group.name, group.path, read=read or ReadOptions(), pii=pii, finds_pii=finds)
    request = request_of(group.name, group.path, group.files, dataset)
    with everything(request, Memory(None)) as session:
        ingested = session.opened[dataset.name]
        try:
            if isinstance(ingested, UnreadableError):
                raise ingested
            own = implied(dataset, (), request.project.defaults, text=ingested.doubtful)
            dataset = _personal(session.database, request.targets[0], ingested.relation)
            asked = dataset
            if wanted.veiled:
                asked = replace(dataset, pii=tuple(column.name for column in ingested.relation.columns))
                own = veil.rules(own)
            found = suggest(session.database, asked, ingested, given(ingested), own, wanted.confidence)
            better = _better(found) if read is None else None
            if better is None:
                rows = failing_rows(session.database, dataset, found) if wanted.rows else {}
                return replace(_chosen(group, dataset, found, wanted), rows=rows)
        except UnreadableError as error:
            return Learnt(dataset, shown(dataset.path), None, (), {}, message=str(error))
    return look_at(group, wanted, better)


def _personal(database: Database, target: Target, relation: Relation) -> Dataset:
    """Return a dataset with those of its columns under `pii` that this file has."""
    dataset = veil.personal(database, target, relation).dataset
    names = {name.casefold() for name in dataset.pii}
    return replace(dataset, pii=tuple(one.name for one in relation.columns if one.name.casefold() in names))


def judged(dataset: Dataset, rules: Sequence[Rule], paths: Sequence[str]) -> Mapping[str, Verdict]:
    """Return what rules say of other files of a dataset, by rule."""
    request = request_of(dataset.name, dataset.path, paths, dataset)
    request = replace(request, targets=(replace(request.targets[0], rules=tuple(rules)),))
    with everything(request, Memory(None)) as session:
        ingested = session.opened[dataset.name]
        try:
            if isinstance(ingested, UnreadableError):
                raise ingested
            measured = measure(session.database, rules, ingested, session.relations, ())
            measured = settle(session.database, dataset, rules, measured, session.relations)
            return {one.rule.name: one.verdict for one in judge(rules, measured, given(ingested))}
        except UnreadableError as error:
            return {rule.name: Verdict(Status.ERROR, str(error)) for rule in rules}


def _better(found: Suggested) -> ReadOptions | None:
    """Return how the files are to be read, where that is not how they were."""
    table = found.proposal.ingested.text
    if table is None:
        return None
    missing, apart = ((), {}) if table.options.missing_values else by_column(found.proposal.profile)
    options = reading.nearly(table, found.proposal.profile, missing, apart)
    return None if options == table.options else options


def _named(group: Group, found: Suggested) -> str:
    """Name the files for people: many by what they have in common."""
    source = found.proposal.ingested.source
    many = len(source.files)
    return f"{shown(group.path)} ({count(many, 'file')})" if many > MOST_NAMED else described(source)


def _chosen(group: Group, dataset: Dataset, found: Suggested, wanted: Wanted) -> Learnt:
    text = found.proposal.ingested.text
    rules = (one.rule for one in found.suggestions)
    names = {rule.name for rule in chosen(group.name, rules, wanted.select, wanted.exclude)}
    return Learnt(
        dataset=replace(dataset, path=group.path, read=found.proposal.read),
        source=_named(group, found),
        profile=found.proposal.profile,
        suggestions=tuple(one for one in found.suggestions if one.rule.name in names),
        reading=() if text is None else veil.reading(of_text(text)) if wanted.veiled else of_text(text),
        own={one.rule.name: one.verdict for one in found.judged if one.rule.name in found.own},
    )
