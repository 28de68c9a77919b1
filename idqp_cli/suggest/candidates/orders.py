"""Orders: a time or a number that never comes after another of its row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idqp_cli.core import sql
from idqp_cli.core.text import count
from idqp_cli.rules.consistency import Expression
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.profile import Profile

# So many rows, of which chance would put so many the other way round.
ROWS, BY_CHANCE = 30, 0.05
FEW = 0.02


def candidates(profile: Profile, _: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask that a begin lies before its end."""
    for order in profile.orders:
        if order.rows < ROWS or order.chance < BY_CHANCE * order.rows or order.others > FEW * order.rows:
            continue
        expression = f"{sql.identifier(order.first)} <= {sql.identifier(order.second)}"
        but = f" but {order.others:,}" if order.others else ""
        why = f"so in all{but} of {count(order.rows, 'row')}; in mixed-up rows {order.chance:,.0f} would not be"
        yield Candidate(Expression(name="", line=0, expression=expression), why, known=bool(order.others))
