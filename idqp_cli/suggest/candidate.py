"""A rule that may be suggested, with what speaks for it; and the parts that rules are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity
from idqp_cli.core.naming import unnamed
from idqp_cli.core.statistics import wilson
from idqp_cli.rules.rule import Rule
from idqp_cli.rules.shares import Share

# One-sided 95 %.
SURE = 1.6448536269514722


@frozen
class Candidate:
    """A rule that may be suggested, and why, in words for its owner.

    `known` says that the rule was made in the knowledge of rows that fail it, which
    are unlike the rest: they are errors, not a reason to drop it. `certain` says
    that what fails is wrong however much of it there is. `strength` is how sure it is, 0 to 1, where
    that is not how many rows it holds for.
    """

    rule: Rule
    why: str
    known: bool = False
    certain: bool = False
    strength: float | None = None


def named(candidates: Iterable[Candidate], taken: Iterable[str] = ()) -> tuple[Candidate, ...]:
    """Give each rule the name that it has in a rules file which says none."""
    known = set(taken)
    found = []
    for one in candidates:
        name = unnamed(one.rule.type, one.rule.columns, known)
        known.add(name)
        found.append(replace(one, rule=replace(one.rule, name=name)))
    return tuple(found)


def severe(candidates: Iterable[Candidate], severity: Severity) -> tuple[Candidate, ...]:
    """Return the candidates with rules of this severity."""
    return tuple(replace(one, rule=replace(one.rule, severity=severity)) for one in candidates)


def holding(failed: int, evaluated: int) -> float:
    """Return the share of rows that a rule holds for at least, one-sided 95 %."""
    if not evaluated:
        return 0.0
    if not failed:
        # Exactly, by Clopper and Pearson (1934).
        return float(0.05 ** (1 / evaluated))
    return 1 - wilson(failed, evaluated, SURE)[1]


def share(value: float, digits: int = 3) -> Share:
    """Return a share of at least `value` with few digits, as it is written."""
    scale = 10**digits
    return Share(Fraction(-int(-value * scale // 1), scale))
