"""How a check would be done, for a person: each statement, the rules that it serves, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from idqp_cli.core.explained import Explained, Step
from idqp_cli.core.text import clean, count
from idqp_cli.report.stdout import BOLD, DIM, RED, Line, Span, line


def lines(explained: Iterable[Explained], *, verbose: bool) -> Iterator[Line]:
    """Return the lines of the plan; with `verbose` the SQL too."""
    for plan in explained:
        yield line(Span(clean(plan.dataset), BOLD), "  ", Span(clean(plan.source), DIM))
        if plan.message is not None:
            yield line(Span("! not checked", RED), "  ", plan.message, indent=2)
        for what, decided, why in plan.reading:
            yield line(f"{what}: ", Span(clean(decided), BOLD), Span(f"  because {why}" if why else "", DIM), indent=2)
        for number, step in enumerate(plan.steps, 1):
            yield from _step(number, step, verbose=verbose)
        for rule, why in plan.refused.items():
            yield line(Span("! not evaluated", RED), f"  {clean(rule)}: {why}", indent=2)
        yield line()


def _step(number: int, step: Step, *, verbose: bool) -> Iterator[Line]:
    yield line(f"{number}. ", Span(step.how, BOLD), f"  {count(len(step.rules), 'rule')}", indent=2)
    yield line(", ".join(map(clean, step.rules)), indent=5)
    yield line(Span(f"because {step.why}", DIM), indent=5)
    if verbose and step.statement:
        yield line(Span(clean(step.statement, 20_000), DIM), indent=5)
