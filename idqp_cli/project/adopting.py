"""Rules that come from elsewhere, held against what a rules file can say, one by one: what is refused is not taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from idqp_cli.core import naming
from idqp_cli.core.errors import RulesError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Mark
from idqp_cli.core.text import one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import dialect, writer
from idqp_cli.importing.values import Import, Imported, Keys, Taken, Untaken, Where
from idqp_cli.project import project as config
from idqp_cli.project import variables
from idqp_cli.rules.rule import Rule

NOWHERE = Where("rules.yaml", Mark(1, 1))
PLACEHOLDER = "x.csv"
PATH, RULES = "path", "rules"
# The keys whose values are SQL of people.
SQL = ("where", "expression", "sql")
NO_TABLE = re.compile(r"there is no table (\w+)\b")
# The tables outside of the files that one query may name.
MOST_TABLES = 10


class Anything(Mapping[str, str]):
    """A value for every variable, because none is known before the check."""

    def __getitem__(self, name: str) -> str:
        """Return a value that fits most places."""
        return "0"

    def __contains__(self, name: object) -> bool:
        """Tell that there is one."""
        return True

    def __iter__(self):  # type: ignore[no-untyped-def] # noqa: ANN204 - nobody lists them
        """List none."""
        return iter(())

    def __len__(self) -> int:
        """Count none."""
        return 0


Examine = Callable[[str, Sequence[Rule]], Iterable[RulesError]]


def adopted(found: Import, examine: Examine = lambda _dataset, _rules: ()) -> Import:
    """Return what was imported; what a rules file cannot have is among the untaken then, with the reason.

    `examine` yields what is wrong with the patterns and the SQL of the rules of a dataset.
    """
    around = _Around(examine, found.defaults, tuple(one.name for one in found.datasets))
    outside = _outside(found, around)
    if outside:
        more = tuple(Imported(name, {}, (), ("A rule names it; the files that were read do not.",)) for name in outside)
        found = replace(found, datasets=(*found.datasets, *more))
        around = replace(around, names=(*around.names, *outside))
    return replace(found, datasets=tuple(_dataset(one, around) for one in found.datasets))


@frozen
class _Around:
    """What a rule is held against: a reader of its SQL, the defaults, and the names of the datasets."""

    examine: Examine
    defaults: Keys
    names: tuple[str, ...]

    def named(self, rule: Keys) -> set[str]:
        """Return the other datasets that a rule names."""
        statement = str(rule.get("sql", "")).casefold()
        found = {name for name in self.names if statement and name.casefold() in statement}
        return found | {str(rule[key]) for key in ("dataset", "equals") if key in rule}


def _outside(found: Import, around: _Around) -> tuple[str, ...]:
    """Return the tables that rules name and that are no datasets of the files: they are datasets, too."""
    outside: dict[str, str] = {}
    for dataset in found.datasets:
        for check in dataset.checks:
            if not isinstance(check, Taken):
                continue
            told = [str(check.keys[key]) for key in ("dataset", "equals") if key in check.keys]
            outside |= {name.casefold(): name for name in told if name not in around.names}
            if not isinstance(check.keys.get("sql"), str):
                continue
            keys = {**check.keys, "sql": dialect.translated(str(check.keys["sql"]))}
            named: list[str] = []
            for _ in range(MOST_TABLES):
                wider = replace(around, names=(*around.names, *outside.values(), *named))
                reason = _objection(dataset.name, {PATH: PLACEHOLDER, RULES: [keys]}, wider)
                missing = None if reason is None else NO_TABLE.search(reason)
                if missing is None or missing[1] in named:
                    break
                named.append(missing[1])
            if reason is None:
                outside |= {name.casefold(): name for name in named}
    return tuple(outside.values())


def _dataset(dataset: Imported, around: _Around) -> Imported:
    keys: dict[str, object] = {}
    refused: list[Untaken] = []
    for key, value in dataset.keys.items():
        reason = _objection(dataset.name, {PATH: PLACEHOLDER, **keys, key: value}, around)
        if reason is None:
            keys[key] = value
        else:
            refused.append(Untaken(key, NOWHERE, reason))
    checks: list[Taken | Untaken] = [*refused]
    taken: set[str] = set()
    counted = [one.keys for one in dataset.checks if isinstance(one, Taken) and one.keys["type"] == "row_count"]
    if any("where" not in one and (one.get("min") == 0 or one.get("max") == 0) for one in counted):
        keys["allow_empty"] = True
    taken |= naming.reserved([node(one, NOWHERE.mark) for one in counted], allow_empty=bool(keys.get("allow_empty")))
    checks += [
        check if isinstance(check, Untaken) else _check(dataset.name, check, around, taken) for check in dataset.checks
    ]
    return replace(dataset, keys=keys, checks=tuple(checks))


def _check(dataset: str, check: Taken, around: _Around, taken: set[str]) -> Taken | Untaken:
    keys = {
        key: dialect.translated(value) if key in SQL and isinstance(value, str) else value
        for key, value in check.keys.items()
    }
    changed = [str(check.keys[key]) for key in SQL if key in keys and keys[key] != check.keys[key]]
    name = _name(keys, taken)
    if "name" in keys:
        keys["name"] = name
    open_ = [name for key in ("sql", "expression") for name in variables.VARIABLE.findall(str(keys.get(key, "")))]
    if open_:
        return Untaken(check.what, check.where, f"the variable {open_[0]} has no value; set it with --set {open_[0]}=…")
    reason = _objection(dataset, {PATH: PLACEHOLDER, RULES: [keys]}, around)
    if reason is not None:
        return Untaken(check.what, check.where, reason)
    taken.add(name)
    told = [f"SQL of another dialect, translated; it was: {one_line(one)}" for one in changed]
    return replace(check, keys=keys, remarks=(*check.remarks, *told))


def _name(keys: Keys, taken: set[str]) -> str:
    """Return a free name for a rule."""
    if "name" not in keys:
        about = keys.get("columns") or (
            [keys["column"]] if "column" in keys else [keys["metric"]] if "metric" in keys else ()
        )
        return naming.unnamed(
            str(keys["type"]), [str(one) for one in about] if isinstance(about, (list, tuple)) else (), taken
        )
    return naming.free(str(keys["name"]).strip() or str(keys["type"]), taken)


def _objection(dataset: str, keys: Keys, around: _Around) -> str | None:
    """Say why a rules file cannot have a dataset with these keys; None if it can."""
    listed = keys.get(RULES)
    others = {name: {PATH: PLACEHOLDER} for rule in _rules(listed) for name in around.named(rule)}
    content = {"version": 1, "defaults": around.defaults, "datasets": {**others, dataset: keys}}
    try:
        project = config.made(node(content, NOWHERE.mark), NOWHERE.path, Path(), Anything())
        for fault in around.examine(dataset, project.rules[dataset]):
            raise fault
    except RulesError as error:
        # Without the place, which is in no file.
        words = str(error).split(": ")
        kinds = {
            dataset,
            *(str(rule["type"]) for rule in _rules(listed)),
            *(str(rule.get("name")) for rule in _rules(listed)),
        }
        while len(words) > 1 and (words[0] in kinds or words[0].startswith(NOWHERE.path)):
            words = words[1:]
        return ": ".join(words)
    return None


def _rules(listed: object) -> Iterable[Mapping[str, object]]:
    return listed if isinstance(listed, list) else ()


def as_node(found: Import) -> Node:
    """Return what was imported as a rules file would say it, each rule with its place in the file of the other tool."""
    datasets = {}
    for dataset in found.datasets:
        rules = tuple(node(check.keys, check.where.mark) for check in dataset.checks if isinstance(check, Taken))
        keys = node(dataset.keys, NOWHERE.mark)
        inner = dict(keys.value) if isinstance(keys.value, dict) else {}
        inner[RULES] = Node(rules, NOWHERE.mark, {})
        datasets[dataset.name] = Node(inner, NOWHERE.mark, dict.fromkeys(inner, NOWHERE.mark))
    content = {"version": node(1, NOWHERE.mark), "defaults": node(found.defaults, NOWHERE.mark)}
    content["datasets"] = Node(datasets, NOWHERE.mark, dict.fromkeys(datasets, NOWHERE.mark))
    return Node(content, NOWHERE.mark, dict.fromkeys(content, NOWHERE.mark))


def node(value: object, mark: Mark) -> Node:
    """Return a value as it would be read from a rules file."""
    if isinstance(value, Mapping):
        return Node(
            {str(key): node(item, mark) for key, item in value.items()}, mark, dict.fromkeys(map(str, value), mark)
        )
    if isinstance(value, (list, tuple)):
        return Node(tuple(node(item, mark) for item in value), mark, {})
    if isinstance(value, Decimal):
        return Node(float(value), mark, {}, writer.flow(value))
    if value is None or isinstance(value, (bool, int, float, str)):
        return Node(value, mark, {}, writer.flow(value))
    return Node(str(value), mark, {}, str(value))
