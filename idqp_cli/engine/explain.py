"""How the engine would fetch what rules need, and why so; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from idqp_cli.core.explained import Step
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean
from idqp_cli.engine import cost, plan, spelling, statements
from idqp_cli.engine.cost import Choice
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.needs import Agreement, Copies, Counts, Division, Fences, Keys, Need, Order, Scores, Select, Twins

WHY_OWN = {
    Keys: "a key that repeats is seen only when all rows are grouped by it",
    Copies: "rows are copies only of others: first by their hashes, then those that share one by their cells",
    Agreement: "what most rows of a group have is known when all rows are grouped",
    Order: "each value is held against the one before it, in the order of the file",
    Counts: "another dataset is counted",
    Select: "the SQL is its own",
}


def steps(
    relation: Relation,
    needs: Mapping[str, Need],
    divided: Mapping[Division, Mapping[str, Need]],
    others: Mapping[str, Relation],
    choice: Choice,
) -> Iterator[Step]:
    """Yield what would be fetched in one statement each, in order; the unnamed need is the number of rows."""
    counted = {name for alike in choice.by_value.values() for name in alike}
    for column, alike in choice.by_value.items():
        few = f"{clean(column.name, 60)} has few different values, so each is looked at once and not row by row"
        yield Step(tuple(alike), "over the distinct values", few, cost.values_scan(relation, column, alike))
    shared = {name: need for name, need in needs.items() if plan.shared(need) and name not in counted}
    scan = plan.scan(relation.scan, relation.dataset, {**shared, **choice.proofs}, others)
    if scan is not None:
        named = tuple(name for name in shared if name)
        yield Step(named or ("the number of rows",), "one scan of all rows", _why_shared(relation), scan.statement)
    for name, need in needs.items():
        if not plan.shared(need):
            yield _own(relation, name, need, others, choice)
    for division, own_needs in divided.items():
        by = clean(division.column.name, 60)
        yield Step(
            tuple(own_needs), f"by {by}", f"one verdict for each value of {by}", plan.frequent(relation, division)
        )


def _why_shared(relation: Relation) -> str:
    costs = "only the columns that are named are read" if relation.columnar else "the file is parsed once"
    return f"each rule is a few aggregates, and {costs}"


def _own(relation: Relation, name: str, need: Need, others: Mapping[str, Relation], choice: Choice) -> Step:
    why = next((why for kind, why in WHY_OWN.items() if isinstance(need, kind)), "it is no aggregate of rows")
    if isinstance(need, (Fences, Scores)):
        first = "its bounds are fetched, then the rows outside are counted"
        model = "the rows are kept as numbers, and a model of them scores each"
        return Step((name,), "in several steps", first if isinstance(need, Fences) else model, "")
    if isinstance(need, Twins):
        counts = "its different texts are counted and compared, then the rows with a variant are counted"
        return Step((name,), "in several steps", counts, spelling.counted(relation, need))
    how = "a statement of its own"
    if name in choice.dense:
        how, why = "a bitmap, else grouped", "integers that lie close together are marked in a bitmap, a bit for each"
    elif name in choice.proofs:
        how, why = "the scan, else grouped", "as many different hashes as keys prove in the one scan that none repeats"
    try:
        statement, _ = statements.counts(relation, need, others)
    except (KeyError, NotEvaluableError) as error:
        return Step((name,), "not at all", clean(error), "")
    return Step((name,), how, why, statement)
