"""What dbt's contracts and constraints become."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, rule_keys, typenames
from idqp_cli.importing.values import Draft, Keys, NoEquivalentError, Where

KEYS = (
    "type", "name", "expression", "columns", "to", "to_columns", "warn_unenforced", "warn_unsupported", "description",
)  # fmt: skip
Other = Callable[[str], str]


def table(draft: Draft, path: str, given: Mapping[str, Node], config: Mapping[str, Node], other: Other) -> None:
    """Take the contract and the constraints of a model."""
    contract = config.get("contract") or given.get("contract")
    if contract is not None and isinstance(contract.value, dict):
        told = look.mapping(contract, "contract")
        draft.unread.meet(path, "a contract", told, {"enforced", "alias_types"})
        if look.flag(told.get("enforced"), "enforced"):
            draft.take(Where(path, contract.mark), "contract", lambda: [_schema(given)])
    for item in look.items(given.get("constraints"), "constraints"):
        where = Where(path, item.mark)
        draft.take(where, "a constraint", lambda item=item: _constraint(draft, item, None, other))  # type: ignore[misc]


def column(draft: Draft, where: Where, name: str, given: Mapping[str, Node], other: Other) -> None:
    """Take the constraints of a column."""
    for item in look.items(given.get("constraints"), "constraints"):
        place = Where(where.path, item.mark)
        draft.take(place, f"a constraint of {name}", lambda item=item: _constraint(draft, item, name, other))  # type: ignore[misc]


def _schema(given: Mapping[str, Node]) -> Keys:
    columns: dict[str, object] = {}
    for item in look.items(given.get("columns"), "columns"):
        one = look.mapping(item, "a column")
        kind = typenames.ours(look.text(one["data_type"], "data_type")) if "data_type" in one else "any"
        columns[look.text(one.get("name"), "the name of a column")] = kind
    if not columns:
        raise NoEquivalentError("the contract has no columns")
    return rule_keys.schema(columns)


def _constraint(draft: Draft, item: Node, name: str | None, other: Other) -> Iterable[Keys]:
    given = look.mapping(item, "a constraint")
    look.refuse_others(given, KEYS, "the constraint")
    kind = look.text(given.get("type"), "type")
    columns = [name] if name else look.texts(given.get("columns"), "columns")
    called = {"name": look.text(given["name"], "name")} if "name" in given else {}
    if kind == "check":
        expression = look.text(given.get("expression"), "expression")
        return [rule_keys.rule("expression", expression=expression, **called)]
    if not columns:
        raise NoEquivalentError(f"the constraint {clean(kind, 40)} names no column")
    match kind:
        case "not_null":
            return [rule_keys.rule("completeness", columns, **called)]
        case "unique":
            return [rule_keys.rule("unique", columns, **called)]
        case "primary_key":
            draft.add("key", columns)
            return [rule_keys.rule("unique", columns, **called), rule_keys.rule("completeness", columns)]
        case "foreign_key" if "to" in given:
            dataset = other(look.text(given["to"], "to"))
            to = look.texts(given.get("to_columns"), "to_columns")
            same = to == columns or not to
            return [rule_keys.rule("references", columns, dataset=dataset, to=None if same else to, **called)]
    raise NoEquivalentError(f"the constraint {clean(kind, 40)} is not known")
