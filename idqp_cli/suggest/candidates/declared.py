"""What a table says of its own rows: columns that are NOT NULL, and CHECK constraints."""

from __future__ import annotations

from collections.abc import Iterator

from idqp_cli.core.text import clean
from idqp_cli.ingest.files import Source
from idqp_cli.rules.completeness import Completeness
from idqp_cli.rules.consistency import Expression
from idqp_cli.suggest.candidate import Candidate


def candidates(source: Source) -> Iterator[Candidate]:
    """Ask for what the table promises; its writer may not have kept it."""
    for column in source.columns:
        if not column.nullable:
            rule = Completeness(name="", line=0, columns=(column.name,))
            yield Candidate(rule, "the table declares it NOT NULL", certain=True, strength=1.0)
    for name, condition in source.constraints:
        why = f"the table has the constraint {clean(name, 60)}"
        yield Candidate(Expression(name="", line=0, expression=condition), why, certain=True, strength=1.0)
