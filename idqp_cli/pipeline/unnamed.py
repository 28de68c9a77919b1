"""A check without rules: a file is judged by the rules that are suggested for it, as findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from idqp_cli.core.errors import DeadlineError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity, Status
from idqp_cli.engine.engines import Expected
from idqp_cli.engine.judge import Judged, judge
from idqp_cli.engine.measure import measure
from idqp_cli.pipeline import given
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.selection import chosen
from idqp_cli.pipeline.sources import Session
from idqp_cli.rules.needs import Given, Need
from idqp_cli.rules.rule import Rule

if TYPE_CHECKING:
    from idqp_cli.ingest.relation import Ingested
    from idqp_cli.suggest.suggest import Proposal

# What holds of every file that it is made of says nothing of it.
SAYS_NOTHING = frozenset({"schema", "row_count"})


@frozen
class Look:
    """What a look at a target without rules says: its data as it is to be read, and the rules that may be suggested.

    `sure` names the rules that every dataset has and that held before the data was opened again
    in another form. What they find since then is a suggestion, too.
    """

    ingested: Ingested
    proposal: Proposal | None = None
    sure: frozenset[str] = frozenset()

    def asked(self, own: tuple[Rule, ...]) -> tuple[Rule, ...]:
        """Return the rules to judge: those that the dataset has, and those that may be suggested."""
        eased = tuple(replace(rule, severity=Severity.INFO) if rule.name in self.sure else rule for rule in own)
        return eased if self.proposal is None else (*eased, *self.proposal.rules)


def look(session: Session, target: Target, ingested: Ingested, request: Request) -> Look:
    """Look at a target without rules of its own; there is nothing to suggest for others, and of a sample.

    A text file is opened again where its cells say that it is to be read in another form.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    if target.unnamed is None or request.sample is not None:
        return Look(ingested)
    from idqp_cli.suggest.suggest import propose  # noqa: PLC0415 - only a check without rules has to pay

    sure: frozenset[str] = frozenset()
    try:
        found = propose(session.database, target.dataset, ingested, Severity.INFO)
        again = _opened_again(session, target, found, request)
        if again is not None:
            sure = _held(session, given.asked(target, found.ingested, request), found.ingested)
            ingested, found = again, propose(session.database, target.dataset, again, Severity.INFO)
    except DeadlineError:
        # What holds of every file can still be judged.
        return Look(ingested, None, sure)
    wanted = chosen(target.dataset.name, found.rules, target.unnamed.select, target.unnamed.exclude)
    names = {rule.name for rule in wanted if rule.type not in SAYS_NOTHING}
    left = tuple(one for one in found.candidates if one.rule.name in names)
    return Look(ingested, replace(found, candidates=left), sure)


def _opened_again(session: Session, target: Target, found: Proposal, request: Request) -> Ingested | None:
    from idqp_cli.suggest import reading  # noqa: PLC0415 - only a check without rules has to pay

    table = found.ingested.text
    options = None if table is None else reading.better(table, found.profile)
    if options is None:
        return None
    dataset = replace(target.dataset, read=options)
    return request.engine.ingest(session.database, dataset, found.ingested.source, Expected({}, {}, {}))


def _held(session: Session, rules: tuple[Rule, ...], ingested: Ingested) -> frozenset[str]:
    """Return the names of the rules that pass."""
    known = Given(datetime.now(UTC), ingested.source.modified_at)
    judged = judge(rules, measure(session.database, rules, ingested, {}, ()), known)
    return frozenset(one.rule.name for one in judged if one.verdict.status is Status.PASSED)


def kept(proposal: Proposal | None, judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """Return the verdicts without those on rules that are not suggested after all."""
    if proposal is None:
        return tuple(judged)
    from idqp_cli.suggest import suggest  # noqa: PLC0415 - only a check without rules has to pay

    left = {rule.name for rule in proposal.rules} - {one.rule.name for one in suggest.kept(proposal, judged)}
    return tuple(one for one in judged if one.rule.name not in left)


def needed(proposal: Proposal | None, needs: Mapping[str, Need], judged: Sequence[Judged]) -> Mapping[str, Need]:
    """Return the needs of the rules that have a verdict, by which rows are set apart."""
    if proposal is None:
        return needs
    dropped = {rule.name for rule in proposal.rules} - {one.rule.name for one in judged}
    return {name: need for name, need in needs.items() if name not in dropped}
