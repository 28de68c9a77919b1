"""Pointblank in R: the steps in code, and the pieces of R in YAML, as the steps of Python have them. Nothing is run."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import python_sql
from idqp_cli.importing.arguments import split
from idqp_cli.importing.pointblank import r_agents
from idqp_cli.importing.pointblank.r_agents import STRING
from idqp_cli.importing.values import NoEquivalentError

LONGEST = 1 << 20
# The steps that have other names in Python.
NAMES: Mapping[str, str] = {
    "col_vals_gte": "col_vals_ge", "col_vals_lte": "col_vals_le", "col_vals_equal": "col_vals_eq",
    "col_vals_not_equal": "col_vals_ne", "col_vals_not_between": "col_vals_outside",
}  # fmt: skip
TYPES: Mapping[str, str] = {
    "col_is_numeric": "float64", "col_is_integer": "int64", "col_is_character": "string", "col_is_logical": "bool",
    "col_is_date": "date", "col_is_posix": "timestamp", "col_is_factor": "string",
}  # fmt: skip
# The arguments of a step in their order, after the table.
ORDER: Mapping[str, tuple[str, ...]] = {
    "col_vals_between": ("columns", "left", "right"), "col_vals_not_between": ("columns", "left", "right"),
    "col_vals_in_set": ("columns", "set"), "col_vals_not_in_set": ("columns", "set"),
    "col_vals_regex": ("columns", "regex"), "col_vals_expr": ("expr",), "rows_distinct": ("columns",),
    "rows_complete": ("columns",), "row_count_match": ("count",), "col_count_match": ("count",),
    "col_vals_within_spec": ("columns", "spec"), "col_schema_match": ("schema",),
}  # fmt: skip
ARGUMENTS: Mapping[str, str] = {"regex": "pattern", "label": "brief"}
LEVELS: Mapping[str, str] = {"warn_at": "warning", "stop_at": "error", "notify_at": "critical"}
SHARES: Mapping[str, str] = {
    "warn_fraction": "warning", "stop_fraction": "error", "notify_fraction": "critical", "warn_count": "warning",
    "stop_count": "error", "notify_count": "critical",
}  # fmt: skip
CALL = re.compile(
    r"(?<![\w.])(?:expect_|test_)?(col_(?:vals|is)_\w+|col_exists|col_schema_match|col_count_match|rows?_\w+|conjointly|serially|specially)\s*\("
)
COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')|#[^\n]*')
NAMED = re.compile(r"([\w.]+)\s*=(?!=)\s*(.*)", re.DOTALL)
LISTED = re.compile(r"(?:\w+::)?(?:c|vars|list)\((.*)\)", re.DOTALL)
PLAIN = re.compile(r"`?([\w.]+)`?")
LEVELED = re.compile(r"(?:(\w+)\s*(?:<-|=)\s*)?action_levels\(([^()]*)\)")


@frozen
class Step:
    """A step in code: the name of its method in Python, its arguments, the line, and how it is written."""

    kind: str
    given: Mapping[str, Node]
    line: int
    text: str


def steps(text: str) -> Iterator[tuple[str | None, Step | tuple[str, int, str]]]:
    """Yield the steps of code in R, each with the table of its plan; of those that cannot be read name, line, why."""
    plain = COMMENT.sub(lambda match: match[1] or " " * len(match[0]), text[:LONGEST])
    lines = [0, *(one.end() for one in re.finditer("\n", plain))]
    levels = {found[1]: found[2] for found in LEVELED.finditer(plain) if found[1]}
    agents = r_agents.agents(plain, levels)
    for found in CALL.finditer(plain):
        line = bisect_right(lines, found.start())
        end = r_agents.closing(plain, found.end() - 1)
        agent = agents[max(0, bisect_right([one.start for one in agents], found.start()) - 1)]
        if end is None:
            yield agent.table, (found[1], line, "its brackets do not close")
            continue
        inner = plain[found.end() : end]
        try:
            given = _arguments(found[1], inner, levels, agent.levels, expects="expect_" in found[0])
            yield agent.table, Step(NAMES.get(found[1], found[1]), given, line, f"{found[1]}({inner.strip()})")
        except NoEquivalentError as error:
            yield agent.table, (found[1], line, str(error))


def of_yaml(kind: str, given: Mapping[str, Node]) -> dict[str, Node]:
    """Return the arguments of a step in YAML, which R writes with pieces of its code, as Python has them.

    Raises:
        NoEquivalentError: a piece selects columns by code.

    """
    made: dict[str, Node] = {}
    for key, node in given.items():
        name = "columns_subset" if key == "columns" and kind in {"rows_distinct", "rows_complete"} else key
        text = node.value if isinstance(node.value, str) else ""
        if key == "columns" and LISTED.fullmatch(text.strip()):
            made[name] = columns(text)
        elif key == "expr" and text.lstrip().startswith("~"):
            made[name] = _node(condition(text.lstrip("~ ")))
        elif re.match(r"(?:vars|dplyr::vars)\(", text):
            made[name] = _value(key, text)
        elif key == "actions":
            levels = levels_of(node)
            made |= {} if levels is None else {"thresholds": levels}
        else:
            made[ARGUMENTS.get(name, name)] = node
    return made


def levels_of(node: Node | None) -> Node | None:
    """Return the levels that R writes in YAML as thresholds."""
    given = node.value if node is not None and isinstance(node.value, dict) else {}
    made = {SHARES[key]: one for key, one in given.items() if key in SHARES and one.value is not None}
    return _mapping(made) if made else None


def _arguments(
    kind: str, inner: str, levels: Mapping[str, str], common: str | None, *, expects: bool
) -> dict[str, Node]:
    given: dict[str, Node] = {}
    names = list(ORDER.get(kind, ("columns", "value")))
    # The functions for tests take the table first.
    names = ["object", *names] if expects else names
    for part in split(inner, STRING):
        named = NAMED.fullmatch(part)
        key, value = (named[1], named[2].strip()) if named else (names.pop(0) if names else "", part)
        if key in names:
            names.remove(key)
        if key in {"object", "step_id", "threshold"} or not key:
            continue
        if key in {"preconditions", "segments"}:
            if value != "NULL":
                raise NoEquivalentError(f"{key} is code, which is not run")
            continue
        if key == "actions":
            common = levels.get(value) or next((one[2] for one in LEVELED.finditer(value)), None)
            continue
        if key == "columns" and kind in {"rows_distinct", "rows_complete"}:
            key = "columns_subset"
        given[ARGUMENTS.get(key, key)] = _value(key, value)
    if common is not None:
        given["thresholds"] = _levels(common)
    return given


def _levels(inner: str) -> Node:
    values: dict[str, Node] = {}
    for part in split(inner, STRING):
        named = NAMED.fullmatch(part)
        if named is None or named[1] not in LEVELS:
            raise NoEquivalentError(f"'{clean(part, 40)}' is not a level that is known")
        values[LEVELS[named[1]]] = _constant(named[2].strip())
    return _mapping(values)


def _value(key: str, text: str) -> Node:
    if key == "expr":
        return _node(condition(text.lstrip("~ ")))
    if key == "schema":
        return _schema(text)
    if key in {"columns", "columns_subset", "set"}:
        return columns(text) if key != "set" else _list(text)
    other = LISTED.fullmatch(text)
    if other is not None and text.startswith(("vars", "dplyr")):
        # A value of another column.
        return _node(f'col("{_name(other[1].strip())}")')
    return _constant(text)


def columns(text: str) -> Node:
    """Return the columns that a piece of R names.

    Raises:
        NoEquivalentError: it selects them by code.

    """
    listed = LISTED.fullmatch(text.strip())
    parts = split(listed[1], STRING) if listed else [text.strip()]
    return Node(tuple(_node(_name(part)) for part in parts), Mark(1, 1), {})


def _name(text: str) -> str:
    quoted, plain = STRING.fullmatch(text), PLAIN.fullmatch(text)
    if quoted is not None:
        return str(_string(text))
    if plain is None:
        raise NoEquivalentError(f"'{clean(text, 40)}' selects columns by code; name them")
    return plain[1]


def _list(text: str) -> Node:
    listed = LISTED.fullmatch(text)
    parts = split(listed[1], STRING) if listed else [text]
    return Node(tuple(_constant(part) for part in parts), Mark(1, 1), {})


def _constant(text: str) -> Node:
    if STRING.fullmatch(text):
        return _node(_string(text))
    words: Mapping[str, bool | None] = {"TRUE": True, "T": True, "FALSE": False, "F": False, "NULL": None, "NA": None}
    if text in words:
        return _node(words[text])
    number = re.fullmatch(r"([-+]?\d[\d.]*(?:[eE][-+]?\d+)?)L?", text)
    if number is not None:
        return _node(int(number[1]) if number[1].lstrip("+-").isdigit() else float(number[1]))
    if (made := re.fullmatch(r"(?:as\.Date|as\.POSIXct|lubridate::ymd|ymd)\((.*)\)", text)) and STRING.fullmatch(
        made[1]
    ):
        return _node(_string(made[1]))
    raise NoEquivalentError(f"'{clean(text, 60)}' is not a constant; code is not run")


def _string(text: str) -> str:
    inner = text[1:-1]
    return re.sub(r"\\(.)", lambda one: {"n": "\n", "t": "\t"}.get(one[1], one[1]), inner)


def _schema(text: str) -> Node:
    made = re.fullmatch(r"(?:pointblank::)?col_schema\((.*)\)", text, re.DOTALL)
    if made is None:
        raise NoEquivalentError("its schema is not in the step; code is not run")
    rows = []
    for part in split(made[1], STRING):
        named = NAMED.fullmatch(part)
        if named is None or named[1].startswith("."):
            raise NoEquivalentError(f"'{clean(part, 40)}' is not a column with its type")
        kinds = _list(named[2].strip())
        kind = kinds.value[0] if isinstance(kinds.value, tuple) and kinds.value else kinds
        rows.append(Node((_node(named[1]), _node(CLASSES.get(str(kind.value), str(kind.value)))), Mark(1, 1), {}))
    return _mapping({"columns": Node(tuple(rows), Mark(1, 1), {})})


CLASSES: Mapping[str, str] = {
    "character": "string", "integer": "int32", "integer64": "int64", "numeric": "float64", "double": "float64",
    "logical": "bool", "Date": "date", "POSIXct": "timestamp", "factor": "string",
}  # fmt: skip
# R as Python, which has the same order of `not`, comparisons, `and` and `or`.
WORDS: Sequence[tuple[str, str]] = (
    (r"%in%", " in "), (r"&&?", " and "), (r"\|\|?", " or "), (r"!(?!=)", " not "), (r"\bTRUE\b", "True"),
    (r"\bFALSE\b", "False"), (r"\bis\.na\(", "is_na("), (r"\bc\(", "listed("), (r"\b\w+::", ""),
)  # fmt: skip


def condition(text: str) -> str:
    """Return a condition in R as SQL.

    Raises:
        NoEquivalentError: it is more than comparisons and a few functions.

    """
    pieces, at = [], 0
    for quoted in STRING.finditer(text):
        pieces += [_as_python(text[at : quoted.start()]), repr(_string(quoted[0]))]
        at = quoted.end()
    pieces.append(_as_python(text[at:]))
    try:
        body = ast.parse("".join(pieces).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NoEquivalentError(f"'{clean(text, 60)}' is code; code is not run") from None
    return python_sql.Function("", body, None, {}, bare=True).spoken().text


def _as_python(text: str) -> str:
    for regex, word in WORDS:
        text = re.sub(regex, word, text)
    return text


def _node(value: str | float | bool | None) -> Node:  # noqa: FBT001 - a value, and no switch
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return Node(value, Mark(1, 1), {}, shown)


def _mapping(values: Mapping[str, Node]) -> Node:
    return Node(dict(values), Mark(1, 1), dict.fromkeys(values, Mark(1, 1)))
