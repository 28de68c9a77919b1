"""Pointblank: validation plans in YAML, and the steps in Python code."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, python_sql, python_turns, python_values
from idqp_cli.importing.pointblank import r_code, steps
from idqp_cli.importing.pointblank.arguments import ARGUMENTS, REFUSED
from idqp_cli.importing.pointblank.plans import Plans, levels
from idqp_cli.importing.python_constants import Constants
from idqp_cli.importing.values import Draft, Drafts, Import, NoEquivalentError, Source, Where

R_NAME = re.compile(r"tbl_name\s*=\s*[\"']([\w.-]+)[\"']")
PLAN = frozenset({
    "tbl", "tbl_name", "label", "thresholds", "actions", "steps", "brief", "lang", "locale", "final_actions", "owner",
    "consumers", "version", "df_library", "type", "reporting_lang", "governance", "read_fn", "warn_fraction",
})  # fmt: skip
# What a step may be compared with, and what it says when it fails.
COMPARED, SAID = frozenset({"value", "left", "right"}), frozenset({"actions", "label", "step_id"})
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
    return r_code.NAMES.get(kind, kind), r_code.of_yaml(kind, look.mapping(node, kind))


def _told(kind: str, given: Mapping[str, Node]) -> str:
    node = given.get("columns") or given.get("column") or given.get("columns_subset")
    if node is None or isinstance(node.value, dict):
        return kind
    return f"{kind}({', '.join(look.texts(node, 'columns'))})"


def _take(draft: Draft, where: Where, what: str, kind: str, given: Mapping[str, Node], thresholds: Node | None) -> None:
    draft.take(where, what, lambda: steps.rules(kind, given, thresholds, draft.name))


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
    plans = Plans(tree)
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
            given = _arguments(node, kind, constants)
        except NoEquivalentError as error:
            draft.leave(where, kind, str(error))
            continue
        _take(draft, where, _told(kind, given), kind, given, plan.levels)


def _schema(node: ast.expr, constants: Constants) -> Node:
    """Return `Schema(columns=[…])`, or the name of one, as a plan in YAML has it."""
    if isinstance(node, ast.Name):
        node = constants.known.get(node.id, node)
    if not isinstance(node, ast.Call) or python_values.called(node) != "Schema":
        return python_values.value(node)
    given = {one.arg: constants.without_names(one.value) for one in node.keywords if one.arg is not None}
    if node.args:
        given["columns"] = constants.without_names(node.args[0])
    if "tbl" in given or len(given) < len(node.args) + len(node.keywords):
        raise NoEquivalentError("its schema is that of a table in code; code is not run")
    mark = Mark(node.lineno, node.col_offset + 1)
    if "columns" in given:
        listed = python_values.value(given["columns"])
        # A pair alone, and a mapping of names to types, are columns, too.
        if isinstance(listed.value, dict):
            listed = Node((listed,), mark, {})
    else:
        named = {name: python_values.value(kind) for name, kind in given.items()}
        listed = Node((Node(named, mark, dict.fromkeys(named, mark)),), mark, {})
    return Node({"columns": listed}, mark, {"columns": mark})


def _arguments(node: ast.Call, kind: str, constants: Constants) -> dict[str, Node]:
    """Return the arguments of a step; conditions in Python are SQL."""
    if kind == "col_schema_match":
        given = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "schema")]
        others = [one for one in node.keywords if one.arg != "schema"]
        plain = _plain_arguments(ast.copy_location(ast.Call(node.func, node.args[1:], others), node), kind)
        return {**plain, "schema": _schema(given[0], constants)} if given else plain
    return _plain_arguments(node, kind)


def _plain_arguments(node: ast.Call, kind: str) -> dict[str, Node]:
    coded = [*node.args] if kind == "conjointly" else []
    keywords, given_levels = [], {}
    for keyword in node.keywords:
        if keyword.arg == "thresholds":
            given_levels["thresholds"] = levels(keyword.value)
        elif keyword.arg in SAID:
            # What is done and told when a step fails is for people.
            continue
        elif keyword.arg in COMPARED and (other := _column(keyword.value)) is not None:
            given_levels[keyword.arg] = other
        elif kind == "col_vals_expr" and keyword.arg == "expr":
            coded.append(keyword.value)
        else:
            keywords.append(keyword)
    if kind == "col_vals_expr" and node.args:
        coded.append(node.args[0])
    positional = [] if coded else node.args
    names = ARGUMENTS.get(kind, ("columns", "value"))
    for name, argument in zip(names, positional, strict=False):
        if name in COMPARED and (other := _column(argument)) is not None:
            given_levels[name] = other
    positional = [one for one in positional if _column(one) is None]
    plain = ast.copy_location(ast.Call(func=node.func, args=positional, keywords=keywords), node)
    given = python_values.keywords(plain, names) | given_levels
    if not coded:
        return given
    texts = tuple(_condition(one) for one in coded)
    if kind == "col_vals_expr":
        return {**given, "expr": texts[0]}
    return {**given, "exprs": Node(texts, texts[0].mark, {})}


def _column(node: ast.expr) -> Node | None:
    """Return `pb.col("b")` as a plan in YAML has it."""
    first = node.args[0] if isinstance(node, ast.Call) and python_values.called(node) == "col" and node.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return None
    written = f"col({first.value!r})"
    return Node(written, Mark(node.lineno, node.col_offset + 1), {}, written)


def _condition(node: ast.expr) -> Node:
    mark = Mark(node.lineno, node.col_offset + 1)
    match node:
        case ast.Constant(value=str() as text):
            return Node(text, mark, {}, text)
        case ast.Lambda():
            parameter, body, _ = python_values.returned(node)
        case _:
            parameter, body = "", node
    spoken = python_sql.Function(parameter, body, None, {}).spoken()
    if spoken.of_all:
        raise NoEquivalentError("its condition is of all rows; a rule of the statistic says it")
    text = spoken.text
    return Node(text, mark, {}, text)


def _r(source: Source, drafts: Drafts) -> None:
    """Read the steps in code of R."""
    name = R_NAME.search(source.text[: r_code.LONGEST])
    draft = drafts.of(name[1] if name else _stem(source.path))
    found = False
    for step in r_code.steps(source.text):
        found = True
        if isinstance(step, tuple):
            kind, line, why = step
            draft.leave(Where(source.path, Mark(line, 1)), kind, why)
            continue
        _take(draft, Where(source.path, Mark(step.line, 1)), _told(step.kind, step.given), step.kind, step.given, None)
    if not found:
        drafts.leave(Where(source.path, Mark(1, 1)), "the file", "it contains no step of Pointblank")
