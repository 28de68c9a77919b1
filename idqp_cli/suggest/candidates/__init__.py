"""The kinds of rules that are suggested, one file each: from a profile to candidates; pure.

A kind sees what kinds before it found, so that one fact is said once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from idqp_cli.core import naming
from idqp_cli.suggest.candidate import Candidate, named
from idqp_cli.suggest.candidates import (
    completeness,
    constants,
    dependencies,
    duplicates,
    formats,
    keys,
    lengths,
    orders,
    ranges,
    sequences,
    types,
    values,
    variants,
)
from idqp_cli.suggest.profile import Profile

# The names of the rules that a dataset has anyway.
RESERVED = (naming.PARSE, naming.SCHEMA, naming.ROW_COUNT, naming.CHECK)
Kind = Callable[[Profile, Sequence[Candidate]], Iterable[Candidate]]
KINDS: tuple[Kind, ...] = (
    types.candidates,
    completeness.candidates,
    keys.candidates,
    sequences.candidates,
    duplicates.candidates,
    values.candidates,
    constants.candidates,
    formats.candidates,
    lengths.candidates,
    ranges.candidates,
    variants.candidates,
    values.unsure,
    dependencies.candidates,
    orders.candidates,
)


def candidates(profile: Profile, known: Iterable[Candidate] = ()) -> tuple[Candidate, ...]:
    """Return every rule that may be suggested for a dataset, named; `known` are those that its table declares."""
    found: list[Candidate] = [*known]
    for kind in KINDS:
        found += kind(profile, tuple(found))
    return named(found, RESERVED)
