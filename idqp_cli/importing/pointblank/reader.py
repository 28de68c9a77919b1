"""Pointblank: validation plans in YAML, and the steps in Python code."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, python_turns, python_values
from idqp_cli.importing.pointblank import r_code, step_arguments, steps
from idqp_cli.importing.pointblank.arguments import REFUSED
from idqp_cli.importing.pointblank.plans import Plans
from idqp_cli.importing.values import Draft, Drafts, Import, NoEquivalentError, Source, Where

PLAN = frozenset({
    "tbl", "tbl_name", "label", "thresholds", "actions", "steps", "brief", "lang", "locale", "final_actions", "owner",
    "consumers", "version", "df_library", "type", "reporting_lang", "governance", "read_fn", "warn_fraction",
})  # fmt: skip
DATA = re.compile(r"[\w./*{}-]+\.(?:csv|parquet|tsv)")


def read(sources: Sequence[Source], variables: Mapping[str, str]) -> Import:  # noqa: ARG001 - it has none
    """Read plans.

    Raises:
        RulesError: a file is not what it is called, with the place.

    """
    drafts = Drafts()
    for source in sources:
        if source.path.endswith(".py"):
            _python(source, drafts)
            continue
        if source.path.lower().endswith((".r", ".rmd", ".qmd")):
            _r(source, drafts)
            continue
        for root in drafts.roots(source):
            with drafts.guarded(Where(source.path, root.mark), "the plan"):
                _plan(look.mapping(root, "the plan"), source, drafts)
    return drafts.done()


def _stem(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].split(".")[0]


def _plan(given: Mapping[str, Node], source: Source, drafts: Drafts) -> None:
    if "steps" not in given:
        raise NoEquivalentError("it has no steps")
    table = given.get("tbl")
    told = table.value if table is not None and isinstance(table.value, str) else ""
    file = DATA.fullmatch(told.strip())
    name = (
        look.text(given["tbl_name"], "tbl_name")
        if "tbl_name" in given
        else _stem(told)
        if file
        else told
        if re.fullmatch(r"\w+", told)
        else _stem(source.path)
    )
    draft = drafts.of(name)
    if file:
        draft.keys["path"] = told.strip()
    if "label" in given:
        draft.keys["description"] = look.text(given["label"], "label")
    drafts.unread.meet(source.path, "the plan", given, PLAN)
    thresholds = given.get("thresholds") or r_code.levels_of(given.get("actions"))
    for item in look.items(given["steps"], "steps"):
        where, what = Where(source.path, item.mark), "a step"
        try:
            kind, inner = _step(item)
            what = _told(kind, inner)
        except NoEquivalentError as error:
            draft.leave(where, what, str(error))
            continue
        _take(draft, where, what, kind, inner, thresholds)


def _step(item: Node) -> tuple[str, Mapping[str, Node]]:
    if not isinstance(item.value, dict):
        return look.text(item, "a step"), {}
    if len(item.value) != 1:
        names = ", ".join(clean(key, 30) for key in list(item.value)[:5])
        raise NoEquivalentError(f"a step is one mapping with the name of its method, not {names}")
    kind, node = next(iter(item.value.items()))
    given = step_arguments.of_yaml(kind, r_code.of_yaml(kind, look.mapping(node, kind)))
    return r_code.NAMES.get(kind, kind), given


def _told(kind: str, given: Mapping[str, Node]) -> str:
    node = given.get("columns") or given.get("column") or given.get("columns_subset")
    if node is None or isinstance(node.value, dict):
        return kind
    return f"{kind}({', '.join(look.texts(node, 'columns'))})"


def _take(
    draft: Draft,
    where: Where,
    what: str,
    kind: str,
    given: Mapping[str, Node],
    thresholds: Node | None,
    remarks: Sequence[str] = (),
) -> None:
    draft.take(where, what, lambda: steps.rules(kind, given, thresholds, draft.name), remarks)


def _is_step(kind: str) -> bool:
    return kind in steps.STEPS or kind in REFUSED


def _python(source: Source, drafts: Drafts) -> None:
    """Read the steps in Python code: calls with constants as arguments. The code is not run."""
    turns, constants = python_turns.written_out(python_values.parsed(source.text, source.path))
    tree = constants.followed(turns)
    found = [node for node in python_values.calls(tree) if _is_step(python_values.called(node))]
    if not found:
        drafts.leave(Where(source.path, Mark(1, 1)), "the file", "it contains no step of Pointblank")
        return
    drafts.notes += constants.notes(source.path)
    functions = {one.name: one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}
    plans, conditions = Plans(tree), python_values.conditions(tree)
    named = python_values.constant_of(tree, ("tbl_name",)) if not plans.several else None
    told: set[str] = set()
    for node in found:
        kind, plan = python_values.called(node), plans.of(node)
        draft = drafts.of(plan.table or named or _stem(source.path))
        where = Where(source.path, Mark(node.end_lineno or node.lineno, 1))
        if plan.why and plan.why not in told:
            told.add(plan.why)
            draft.leave(where, "thresholds", plan.why)
        try:
            given = step_arguments.read(node, kind, constants, functions)
        except NoEquivalentError as error:
            draft.leave(where, kind, str(error))
            continue
        remarks = [conditions[node]] if node in conditions else []
        _take(draft, where, _told(kind, given), kind, given, plan.levels, remarks)


def _r(source: Source, drafts: Drafts) -> None:
    """Read the steps in code of R."""
    found = False
    for table, step in r_code.steps(source.text):
        found = True
        draft = drafts.of(table or _stem(source.path))
        if isinstance(step, tuple):
            kind, line, why = step
            draft.leave(Where(source.path, Mark(line, 1)), kind, why)
            continue
        _take(draft, Where(source.path, Mark(step.line, 1)), _told(step.kind, step.given), step.kind, step.given, None)
    if not found:
        drafts.leave(Where(source.path, Mark(1, 1)), "the file", "it contains no step of Pointblank")
