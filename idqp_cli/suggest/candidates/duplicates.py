"""Duplicates: rows that are copies of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idqp_cli.core.text import count
from idqp_cli.rules.uniqueness import Duplicates
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.profile import Profile

# More repeated rows are how the table is.
FEW = 0.05


def candidates(profile: Profile, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask that no row is a copy of one before it, where no key says it already."""
    if (
        not profile.sampled
        or len(profile.columns) < 2
        or any(one.rule.type == "unique" and not one.known for one in found)
    ):
        return
    if profile.repeated <= FEW * profile.sampled:
        rows = count(profile.sampled, "row")
        why = f"all {rows} differ" if not profile.repeated else f"all but a few of {rows} differ"
        yield Candidate(Duplicates(name="", line=0), why, known=bool(profile.repeated))
