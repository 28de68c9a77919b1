"""Which candidates are suggested, after the engine has evaluated them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Status, Verdict
from idqp_cli.rules.rule import Rule
from idqp_cli.suggest.candidate import Candidate, holding

# A rule is suggested that holds for this share of rows, at 95 % confidence.
CONFIDENT = 0.9
# Where other files are judged at once, their verdict is beside each rule, and less is asked of it.
CONFIDENT_AGAINST = 0.66
# A rule that fails where it was not expected to is kept if this share of rows holds.
NEARLY_ALL = 0.99


@frozen
class Suggestion:
    """A rule that is worth keeping.

    `confidence` (0 to 1) is the share of rows that it holds for at least, or how sure
    it is. `failed` rows of those `evaluated` are unlike the rest: with one it is a finding, too.
    """

    rule: Rule
    why: str
    confidence: float
    evaluated: int | None
    failed: int

    @property
    def finding(self) -> bool:
        """Whether rows fail it today."""
        return self.failed > 0


def judged(
    candidates: Iterable[Candidate], verdicts: Mapping[str, Verdict], least: float = CONFIDENT
) -> tuple[Suggestion, ...]:
    """Return the candidates that hold, or hold but for a few rows, by what the engine found, in their order."""
    judged = (_judged(one, verdicts[one.rule.name], least) for one in candidates if one.rule.name in verdicts)
    found = [one for one in judged if one is not None]
    # Of a column of which every value is known, no rule of spellings says more.
    listed = {one.rule.columns for one in found if one.rule.type == "accepted_values"}
    return tuple(one for one in found if one.rule.type != "variants" or one.rule.columns not in listed)


def _judged(candidate: Candidate, verdict: Verdict, least: float) -> Suggestion | None:
    if verdict.status not in {Status.PASSED, Status.FAILED}:
        return None
    evaluated, failed = verdict.rows_evaluated, verdict.rows_failed or 0
    if verdict.status is Status.FAILED and evaluated is None:
        return None
    if verdict.status is Status.PASSED:
        confidence = candidate.strength
        if confidence is None:
            confidence = 1.0 if evaluated is None else holding(0, evaluated)
        failed = 0
    elif candidate.certain:
        confidence = 1.0
    else:
        confidence = holding(failed, evaluated or 0)
        if not candidate.known and confidence < NEARLY_ALL:
            return None
    if confidence < least:
        return None
    return Suggestion(candidate.rule, candidate.why, confidence, evaluated, failed)
