"""Suites of Great Expectations as values: their expectations, with what each of them is given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from idqp_cli.core.text import clean, one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look
from idqp_cli.importing.expectations import catalog
from idqp_cli.importing.expectations.expectation import Expectation, Made
from idqp_cli.importing.gx import conditions
from idqp_cli.importing.gx.keys import ARGUMENTS, BESIDE, COMMON, ITEM, SUITE
from idqp_cli.importing.row_checks import Counted, Failing
from idqp_cli.importing.values import Draft, Drafts, Keys, NoEquivalentError, Source, Where

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NO_NAME = re.compile(
    r"[._\s-]*\b(?:expectations?|suite|validation|checks?|quality|warning|failure|default)\b", re.IGNORECASE
)
SEVERITIES = {"critical": None, "warning": "warning", "info": "info"}
# What holds the expectations: of a suite, or of the results of a validation.
LISTS = ("expectations", "expectation_configs", "results")
# The moment of the run, as parameters say it.
MOMENT = re.compile(r"now\(\)(?:\s*([-+])\s*timedelta\(\s*(weeks|days|hours|minutes|seconds)\s*=\s*(\d+)\s*\))?")


def read(root: Node, source: Source, variables: Mapping[str, str], drafts: Drafts) -> None:
    """Read a suite, a list of them, a list of expectations, or one expectation.

    Raises:
        NoEquivalentError: it is none of these.

    """
    if isinstance(root.value, tuple):
        if all(isinstance(one.value, dict) and "expectations" in one.value for one in root.value):
            for one in root.value:
                read(one, source, variables, drafts)
            return
        root = Node({"expectations": root}, root.mark, {"expectations": root.mark})
    given = look.mapping(root, "the suite")
    if "kwargs" in given or "expectation_type" in given:
        one = Node((root,), root.mark, {})
        given = {"expectations": one}
    if "expectations" not in given and "expectation_suite" in given:
        given = look.mapping(given["expectation_suite"], "the suite")
    key = next((key for key in LISTS if key in given), None)
    if key is None:
        raise NoEquivalentError("it has no expectations")
    name = next(
        (look.text(given[key], key) for key in ("expectation_suite_name", "name", "suite_name") if key in given), ""
    )
    draft = drafts.of(dataset_name(name, source.path))
    drafts.unread.meet(source.path, "a suite", given, SUITE)
    listed = look.items(given[key], key)
    if not listed:
        drafts.notes.append(f"{Where(source.path, root.mark)}: the suite has no expectations")
    for item in listed:
        _take(draft, item, source.path, variables)


def dataset_name(suite: str, path: str) -> str:
    """Return a name for the dataset of a suite, which names none: the suite's without the words that every one has."""
    stem = path.replace("\\", "/").rpartition("/")[2].split(".")[0]
    name = NO_NAME.sub("", suite.replace("_", " ")).strip(" ._-")
    words = re.sub(r"[\s.]+", "_", name)
    return words or suite or stem or "dataset"


def one(draft: Draft, root: Node, where: Where, column: str | None, variables: Mapping[str, str]) -> None:
    """Take an expectation that stands in a file of another tool, or a list of them."""
    given = root.value if isinstance(root.value, dict) else {}
    listed = (
        root.value
        if isinstance(root.value, tuple)
        else look.items(given.get("expectations"), "expectations") or (root,)
    )
    for item in listed:
        _take(draft, item if column is None else _of_column(item, column), where.path, variables)


def _of_column(item: Node, column: str) -> Node:
    """Return an expectation that is of a column where it names none."""
    if not isinstance(item.value, dict):
        return item
    if "kwargs" not in item.value:
        return Node({"column": Node(column, item.mark, {}, column), **item.value}, item.mark, item.key_marks)
    kwargs = {"column": Node(column, item.mark, {}, column), **look.mapping(item.value.get("kwargs"), "kwargs")}
    inner = Node(kwargs, item.mark, dict.fromkeys(kwargs, item.mark))
    return Node({**item.value, "kwargs": inner}, item.mark, item.key_marks)


def _take(draft: Draft, item: Node, path: str, variables: Mapping[str, str]) -> None:
    where, what = Where(path, item.mark), "an expectation"
    try:
        given = look.mapping(item, "an expectation")
        # In the results of a validation.
        given = look.mapping(given.get("expectation_config"), "an expectation") or given
        kind = look.text(given.get("expectation_type") or given.get("type"), "expectation_type")
        kwargs = look.mapping(given.get("kwargs"), "kwargs")
        if "kwargs" in given:
            beside = {key: node for key, node in given.items() if key in ARGUMENTS - ITEM and key not in kwargs}
            draft.unread.meet(path, "an expectation", given, ITEM | beside.keys())
            # At the wrong indent; what is meant is clear.
            kwargs |= beside
        else:
            kwargs = {key: node for key, node in given.items() if key not in BESIDE}
        # Data contracts write them as minValue.
        kwargs = {_key(key): node for key, node in kwargs.items()}
        what = told(kind, kwargs)
        outer: dict[str, Node] = {
            key: given[key] for key in ("meta", "severity", "description", "notes") if key in given
        }
        expectation(draft, where, what, kind, {**kwargs, **outer}, variables)
    except NoEquivalentError as error:
        draft.leave(where, what, str(error))


def _key(key: str) -> str:
    snake = CAMEL.sub("_", key).lower()
    return snake if key not in ARGUMENTS and snake in ARGUMENTS else key


def told(kind: str, kwargs: Mapping[str, Node]) -> str:
    """Say which expectation it is."""
    column = kwargs.get("column")
    return f"{kind}({column.text or column.value})" if column is not None else kind


def expectation(
    draft: Draft,
    where: Where,
    what: str,
    kind: str,
    given: Mapping[str, Node],
    variables: Mapping[str, str],
    told_of: Sequence[str] = (),
) -> None:
    """Take one expectation, with all that it is given; `told_of` says what there is to know about it."""
    name = CAMEL.sub("_", kind).lower()
    if catalog.is_known(name):
        draft.unread.meet(where.path, name, given, ARGUMENTS)
    filled = {key: _parameter(node, variables) for key, node in given.items()}
    remarks = list(told_of)
    if name.startswith(("expect_column_values_to_be_greater", "expect_column_values_to_be_less")):
        remarks.append(f"Great Expectations has no {name}; taken as it is meant")
    if name == "expect_column_values_to_be_dateutil_parseable":
        remarks.append("dateutil reads nearly anything; a datetime is ISO 8601 here")
    if name == "expect_column_quantile_values_to_be_between":
        told = filled.get("allow_relative_error")
        word = "nearest" if told is None or not isinstance(told.value, str) else told.value
        if word != "linear":
            remarks.append(f"Great Expectations takes a value of the column there ({word}); idqp interpolates")
    draft.take(where, what, lambda: _rules(name, filled, draft.name), remarks)


def _parameter(node: Node, variables: Mapping[str, str]) -> Node:
    """Return the value of a parameter that is given, else the value itself."""
    if isinstance(node.value, dict) and set(node.value) == {"$PARAMETER"}:
        name = look.text(node.value["$PARAMETER"], "$PARAMETER")
        if name in variables:
            return Node(variables[name], node.mark, {}, variables[name])
        moment = MOMENT.fullmatch(name.strip())
        if moment is not None:
            far = f" {moment[1]} INTERVAL {int(moment[3])} {moment[2]}" if moment[1] else ""
            return Node(f"current_timestamp{far}", node.mark, {}, f"current_timestamp{far}")
        raise NoEquivalentError(f"the parameter {clean(name, 60)} has no value; set it with --set {clean(name, 60)}=…")
    return node


def _rules(name: str, given: Mapping[str, Node], dataset: str) -> Iterable[Keys]:
    keys: dict[str, object] = {}
    description = _description(given)
    if description:
        keys["description"] = description
    if "row_condition" in given:
        parser = look.text(given["condition_parser"], "condition_parser") if "condition_parser" in given else ""
        keys["where"] = conditions.as_sql(given["row_condition"], parser)
    if "severity" in given:
        severity = look.text(given["severity"], "severity").lower()
        if severity not in SEVERITIES:
            raise NoEquivalentError(f"the severity '{clean(severity, 40)}' is not known")
        if SEVERITIES[severity]:
            keys["severity"] = SEVERITIES[severity]
    arguments = {key: node for key, node in given.items() if key not in COMMON}
    expectation = Expectation(name, arguments, dataset, keys, lambda text: text)
    mostly = look.number(given["mostly"], "mostly") if "mostly" in given else None
    return [_mostly(one, mostly) for one in catalog.made(expectation)]


def _mostly(check: Made, mostly: Fraction | None) -> Keys:
    """Return the rule with the share of the rows that may fail."""
    keys = check.keys if isinstance(check, (Failing, Counted)) else check
    if mostly is None or mostly == 1:
        return keys
    if not isinstance(check, Failing) and not (isinstance(check, Counted) and check.share):
        raise NoEquivalentError("mostly has no equivalent for it")
    share = (1 - mostly) * 100
    if not 0 <= share <= 100:
        raise NoEquivalentError("mostly must be from 0 to 1")
    return {**keys, "threshold": intervals.percentage(share)}


def _description(given: Mapping[str, Node]) -> str | None:
    """Return what is said about an expectation in words."""
    meta = given.get("meta")
    notes = meta.value.get("notes") if meta is not None and isinstance(meta.value, dict) else None
    for node in (given.get("description"), given.get("notes"), notes):
        content = node.value.get("content") if node is not None and isinstance(node.value, dict) else node
        if content is None or content.value is None or isinstance(content.value, dict):
            continue
        words = " ".join(look.text(note, "notes") for note in look.items(content, "notes"))
        if words.strip():
            return one_line(words)
    return None
