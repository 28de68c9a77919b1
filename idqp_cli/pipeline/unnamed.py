"""A check without rules: a file is judged by the rules that are suggested for it, as findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from idqp_cli.core.errors import DeadlineError
from idqp_cli.core.model import Severity
from idqp_cli.engine.judge import Judged
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.selection import chosen
from idqp_cli.pipeline.sources import Session
from idqp_cli.rules.needs import Need
from idqp_cli.rules.parse import Parse
from idqp_cli.rules.rule import Rule

if TYPE_CHECKING:
    from idqp_cli.ingest.relation import Ingested
    from idqp_cli.suggest.suggest import Proposal

# What holds of every file that it is made of says nothing of it.
SAYS_NOTHING = frozenset({"schema", "row_count"})


def proposed(session: Session, target: Target, ingested: Ingested, request: Request) -> Proposal | None:
    """Return the rules that may be suggested for a target without rules of its own; None for others, and of a sample.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    if target.unnamed is None or request.sample is not None:
        return None
    from idqp_cli.suggest.suggest import propose  # noqa: PLC0415 - only a check without rules has to pay

    try:
        found = propose(session.database, target.dataset, ingested, Severity.INFO)
    except DeadlineError:
        # What holds of every file can still be judged.
        return None
    wanted = chosen(target.dataset.name, found.rules, target.unnamed.select, target.unnamed.exclude)
    names = {rule.name for rule in wanted if rule.type not in SAYS_NOTHING}
    return replace(found, candidates=tuple(one for one in found.candidates if one.rule.name in names))


def tolerant(own: Sequence[Rule], proposal: Proposal) -> tuple[Rule, ...]:
    """Return the rules that every dataset has, knowing the words for a missing value that `idqp init` would write."""
    from idqp_cli.suggest.missing import words  # noqa: PLC0415 - only a check without rules has to pay

    absent = words(proposal.profile)
    return tuple(replace(one, absent=absent) if isinstance(one, Parse) else one for one in own)


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
