"""Deequ and PyDeequ: checks in Scala and Python code, and suggestions in JSON; and the checks of DQX in YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, notebooks
from idqp_cli.importing.deequ import calls as deequ_calls
from idqp_cli.importing.deequ import checks, dqx, dqx_code, frames, python_code, scala
from idqp_cli.importing.deequ.calls import Call
from idqp_cli.importing.values import Drafts, Import, NoEquivalentError, Source, Where

OWN = frozenset({"Check", "where"})
CODE = ("code_for_constraint", "constraint_code", "code", "constraint")


def read(sources: Sequence[Source], variables: Mapping[str, str]) -> Import:
    """Read code, suggestions, or the checks of DQX.

    Raises:
        RulesError: a file is not what it is called, with the place.

    """
    drafts = Drafts()
    for source in sources:
        stem = source.path.replace("\\", "/").rpartition("/")[2].split(".")[0]
        if source.path.endswith((".yml", ".yaml", ".json")):
            for root in drafts.roots(source):
                with drafts.guarded(Where(source.path, root.mark), "the file"):
                    _document(root, source.path, stem, variables, drafts)
            continue
        in_python = source.path.endswith(".py")
        text = notebooks.python(source.text) if in_python else scala.written_out(source.text)
        read_ = python_code.read(text, source.path) if in_python else None
        drafts.notes += read_.notes if read_ is not None else ()
        calls = list(_of_checks(read_.calls if read_ is not None else deequ_calls.calls(text, python=in_python)))
        roots: list[tuple[Node, str | None]] = []
        if in_python and "dqx" in source.text.lower():
            try:
                roots = dqx_code.checks(source)
            except RulesError as error:
                # The checks of PyDeequ are found in it nevertheless.
                drafts.leave(Where(source.path, Mark(1, 1)), "the file", f"no check of DQX is read: {error}")
                in_python = False
        if not calls and not roots and (in_python or not source.path.endswith(".py")):
            drafts.leave(Where(source.path, Mark(1, 1)), "the file", "it contains no check of Deequ or DQX")
        if calls:
            owners = frames.of_calls(text, [(call.at, call.name == "Check") for call in calls])
            _code(drafts, [owner or stem for owner in owners], calls, source.path)
        for root, owner in roots:
            dqx.read(root, source.path, owner or stem, variables, drafts)
    return drafts.done()


def _of_checks(calls: Iterable[Call]) -> Iterator[Call]:
    """Yield the calls that are of a check; code has others whose names look like them, as isNull and isEmpty."""
    for call in calls:
        if call.name in OWN or checks.is_known(call.name) or call.chained or call.of_check:
            yield call


def _document(root: Node, path: str, stem: str, variables: Mapping[str, str], drafts: Drafts) -> None:
    if dqx.is_checks(root):
        dqx.read(root, path, stem, variables, drafts)
        return
    codes = list(_codes(root))
    if not codes:
        raise NoEquivalentError("it has neither constraints of Deequ nor checks of DQX")
    draft = drafts.of(stem)
    for node in codes:
        text = look.text(node, "a constraint")
        calls = list(deequ_calls.calls(text if text.startswith(".") else f".{text}"))
        where = Where(path, node.mark)
        if not calls:
            draft.leave(where, text, "Deequ has no such check")
        for call in calls:
            draft.take(where, call.text, lambda call=call: checks.rules(call, {}, draft.name))  # type: ignore[misc]


def _codes(node: Node, depth: int = 0) -> Iterator[Node]:
    """Yield the code of each constraint, wherever it stands."""
    if depth > 8:
        return
    if isinstance(node.value, dict):
        code = next(
            (node.value[key] for key in CODE if key in node.value and isinstance(node.value[key].value, str)), None
        )
        if code is not None:
            yield code
            return
        for inner in node.value.values():
            yield from _codes(inner, depth + 1)
    elif isinstance(node.value, tuple):
        for inner in node.value:
            yield from _codes(inner, depth + 1)


def _code(drafts: Drafts, owners: Sequence[str], calls: Sequence[Call], path: str) -> None:
    """Take the checks of code, each of its dataset: chains of calls that begin with `Check(level, description)`."""
    keys: dict[str, object] = {}
    known: dict[str, dict[str, object]] = {}
    for at, (owner, call) in enumerate(zip(owners, calls, strict=True)):
        if call.name == "Check":
            warns = "Warning" in call.text
            described = next((argument for argument in call.arguments if isinstance(argument, str)), None)
            keys = {"severity": "warning"} if warns else {}
            keys |= {"description": described} if described else {}
            known[call.variable] = keys
            continue
        if not call.chained and call.variable in known:
            keys = known[call.variable]
        if call.name == "where":
            # Of the check before it, which takes it; any other is of the data.
            continue
        where, draft = Where(path, Mark(call.line, 1)), drafts.of(owner)
        after = calls[at + 1] if at + 1 < len(calls) else None
        own = dict(keys)
        if after is not None and after.name == "where" and after.chained:
            own["where"] = after.arguments[0] if after.arguments else None
            if not isinstance(own["where"], str):
                draft.leave(where, call.text, "its filter is not a constant; code is not run")
                continue
        what = re.sub(r"\s+", " ", call.text)
        draft.take(where, what, partial(checks.rules, call, own, draft.name), call.remarks)
