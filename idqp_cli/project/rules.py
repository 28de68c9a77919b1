"""The rules of a dataset, from the rules file; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from idqp_cli.core import naming
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.model import Mark, Severity
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.project import decode
from idqp_cli.project.fields import Key, keys_of
from idqp_cli.project.place import Place, items, keys, mapping, shown
from idqp_cli.project.place import marks as marks_of
from idqp_cli.project.variables import filled
from idqp_cli.rules import RULE_TYPES, shares
from idqp_cli.rules.rule import Rule, Takes


def rules_of(
    listed: Node | None, place: Place, dataset: Dataset, severity: Severity | None, variables: Mapping[str, str]
) -> tuple[Rule, ...]:
    """Read the rules of a dataset; `severity` is that of rules that say none.

    Raises:
        RulesError: a rule does not say what a rule says; with its line.

    """
    rules: list[Rule] = []
    written = items(listed, place.at("rules")) if listed is not None else ()
    hidden = tuple(name.casefold() for name in dataset.pii)
    taken = naming.reserved(written, allow_empty=dataset.allow_empty)
    for item in written:
        made = replace(_rule(item, place, severity, variables, taken), hidden=hidden)
        taken.add(made.name)
        rules.append(made)
    return tuple(rules)


def _rule(node: Node, place: Place, severity: Severity | None, variables: Mapping[str, str], taken: set[str]) -> Rule:
    written = mapping(node, place)
    if "type" not in written:
        raise place.error(node.mark, f"type: is missing; known types: {', '.join(sorted(RULE_TYPES))}")
    type_name = written["type"].value
    if not isinstance(type_name, str) or type_name not in RULE_TYPES:
        raise place.error(
            written["type"].mark,
            f"unknown rule type {shown(written['type'])}; known types: {', '.join(sorted(RULE_TYPES))}",
        )
    rule_type = RULE_TYPES[type_name]
    place = place.at(type_name)
    known = {key.name: key for key in keys_of(rule_type)}
    column_keys = {
        Takes.NO_COLUMN: (), Takes.MAYBE_ONE: ("column",), Takes.ONE: ("column",), Takes.SEVERAL: ("column", "columns"),
        Takes.ANY: ("column", "columns"), Takes.SEVERAL_AND_ONE: ("columns", "column"), Takes.ALL: (),
    }[rule_type.takes]  # fmt: skip
    given = keys(node, place, ("type", *column_keys, *known))
    columns = () if rule_type.takes is Takes.ALL else _columns(given, node, place, rule_type.takes)
    marks = {name: mark for key, value in given.items() for name, mark in marks_of(key, value).items()}
    values: dict[str, object] = {"columns": columns, "line": node.mark.line, "marks": {"": node.mark, **marks}}
    if severity is not None:
        values["severity"] = severity
    for name, key in known.items():
        if name in given:
            values[key.field] = _value(given[name], key, place.at(name), variables)
        elif key.required:
            raise place.error(node.mark, f"{name}: is missing")
    _levels(values, {key.field for name, key in known.items() if name in given}, marks, place)
    values["name"] = _name(values, rule_type, columns, taken, marks, place)
    try:
        return rule_type(**values)  # type: ignore[arg-type] # each value is decoded by its field's type
    except ValueError as error:
        # What is wrong with one key begins with its name.
        raise place.error(marks.get(str(error).partition(":")[0], node.mark), str(error)) from None


def _levels(values: dict[str, object], written: set[str], marks: Mapping[str, Mark], place: Place) -> None:
    """Refuse limits that cannot stand together; a rule with levels is as severe as its most severe one."""
    refused = shares.refusal({name: value for name, value in values.items() if name in written})
    if refused is not None:
        key, message = refused
        raise place.error(marks[key], f"{key}: {message}")
    if "fail" in written or "warn" in written:
        values["severity"] = Severity.CRITICAL if "fail" in written else Severity.WARNING


def _value(node: Node, key: Key, place: Place, variables: Mapping[str, str]) -> object:
    return filled(node, place, variables) if key.field == "where" else key.kind.read(node, place)


def _columns(given: Mapping[str, Node], node: Node, place: Place, takes: Takes) -> tuple[str, ...]:
    if takes is Takes.SEVERAL_AND_ONE:
        return _dependent(given, node, place)
    if "column" in given and "columns" in given:
        raise place.error(given["columns"].mark, "set column or columns, not both")
    columns: tuple[str, ...] = ()
    if "column" in given:
        columns = (decode.text(given["column"], place.at("column")),)
    elif "columns" in given:
        columns = _listed(given["columns"], place)
    if not columns and takes in {Takes.ONE, Takes.SEVERAL}:
        raise place.error(node.mark, "column: is missing")
    return columns


def _dependent(given: Mapping[str, Node], node: Node, place: Place) -> tuple[str, ...]:
    """Read `columns` and the one `column` that depends on them, which is the last of what is returned."""
    for key in ("columns", "column"):
        if key not in given:
            raise place.error(node.mark, f"{key}: is missing; column is the one that depends on columns")
    column, columns = decode.text(given["column"], place.at("column")), _listed(given["columns"], place)
    if not columns:
        raise place.error(given["columns"].mark, "columns: must name at least one column")
    if column.casefold() in {name.casefold() for name in columns}:
        raise place.error(given["column"].mark, f"column: '{clean(column, 60)}' is also in columns")
    return (*columns, column)


def _listed(node: Node, place: Place) -> tuple[str, ...]:
    return tuple(decode.text(item, place.at("columns")) for item in items(node, place.at("columns")))


def _name(
    values: Mapping[str, object],
    rule_type: type[Rule],
    columns: tuple[str, ...],
    taken: set[str],
    marks: Mapping[str, Mark],
    place: Place,
) -> str:
    if "name" in values:
        name = str(values["name"])
        if name in taken:
            raise place.error(marks["name"], f"name: '{clean(name, 60)}' is taken by another rule of this dataset")
        return name
    return naming.unnamed(rule_type.type, columns or ((str(values["metric"]),) if "metric" in values else ()), taken)
