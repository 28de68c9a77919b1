"""A rule for a person: what must hold, what the rules file says, and what holds beside that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from idqp_cli.core.rule_facts import RuleFacts
from idqp_cli.core.text import clean
from idqp_cli.report.grid import measured
from idqp_cli.report.stdout import BOLD, DIM, Line, Span, line

LONG = 10_000


def lines(facts: RuleFacts, rules_file: str) -> Iterator[Line]:
    """Return the lines of the rule."""
    place = f"{clean(rules_file)}:{facts.line}"
    yield line(Span(f"{clean(facts.dataset)}: {clean(facts.rule, LONG)}", BOLD))
    yield line(f"{facts.severity}, {facts.status}  ", Span(place, DIM), indent=2)
    if facts.description is not None:
        yield line(clean(facts.description, LONG), indent=2)
    yield line()
    yield line(Span(f"{facts.type}: ", BOLD), facts.meaning, indent=2)
    if facts.keys:
        yield line()
    width = max((measured(key) for key, _ in facts.keys), default=0)
    for key, value in facts.keys:
        yield line(Span(f"{key:<{width}}  ", DIM), clean(value, LONG), indent=2)
    for key, text in facts.sql:
        yield line()
        yield line(Span(key, DIM), indent=2)
        # Not broken, so that it can be copied.
        for part in text.strip().splitlines():
            yield replace(line(clean(part.expandtabs(), LONG), indent=4), whole=True)
    if facts.defaults:
        yield line()
        yield line(Span(f"by default: {', '.join(f'{key} {value}' for key, value in facts.defaults)}", DIM), indent=2)
