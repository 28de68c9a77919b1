"""What a JSON Schema says of what is inside a cell: a rule for each part of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, rule_keys
from idqp_cli.importing.jsonschema import holds
from idqp_cli.importing.jsonschema.holds import Holds, Part
from idqp_cli.importing.jsonschema.references import Given
from idqp_cli.importing.jsonschema.value import Cell, Inside
from idqp_cli.importing.values import Draft, Keys, NoEquivalentError, Where

DEEPEST = 12
TOO_DEEP = f"it is nested deeper than {DEEPEST} levels"


@frozen
class Place:
    """Where a value is: the column, and the steps into its cell; the step `[]` is every element."""

    column: str
    steps: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it as people write it: `customer.address.zip`, `items[].sku`."""
        return self.column + "".join(one if one == "[]" else f".{one}" for one in self.steps)

    def below(self, step: str) -> Place:
        """Return the place of a key, or of every element."""
        return Place(self.column, (*self.steps, step))

    def expression(self, part: Part) -> str:
        """Return the expression that a part of a schema holds of the value, or of every value, that is there."""
        _, make = part
        cell = Cell(self.column)
        if not self.steps:
            return make(cell)
        found = f"json_extract({cell.json}, {sql.literal(holds.path(self.steps))})"
        if "[]" not in self.steps:
            return make(Inside(found))
        return holds.every(found, "v", make(Inside("v")))


def take(draft: Draft, place: Place, where: Where, given: Given, said: Holds) -> None:
    """Take what a schema says inside the cells of a column."""
    if len(place.steps) > DEEPEST:
        draft.leave(where, str(place), TOO_DEEP)
        return
    for below, node in _within(place, given):
        if isinstance(node.value, bool):
            continue
        at = Where(where.path, node.mark)
        try:
            inner = said.references.followed(look.mapping(node, str(below)))
            parts = list(said.parts(inner))
        except NoEquivalentError as error:
            draft.leave(at, str(below), str(error))
            continue
        for part in parts:
            draft.take(at, f"{below}: {part[0]}", lambda below=below, part=part: rules(below, part))  # type: ignore[misc]
        take(draft, below, at, inner, said)


def rules(place: Place, part: Part) -> Iterable[Keys]:
    """Return the rule that a part of a schema holds at a place."""
    expression = place.expression(part)
    if expression == "true":
        return []
    return [rule_keys.rule("expression", expression=expression, description=f"{place}: {part[0]}")]


def _within(place: Place, given: Given) -> Iterator[tuple[Place, Node]]:
    for name, node in look.mapping(given.get("properties"), "properties").items():
        yield place.below(name), node
    items = given.get("items")
    if items is not None and isinstance(items.value, dict) and "prefixItems" not in given:
        yield place.below("[]"), items
