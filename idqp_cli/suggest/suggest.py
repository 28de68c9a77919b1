"""Suggest rules for data: its profile, candidates, what the engine says of them, and which of them are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Sample, Severity, Status
from idqp_cli.core.reading import ReadOptions
from idqp_cli.core.relation import Relation
from idqp_cli.engine.fetch import objection
from idqp_cli.engine.judge import Judged, judge
from idqp_cli.engine.measure import Measured, confirmed, measure
from idqp_cli.engine.query_errors import told
from idqp_cli.engine.results import results
from idqp_cli.engine.settle import settle
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.relation import Ingested
from idqp_cli.rules.given import Given
from idqp_cli.rules.rule import Rule
from idqp_cli.suggest import fetch, reading
from idqp_cli.suggest import judge as judging
from idqp_cli.suggest.candidate import Candidate, severe
from idqp_cli.suggest.candidates import candidates, declared
from idqp_cli.suggest.judge import CONFIDENT, Suggestion
from idqp_cli.suggest.profile import Profile

NOTHING: Mapping[str, Relation] = {}


@frozen
class Proposal:
    """What a dataset looks like, the rules that may be suggested for it, and how it is to be read."""

    ingested: Ingested
    profile: Profile
    candidates: tuple[Candidate, ...]
    read: ReadOptions

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that may be suggested."""
        return tuple(one.rule for one in self.candidates)


@frozen
class Suggested:
    """A proposal, what of it is suggested, and what was measured; `own` names the rules that the dataset has anyway."""

    proposal: Proposal
    suggestions: tuple[Suggestion, ...]
    measured: Measured
    judged: tuple[Judged, ...]
    own: frozenset[str] = frozenset()


def failing_rows(database: Database, dataset: Dataset, found: Suggested) -> dict[str, tuple[Sample, ...]]:
    """Return the first rows that fail each rule, of those that some fail, by its name."""
    failed = [one for one in found.judged if one.verdict.status is Status.FAILED]
    return {one.rule: one.samples for one in results(database, dataset, failed, found.measured, NOTHING)}


def propose(
    database: Database, dataset: Dataset, ingested: Ingested, severity: Severity = Severity.WARNING
) -> Proposal:
    """Look at a dataset, and say which rules may be suggested for it.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    if ingested.text is not None:
        ingested = confirmed(database, ingested)
    try:
        profile = fetch.profile(database, ingested.relation, dataset.pii)
    except QueryError as error:
        raise UnreadableError(f"{ingested.source.shown}: cannot be read to its end: {told(error)}") from None
    read = dataset.read if ingested.text is None else reading.learnt(ingested.text)
    promised = (
        one for one in declared.candidates(ingested.source) if objection(database, one.rule, dataset.name) is None
    )
    return Proposal(ingested, profile, severe(candidates(profile, promised), severity), read)


def kept(proposal: Proposal, judged: Iterable[Judged], least: float = CONFIDENT) -> tuple[Suggestion, ...]:
    """Return what is suggested of a proposal, by what its rules were judged to be."""
    verdicts = {one.rule.name: one.verdict for one in judged if one.place[1] is None}
    return judging.judged(proposal.candidates, verdicts, least)


def suggest(
    database: Database,
    dataset: Dataset,
    ingested: Ingested,
    given: Given,
    own: tuple[Rule, ...] = (),
    least: float = CONFIDENT,
) -> Suggested:
    """Suggest rules for a dataset; `own` are rules that it has anyway, judged with them.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    proposal = propose(database, dataset, ingested)
    rules = (*own, *proposal.rules)
    measured = measure(database, rules, proposal.ingested, NOTHING, dataset.pii)
    measured = settle(database, dataset, rules, measured, NOTHING)
    judged = judge(rules, measured, given)
    found = kept(proposal, judged, least)
    names = {one.rule.name for one in found} | {rule.name for rule in own}
    return Suggested(
        proposal,
        found,
        measured,
        tuple(one for one in judged if one.rule.name in names),
        frozenset(rule.name for rule in own),
    )
