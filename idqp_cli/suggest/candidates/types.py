"""Types: the columns of a table, and what their cells are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idqp_cli.core.text import count
from idqp_cli.rules.schema import Declared, Schema
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.profile import Profile

# A list of more columns is read by nobody.
MOST = 100


def candidates(profile: Profile, _: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask that the columns of today are there, with their types; others may come."""
    if not 1 < len(profile.columns) <= MOST:
        return
    # The type of a column without a value is anyone's guess.
    declared = tuple(Declared(one.name, one.type) if one.present else Declared(one.name) for one in profile.columns)
    rule = Schema(name="", line=0, declared=declared, allow_extra=True)
    yield Candidate(rule, f"{count(len(declared), 'column')}; other columns may be added", strength=1.0)
